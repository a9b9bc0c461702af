import { type Subscribed, startWithSubscriber, subscriptions } from './subscriber.js';

describe('webhook subscriptions', () => {
  let world: Subscribed;

  beforeEach(async () => {
    world = await startWithSubscriber({ timeFactor: 3_600 });
  });
  afterEach(() => world.end());

  const body = (changes: object = {}): object => ({
    callbackUrl: world.subscriber.url,
    events: ['interview.created'],
    ...changes,
  });

  it('are refused without their own scope, which is none of the nine', async () => {
    expect((await world.call(subscriptions)).status).toBe(403);
    expect((await world.call(subscriptions, { method: 'POST', body: body() })).status).toBe(403);
  });

  it.each([
    ['no events', { events: [] }, 400],
    ['an unknown event', { events: ['interview.cancelled'] }, 400],
    ['no address', { callbackUrl: 'nowhere' }, 400],
    ['an address outside this machine', { callbackUrl: 'https://hooks.example/in' }, 422],
    ['a broken authentication', { callbackAuthentication: { type: 'basic' } }, 400],
  ])('are refused with %s', async (_what, changes, status) => {
    const reply = await world.manage('', { method: 'POST', body: body(changes) });
    expect(reply.status).toBe(status);
    expect((await world.manage('')).body).toEqual([]);
  });

  it('are made inactive, listed, read and deleted by the credential that made them', async () => {
    const made = await world.manage('', { method: 'POST', body: body() });
    expect(made).toMatchObject({
      status: 201,
      body: {
        callbackUrl: world.subscriber.url,
        status: 'inactive',
        events: [{ name: 'interview.created', version: expect.any(String) }],
      },
    });
    const { id } = made.body as { id: string };
    expect((await world.manage(`/${id}`)).body).toEqual(made.body);
    const token = await world.tokenWith(['webhooks_manage']);
    expect((await world.call(subscriptions, { token })).body).toEqual([]);
    expect((await world.call(`${subscriptions}/${id}`, { token })).status).toBe(404);
    expect((await world.manage(`/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await world.manage(`/${id}`)).status).toBe(404);
  });

  it('come page by page as bare arrays with page_id in the Link header, 20 at most', async () => {
    for (let index = 0; index < 20; index += 1) await world.subscribe({ activate: false });
    expect((await world.manage('', { method: 'POST', body: body() })).status).toBe(422);
    const seen: string[] = [];
    let query: string | undefined = '?limit=8';
    while (query !== undefined) {
      const page = await world.manage(query);
      seen.push(...(page.body as { id: string }[]).map(({ id }) => id));
      const next = /^<(.+)>; rel="next"$/.exec(page.headers.get('link') ?? '')?.[1];
      query = next === undefined ? undefined : new URL(next).search;
      expect(query ?? 'the end').toMatch(/page_id=|the end/);
    }
    expect(new Set(seen).size).toBe(20);
    expect(seen).toHaveLength(20);
  });

  it.each(['wrong', 'none'] as const)('stay inactive when the echo is %s', async (echo) => {
    world.subscriber.echo = echo;
    const id = await world.subscribe({ activate: false });
    expect((await world.manage(`/${id}/activation`, { method: 'PUT' })).status).toBe(400);
    expect((await world.manage(`/${id}`)).body).toMatchObject({ status: 'inactive' });
  });

  it('become active with 204 when the secret comes back', async () => {
    const id = await world.subscribe({ activate: false });
    expect((await world.manage(`/${id}/activation`, { method: 'PUT' })).status).toBe(204);
    expect((await world.manage(`/${id}`)).body).toMatchObject({ status: 'active' });
  });

  it('have a last key to read, and no more than 16 that live', async () => {
    const id = await world.subscribe();
    const path = `/${id}/secret-key`;
    expect((await world.manage(path)).status).toBe(404);
    const first = await world.manage(path, { method: 'POST' });
    expect(first).toMatchObject({ status: 201, body: { secretKey: expect.any(String) } });
    for (let index = 1; index < 16; index += 1) await world.manage(path, { method: 'POST' });
    const last = (await world.manage(path)).body;
    expect(last).not.toEqual(first.body);
    expect((await world.manage(path, { method: 'POST' })).status).toBe(422);
    expect((await world.manage(path)).body).toEqual(last);
  });

  it('can be looked at from outside, keys included', async () => {
    const id = await world.subscribe();
    await world.manage(`/${id}/secret-key`, { method: 'POST' });
    const { control } = world.simulator;
    expect(await control.listSubscriptions({ companyId: world.companyId })).toMatchObject([
      { id, status: 'active', secretKeys: [{ replacedAt: null }] },
    ]);
  });
});
