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
