import { z } from 'zod';
import {
  botIdSchema,
  epochOf,
  eventIdSchema,
  invalid,
  isSignedBy,
  parseJson,
  type WebhookReader,
} from './webhook.js';

/** Deliveries are repeated for a day, and a 4xx ends them: an old one is taken, once by its id. */
const oldestMs = 24 * 3_600_000 + 5 * 60_000;
const newestMs = 5 * 60_000;

const typesOfUse: ReadonlySet<string> = new Set([
  'meeting.started',
  'meeting.status_change',
  'meeting.completed',
  'bot.failed',
  'recording.ready',
  'transcription.ready',
]);

const typeSchema = z.object({ event_type: z.string() });

const eventSchema = z.object({
  event_id: eventIdSchema,
  created_at: z.unknown().optional(),
  data: z.object({
    meeting: z.object({ id: botIdSchema }),
    // `{from, to, timestamp}` in `meeting.started` and `bot.failed`, `{old_status, new_status}`
    // without a time in `meeting.status_change`, absent in `meeting.completed`.
    status_change: z.object({ timestamp: z.unknown().optional() }).nullish().catch(null),
  }),
});

/**
 * Vexa's webhooks (`notetaker-providers` 3.6). The request also carries the secret itself in its
 * `Authorization` header, which is neither needed nor read here.
 */
export const readVexaWebhook: WebhookReader = ({ header, body, secrets, now }) => {
  const timestamp = header('x-webhook-timestamp');
  const signature = /^sha256=([0-9a-f]{64})$/.exec(header('x-webhook-signature'))?.[1];
  const sentAt = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) * 1000 : epochOf(timestamp);
  const isGenuine =
    signature !== undefined &&
    sentAt !== null &&
    now - sentAt <= oldestMs &&
    sentAt - now <= newestMs &&
    isSignedBy({
      keys: secrets,
      parts: [`${timestamp}.`, body],
      encoding: 'hex',
      given: [signature],
    });
  if (!isGenuine) return { kind: 'refused' };

  const json = parseJson(body);
  if (json === undefined) return { kind: 'malformed' };
  const type = typeSchema.safeParse(json);
  if (!type.success) return invalid(type.error);
  if (!typesOfUse.has(type.data.event_type)) return { kind: 'ignored' };
  const event = eventSchema.safeParse(json);
  if (!event.success) return invalid(event.error);
  const { event_id, created_at, data } = event.data;
  return {
    kind: 'event',
    hint: {
      eventId: event_id,
      botId: data.meeting.id,
      botKey: null,
      metadata: null,
      occurredAt: epochOf(data.status_change?.timestamp) ?? epochOf(created_at),
    },
  };
};
