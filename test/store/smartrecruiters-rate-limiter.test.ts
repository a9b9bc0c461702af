import { createSmartRecruitersClient } from '../../activities/smartrecruiters/client.js';
import { isSmartRecruitersError } from '../../activities/smartrecruiters/errors.js';
import { limiterTimes } from '../../activities/smartrecruiters/limiter-times.js';
import { createMongoRateLimiter } from '../../activities/smartrecruiters/mongo-rate-limiter.js';
import type { Lane, Lease, RateLimiter } from '../../activities/smartrecruiters/rate-limiter.js';
import { collectionsOf } from '../../common/read-model/collections.js';
import { connectDatabase, type Database } from '../../common/read-model/connection.js';
import type { ProviderLeaseDoc } from '../../common/read-model/documents.js';
import { startSmartRecruitersSimulator } from '../../sandbox/smartrecruiters/simulator.js';

const databases: Database[] = [];

/** A limiter with a connection of its own, as another process has it. */
async function limiterOfAnotherProcess(
  name: string,
  patienceMs = limiterTimes.patienceMs,
): Promise<RateLimiter> {
  const uri = process.env.TEST_MONGODB_URI;
  if (uri === undefined) throw new Error('TEST_MONGODB_URI names no MongoDB');
  const database = await connectDatabase({ uri, appName: name });
  databases.push(database);
  return createMongoRateLimiter({
    leases: collectionsOf({ database }).provider_leases,
    times: { ...limiterTimes, patienceMs },
  });
}

let one: RateLimiter;
let two: RateLimiter;
let impatient: RateLimiter;

beforeAll(async () => {
  one = await limiterOfAnotherProcess('limiter-one');
  two = await limiterOfAnotherProcess('limiter-two');
  impatient = await limiterOfAnotherProcess('limiter-impatient', {
    join: 1_000,
    interactive: 600,
    watch: 600,
  });
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

it('two processes share one spacing and what may be in flight', async () => {
  const begun: number[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  const call = async (limiter: RateLimiter) => {
    const lease = await limiter.acquire({ budgetKey, lane: 'watch' });
    begun.push(Date.now());
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    await new Promise((resolve) => {
      setTimeout(resolve, 900);
    });
    inFlight -= 1;
    await lease.release(fine);
  };
  await Promise.all(
    Array.from({ length: 14 }, async (_, index) => call(index % 2 === 0 ? one : two)),
  );
  expect(mostInFlight).toBeLessThanOrEqual(5);
  expect(begun).toHaveLength(14);
  const took = Math.max(...begun) - Math.min(...begun);
  // Thirteen spaces of 143 ms; timers and the first wait are a little off.
  expect(took).toBeGreaterThanOrEqual(13 * 143 - 50);
});

it('the candidates list is exclusive between processes', async () => {
  const lease = await one.acquire({ budgetKey, lane: 'watch', exclusive: true });
  await expect(
    impatient.acquire({ budgetKey, lane: 'watch', exclusive: true }),
  ).rejects.toMatchObject({ kind: 'throttled' });
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
  const lanes: Lane[] = ['watch', 'watch', 'watch', 'watch', 'watch', 'interactive', 'join'];
  for (const [index, lane] of lanes.entries()) {
    held.push(await (index % 2 === 0 ? one : two).acquire({ budgetKey, lane }));
  }
  for (const lane of ['watch', 'interactive'] as const) {
    await expect(impatient.acquire({ budgetKey, lane })).rejects.toMatchObject({
      kind: 'throttled',
    });
  }
  await Promise.all(held.map(async (lease) => lease.release(fine)));
  await (await two.acquire({ budgetKey, lane: 'watch' })).release(fine);
});

it('goes on from what an earlier release stored, without shares', async () => {
  const database = databases[0];
  if (database === undefined) throw new Error('no database was opened');
  const { provider_leases } = collectionsOf({ database });
  const now = Date.now();
  const old = { rev: 7, nextAt: now + 300, blockedUntil: 0, throttles: 0, slowUntil: now + 60_000 };
  await provider_leases.collection.insertOne({ _id: budgetKey as never, ...old, leases: [] });
  const lease = await one.acquire({ budgetKey, lane: 'watch' });
  expect(Date.now()).toBeGreaterThanOrEqual(now + 300);
  await lease.release(fine);
  const stored = await provider_leases.findById(budgetKey).lean<ProviderLeaseDoc | null>();
  expect(stored).toMatchObject({ slowFactor: 1, leases: [] });
  expect(stored?.rev).toBeGreaterThanOrEqual(9);
});

it('a flood from several processes never earns a 429, and last looks pass it by', async () => {
  const simulator = await startSmartRecruitersSimulator({ latencyMs: 120 });
  try {
    const { control } = simulator;
    const { id: companyId } = await control.createCompany({ name: 'Acme' });
    const credential = await control.createCredential({ companyId });
    const { id: jobId } = await control.createJob({ companyId, title: 'Engineer' });
    const three = await limiterOfAnotherProcess('limiter-three');
    const clients = [one, two, three].map((limiter) =>
      createSmartRecruitersClient({ apiUrl: simulator.url, credential, budgetKey, limiter }),
    );
    const until = Date.now() + 8_000;
    // A call that had to wait too long comes again, as the watch does.
    const again = async (call: () => Promise<unknown>) => {
      while (Date.now() < until) {
        await call().catch((error: unknown) => {
          if (!isSmartRecruitersError(error, 'throttled') || error.status !== null) throw error;
        });
      }
    };
    const lookMs: number[] = [];
    await Promise.all(
      clients.flatMap((client, index) => [
        ...Array.from({ length: 4 }, async () =>
          again(async () => await client.getJob({ jobId, lane: 'watch' })),
        ),
        again(async () => {
          await client.readCandidatesPage({ pageId: null, jobIds: [jobId] });
        }),
        again(async () => {
          // Last looks come while the flood is on, and not all at one moment.
          await new Promise((resolve) => {
            setTimeout(resolve, 1_600 + index * 300);
          });
          const begunAt = Date.now();
          await client.getJob({ jobId, lane: 'join' });
          lookMs.push(Date.now() - begunAt);
        }),
      ]),
    );
    const [statistics] = (await control.statistics({ clientId: credential.clientId })).credentials;
    expect(statistics?.rateLimitedCount).toBe(0);
    expect(statistics?.maxPerSecond).toBeLessThanOrEqual(10);
    expect(statistics?.maxInFlight).toBeLessThanOrEqual(8);
    expect(statistics?.maxCandidatesListsInFlight).toBe(1);
    // Seven a second were there to be used.
    expect(statistics?.count).toBeGreaterThan(40);
    expect(lookMs.length).toBeGreaterThanOrEqual(9);
    // One second for the turn; the answer takes its time as well.
    expect(lookMs.filter((ms) => ms > 1_400)).toEqual([]);
  } finally {
    await simulator.close();
  }
}, 30_000);
