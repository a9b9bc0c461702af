import fc from 'fast-check';
import {
  emptyState,
  grant,
  type Lane,
  type LimiterState,
  leaseMs,
  maxInFlight,
  release,
  renew,
  spacingMs,
} from '../../../activities/smartrecruiters/limiter-state.js';

const lanes: Lane[] = ['join', 'interactive', 'watch'];

type Step =
  | { kind: 'acquire'; lane: Lane; exclusive: boolean; patience: number; gap: number }
  | { kind: 'release'; pick: number; gap: number; remaining: number; throttled: boolean }
  | { kind: 'renew'; pick: number; gap: number }
  | { kind: 'crash'; pick: number; gap: number };

/** Mostly busy, with a pause now and then in which leases end. */
const gap = fc.oneof(
  { weight: 12, arbitrary: fc.nat(200) },
  { weight: 2, arbitrary: fc.nat(3_000) },
  { weight: 1, arbitrary: fc.nat(40_000) },
);
const pick = fc.nat();
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('acquire' as const),
      lane: fc.constantFrom(...lanes),
      exclusive: fc.nat(5).map((number) => number === 0),
      patience: fc.nat(5_000),
      gap,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('release' as const),
      pick,
      gap,
      remaining: fc.nat(10),
      throttled: fc.nat(5).map((number) => number === 0),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('renew' as const), pick, gap }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), pick, gap }) },
);

/** Plays the steps and shows every state and grant to `check`. */
function play(
  steps: Step[],
  check: (seen: {
    state: LimiterState;
    before: LimiterState;
    now: number;
    grantedAt: number | null;
    lane?: Lane;
  }) => void,
) {
  let state = emptyState();
  let now = 1_000_000;
  let count = 0;
  let held: string[] = [];
  for (const each of steps) {
    now += each.gap;
    const before = state;
    let grantedAt: number | null = null;
    const picked = each.kind === 'acquire' ? undefined : held[each.pick % Math.max(1, held.length)];
    if (each.kind === 'acquire') {
      const leaseId = String(count++);
      const turn = grant({ ...each, state, leaseId, now, latestAt: now + each.patience });
      if (turn.kind === 'granted') {
        state = turn.state;
        grantedAt = turn.at;
        held.push(leaseId);
        if (turn.at > now + each.patience) throw new Error('granted later than asked for');
      }
    } else if (picked !== undefined) {
      if (each.kind === 'renew') state = renew({ state, leaseId: picked, now });
      if (each.kind === 'crash') held = held.filter((id) => id !== picked);
      if (each.kind === 'release') {
        held = held.filter((id) => id !== picked);
        const { remaining, throttled } = each;
        const observed = { remaining, concurrentRemaining: null, throttled };
        state = release({ state, leaseId: picked, now, observed, random: 0.5 });
      }
    }
    check({ state, before, now, grantedAt, ...(each.kind === 'acquire' && { lane: each.lane }) });
  }
}

const many = fc.array(step, { minLength: 20, maxLength: 80 });

it('no two requests begin closer than the spacing, and none within a block', () => {
  fc.assert(
    fc.property(many, (steps) => {
      let last = Number.NEGATIVE_INFINITY;
      play(steps, ({ grantedAt, before, now }) => {
        if (grantedAt === null) return;
        expect(grantedAt - last).toBeGreaterThanOrEqual(spacingMs);
        expect(grantedAt).toBeGreaterThanOrEqual(Math.max(now, before.blockedUntil));
        last = grantedAt;
      });
    }),
  );
});

it('never more than five in flight, four below join, three for the watch, one exclusive', () => {
  fc.assert(
    fc.property(many, (steps) => {
      play(steps, ({ state, now }) => {
        const leases = state.leases.filter((lease) => lease.until > now);
        expect(leases.length).toBeLessThanOrEqual(maxInFlight);
        expect(leases.filter((lease) => lease.lane !== 'join').length).toBeLessThanOrEqual(4);
        expect(leases.filter((lease) => lease.lane === 'watch').length).toBeLessThanOrEqual(3);
        expect(leases.filter((lease) => lease.exclusive).length).toBeLessThanOrEqual(1);
      });
    }),
  );
});

it('a last look finds a slot however busy the others are', () => {
  fc.assert(
    fc.property(many, (steps) => {
      const withoutJoin = steps.filter((each) => each.kind !== 'acquire' || each.lane !== 'join');
      play(withoutJoin, ({ state, now }) => {
        const turn = grant({
          state,
          leaseId: 'join',
          lane: 'join',
          exclusive: false,
          now,
          latestAt: Number.MAX_SAFE_INTEGER,
        });
        expect(turn.kind).toBe('granted');
      });
    }),
  );
});

function take(state: LimiterState, leaseId: string, now: number, exclusive = true) {
  return grant({ state, leaseId, lane: 'watch', exclusive, now, latestAt: now + 2_000 });
}

function taken(state: LimiterState, leaseId: string, now: number): LimiterState {
  const turn = take(state, leaseId, now);
  if (turn.kind !== 'granted') throw new Error('expected a turn');
  return turn.state;
}

it('a crashed lease is free after 30 s, a renewed one is not', () => {
  const state = taken(emptyState(), 'a', 0);
  expect(take(state, 'b', leaseMs - 1)).toEqual({ kind: 'wait', retryAt: null });
  expect(take(state, 'b', leaseMs).kind).toBe('granted');
  const renewed = renew({ state, leaseId: 'a', now: 20_000 });
  expect(take(renewed, 'b', leaseMs).kind).toBe('wait');
  expect(take(renewed, 'b', 20_000 + leaseMs).kind).toBe('granted');
});

it('a lost lease does not come back by a late renewal', () => {
  const state = taken(emptyState(), 'a', 0);
  expect(renew({ state, leaseId: 'a', now: leaseMs }).leases).toEqual([]);
});

describe('after a 429', () => {
  const throttled = { remaining: 0, concurrentRemaining: null, throttled: true };

  it('blocks for longer each time, up to a minute, until one succeeds', () => {
    let state = emptyState();
    let now = 0;
    const blocks: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      state = release({ state, leaseId: 'x', now, observed: throttled, random: 0 });
      blocks.push(state.blockedUntil - now);
      now = state.blockedUntil;
    }
    expect(blocks).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1_000));
    const fine = { remaining: 8, concurrentRemaining: 8, throttled: false };
    state = release({ state, leaseId: 'x', now, observed: fine, random: 0 });
    state = release({ state, leaseId: 'x', now, observed: throttled, random: 1 });
    expect(state.blockedUntil - now).toBe(1_250);
  });

  it('counts the several 429s of one burst once', () => {
    let state = release({
      state: emptyState(),
      leaseId: 'x',
      now: 0,
      observed: throttled,
      random: 0,
    });
    state = release({ state, leaseId: 'y', now: 10, observed: throttled, random: 0 });
    expect(state).toMatchObject({ throttles: 1, blockedUntil: 1_010 });
  });

  it('honours a Retry-After that is longer than its own wait', () => {
    const observed = { ...throttled, retryAfterMs: 20_000 };
    const state = release({ state: emptyState(), leaseId: 'x', now: 0, observed, random: 0 });
    expect(state.blockedUntil).toBe(20_000);
    expect(take(state, 'a', 1)).toEqual({ kind: 'wait', retryAt: 20_000 });
  });
});

it.each([
  [{ remaining: 1, concurrentRemaining: null, throttled: false }, 2 * spacingMs],
  [{ remaining: null, concurrentRemaining: 1, throttled: false }, 2 * spacingMs],
  [{ remaining: 2, concurrentRemaining: 2, throttled: false }, spacingMs],
  [{ remaining: null, concurrentRemaining: null, throttled: false }, spacingMs],
])(
  'spaces wider while the headers show that others use the credential: %j',
  (observed, spacing) => {
    const state = release({ state: emptyState(), leaseId: 'x', now: 0, observed, random: 0 });
    expect(taken(state, 'a', 100).nextAt).toBe(100 + spacing);
    expect(taken(state, 'a', 6_000).nextAt).toBe(6_000 + spacingMs);
  },
);
