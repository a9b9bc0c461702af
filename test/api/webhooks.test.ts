import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { eventually } from '../support/eventually.js';
import { noon } from './support/documents.js';
import { type Harness, harness, webhookSecret } from './support/harness.js';

const path = '/v1/webhooks/notetaker/pillar';
const metadata = { orgId: 'acme', generation: 'gen-1', interviewId: 'int-1' };
const stamp = String(noon / 1000);

function eventBody(part: { eventId?: string; metadata?: unknown } = {}): string {
  return JSON.stringify({
    eventId: part.eventId ?? 'evt_1',
    type: 'bot.state_changed',
    occurredAt: new Date(noon).toISOString(),
    bot: { id: 'bot_1', key: 'test:key', state: 'recording', metadata: part.metadata ?? metadata },
  });
}

function signatureOf(input: { secret: string; id: string; stamp: string; body: string | Buffer }) {
  const hmac = createHmac('sha256', input.secret).update(`${input.id}.${input.stamp}.`);
  return `v1=${hmac.update(input.body).digest('hex')}`;
}

function post(
  h: Harness,
  part: {
    body?: string | Buffer;
    id?: string;
    stamp?: string;
    signature?: string;
    signedBody?: string;
    secret?: string;
    path?: string;
  } = {},
) {
  const body = part.body ?? eventBody();
  const id = part.id ?? 'evt_1';
  const at = part.stamp ?? stamp;
  const signature =
    part.signature ??
    signatureOf({
      secret: part.secret ?? webhookSecret,
      id,
      stamp: at,
      body: part.signedBody ?? body,
    });
  return h.request
    .post(part.path ?? path)
    .set('content-type', 'application/json')
    .set('pillar-webhook-id', id)
    .set('pillar-webhook-timestamp', at)
    .set('pillar-webhook-signature', signature)
    .send(typeof body === 'string' ? body : Uint8Array.from(body));
}

describe('a webhook of the notetaker', () => {
  it.each<[string, Parameters<typeof post>[1]]>([
    ['signed with another secret', { secret: 'another-secret-of-somebody' }],
    ['signed over another body', { signedBody: `${eventBody()} ` }],
    ['with a signature of another form', { signature: 'sha256=abc' }],
    ['with an empty signature', { signature: 'v1=' }],
    ['with the time of more than 5 min ago', { stamp: String(noon / 1000 - 301) }],
    ['with a time more than 5 min ahead', { stamp: String(noon / 1000 + 301) }],
    ['with a time that is none', { stamp: 'now' }],
  ])('%s is refused and leaves nothing', async (_name, part) => {
    const h = harness();
    const answer = await post(h, part);
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_signature']);
    expect(h.world.webhookReceipts).toEqual([]);
    expect(h.gateway.botEvents).toEqual([]);
  });

  it('without its headers is refused', async () => {
    const h = harness();
    const answer = await h.request.post(path).set('content-type', 'application/json').send('{}');
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_signature']);
  });

  it('of a provider that is not in use is not found', async () => {
    const h = harness();
    const answer = await post(h, { path: '/v1/webhooks/notetaker/recall' });
    expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
  });

  it('is stored, answered, and handed to the join of its interview', async () => {
    const h = harness();
    const answer = await post(h);
    expect([answer.status, answer.text]).toEqual([202, '']);
    expect(h.world.webhookReceipts).toEqual([
      {
        _id: 'pillar/evt_1',
        source: 'notetaker/pillar',
        botKey: 'test:key',
        at: noon,
        expiresAt: new Date(noon + 48 * 3_600_000),
      },
    ]);
    await eventually(() => h.gateway.botEvents.length === 1);
    expect(h.gateway.botEvents).toEqual([metadata]);
  });

  it('that comes again is answered without effect', async () => {
    const h = harness();
    await post(h);
    await eventually(() => h.gateway.botEvents.length === 1);
    const again = await post(h, { stamp: String(noon / 1000 + 60) });
    expect(again.status).toBe(202);
    expect(h.world.webhookReceipts).toHaveLength(1);
    expect(h.gateway.botEvents).toHaveLength(1);
  });

  it('holds when any one of several signatures does', async () => {
    const h = harness();
    const other = signatureOf({ secret: 'old', id: 'evt_1', stamp, body: eventBody() });
    const right = signatureOf({ secret: webhookSecret, id: 'evt_1', stamp, body: eventBody() });
    expect((await post(h, { signature: `${other} ${right}` })).status).toBe(202);
  });

  it('is taken while Temporal is away', async () => {
    const h = harness();
    h.gateway.isAway = true;
    expect((await post(h)).status).toBe(202);
    expect(h.world.webhookReceipts).toHaveLength(1);
  });

  it('is not taken when its receipt cannot be stored', async () => {
    const h = harness();
    h.world.isStoreAway = true;
    const answer = await post(h);
    expect([answer.status, answer.body.code]).toEqual([503, 'store_unavailable']);
    expect(h.gateway.botEvents).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['another tenant’s slash', { ...metadata, orgId: 'a/b' }],
    ['no interview', { orgId: 'acme', generation: 'g' }],
    ['numbers', { orgId: 1, generation: 2, interviewId: 3 }],
  ])('about a bot that is not ours (%s) is stored and goes nowhere', async (_name, foreign) => {
    const h = harness();
    const body = eventBody().replace(JSON.stringify(metadata), JSON.stringify(foreign));
    expect((await post(h, { body })).status).toBe(202);
    expect(h.world.webhookReceipts).toHaveLength(1);
    expect(h.gateway.botEvents).toEqual([]);
  });

  it('signed but of another form is refused by its fault', async () => {
    const h = harness();
    const noJson = await post(h, { body: '{' });
    expect([noJson.status, noJson.body.code]).toEqual([400, 'malformed_json']);
    const noBot = await post(h, { body: '{"eventId":"evt_1"}' });
    expect([noBot.status, noBot.body.code]).toEqual([422, 'invalid_body']);
    const otherId = await post(h, { body: eventBody({ eventId: 'evt_2' }) });
    expect([otherId.status, otherId.body.code]).toEqual([422, 'invalid_body']);
    expect(h.world.webhookReceipts).toEqual([]);
  });

  it('never answers any bytes with a fault of ours, signed or not', async () => {
    const h = harness();
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
          fc.json().map((text) => Buffer.from(text)),
          fc
            .record({
              eventId: fc.constantFrom('evt_1', 'evt_2'),
              bot: fc.record({ key: fc.string(), metadata: fc.jsonValue() }),
            })
            .map((event) => Buffer.from(JSON.stringify(event))),
        ),
        fc.boolean(),
        async (body, isSigned) => {
          const answer = await post(h, isSigned ? { body } : { body, signature: 'v1=00' });
          expect(answer.status).toBeLessThan(500);
          expect(isSigned || answer.status === 401).toBe(true);
        },
      ),
      { numRuns: 60, seed: 20_261_124 },
    );
  });

  it('larger than any event is refused', async () => {
    const h = harness();
    const answer = await post(h, { body: randomBytes(300_000) });
    expect([answer.status, answer.body.code]).toEqual([413, 'body_too_large']);
  });

  it('about a bot of somebody else is counted apart', async () => {
    const h = harness();
    await post(h, { body: eventBody({ metadata: {} }) });
    expect((await h.metrics.webhooksReceived.get()).values).toEqual([
      expect.objectContaining({
        labels: { source: 'notetaker_pillar', result: 'unknown_bot' },
        value: 1,
      }),
    ]);
  });
});

describe('a webhook of another notetaker', () => {
  const secret = Buffer.alloc(32, 3).toString('base64');
  const event = {
    idempotency_key: 'uuid-1',
    bot_id: 'bot_1',
    bot_metadata: metadata,
    trigger: 'bot.state_change',
    data: { new_state: 'ended', created_at: new Date(noon).toISOString() },
  };
  const canonical = (trigger: string) =>
    `{"bot_id":"bot_1","bot_metadata":{"generation":"gen-1","interviewId":"int-1","orgId":"acme"},"data":{"created_at":"${event.data.created_at}","new_state":"ended"},"idempotency_key":"uuid-1","trigger":"${trigger}"}`;
  const send = (h: Harness, trigger = 'bot.state_change') =>
    h.request
      .post('/v1/webhooks/notetaker/attendee')
      .set('content-type', 'application/json')
      .set(
        'x-webhook-signature',
        createHmac('sha256', Buffer.from(secret, 'base64'))
          .update(canonical(trigger))
          .digest('base64'),
      )
      .send(JSON.stringify({ ...event, trigger }, null, 1));
  const attendee = () => harness({ notetaker: { provider: 'attendee', webhookSecrets: [secret] } });

  it('is checked by that provider’s rules, stored once by its id, and handed on', async () => {
    const h = attendee();
    expect((await send(h)).status).toBe(202);
    expect((await send(h)).status).toBe(202);
    expect(h.world.webhookReceipts).toMatchObject([
      { _id: 'attendee/uuid-1', source: 'notetaker/attendee', botKey: null },
    ]);
    await eventually(() => h.gateway.botEvents.length === 1);
    expect(h.gateway.botEvents).toEqual([metadata]);
  });

  it('that is of no use is taken and leaves nothing', async () => {
    const h = attendee();
    expect((await send(h, 'transcript.update')).status).toBe(202);
    expect(h.world.webhookReceipts).toEqual([]);
    expect(h.gateway.botEvents).toEqual([]);
  });

  it('is not found under the name of one that is not in use', async () => {
    expect((await send(harness())).status).toBe(404);
  });
});
