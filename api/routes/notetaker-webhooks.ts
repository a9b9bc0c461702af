import type { Request } from 'express';
import { z } from 'zod';
import { type BotHint, readNotetakerWebhook } from '../../common/notetaker-webhooks/index.js';
import { orgIdPattern } from '../../workflows/contracts/ids.js';
import type { ApiDeps } from '../deps.js';
import { Problem } from '../errors.js';
import { defineRoute, type Route } from '../route.js';

/** What this service put on the bot when it asked for it; anything else there is not ours. */
const ownMetadata = z.object({
  orgId: z.string().regex(orgIdPattern),
  generation: z.string().min(1).max(100),
  interviewId: z.string().min(1).max(200),
});

/** The provider repeats an event for 24 h; a receipt outlives that. */
const receiptLifeMs = 48 * 3_600_000;

type Result = 'refused' | 'unreadable' | 'ignored' | 'unknown_bot' | 'stored' | 'replayed';

/**
 * Webhooks of the notetaker in use. They are hints alone: the state of a bot is read from its
 * provider. Events without our metadata (Vexa's, and those of bots that are not ours) are stored and
 * counted; the joins' own looks cover them.
 */
export function notetakerWebhookRoutes(deps: ApiDeps): Route[] {
  const { inputs, gateway, notetaker, metrics, logger, now } = deps;
  const count = (result: Result) =>
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
      const hint = read(req);
      if (hint === null) {
        // Any other answer would have the provider repeat what stays as it is.
        count('ignored');
        res.status(202).end();
        return null;
      }
      const metadata = ownMetadata.safeParse(hint.metadata);
      const { isNew } = await inputs.addWebhookReceipt({
        _id: `${notetaker.provider}/${hint.eventId}`,
        source: `notetaker/${notetaker.provider}`,
        botKey: hint.botKey,
        at: now(),
        expiresAt: new Date(now() + receiptLifeMs),
      });
      count(isNew ? (metadata.success ? 'stored' : 'unknown_bot') : 'replayed');
      res.status(202).end();
      if (!isNew || !metadata.success) return null;

      // Only a hint: a join also looks by itself, so an event that is lost here is late, not lost.
      const { delivered } = await gateway.botEvent(metadata.data);
      if (!delivered) logger.info({ ...metadata.data }, 'hint about a bot was not delivered');
      return null;
    },
  });

  /** Null: genuine, and of no use. */
  function read(req: Request): BotHint | null {
    const rawBody: unknown = req.body;
    const reading = readNotetakerWebhook({
      provider: notetaker.provider,
      secrets: notetaker.webhookSecrets,
      header: (name) => req.get(name) ?? '',
      body: Buffer.isBuffer(rawBody) ? rawBody : Buffer.alloc(0),
      now: now(),
    });
    switch (reading.kind) {
      case 'event':
        return reading.hint;
      case 'ignored':
        return null;
      case 'refused':
        count('refused');
        throw new Problem({ code: 'invalid_signature' });
      case 'malformed':
        count('unreadable');
        throw new Problem({ code: 'malformed_json' });
      case 'invalid': {
        count('unreadable');
        const { pointer, detail } = reading;
        throw new Problem({ code: 'invalid_body', errors: [{ pointer, detail }] });
      }
    }
  }

  return [receive];
}
