import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import type { SubscriptionDoc } from '../../common/read-model/documents.js';
import { hookSecretContext } from '../../common/sealed-fields.js';
import { subscriptionKeyHash } from '../../common/vendor-event.js';
import { signWebhook } from '../../common/webhook-signature.js';
import { eventually } from '../support/eventually.js';
import { noon } from './support/documents.js';
import { type Harness, harness } from './support/harness.js';

const key = randomBytes(32).toString('base64url');
const folder = '/v1/webhooks/smartrecruiters/';
const life = { orgId: 'acme', generation: 'gen-1' };
const secret = 'a-secret-of-the-vendor';
const echo = 'hook-secret-1';
const ids = { interview_id: 'int-1', application_id: 'app-1', candidate_id: 'cand-1' };

function subscribed(
  part: Partial<SubscriptionDoc> & { secretKeys?: [string, number | null][] } = {},
): Harness {
  const h = harness();
  const { secretKeys = [[secret, null]], ...change } = part;
  h.world.subscriptions.push({
    _id: 'acme/gen-1',
    ...life,
    rev: 3,
    state: 'active',
    keyHash: subscriptionKeyHash(key),
    subscriptionId: 'subscription-1',
    activationUntil: null,
    secrets: secretKeys.map(([plaintext, goodUntil]) => sealedIn(h, plaintext, goodUntil)),
    healedAt: noon,
    gap: false,
    stateSince: noon,
    checkedAt: noon,
    reason: null,
    ...change,
  });
  return h;
}

function sealedIn(h: Harness, plaintext: string, goodUntil: number | null = null) {
  const sealed = h.vault.seal({ plaintext, context: hookSecretContext(life) });
  return { sealed, madeAt: noon, goodUntil };
}

interface Sent {
  key?: string;
  body?: string | Buffer;
  eventId?: string;
  eventName?: string;
  at?: number;
  secret?: string;
  signature?: string;
  signedBody?: string;
  hookSecret?: string;
}

function post(h: Harness, part: Sent = {}) {
  const body = part.body ?? JSON.stringify(ids);
  const headers = {
    timestamp: String(Math.floor((part.at ?? h.clock.now) / 1000)),
    eventId: part.eventId ?? 'event-1',
    eventName: part.eventName ?? 'interview.created',
    eventVersion: 'v201910',
    link: '<https://evil.example/interviews/int-1>; rel=self',
  };
  const signed = { secret: part.secret ?? secret, headers };
  const hex = signWebhook({ ...signed, body: Buffer.from(part.signedBody ?? body) });
  const request = h.request
    .post(`${folder}${part.key ?? key}`)
    // With a JSON type the client would write the bytes anew.
    .set('content-type', 'application/octet-stream')
    .set('smartrecruiters-signature', part.signature ?? `v1=${hex}`)
    .set('smartrecruiters-timestamp', headers.timestamp)
    .set('event-id', headers.eventId)
    .set('event-name', headers.eventName)
    .set('event-version', headers.eventVersion)
    .set('link', headers.link);
  if (part.hookSecret !== undefined) request.set('x-hook-secret', part.hookSecret);
  return request.send(Buffer.from(body));
}

async function counted(h: Harness): Promise<Record<string, number>> {
  const { values } = await h.metrics.webhooksReceived.get();
  return Object.fromEntries(values.map(({ labels, value }) => [String(labels.result), value]));
}

function harnessWithoutTheKey() {
  return subscribed({ keyHash: subscriptionKeyHash('x'.repeat(43)) });
}

describe('a webhook of SmartRecruiters', () => {
  it.each<[string, Sent, string]>([
    ['signed with another secret', { secret: 'another' }, 'refused'],
    ['signed over another body', { signedBody: '{}' }, 'refused'],
    ['without a signature', { signature: '' }, 'refused'],
    ['with the time of more than 5 min ago', { at: noon - 301_000 }, 'stale'],
    ['with a time more than 5 min ahead', { at: noon + 301_000 }, 'stale'],
    [
      'with a hook secret while no activation is pending',
      { signature: '', hookSecret: echo },
      'refused',
    ],
  ])('%s is refused and leaves nothing', async (_name, part, result) => {
    const h = subscribed();
    const answer = await post(h, part);
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_signature']);
    expect(answer.headers['x-hook-secret']).toBeUndefined();
    expect(h.world.vendorEvents).toEqual([]);
    expect(h.gateway.nudges).toEqual([]);
    expect(await counted(h)).toEqual({ [result]: 1 });
  });

  it.each(['y'.repeat(43), 'short', `${key}x`, encodeURIComponent('../../x')])(
    'under a key that nobody has (%s) is not found',
    async (unknown) => {
      const h = subscribed();
      const answer = await post(h, { key: unknown, hookSecret: echo });
      expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
      expect(await counted(h)).toEqual({ unknown_key: 1 });
    },
  );

  it('under the key of a subscription that has another now is not found', async () => {
    const answer = await post(harnessWithoutTheKey());
    expect(answer.status).toBe(404);
  });

  it('is stored by its ids, answered, and the watch looks', async () => {
    const h = subscribed();
    const answer = await post(h);
    expect([answer.status, answer.text]).toEqual([202, '']);
    expect(h.world.vendorEvents).toEqual([
      {
        _id: 'acme/gen-1/event-1',
        ...life,
        eventId: 'event-1',
        eventName: 'interview.created',
        interviewId: 'int-1',
        applicationId: 'app-1',
        candidateId: 'cand-1',
        jobId: null,
        receivedAt: noon,
        followedAt: null,
        retryAt: null,
        expiresAt: new Date(noon + 48 * 3_600_000),
      },
    ]);
    await eventually(() => h.gateway.nudges.length === 1);
    expect(h.gateway.nudges).toEqual([life]);
    expect(await counted(h)).toEqual({ stored: 1 });
  });

  it('that comes again, in any order, is answered without effect', async () => {
    const h = subscribed();
    const order = ['b', 'a', 'b', 'c', 'a', 'c', 'b'];
    for (const [at, eventId] of order.entries()) {
      h.clock.now = noon + at * 1000;
      expect((await post(h, { eventId })).status).toBe(202);
    }
    expect(h.world.vendorEvents.map(({ eventId }) => eventId)).toEqual(['b', 'a', 'c']);
    expect(await counted(h)).toEqual({ stored: 3, replayed: 4 });
  });

  it('that is nobody’s question, or signed but unreadable, is answered so that it does not come again', async () => {
    const h = subscribed();
    const ignored = await post(h, { eventName: 'offer.created' });
    const noJson = await post(h, { body: '{' });
    const empty = await post(h, { body: Buffer.alloc(0) });
    const noEventId = await post(h, { eventId: '' });
    expect([ignored, noJson, empty, noEventId].map(({ status }) => status)).toEqual([
      202, 202, 202, 202,
    ]);
    expect(h.world.vendorEvents).toEqual([]);
    expect(h.gateway.nudges).toEqual([]);
    expect(await counted(h)).toEqual({ ignored: 1, unreadable: 3 });
  });

  it('is taken while Temporal is away', async () => {
    const h = subscribed();
    h.gateway.isAway = true;
    expect((await post(h)).status).toBe(202);
    expect(h.world.vendorEvents).toHaveLength(1);
  });

  it('is not taken while the store is away', async () => {
    const h = subscribed();
    await post(h);
    h.world.isStoreAway = true;
    const answer = await post(h, { eventId: 'event-2' });
    expect([answer.status, answer.body.code]).toEqual([503, 'store_unavailable']);
    h.world.isStoreAway = false;
    expect((await post(h, { eventId: 'event-2' })).status).toBe(202);
  });

  it('holds by the key before as long as that is good', async () => {
    const h = subscribed({
      secretKeys: [
        ['newest', null],
        [secret, noon + 60_000],
      ],
    });
    expect((await post(h)).status).toBe(202);
    expect((await post(h, { secret: 'newest', eventId: 'event-2' })).status).toBe(202);
    h.clock.now = noon + 60_000;
    expect((await post(h, { eventId: 'event-3' })).status).toBe(401);
  });

  it('by a key that was made a moment ago is genuine', async () => {
    const h = subscribed();
    expect((await post(h)).status).toBe(202);
    h.world.subscriptions[0]?.secrets.unshift(sealedIn(h, 'newest'));
    expect((await post(h, { secret: 'newest', eventId: 'event-2' })).status).toBe(202);
  });

  it('with a secret that does not open is refused, the other one holds', async () => {
    const h = subscribed();
    const sealed = sealedIn(h, secret).sealed.replace(/^v1\.v1\./, 'v1.gone.');
    h.world.subscriptions[0]?.secrets.unshift({ sealed, madeAt: noon, goodUntil: null });
    expect((await post(h)).status).toBe(202);
    expect((await post(h, { secret: 'lost', eventId: 'event-2' })).status).toBe(401);
  });

  it('costs no read of the subscription each', async () => {
    const h = subscribed();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => post(h, { eventId: `event-${at}` })),
    );
    expect(answers.every(({ status }) => status === 202)).toBe(true);
    expect(h.world.subscriptionReads).toBe(1);
    h.clock.now += 6_000;
    await post(h, { eventId: 'later' });
    expect(h.world.subscriptionReads).toBe(2);
  });

  it('has neither its key, its secret nor its link in the log', async () => {
    const h = subscribed({ activationUntil: noon + 60_000 });
    await post(h, { hookSecret: echo });
    await post(h);
    await post(h, { key: 'z'.repeat(43) });
    const log = h.logLines.join('');
    expect(log).toContain('/v1/webhooks/smartrecruiters/[redacted]');
    for (const word of [key, 'z'.repeat(43), secret, echo, 'evil.example']) {
      expect(log).not.toContain(word);
    }
  });

  it('never answers any bytes with a fault of ours, signed or not', async () => {
    const h = subscribed();
    const json = fc.record(
      { id: fc.jsonValue(), interview_id: fc.jsonValue(), application_id: fc.string() },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
          fc.json().map((text) => Buffer.from(text)),
          json.map((value) => Buffer.from(JSON.stringify(value))),
        ),
        fc.boolean(),
        fc.constantFrom('interview.created', 'candidate.deleted', 'toString'),
        async (body, isSigned, eventName) => {
          const answer = await post(h, {
            body,
            eventName,
            ...(!isSigned && { signature: 'v1=0' }),
          });
          expect(answer.status).toBe(isSigned ? 202 : 401);
        },
      ),
      { numRuns: 100, seed: 20_261_124 },
    );
  });

  it('larger than any event is refused', async () => {
    const answer = await post(subscribed(), { body: randomBytes(300_000) });
    expect([answer.status, answer.body.code]).toEqual([413, 'body_too_large']);
  });
});

describe('the activation of a subscription', () => {
  it('is echoed while it is pending, whatever the body is', async () => {
    const h = subscribed({ activationUntil: noon + 1, secretKeys: [] });
    const answer = await post(h, { signature: '', hookSecret: echo, body: 'no JSON' });
    expect([answer.status, answer.headers['x-hook-secret']]).toEqual([200, echo]);
    expect(await counted(h)).toEqual({ handshake: 1 });
    h.clock.now = noon + 1;
    const late = await post(h, { signature: '', hookSecret: echo });
    expect([late.status, late.headers['x-hook-secret']]).toEqual([401, undefined]);
  });

  it('that began a moment ago is noticed', async () => {
    const h = subscribed();
    await post(h);
    const [doc] = h.world.subscriptions;
    if (doc !== undefined) h.world.subscriptions = [{ ...doc, activationUntil: noon + 60_000 }];
    expect((await post(h, { hookSecret: echo })).status).toBe(200);
  });

  it('of one key is no activation of another', async () => {
    const h = subscribed();
    const other = randomBytes(32).toString('base64url');
    const [doc] = h.world.subscriptions;
    if (doc === undefined) throw new Error('no subscription');
    h.world.subscriptions.push({
      ...doc,
      _id: 'other/gen-1',
      orgId: 'other',
      keyHash: subscriptionKeyHash(other),
      activationUntil: noon + 60_000,
    });
    expect((await post(h, { signature: '', hookSecret: echo })).status).toBe(401);
    expect((await post(h, { signature: '', hookSecret: echo, key: other })).status).toBe(200);
  });

  it.each(['x'.repeat(1001), 'two words', ''])('echoes no value like %j', async (hookSecret) => {
    const h = subscribed({ activationUntil: noon + 60_000 });
    const answer = await post(h, { signature: '', hookSecret });
    expect([answer.status, answer.headers['x-hook-secret']]).toEqual([401, undefined]);
  });
});
