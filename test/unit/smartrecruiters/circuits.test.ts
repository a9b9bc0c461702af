import { createCircuits } from '../../../activities/smartrecruiters/circuits.js';
import {
  isSmartRecruitersError,
  type SmartRecruitersEndpoint,
  SmartRecruitersError,
  type SmartRecruitersErrorKind,
} from '../../../activities/smartrecruiters/errors.js';
import type { Lane } from '../../../activities/smartrecruiters/limiter-state.js';
import { limiterTimes } from '../../../activities/smartrecruiters/limiter-times.js';
import { eventually } from '../../support/eventually.js';

const times = { ...limiterTimes, firstOpenMs: 60, longestOpenMs: 200 };
const endpoint: SmartRecruitersEndpoint = 'interviews.list';

const fails = (kind: SmartRecruitersErrorKind) => async (): Promise<string> => {
  throw new SmartRecruitersError({ kind, endpoint });
};
const works = async () => 'fine';

/** What came of a call, and whether it reached the vendor. */
function vendor() {
  const circuits = createCircuits({ times });
  let asked = 0;
  return {
    asked: () => asked,
    async call(
      answer: () => Promise<string>,
      lane: Lane = 'watch',
      of: SmartRecruitersEndpoint = endpoint,
    ) {
      try {
        circuits.check({ endpoint: of, lane });
        return await circuits.run({ endpoint: of, lane }, async () => {
          asked += 1;
          return await answer();
        });
      } catch (error) {
        if (!isSmartRecruitersError(error)) throw error;
        return error.reason ?? error.kind;
      }
    },
    refusal(lane: Lane = 'watch') {
      try {
        circuits.check({ endpoint, lane });
        return null;
      } catch (error) {
        return error as SmartRecruitersError;
      }
    },
  };
}

async function opened() {
  const seen = vendor();
  for (let count = 0; count < 5; count += 1) await seen.call(fails('unavailable'));
  return seen;
}

it('opens after five failures in a row, and says when to come again', async () => {
  const seen = await opened();
  expect(seen.refusal()).toMatchObject({ kind: 'unavailable', reason: 'circuit_open' });
  const retryAfterMs = seen.refusal()?.retryAfterMs ?? 0;
  expect(retryAfterMs).toBeGreaterThan(0);
  expect(retryAfterMs).toBeLessThanOrEqual(60);
  expect(await seen.call(works)).toBe('circuit_open');
  expect(seen.asked()).toBe(5);
});

it.each<SmartRecruitersErrorKind>(['not_found', 'scope', 'rejected', 'throttled', 'contract'])(
  'a vendor that answers %s is there',
  async (kind) => {
    const seen = vendor();
    for (let count = 0; count < 4; count += 1) await seen.call(fails('unavailable'));
    expect(await seen.call(fails(kind))).toBe(kind);
    await seen.call(fails('unavailable'));
    expect(await seen.call(works)).toBe('fine');
  },
);

it('one part of the API that is down closes no other', async () => {
  const seen = await opened();
  expect(await seen.call(works, 'watch', 'interview_types.list')).toBe('circuit_open');
  expect(await seen.call(works, 'watch', 'candidates.list')).toBe('fine');
  expect(await seen.call(works, 'watch', 'jobs.list')).toBe('fine');
});

it('a last look is never refused, and one that is answered closes the circuit', async () => {
  const seen = await opened();
  expect(seen.refusal('join')).toBeNull();
  expect(await seen.call(fails('unavailable'), 'join')).toBe('unavailable');
  expect(await seen.call(works)).toBe('circuit_open');
  expect(await seen.call(works, 'join')).toBe('fine');
  expect(await seen.call(works)).toBe('fine');
});

it('lets a single probe through, and then all', async () => {
  const seen = await opened();
  await eventually(() => seen.refusal() === null, { everyMs: 5 });
  let answer = (_text: string) => {};
  const probe = seen.call(
    () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  );
  const others = await Promise.all(Array.from({ length: 10 }, async () => seen.call(works)));
  expect(others).toEqual(Array(10).fill('circuit_open'));
  expect(seen.asked()).toBe(6);
  answer('fine');
  expect(await probe).toBe('fine');
  expect(await seen.call(works)).toBe('fine');
});

it('waits twice as long after each probe that fails, up to the longest', async () => {
  const seen = await opened();
  const waits: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    await eventually(() => seen.refusal() === null, { everyMs: 5 });
    expect(await seen.call(fails('unavailable'))).toBe('unavailable');
    waits.push(seen.refusal()?.retryAfterMs ?? 0);
  }
  const near = [120, 200, 200, 200];
  for (const [index, ms] of waits.entries()) {
    expect(ms).toBeLessThanOrEqual(near[index] ?? 0);
    expect(ms).toBeGreaterThan((near[index] ?? 0) - 50);
  }
});

it('a probe that was given up proves nothing', async () => {
  const seen = await opened();
  await eventually(() => seen.refusal() === null, { everyMs: 5 });
  const givenUp = new Error('not wanted any more');
  await expect(
    seen.call(async () => {
      throw givenUp;
    }),
  ).rejects.toBe(givenUp);
  expect(seen.refusal()).toMatchObject({ reason: 'circuit_open' });
});
