import { limiterTimes } from '../../../activities/smartrecruiters/limiter-times.js';
import {
  createMemoryRateLimiter,
  type Lease,
} from '../../../activities/smartrecruiters/rate-limiter.js';

const budgetKey = 'budget';
const fine = { remaining: 9, concurrentRemaining: 7, throttled: false };

it('the sixth of the watch waits, the last look behind it does not', async () => {
  const limiter = createMemoryRateLimiter();
  const held: Lease[] = [];
  for (let count = 0; count < 5; count += 1) {
    held.push(await limiter.acquire({ budgetKey, lane: 'watch' }));
  }
  let sixthCame = false;
  const sixth = limiter.acquire({ budgetKey, lane: 'watch' }).then((lease) => {
    sixthCame = true;
    return lease;
  });
  const look = await limiter.acquire({ budgetKey, lane: 'join' });
  expect(sixthCame).toBe(false);
  await look.release(fine);
  await held[0]?.release(fine);
  await (await sixth).release(fine);
});

it('refuses when its patience ends without a slot, and says when to come again', async () => {
  const patienceMs = { ...limiterTimes.patienceMs, watch: 600 };
  const limiter = createMemoryRateLimiter({ times: { ...limiterTimes, patienceMs } });
  const first = await limiter.acquire({ budgetKey, lane: 'watch', exclusive: true });
  const startedAt = Date.now();
  await expect(
    limiter.acquire({ budgetKey, lane: 'watch', exclusive: true }),
  ).rejects.toMatchObject({ kind: 'throttled', retryAfterMs: 1_000, status: null });
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(590);
  await first.release();
  await (await limiter.acquire({ budgetKey, lane: 'watch', exclusive: true })).release();
});

it('refuses at once when a block outlasts the patience', async () => {
  const limiter = createMemoryRateLimiter();
  const lease = await limiter.acquire({ budgetKey, lane: 'watch' });
  await lease.release({ ...fine, throttled: true, retryAfterMs: 3_000 });
  const startedAt = Date.now();
  const refusal = limiter.acquire({ budgetKey, lane: 'interactive' });
  await expect(refusal).rejects.toMatchObject({ kind: 'throttled' });
  const error = await refusal.catch((reason: { retryAfterMs: number }) => reason);
  expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(2_000);
  expect(Date.now() - startedAt).toBeLessThan(1_000);
  // A last look is more patient.
  const look = await limiter.acquire({ budgetKey, lane: 'join' });
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(2_900);
  await look.release(fine);
});

it('credentials do not wait for each other', async () => {
  const limiter = createMemoryRateLimiter();
  const lease = await limiter.acquire({ budgetKey: 'one', lane: 'watch', exclusive: true });
  await lease.release({ ...fine, throttled: true, retryAfterMs: 30_000 });
  const startedAt = Date.now();
  await (await limiter.acquire({ budgetKey: 'two', lane: 'watch', exclusive: true })).release();
  expect(Date.now() - startedAt).toBeLessThan(500);
});

it('an aborted wait rejects with the reason and leaves no slot behind', async () => {
  const limiter = createMemoryRateLimiter();
  const first = await limiter.acquire({ budgetKey, lane: 'watch', exclusive: true });
  const controller = new AbortController();
  const reason = new Error('not wanted any more');
  const waiting = limiter.acquire({
    budgetKey,
    lane: 'watch',
    exclusive: true,
    signal: controller.signal,
  });
  setTimeout(() => controller.abort(reason), 50);
  await expect(waiting).rejects.toBe(reason);
  await first.release();
  const next = await limiter.acquire({ budgetKey, lane: 'watch', exclusive: true });
  await next.release();
});

it('an abort between the reservation and its turn frees the slot', async () => {
  const limiter = createMemoryRateLimiter();
  const first = await limiter.acquire({ budgetKey, lane: 'join' });
  await first.release({ ...fine, throttled: true, retryAfterMs: 1_000 });
  const controller = new AbortController();
  const aborted = Array.from({ length: 5 }, async () =>
    limiter.acquire({ budgetKey, lane: 'join', signal: controller.signal }),
  );
  setTimeout(() => controller.abort(new Error('stopped')), 50);
  const outcomes = await Promise.allSettled(aborted);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(Array(5).fill('rejected'));
  const five = await Promise.all(
    Array.from({ length: 5 }, async () => limiter.acquire({ budgetKey, lane: 'join' })),
  );
  expect(five).toHaveLength(5);
  for (const lease of five) await lease.release();
});
