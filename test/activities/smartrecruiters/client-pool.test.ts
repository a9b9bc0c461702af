import { createClientPool } from '../../../activities/smartrecruiters/client-pool.js';
import { createMemoryRateLimiter } from '../../../activities/smartrecruiters/rate-limiter.js';

function pool(options: { maxClients?: number; fail?: () => boolean } = {}) {
  const opened: string[] = [];
  const clients = createClientPool({
    apiUrl: 'https://api.example.com',
    limiter: createMemoryRateLimiter(),
    async openCredential(credentialRef) {
      opened.push(credentialRef);
      if (options.fail?.() === true) throw new Error('the credential is gone');
      return { clientId: credentialRef, clientSecret: 'x', budgetKey: credentialRef };
    },
    ...(options.maxClients !== undefined && { maxClients: options.maxClients }),
  });
  return { opened, clients };
}

it('opens a credential once, also for callers at the same time', async () => {
  const { opened, clients } = pool();
  const [one, two] = await Promise.all([clients.clientFor('a'), clients.clientFor('a')]);
  expect(one).toBe(two);
  expect(await clients.clientFor('a')).toBe(one);
  expect(opened).toEqual(['a']);
});

it('forgets on request', async () => {
  const { opened, clients } = pool();
  const one = await clients.clientFor('a');
  clients.forget('a');
  expect(await clients.clientFor('a')).not.toBe(one);
  expect(opened).toEqual(['a', 'a']);
});

it('lets the least recently used go', async () => {
  const { opened, clients } = pool({ maxClients: 2 });
  for (const ref of ['a', 'b', 'a', 'c', 'a', 'b']) await clients.clientFor(ref);
  expect(opened).toEqual(['a', 'b', 'c', 'b']);
});

it('does not keep a credential that could not be opened', async () => {
  let failing = true;
  const { opened, clients } = pool({ fail: () => failing });
  await expect(clients.clientFor('a')).rejects.toThrow('gone');
  failing = false;
  await expect(clients.clientFor('a')).resolves.toBeDefined();
  expect(opened).toEqual(['a', 'a']);
});

it('keeps all clients of a large environment', async () => {
  const { opened, clients } = pool();
  const refs = Array.from({ length: 500 }, (_, n) => `organization-${n}`);
  for (const ref of [...refs, ...refs]) await clients.clientFor(ref);
  expect(opened).toHaveLength(500);
});

it('clients of one budget know of one outage, also one that comes after it', async () => {
  let calls = 0;
  const clients = createClientPool({
    apiUrl: 'https://api.example.com',
    limiter: createMemoryRateLimiter(),
    openCredential: async (credentialRef) => ({
      clientId: credentialRef,
      clientSecret: 'x',
      budgetKey: credentialRef === 'other' ? 'other' : 'one',
    }),
    async fetch(input) {
      const url = input instanceof Request ? input.url : input.toString();
      if (url.includes('/identity/')) {
        return Response.json({ access_token: 'token', token_type: 'bearer' });
      }
      calls += 1;
      return new Response('', { status: 503 });
    },
  });
  const ask = async (ref: string) => {
    const client = await clients.clientFor(ref);
    return await client.getJob({ jobId: 'j' }).catch((error: unknown) => error);
  };
  for (let tries = 0; tries < 5; tries += 1) await ask('old');
  clients.forget('old');
  expect(await ask('new')).toMatchObject({ reason: 'circuit_open' });
  expect(await ask('old')).toMatchObject({ reason: 'circuit_open' });
  expect(calls).toBe(5);
  expect(await ask('other')).toMatchObject({ status: 503 });
});
