import fc from 'fast-check';
import {
  emptyState,
  type Lane,
  limiterTimes,
  slowFactorAt,
} from '../../../activities/smartrecruiters/limiter-state.js';
import {
  type Begun,
  type Caller,
  flood,
  mostAtOnce,
  mostWithin,
  playCallers,
} from './limiter-simulation.js';

const lane = fc.constantFrom<Lane>('join', 'interactive', 'watch');
const caller: fc.Arbitrary<Caller> = fc.record({
  lane,
  exclusive: fc.nat(4).map((number) => number === 0),
  arrivesAt: fc.nat(8_000),
  takesMs: fc.oneof(
    { weight: 5, arbitrary: fc.integer({ min: 5, max: 400 }) },
    { weight: 1, arbitrary: fc.integer({ min: 400, max: 6_000 }) },
  ),
});
const crowd = fc.array(caller, { minLength: 1, maxLength: 120 });
/** Between the turn and the arrival at the vendor. */
const jitterMs = fc.array(fc.nat(400), { minLength: 1, maxLength: 30 });

function countOf(begun: Begun[], of: Lane, fromMs: number, untilMs: number): number {
  return begun.filter(
    (each) => each.lane === of && each.begunAt >= fromMs && each.begunAt < untilMs,
  ).length;
}

it('never ten in any second at the vendor, whatever the jitter on the way', () => {
  fc.assert(
    fc.property(crowd, jitterMs, (callers, jitter) => {
      const { begun } = playCallers(callers, { untilMs: 60_000 });
      const arrivals = begun.map(
        ({ begunAt }, index) => begunAt + (jitter[index % jitter.length] ?? 0),
      );
      expect(mostWithin(arrivals, 1_000)).toBeLessThanOrEqual(10);
    }),
  );
});

it('never more in flight than the vendor allows, nor two candidates lists', () => {
  fc.assert(
    fc.property(crowd, (callers) => {
      const { begun } = playCallers(callers, { untilMs: 120_000 });
      expect(begun).toHaveLength(callers.length);
      expect(mostAtOnce(begun)).toBeLessThanOrEqual(7);
      const withoutJoin = begun.filter((each) => each.lane !== 'join');
      expect(mostAtOnce(withoutJoin)).toBeLessThanOrEqual(6);
      const watch = begun.filter((each) => each.lane === 'watch');
      expect(mostAtOnce(watch)).toBeLessThanOrEqual(5);
      expect(mostAtOnce(begun.filter((each) => each.exclusive === true))).toBeLessThanOrEqual(1);
    }),
  );
});

it('everybody gets a turn in the end: no lane starves', () => {
  fc.assert(
    fc.property(crowd, (callers) => {
      const quick = callers.map((each) => ({ ...each, takesMs: Math.min(500, each.takesMs) }));
      const { begun } = playCallers(quick, { untilMs: 60_000 });
      expect(begun.map(({ index }) => index).sort((a, b) => a - b)).toEqual([...quick.keys()]);
    }),
  );
});

it('a last look that comes while the watch floods begins within a second', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2_000, max: 9_000 }),
      fc.integer({ min: 5, max: 20_000 }),
      fc.boolean(),
      (arrivesAt, takesMs, personToo) => {
        const untilMs = 12_000;
        const { begun } = playCallers(
          [
            { lane: 'join', arrivesAt, takesMs: 100 },
            ...flood({ lane: 'watch', perSecond: 40, untilMs, takesMs }),
            ...(personToo
              ? flood({ lane: 'interactive', perSecond: 10, untilMs, takesMs: 200 })
              : []),
          ],
          { untilMs },
        );
        const look = begun.find((each) => each.lane === 'join');
        expect(look).toBeDefined();
        expect((look?.begunAt ?? Infinity) - arrivesAt).toBeLessThan(1_000);
      },
    ),
  );
});

it.each([50, 400])('when all want more each gets its share, calls of %i ms', (takesMs) => {
  const untilMs = 30_000;
  const lanes: Lane[] = ['join', 'interactive', 'watch'];
  const { begun } = playCallers(
    lanes.flatMap((of) => flood({ lane: of, perSecond: 15, untilMs, takesMs })),
    { untilMs },
  );
  const rate = (of: Lane) => countOf(begun, of, 5_000, 25_000) / 20;
  expect(rate('join')).toBeGreaterThanOrEqual(1.95);
  expect(rate('interactive')).toBeGreaterThanOrEqual(0.95);
  expect(rate('watch')).toBeGreaterThanOrEqual(3.85);
});

it.each<Lane>(['join', 'interactive', 'watch'])('%s alone gets all seven a second', (of) => {
  const untilMs = 20_000;
  const { begun } = playCallers(flood({ lane: of, perSecond: 20, untilMs, takesMs: 300 }), {
    untilMs,
  });
  expect(countOf(begun, of, 2_000, 18_000) / 16).toBeGreaterThan(6.9);
});

it('what was lent is taken back at once and lent again at once', () => {
  const untilMs = 30_000;
  const { begun } = playCallers(
    [
      ...flood({ lane: 'watch', perSecond: 20, untilMs, takesMs: 100 }),
      ...flood({ lane: 'join', perSecond: 10, fromMs: 10_000, untilMs: 12_000, takesMs: 100 }),
    ],
    { untilMs },
  );
  expect(countOf(begun, 'watch', 5_000, 10_000)).toBeGreaterThanOrEqual(34);
  // Two at once, then its own two a second and what persons leave.
  expect(countOf(begun, 'join', 10_000, 11_000)).toBeGreaterThanOrEqual(3);
  expect(countOf(begun, 'watch', 10_000, 15_000)).toBeGreaterThanOrEqual(19);
  expect(countOf(begun, 'watch', 22_000, 27_000)).toBeGreaterThanOrEqual(34);
});

it('a slow vendor does not let one lane hold all that is in flight', () => {
  const untilMs = 60_000;
  const { begun } = playCallers(
    [
      ...flood({ lane: 'interactive', perSecond: 10, untilMs, takesMs: 3_000 }),
      ...flood({ lane: 'watch', perSecond: 10, fromMs: 5_000, untilMs, takesMs: 3_000 }),
    ],
    { untilMs },
  );
  // Three of its own in flight, three seconds each.
  expect(countOf(begun, 'watch', 15_000, 45_000) / 30).toBeGreaterThanOrEqual(0.85);
  expect(countOf(begun, 'interactive', 15_000, 45_000)).toBeGreaterThan(0);
});

describe('a credential that somebody else uses too', () => {
  /** The vendor's window as it counts ours and theirs. */
  function answers(begun: Begun[], foreignPerSecond: (at: number) => number) {
    return (call: Begun, now: number) => {
      const own = begun.filter(({ begunAt }) => begunAt > now - 1_000 && begunAt <= now).length;
      const remaining = Math.max(0, 10 - own - foreignPerSecond(now));
      return call.lane === 'watch'
        ? { limit: 10, remaining, concurrentRemaining: 5, throttled: false }
        : undefined;
    };
  }

  function play(foreign: (at: number) => number, untilMs: number, extra: Caller[] = []) {
    const seen: Begun[] = [];
    const factors: { at: number; factor: number }[] = [];
    const { begun } = playCallers(
      [...flood({ lane: 'watch', perSecond: 20, untilMs, takesMs: 50 }), ...extra],
      {
        untilMs,
        observe(call, now) {
          seen.push(call);
          return answers(seen, foreign)(call, now);
        },
        check(state, at) {
          factors.push({ at, factor: slowFactorAt({ state, at, times: limiterTimes }) });
        },
      },
    );
    const mostSlow = Math.max(...factors.map(({ factor }) => factor));
    return { begun, factors, mostSlow };
  }

  it('alone it is never slowed', () => {
    expect(play(() => 0, 30_000).mostSlow).toBe(1);
  });

  it('slows by steps while it goes on, and comes back by steps', () => {
    const { begun, factors } = play((at) => (at >= 5_000 && at < 25_000 ? 6 : 0), 60_000);
    const steps = factors
      .map(({ factor }) => factor)
      .filter((factor, index, all) => factor !== all[index - 1]);
    expect(steps).toEqual([1, 2, 4, 8, 4, 2, 1]);
    expect(countOf(begun, 'watch', 1_000, 5_000) / 4).toBeGreaterThan(6.5);
    expect(countOf(begun, 'watch', 15_000, 25_000) / 10).toBeLessThan(1);
    expect(countOf(begun, 'watch', 50_000, 60_000) / 10).toBeGreaterThan(6.5);
  });

  it('a last look keeps its pace meanwhile', () => {
    const looks = flood({
      lane: 'join',
      perSecond: 2,
      fromMs: 15_000,
      untilMs: 20_000,
      takesMs: 50,
    });
    const { begun } = play(() => 8, 30_000, looks);
    for (const look of begun.filter((each) => each.lane === 'join')) {
      expect(look.begunAt - look.arrivesAt).toBeLessThan(1_000);
    }
    expect(countOf(begun, 'join', 15_000, 22_000)).toBe(10);
    expect(countOf(begun, 'watch', 15_000, 22_000)).toBeGreaterThan(0);
  });

  it('an hour later nothing of it is left', () => {
    const state = { ...emptyState(), slowFactor: 8, slowUntil: 1_000 };
    expect(slowFactorAt({ state, at: 999, times: limiterTimes })).toBe(8);
    expect(slowFactorAt({ state, at: 3_600_000, times: limiterTimes })).toBe(1);
  });
});

it('after a block nothing bursts: the spacing holds from the first request on', () => {
  const untilMs = 20_000;
  const { begun } = playCallers(
    [
      ...flood({ lane: 'watch', perSecond: 30, untilMs, takesMs: 50 }),
      ...flood({ lane: 'join', perSecond: 5, untilMs, takesMs: 50 }),
    ],
    { untilMs, state: { ...emptyState(), blockedUntil: 8_000 } },
  );
  const instants = begun.map(({ begunAt }) => begunAt).sort((a, b) => a - b);
  expect(instants[0]).toBe(8_000);
  const gaps = instants.slice(1).map((at, index) => at - (instants[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(143);
});
