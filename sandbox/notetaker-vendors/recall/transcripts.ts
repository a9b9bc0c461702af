import { randomUUID } from 'node:crypto';
import { bodyOf, type Handler, notAnObject, Refusal } from '../answers.js';
import { createCallLimiter } from '../call-limits.js';
import { notFound } from './manners.js';
import type { RecallBot, RecallCore, RecallRecording, RecallTranscript } from './types.js';
import { transcriptFile, transcriptView } from './views.js';
import type { RecallNotices } from './webhooks.js';

const transcribingMs = 20_000;
const mostTranscripts = 10;

export interface RecallTranscripts {
  /** Makes the transcript ready after the vendor's time, and says so. */
  transcribe: (bot: RecallBot, recording: RecallRecording, transcript: RecallTranscript) => void;
  /** `POST /recording/{id}/create_transcript/`. */
  create: Handler;
  /** What a download link leads to. */
  download: Handler;
  close(): void;
}

export function createRecallTranscripts(
  core: RecallCore,
  notices: RecallNotices,
): RecallTranscripts {
  const { bots, timeFactor } = core;
  const limiter = createCallLimiter({ timeFactor });
  const timers = new Set<NodeJS.Timeout>();

  function transcribe(bot: RecallBot, recording: RecallRecording, transcript: RecallTranscript) {
    notices.transcript(bot, recording, transcript, 'processing');
    const timer = setTimeout(() => {
      timers.delete(timer);
      transcript.readyAt = Date.now();
      notices.transcript(bot, recording, transcript, 'done');
    }, transcribingMs / timeFactor);
    timers.add(timer);
  }

  return {
    transcribe,
    create(call) {
      const bot = bots.all().find((one) => one.own.recording?.id === call.params.id);
      const recording = bot?.own.recording;
      if (!bot || !recording) {
        throw new Refusal(notFound);
      }
      const body = bodyOf(call);
      if (body === notAnObject || typeof body.provider !== 'object' || body.provider === null) {
        throw new Refusal({ status: 400, body: { provider: ['This field is required.'] } });
      }
      if (recording.status !== 'done' || recording.transcripts.length >= mostTranscripts) {
        const detail = 'No transcript can be created for this recording.';
        throw new Refusal({ status: 400, body: { code: 'create_transcript_failed', detail } });
      }
      const wait = limiter.take(bot.id, { count: 5, perMs: 60_000 });
      if (wait !== null) {
        const headers = { 'retry-after': String(wait) };
        throw new Refusal({ status: 429, body: { detail: 'Request was throttled.' }, headers });
      }
      const transcript: RecallTranscript = { id: randomUUID(), metadata: {}, readyAt: null };
      recording.transcripts.push(transcript);
      transcribe(bot, recording, transcript);
      return {
        status: 200,
        body: transcriptView({ transcript, recording, origin: call.origin }),
      };
    },
    download(call) {
      const isKnown = bots.all().some(({ own: { recording } }) => {
        if (recording === null || recording.status === 'deleted') {
          return false;
        }
        const isVideo = call.params.kind === 'video' && recording.id === call.params.id;
        return isVideo || recording.transcripts.some(({ id }) => id === call.params.id);
      });
      if (!isKnown || Date.now() > Number(call.query.get('expires'))) {
        throw new Refusal({ status: 403, html: '<Error><Code>AccessDenied</Code></Error>' });
      }
      return call.params.kind === 'transcript'
        ? { status: 200, body: transcriptFile() }
        : { status: 200, html: 'not really a film' };
    },
    close() {
      for (const timer of timers) {
        clearTimeout(timer);
      }
    },
  };
}
