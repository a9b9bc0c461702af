import { z } from 'zod';
import {
  epochOf,
  eventIdSchema,
  invalid,
  isSignedBy,
  parseJson,
  type WebhookReader,
} from './webhook.js';

const windowMs = 5 * 60_000;

/** The part of `BotStateChanged` (docs/notetaker-contract.openapi.json) that is used. */
const eventSchema = z.object({
  eventId: eventIdSchema,
  occurredAt: z.unknown().optional(),
  bot: z.object({
    id: z.string().max(200).catch(''),
    key: z.string().max(500),
    metadata: z.record(z.string(), z.unknown()).nullish().catch(null),
  }),
});

/** `v1=` and the hex HMAC-SHA256 over `id.timestamp.rawBody`, one for each valid secret. */
export const readPillarWebhook: WebhookReader = ({ header, body, secrets, now }) => {
  const eventId = header('pillar-webhook-id');
  const timestamp = header('pillar-webhook-timestamp');
  if (!eventIdSchema.safeParse(eventId).success || !/^\d{1,12}$/.test(timestamp)) {
    return { kind: 'refused' };
  }
  const isGenuine =
    Math.abs(now - Number(timestamp) * 1000) <= windowMs &&
    isSignedBy({
      keys: secrets,
      parts: [`${eventId}.${timestamp}.`, body],
      encoding: 'hex',
      given: header('pillar-webhook-signature')
        .split(' ')
        .flatMap((item) => /^v1=([0-9a-f]{64})$/.exec(item)?.[1] ?? []),
    });
  if (!isGenuine) return { kind: 'refused' };

  const json = parseJson(body);
  if (json === undefined) return { kind: 'malformed' };
  const event = eventSchema.safeParse(json);
  if (!event.success) return invalid(event.error);
  if (event.data.eventId !== eventId) {
    const detail = 'differs from the pillar-webhook-id header';
    return { kind: 'invalid', pointer: '/eventId', detail };
  }
  const { bot, occurredAt } = event.data;
  return {
    kind: 'event',
    hint: {
      eventId,
      botId: bot.id,
      botKey: bot.key,
      metadata: bot.metadata ?? null,
      occurredAt: epochOf(occurredAt),
    },
  };
};
