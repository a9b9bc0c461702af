import fc from 'fast-check';
import { bounded } from '../../../activities/smartrecruiters/limiter-bounds.js';
import {
  emptyState,
  grant,
  type LimiterState,
  limiterTimes as times,
} from '../../../activities/smartrecruiters/limiter-state.js';
import { type Caller, playCallers } from './limiter-simulation.js';

const hour = 3_600_000;
const lane = fc.constantFrom('join', 'interactive', 'watch');
const caller: fc.Arbitrary<Caller> = fc.record({
  lane,
  exclusive: fc.boolean(),
  arrivesAt: fc.nat(5_000),
  takesMs: fc.integer({ min: 5, max: 2_000 }),
});
const crowd = fc.array(caller, { minLength: 1, maxLength: 60 });

/** What the crowd leaves behind, with calls still in flight, by a clock that is `byMs` ahead. */
function leftBehind(callers: readonly Caller[], byMs: number): LimiterState {
  const { state } = playCallers(callers, { untilMs: 3_000 });
  const moved = <Key extends string>(all: Partial<Record<Key, number>>) =>
    Object.fromEntries(
      Object.entries<number | undefined>(all).map(([key, at]) => [key, (at ?? 0) + byMs]),
    ) as Partial<Record<Key, number>>;
  return {
    ...state,
    nextAt: state.nextAt + byMs,
    shareAt: moved(state.shareAt),
    demandUntil: moved(state.demandUntil),
    recent: state.recent.map((at) => at + byMs),
    leases: state.leases.map((lease) => ({ ...lease, until: lease.until + byMs })),
  };
}

/** When a last look that asks from 3 s on gets its turn, and how the state is then. */
function lookAfter(state: LimiterState) {
  const look: Caller = { lane: 'join', arrivesAt: 3_000, takesMs: 100 };
  return playCallers([look], { state, untilMs: 120_000 }).begun[0]?.begunAt ?? Infinity;
}

it('a state from a clock an hour ahead holds up no last look for more than seconds', () => {
  fc.assert(
    fc.property(crowd, fc.integer({ min: 60_000, max: 2 * hour }), (callers, byMs) => {
      const state = leftBehind(callers, byMs);
      // Seven in flight are taken for what they are, until their leases end.
      fc.pre(state.leases.length < 7);
      expect(lookAfter(state)).toBeLessThanOrEqual(3_000 + times.patienceMs.join);
    }),
  );
});

it.each([
  [1, 1_000],
  [3, 4_000],
  [9, 60_000],
])('a block from such a clock after %i 429s lasts %i ms', (throttles, lastsMs) => {
  const blocked = { ...emptyState(), throttles, blockedUntil: hour };
  const begunAt = lookAfter(blocked);
  expect(begunAt).toBeGreaterThanOrEqual(3_000 + lastsMs);
  expect(begunAt).toBeLessThanOrEqual(3_000 + lastsMs + 1_000);
});

it('a lease from such a clock is free after 30 s, though nothing but waiting is stored', () => {
  const until = hour;
  let state: LimiterState = {
    ...emptyState(),
    leases: [{ id: 'a', lane: 'watch', exclusive: true, until }],
  };
  const take = (now: number) =>
    grant({ state, leaseId: 'b', lane: 'watch', exclusive: true, now, times });
  const first = take(0);
  if (first.kind !== 'wait' || first.state === null) throw new Error('expected a stored wait');
  state = first.state;
  expect(take(times.leaseMs - 1).kind).toBe('wait');
  expect(take(times.leaseMs + times.reserveAheadMs).kind).toBe('granted');
});

it('what the rules themselves store is never touched', () => {
  fc.assert(
    fc.property(crowd, (callers) => {
      playCallers(callers, {
        untilMs: 60_000,
        observe: ({ index }) => ({
          remaining: index % 7,
          concurrentRemaining: index % 3,
          throttled: index % 11 === 5,
        }),
        check: (state, now) => {
          expect(bounded({ state, now, times })).toBe(state);
        },
      });
    }),
  );
});
