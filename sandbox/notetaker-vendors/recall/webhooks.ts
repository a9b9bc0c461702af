import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { WebhookQueue, WebhookRules } from '../webhook-queue.js';
import type { RecallBot, RecallRecording, RecallTranscript, StatusChange } from './types.js';

const secondMs = 1000;
const hourMs = 3_600_000;

/** At once, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h; an endpoint that fails 5 days is disabled. */
export const recallWebhookRules: WebhookRules = {
  answerWithinMs: 15_000,
  pausesMs: [
    0,
    5 * secondMs,
    300 * secondMs,
    1800 * secondMs,
    2 * hourMs,
    5 * hourMs,
    10 * hourMs,
    10 * hourMs,
  ],
  disabledAfterMs: 120 * hourMs,
};

/** The `webhook-signature` entry: base64 HMAC-SHA256 over `id.timestamp.body`. */
export function recallSignature(input: {
  secret: string;
  id: string;
  timestamp: string;
  body: string;
}): string {
  const key = Buffer.from(input.secret.replace(/^whsec_/, ''), 'base64');
  const text = `${input.id}.${input.timestamp}.${input.body}`;
  return `v1,${createHmac('sha256', key).update(text).digest('base64')}`;
}

export interface RecallNotices {
  setUrl: (url: string | null) => void;
  status(bot: Pick<RecallBot, 'id' | 'metadata'>, change: StatusChange): void;
  recording(bot: RecallBot, recording: RecallRecording): void;
  transcript(
    bot: RecallBot,
    recording: RecallRecording,
    transcript: RecallTranscript,
    code: 'processing' | 'done',
  ): void;
}

/** Puts events into the queue, signed by the workspace's secret. */
export function createRecallNotices(input: {
  queue: WebhookQueue;
  url: string | null;
  secret: string | null;
  prefix: 'webhook' | 'svix';
  apiVersion: '1.10' | '1.11';
}): RecallNotices {
  const { queue, secret, prefix } = input;
  let url = input.url;

  function send(event: string, data: object): void {
    if (url === null) {
      return;
    }
    const body = JSON.stringify({ event, data });
    const id = `msg_${randomBytes(14).toString('hex')}`;
    queue.enqueue({
      url,
      body,
      headers(): Record<string, string> {
        if (secret === null) {
          return {};
        }
        const timestamp = String(Math.floor(Date.now() / 1000));
        // A rotated secret leaves its signature for a while, so receivers must look at all entries.
        const stale = `v1,${randomBytes(32).toString('base64')}`;
        return {
          [`${prefix}-id`]: id,
          [`${prefix}-timestamp`]: timestamp,
          [`${prefix}-signature`]: `${stale} ${recallSignature({ secret, id, timestamp, body })}`,
        };
      },
    });
  }

  const botPart = (bot: Pick<RecallBot, 'id' | 'metadata'>) => ({
    id: bot.id,
    metadata: bot.metadata,
  });
  const statusPart = (code: string, at: number) => ({
    code,
    sub_code: null,
    updated_at: new Date(at).toISOString(),
  });

  return {
    setUrl(to) {
      url = to;
    },
    status(bot, change) {
      if (input.apiVersion === '1.10') {
        send('bot.status_change', { bot_id: bot.id, status: change });
        return;
      }
      send(`bot.${change.code}`, {
        data: { code: change.code, sub_code: change.sub_code, updated_at: change.created_at },
        bot: botPart(bot),
      });
    },
    recording(bot, { id, metadata, status, updatedAt }) {
      send(`recording.${status}`, {
        data: statusPart(status, updatedAt),
        recording: { id, metadata },
        bot: botPart(bot),
      });
    },
    transcript(bot, recording, transcript, code) {
      send(`transcript.${code}`, {
        data: statusPart(code, Date.now()),
        transcript: { id: transcript.id, metadata: transcript.metadata },
        recording: { id: recording.id, metadata: recording.metadata },
        bot: botPart(bot),
      });
    },
  };
}

/** A bot of nobody's, for events that no one can place. */
export const strangerBot = () => ({ id: randomUUID(), metadata: {} });
