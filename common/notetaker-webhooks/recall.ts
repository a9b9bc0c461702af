import { z } from 'zod';
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

const windowMs = 5 * 60_000;

const eventName = z.object({ event: z.string() });

/** API v1.11: yes, nested twice. */
const currentSchema = z
  .object({
    data: z.object({
      bot: z.object({ id: botIdSchema, metadata: metadataSchema }),
      data: z.object({ updated_at: z.unknown().optional() }).nullish(),
    }),
  })
  .transform(({ data: { bot, data } }) => ({ bot, at: epochOf(data?.updated_at) }));

/** API v1.10, which carries no metadata. */
const olderSchema = z
  .object({
    data: z.object({
      bot_id: botIdSchema,
      status: z.object({ created_at: z.unknown().optional() }).nullish(),
    }),
  })
  .transform(({ data: { bot_id, status } }) => ({
    bot: { id: bot_id, metadata: null },
    at: epochOf(status?.created_at),
  }));

const eventSchema = z.union([currentSchema, olderSchema]);

/**
 * Recall.ai's webhooks (`notetaker-providers` 1.6): the scheme of Standard Webhooks, under either
 * name of the headers, whichever are there. An unsigned one is refused: a workspace without a secret
 * sends them so.
 */
export const readRecallWebhook: WebhookReader = (webhook) => {
  const { header, body, secrets, now } = webhook;
  const prefix = header('webhook-id') === '' ? 'svix-' : 'webhook-';
  const eventId = header(`${prefix}id`);
  const timestamp = header(`${prefix}timestamp`);
  if (!eventIdSchema.safeParse(eventId).success || !/^\d{1,12}$/.test(timestamp)) {
    return { kind: 'refused' };
  }
  const isGenuine =
    Math.abs(now - Number(timestamp) * 1000) <= windowMs &&
    isSignedBy({
      keys: secrets.map((secret) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64')),
      parts: [`${eventId}.${timestamp}.`, body],
      encoding: 'base64',
      given: header(`${prefix}signature`)
        .split(' ')
        .flatMap((item) => /^v1,([A-Za-z0-9+/]{43}=)$/.exec(item)?.[1] ?? []),
    });
  if (!isGenuine) return { kind: 'refused' };

  const json = parseJson(body);
  if (json === undefined) return { kind: 'malformed' };
  const name = eventName.safeParse(json);
  if (!name.success) return invalid(name.error);
  const isOfBot = name.data.event.startsWith('bot.');
  if (!isOfBot && !/^(?:recording|transcript)\./.test(name.data.event)) return { kind: 'ignored' };
  const event = eventSchema.safeParse(json);
  if (!event.success) {
    const detail = 'names no bot';
    return isOfBot ? { kind: 'invalid', pointer: '/data', detail } : { kind: 'ignored' };
  }
  const { bot, at } = event.data;
  const metadata = bot.metadata ?? null;
  const key = metadata?.key;
  return {
    kind: 'event',
    hint: {
      eventId,
      botId: bot.id,
      botKey: typeof key === 'string' ? key : null,
      metadata,
      occurredAt: at,
    },
  };
};
