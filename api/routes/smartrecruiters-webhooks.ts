import type { Request } from 'express';
import { z } from 'zod';
import {
  readVendorEvent,
  subscriptionKeyHash,
  subscriptionKeyPattern,
} from '../../common/vendor-event.js';
import {
  type SignatureVerdict,
  verifyWebhook,
  type WebhookHeaders,
} from '../../common/webhook-signature.js';
import type { ApiDeps } from '../deps.js';
import { Problem } from '../errors.js';
import { createNudges } from '../nudges.js';
import { defineRoute, type Route } from '../route.js';
import { createSubscriptionCache, type OpenSubscription } from './subscription-cache.js';

type Result =
  | 'unknown_key'
  | 'handshake'
  | 'refused'
  | 'stale'
  | 'unreadable'
  | 'ignored'
  | 'stored'
  | 'replayed';

/** What may be echoed into a header of the answer. */
const hookSecret = /^[\x21-\x7e]{1,1000}$/;

/**
 * Webhooks of SmartRecruiters (dossier 4.13). What comes in is a hint at most: its ids are stored and
 * looked up with the vendor, its body is believed in nothing, and no address in it is ever fetched.
 */
export function smartRecruitersWebhookRoutes(deps: ApiDeps): Route[] {
  const { inputs, metrics, now } = deps;
  const subscriptions = createSubscriptionCache(deps);
  const nudge = createNudges(deps);
  const count = (result: Result) =>
    metrics.webhooksReceived.labels('smartrecruiters', result).inc();

  const receive = defineRoute({
    method: 'post',
    path: '/v1/webhooks/smartrecruiters/{subscriptionKey}',
    operationId: 'receiveSmartRecruitersWebhook',
    summary: 'Something has changed in SmartRecruiters; signed by it',
    tag: 'webhooks',
    permission: null,
    params: z.object({ subscriptionKey: z.string().max(200) }),
    rawBody: true,
    answers: {
      200: { description: 'The echo of an activation that is under way.', schema: null },
      202: { description: 'Stored. A replay has no effect.', schema: null },
    },
    problems: ['invalid_signature', 'store_unavailable'],
    async handle({ params, req, res }) {
      const { subscriptionKey } = params;
      const keyHash = subscriptionKeyPattern.test(subscriptionKey)
        ? subscriptionKeyHash(subscriptionKey)
        : null;
      const found = keyHash === null ? null : await subscriptions.find(keyHash);
      if (keyHash === null || found === null) {
        count('unknown_key');
        throw new Problem({ code: 'not_found' });
      }

      const echo = req.get('x-hook-secret') ?? '';
      if (hookSecret.test(echo) && (await mayActivate(keyHash, found))) {
        count('handshake');
        res.status(200).set('x-hook-secret', echo).end();
        return null;
      }

      const rawBody: unknown = req.body;
      const body = Buffer.isBuffer(rawBody) ? rawBody : Buffer.alloc(0);
      const headers = headersOf(req);
      const { verdict, subscription } = await check(keyHash, found, { headers, body });
      if (verdict !== 'genuine') {
        count(verdict === 'stale' ? 'stale' : 'refused');
        throw new Problem({ code: 'invalid_signature' });
      }

      const { orgId, generation } = subscription.doc;
      const { eventId, eventName } = headers;
      const read = readVendorEvent({ orgId, generation, eventId, eventName, body, now: now() });
      if (read.kind !== 'event') {
        // Any other answer would have the vendor repeat for days what stays as it is.
        count(read.kind);
        res.status(202).end();
        return null;
      }
      const { isNew } = await inputs.addVendorEvent(read.event);
      count(isNew ? 'stored' : 'replayed');
      res.status(202).end();
      if (isNew) nudge({ orgId, generation });
      return null;
    },
  });

  async function mayActivate(keyHash: string, known: OpenSubscription): Promise<boolean> {
    const isPending = (one: OpenSubscription | null) => (one?.doc.activationUntil ?? 0) > now();
    return isPending(known) || isPending(await subscriptions.fresh(keyHash));
  }

  /** A signature that fails may be by a key that is newer than what is known here. */
  async function check(
    keyHash: string,
    known: OpenSubscription,
    input: { headers: WebhookHeaders; body: Buffer },
  ): Promise<{ verdict: SignatureVerdict; subscription: OpenSubscription }> {
    const verdict = verify(known, input);
    if (verdict !== 'forged') return { verdict, subscription: known };
    const fresh = await subscriptions.fresh(keyHash);
    return fresh === null
      ? { verdict, subscription: known }
      : { verdict: verify(fresh, input), subscription: fresh };
  }

  function verify(
    { secrets }: OpenSubscription,
    input: { headers: WebhookHeaders; body: Buffer },
  ): SignatureVerdict {
    const at = now();
    const good = secrets.filter(({ goodUntil }) => goodUntil === null || goodUntil > at);
    return verifyWebhook({ ...input, secrets: good.map(({ secret }) => secret), now: at });
  }

  return [receive];
}

function headersOf(req: Request): WebhookHeaders {
  return {
    signature: req.get('smartrecruiters-signature') ?? '',
    timestamp: req.get('smartrecruiters-timestamp') ?? '',
    eventId: req.get('event-id') ?? '',
    eventName: req.get('event-name') ?? '',
    eventVersion: req.get('event-version') ?? '',
    link: req.get('link') ?? '',
  };
}
