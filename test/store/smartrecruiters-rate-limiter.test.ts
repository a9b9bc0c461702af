import { createMongoRateLimiter } from '../../activities/smartrecruiters/mongo-rate-limiter.js';
import type { Lane, Lease, RateLimiter } from '../../activities/smartrecruiters/rate-limiter.js';
import { collectionsOf } from '../../common/read-model/collections.js';
import { connectDatabase, type Database } from '../../common/read-model/connection.js';

const databases: Database[] = [];

/** A limiter with a connection of its own, as another process has it. */
async function limiterOfAnotherProcess(name: string): Promise<RateLimiter> {
  const uri = process.env.TEST_MONGODB_URI;
  if (uri === undefined) throw new Error('TEST_MONGODB_URI names no MongoDB');
  const database = await connectDatabase({ uri, appName: name });
  databases.push(database);
  return createMongoRateLimiter({ leases: collectionsOf({ database }).provider_leases });
}

let one: RateLimiter;
let two: RateLimiter;

beforeAll(async () => {
  one = await limiterOfAnotherProcess('limiter-one');
  two = await limiterOfAnotherProcess('limiter-two');
});

afterAll(async () => {
  for (const database of databases) await database.close();
});

let count = 0;
let budgetKey: string;

beforeEach(() => {
  count += 1;
  budgetKey = `budget-${Date.now()}-${count}`;
});

const fine = { remaining: 9, concurrentRemaining: 7, throttled: false };

it('two processes share one spacing and five slots', async () => {
  const begun: number[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  const call = async (limiter: RateLimiter) => {
    const lease = await limiter.acquire({ budgetKey, lane: 'join' });
    begun.push(Date.now());
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    await new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
    inFlight -= 1;
    await lease.release(fine);
  };
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => call(index % 2 === 0 ? one : two)),
  );
  expect(mostInFlight).toBeLessThanOrEqual(5);
  expect(begun).toHaveLength(20);
  const took = Math.max(...begun) - Math.min(...begun);
  // Nineteen spaces of 143 ms; timers and the first wait are a little off.
  expect(took).toBeGreaterThanOrEqual(19 * 143 - 50);
});

it('the candidates list is exclusive between processes', async () => {
  const lease = await one.acquire({ budgetKey, lane: 'watch', exclusive: true });
  await expect(two.acquire({ budgetKey, lane: 'watch', exclusive: true })).rejects.toMatchObject({
    kind: 'throttled',
  });
  await lease.release(fine);
  await (await two.acquire({ budgetKey, lane: 'watch', exclusive: true })).release(fine);
});

it('a slot that another process released comes to a waiting call', async () => {
  const lease = await one.acquire({ budgetKey, lane: 'watch', exclusive: true });
  let released = false;
  const waiting = two
    .acquire({ budgetKey, lane: 'watch', exclusive: true })
    .then((next) => ({ next, afterRelease: released }));
  setTimeout(() => {
    released = true;
    void lease.release(fine);
  }, 300);
  const { next, afterRelease } = await waiting;
  expect(afterRelease).toBe(true);
  await next.release(fine);
});

it('a 429 in one process blocks the other', async () => {
  const lease = await one.acquire({ budgetKey, lane: 'watch' });
  await lease.release({
    remaining: 0,
    concurrentRemaining: null,
    throttled: true,
    retryAfterMs: 10_000,
  });
  await expect(two.acquire({ budgetKey, lane: 'join' })).rejects.toMatchObject({
    kind: 'throttled',
    retryAfterMs: expect.any(Number),
  });
});

it('the lanes hold across processes', async () => {
  const held: Lease[] = [];
  const lanes: Lane[] = ['watch', 'watch', 'watch', 'interactive', 'join'];
  for (const [index, lane] of lanes.entries()) {
    held.push(await (index % 2 === 0 ? one : two).acquire({ budgetKey, lane }));
  }
  await expect(one.acquire({ budgetKey, lane: 'interactive' })).rejects.toMatchObject({
    kind: 'throttled',
  });
  await Promise.all(held.map(async (lease) => lease.release(fine)));
  await (await two.acquire({ budgetKey, lane: 'watch' })).release(fine);
});
