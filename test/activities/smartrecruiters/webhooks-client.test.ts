import type { SmartRecruitersClient } from '../../../activities/smartrecruiters/client.js';
import { createSmartRecruitersClient } from '../../../activities/smartrecruiters/client.js';
import { createMemoryRateLimiter } from '../../../activities/smartrecruiters/rate-limiter.js';
import { readCallbackPage } from '../../../activities/smartrecruiters/webhook-schemas.js';
import { grantableScopes } from '../../../sandbox/smartrecruiters/records.js';
import { type SimulatedCompany, simulateCompany } from './simulated-company.js';

const callbackUrl = 'http://127.0.0.1:9/hook';
const events = ['interview.created', 'interview.canceled'];

describe('at the simulator', () => {
  let company: SimulatedCompany;
  let client: SmartRecruitersClient;

  beforeEach(async () => {
    company = await simulateCompany();
    const { companyId } = company;
    const scopes = [...grantableScopes];
    const credential = await company.simulator.control.createCredential({ companyId, scopes });
    client = company.client({ credential });
  });

  afterEach(async () => {
    await company.simulator.close();
  });

  it('makes, finds, gives a key to and deletes a subscription', async () => {
    const made = await client.webhooks.createSubscription({ callbackUrl, events });
    expect(made).toMatchObject({ callbackUrl, status: 'inactive', events });
    const { subscriptionId } = made;
    expect(await client.webhooks.listSubscriptions()).toEqual([made]);
    expect(await client.webhooks.getSubscription({ subscriptionId })).toEqual(made);
    const first = await client.webhooks.createSecretKey({ subscriptionId });
    const second = await client.webhooks.createSecretKey({ subscriptionId });
    expect(first.secretKey).not.toBe(second.secretKey);
    const log = { subscriptionId, callbackStatus: 'failed' as const, after: 0, pageId: null };
    expect(await client.webhooks.readCallbacksLogPage(log)).toMatchObject({
      items: [],
      nextPageId: null,
    });
    await client.webhooks.deleteSubscription({ subscriptionId });
    // Gone already is as good as deleted.
    await client.webhooks.deleteSubscription({ subscriptionId });
    expect(await client.webhooks.listSubscriptions()).toEqual([]);
    await expect(client.webhooks.getSubscription({ subscriptionId })).rejects.toMatchObject({
      kind: 'not_found',
    });
  });

  it('lists those of every page', async () => {
    for (let count = 0; count < 4; count += 1) {
      await client.webhooks.createSubscription({ callbackUrl: `${callbackUrl}/${count}`, events });
    }
    const all = await client.webhooks.listSubscriptions({ lane: 'join' });
    expect(all.map((each) => each.callbackUrl)).toEqual(
      [0, 1, 2, 3].map((count) => `${callbackUrl}/${count}`),
    );
  });

  it('a callback that nobody answers is not activated', async () => {
    const { subscriptionId } = await client.webhooks.createSubscription({ callbackUrl, events });
    await expect(client.webhooks.activateSubscription({ subscriptionId })).rejects.toMatchObject({
      kind: 'rejected',
      endpoint: 'webhooks.activate',
    });
  });

  it('without the scope every call is refused as such', async () => {
    const { webhooks } = company.client();
    await expect(webhooks.listSubscriptions()).rejects.toMatchObject({ kind: 'scope' });
    await expect(webhooks.createSubscription({ callbackUrl, events })).rejects.toMatchObject({
      kind: 'scope',
    });
  });

  it('what writes is not sent twice when the answer is lost', async () => {
    await client.authenticate();
    await company.simulator.control.injectFault({
      match: { method: 'POST' },
      kind: 'reset',
      times: 1,
      afterHandling: true,
    });
    await expect(client.webhooks.createSubscription({ callbackUrl, events })).rejects.toMatchObject(
      { kind: 'unavailable' },
    );
    expect(await client.webhooks.listSubscriptions()).toHaveLength(1);
  });
});

describe('shapes', () => {
  function clientOf(answer: () => Response) {
    const asked: { method: string; url: string; body: unknown }[] = [];
    const client = createSmartRecruitersClient({
      apiUrl: 'https://api.example.com',
      credential: { clientId: 'id', clientSecret: 'secret' },
      budgetKey: 'budget',
      limiter: createMemoryRateLimiter(),
      async fetch(input, init) {
        const url = new URL(String(input instanceof Request ? input.url : input));
        if (url.pathname === '/identity/oauth/token') {
          return Response.json({ access_token: 'token', token_type: 'bearer' });
        }
        asked.push({ method: init?.method ?? '', url: url.href, body: init?.body });
        return answer();
      },
    });
    return { client, asked };
  }

  it('takes the cursor of a bare array out of the Link header', async () => {
    let page = 0;
    const { client, asked } = clientOf(() => {
      page += 1;
      const link = '<https://elsewhere.example/x?page_id=a%2Fb%3D>; rel="next"';
      return Response.json(
        [{ id: `s${page}`, callbackUrl, status: 'ACTIVE', events: ['job.created'] }],
        page === 1 ? { headers: { link } } : {},
      );
    });
    expect(await client.webhooks.listSubscriptions()).toEqual([
      { subscriptionId: 's1', callbackUrl, status: 'active', events: ['job.created'] },
      { subscriptionId: 's2', callbackUrl, status: 'active', events: ['job.created'] },
    ]);
    expect(asked.map(({ url }) => url)).toEqual([
      'https://api.example.com/webhooks-api/v201907/subscriptions?limit=100',
      'https://api.example.com/webhooks-api/v201907/subscriptions?limit=100&page_id=a%2Fb%3D',
    ]);
  });

  it('sends what it writes as JSON, and takes an answer without a body', async () => {
    const { client, asked } = clientOf(() => new Response(null, { status: 204 }));
    await client.webhooks.activateSubscription({ subscriptionId: 'one' });
    await client.webhooks.deleteSubscription({ subscriptionId: 'one' });
    const made = client.webhooks.createSubscription({ callbackUrl, events });
    await expect(made).rejects.toMatchObject({ kind: 'contract' });
    expect(asked.map(({ method, body }) => [method, body])).toEqual([
      ['PUT', undefined],
      ['DELETE', undefined],
      ['POST', JSON.stringify({ callbackUrl, events })],
    ]);
  });

  it('a key in an unknown shape is refused without showing it', async () => {
    const { client } = clientOf(() => Response.json({ secret_key: 'do-not-show' }));
    const error = await client.webhooks
      .createSecretKey({ subscriptionId: 'one' })
      .catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({ kind: 'contract', endpoint: 'webhooks.secret_key' });
    expect((error as Error).message + JSON.stringify(error)).not.toContain('do-not-show');
  });

  it('reads the log: the body as it was sent, headers in lower case, what is not one skipped', () => {
    const at = Date.UTC(2026, 10, 24, 11);
    const details = {
      url: callbackUrl,
      body: '{"interview_id": "i"}',
      headers: { 'Event-Id': 'e1', 'X-List': ['a', 'b'], 'X-None': null },
    };
    const row = { status: 'FAILED', requestDetails: details };
    const page = readCallbackPage([
      { ...row, timestamp: new Date(at).toISOString() },
      { ...row, timestamp: at / 1_000 },
      { ...row, timestamp: String(at) },
      { ...row, timestamp: '2026-11-24T11:00:00' },
      { status: 'failed' },
      'x',
    ]);
    const headers = { 'event-id': 'e1', 'x-list': 'a, b' };
    const read = { status: 'failed', at, headers, body: details.body };
    expect(page).toEqual({ items: [read, read, read], nextPageId: null, total: null, skipped: 3 });
  });
});
