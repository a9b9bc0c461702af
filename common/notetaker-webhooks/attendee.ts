import { z } from 'zod';
import { canonicalJson } from './canonical-json.js';
import {
  botIdSchema,
  epochOf,
  eventIdSchema,
  invalid,
  isSignedBy,
  metadataSchema,
  parseJson,
  type WebhookReader,
} from './webhook.js';

const triggerSchema = z.object({ trigger: z.string() });

const eventSchema = z.object({
  idempotency_key: eventIdSchema,
  bot_id: botIdSchema,
  bot_metadata: metadataSchema,
  data: z.object({ created_at: z.unknown().optional() }).nullish(),
});

/**
 * Attendee's webhooks (`notetaker-providers` 2.6). Signed is a canonical form of the body, never the
 * bytes on the wire, and it carries no time: what protects from replays is the receipt of its id.
 */
export const readAttendeeWebhook: WebhookReader = ({ header, body, secrets }) => {
  const signature = header('x-webhook-signature');
  const canonical = canonicalOf(body);
  const isGenuine =
    canonical !== null &&
    /^[A-Za-z0-9+/]{43}=$/.test(signature) &&
    isSignedBy({
      keys: secrets.map((secret) => Buffer.from(secret, 'base64')),
      parts: [canonical],
      encoding: 'base64',
      given: [signature],
    });
  if (!isGenuine) return { kind: 'refused' };

  const json = parseJson(body);
  const trigger = triggerSchema.safeParse(json);
  if (!trigger.success) return invalid(trigger.error);
  if (trigger.data.trigger !== 'bot.state_change') return { kind: 'ignored' };
  const event = eventSchema.safeParse(json);
  if (!event.success) return invalid(event.error);
  const { idempotency_key, bot_id, bot_metadata, data } = event.data;
  return {
    kind: 'event',
    hint: {
      eventId: idempotency_key,
      botId: bot_id,
      botKey: null,
      metadata: bot_metadata ?? null,
      occurredAt: epochOf(data?.created_at),
    },
  };
};

function canonicalOf(body: Uint8Array): string | null {
  try {
    return canonicalJson(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    return null;
  }
}
