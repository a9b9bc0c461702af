import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { WebhookQueue, WebhookRules } from '../webhook-queue.js';
import type { StatusTransition, VexaBot, WebhookConfig } from './types.js';

/** Five attempts; 4xx but 429 are dropped at once. */
export const vexaWebhookRules: WebhookRules = {
  answerWithinMs: 10_000,
  pausesMs: [60_000, 300_000, 1_800_000, 7_200_000],
  dropsAt: (status) => status !== null && status < 500 && status !== 429,
};

/** `X-Webhook-Signature`: hex HMAC-SHA256 over `timestamp.body`, keyed with the secret as text. */
export function vexaSignature(input: { secret: string; timestamp: string; body: string }): string {
  const text = `${input.timestamp}.${input.body}`;
  return `sha256=${createHmac('sha256', input.secret).update(text).digest('hex')}`;
}

interface EventInput {
  queue: WebhookQueue;
  config: WebhookConfig;
  eventId: string;
  eventType: string;
  data: object;
}

function send({ queue, config, eventId, eventType, data }: EventInput): void {
  const { url, secret, events } = config;
  if (url === null || !(eventType === 'meeting.completed' || events.has(eventType))) {
    return;
  }
  const body = JSON.stringify({
    event_id: eventId,
    event_type: eventType,
    api_version: '2026-03-01',
    created_at: new Date().toISOString(),
    data,
  });
  queue.enqueue({
    url,
    body,
    headers(): Record<string, string> {
      const timestamp = String(Math.floor(Date.now() / 1000));
      return secret === ''
        ? { 'x-webhook-timestamp': timestamp }
        : {
            'x-webhook-timestamp': timestamp,
            'x-webhook-signature': vexaSignature({ secret, timestamp, body }),
            authorization: `Bearer ${secret}`,
          };
    },
  });
}

/** The same for one session, event and status, however often it is sent. */
function eventIdOf(sessionUid: string, eventType: string, status: string): string {
  const text = `${sessionUid}:${eventType}:${status}`;
  return `evt_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}

const extraEvents: Record<string, string> = {
  active: 'meeting.started',
  completed: 'meeting.completed',
  failed: 'bot.failed',
};

/** Sends what one advance of a bot's status emits, two events for some. */
export function sendTransition(input: {
  queue: WebhookQueue;
  bot: VexaBot;
  meeting: object;
  transition: StatusTransition;
}): void {
  const { queue, bot, transition } = input;
  const { from, to, reason, timestamp, transition_source } = transition;
  const meeting = { ...input.meeting, service_provenance: 'vexa' };
  const emit = (eventType: string, change: object | null) =>
    send({
      queue,
      config: bot.own.webhook,
      eventId: eventIdOf(bot.own.sessionUid, eventType, to),
      eventType,
      data: change === null ? { meeting } : { meeting, status_change: change },
    });
  emit('meeting.status_change', { old_status: from, new_status: to, reason, transition_source });
  const extra = extraEvents[to];
  if (extra !== undefined) {
    const isCompleted = extra === 'meeting.completed';
    emit(extra, isCompleted ? null : { from, to, reason, timestamp, transition_source });
  }
}

/** An event of a meeting that nobody ordered; its id. */
export function sendStray(queue: WebhookQueue, config: WebhookConfig): string {
  const id = 900_000_000 + randomBytes(3).readUIntBE(0, 3);
  send({
    queue,
    config,
    eventId: `evt_${randomBytes(16).toString('hex')}`,
    eventType: 'meeting.completed',
    data: {
      meeting: {
        id,
        platform: 'google_meet',
        native_meeting_id: 'zzz-zzzz-zzz',
        status: 'completed',
        completion_reason: 'left_alone',
        service_provenance: 'vexa',
      },
    },
  });
  return String(id);
}
