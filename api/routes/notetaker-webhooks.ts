import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { secretsEqual } from '../../common/keyed-hash.js';
import { orgIdPattern } from '../../workflows/contracts/ids.js';
import type { ApiDeps } from '../deps.js';
import { Problem } from '../errors.js';
import { parsePart } from '../middleware/validate.js';
import { defineRoute, type Route } from '../route.js';

/** What this service put on the bot when it asked for it; anything else there is not ours. */
const ownMetadata = z.object({
  orgId: z.string().regex(orgIdPattern),
  generation: z.string().min(1).max(100),
  interviewId: z.string().min(1).max(200),
});

/** The part of `BotStateChanged` (docs/notetaker-contract.openapi.json) that is used. */
const botEvent = z.object({
  eventId: z.string().min(1).max(200),
  bot: z.object({ key: z.string().max(500), metadata: z.unknown() }),
});

const windowMs = 5 * 60_000;
/** The provider repeats an event for 24 h; a receipt outlives that. */
const receiptLifeMs = 48 * 3_600_000;

export function notetakerWebhookRoutes(deps: ApiDeps): Route[] {
  const { inputs, gateway, notetaker, metrics, logger, now } = deps;
  const count = (result: string) =>
    metrics.webhooksReceived.labels(`notetaker_${notetaker.provider}`, result).inc();

  const receive = defineRoute({
    method: 'post',
    path: '/v1/webhooks/notetaker/{provider}',
    operationId: 'receiveNotetakerWebhook',
    summary: 'A bot has changed its state; signed by the provider',
    tag: 'webhooks',
    permission: null,
    params: z.object({ provider: z.string().max(50) }),
    rawBody: true,
    answers: { 202: { description: 'Stored. A replay has no effect.', schema: null } },
    problems: ['invalid_signature', 'malformed_json', 'invalid_body', 'store_unavailable'],
    async handle({ params, req, res }) {
      if (params.provider !== notetaker.provider) throw new Problem({ code: 'not_found' });
      const rawBody: unknown = req.body;
      const bytes = Buffer.isBuffer(rawBody) ? rawBody : Buffer.alloc(0);
      const eventId = req.get('pillar-webhook-id') ?? '';
      const isGenuine = isSigned({
        secrets: notetaker.webhookSecrets,
        eventId,
        timestamp: req.get('pillar-webhook-timestamp') ?? '',
        signature: req.get('pillar-webhook-signature') ?? '',
        bytes,
        now: now(),
      });
      if (!isGenuine) {
        count('refused');
        throw new Problem({ code: 'invalid_signature' });
      }
      const event = parsePart({ schema: botEvent, value: parseJson(bytes), code: 'invalid_body' });
      if (event.eventId !== eventId) {
        const detail = 'differs from the pillar-webhook-id header';
        throw new Problem({ code: 'invalid_body', errors: [{ pointer: '/eventId', detail }] });
      }

      const { isNew } = await inputs.addWebhookReceipt({
        _id: `${notetaker.provider}/${eventId}`,
        source: `notetaker/${notetaker.provider}`,
        botKey: event.bot.key,
        at: now(),
        expiresAt: new Date(now() + receiptLifeMs),
      });
      count(isNew ? 'stored' : 'replayed');
      res.status(202).end();
      if (!isNew) return null;

      const metadata = ownMetadata.safeParse(event.bot.metadata);
      if (!metadata.success) return null;
      // Only a hint: a join also looks by itself, so an event that is lost here is late, not lost.
      const { delivered } = await gateway.botEvent(metadata.data);
      if (!delivered) logger.info({ ...metadata.data }, 'hint about a bot was not delivered');
      return null;
    },
  });

  return [receive];
}

/** `v1=` and the hex HMAC-SHA256 over `id.timestamp.rawBody`, one for each valid secret. */
function isSigned(input: {
  secrets: readonly string[];
  eventId: string;
  timestamp: string;
  signature: string;
  bytes: Buffer;
  now: number;
}): boolean {
  const { secrets, eventId, timestamp, bytes } = input;
  if (eventId === '' || eventId.length > 200 || !/^\d{1,12}$/.test(timestamp)) return false;
  if (Math.abs(input.now - Number(timestamp) * 1000) > windowMs) return false;
  const given = input.signature.split(' ').filter((value) => /^v1=[0-9a-f]{64}$/.test(value));
  return secrets.some((secret) => {
    const hmac = createHmac('sha256', secret).update(`${eventId}.${timestamp}.`).update(bytes);
    const expected = `v1=${hmac.digest('hex')}`;
    return given.some((value) => secretsEqual(value, expected));
  });
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new Problem({ code: 'malformed_json', cause: error });
  }
}
