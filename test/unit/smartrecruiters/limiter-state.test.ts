import {
  emptyState,
  grant,
  type LimiterState,
  type Observed,
  release,
  renew,
  scaleLimiterTimes,
  limiterTimes as times,
} from '../../../activities/smartrecruiters/limiter-state.js';

const { leaseMs, spacingMs } = times;

function answered(
  state: LimiterState,
  call: { leaseId: string; now: number; observed: Observed; random?: number; begunAt?: number },
): LimiterState {
  return release({ begunAt: call.now, random: 0, ...call, state, times });
}

function take(state: LimiterState, leaseId: string, now: number, exclusive = true) {
  return grant({ state, leaseId, lane: 'watch', exclusive, now, times });
}

function taken(state: LimiterState, leaseId: string, now: number): LimiterState {
  const turn = take(state, leaseId, now);
  if (turn.kind !== 'granted') throw new Error('expected a turn');
  return turn.state;
}

it('a crashed lease is free after 30 s, a renewed one is not', () => {
  const state = taken(emptyState(), 'a', 0);
  expect(take(state, 'b', leaseMs - 1)).toEqual({ kind: 'wait', retryAt: null, state: null });
  expect(take(state, 'b', leaseMs).kind).toBe('granted');
  const renewed = renew({ state, leaseId: 'a', now: 20_000, times });
  expect(take(renewed, 'b', leaseMs).kind).toBe('wait');
  expect(take(renewed, 'b', 20_000 + leaseMs).kind).toBe('granted');
});

it('a lost lease does not come back by a late renewal', () => {
  const state = taken(emptyState(), 'a', 0);
  expect(renew({ state, leaseId: 'a', now: leaseMs, times }).leases).toEqual([]);
});

describe('after a 429', () => {
  const throttled = { remaining: 0, concurrentRemaining: null, throttled: true };

  it('blocks for longer each time, up to a minute, until one succeeds', () => {
    let state = emptyState();
    let now = 0;
    const blocks: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      state = answered(state, { leaseId: 'x', now, observed: throttled });
      blocks.push(state.blockedUntil - now);
      now = state.blockedUntil;
    }
    expect(blocks).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1_000));
    const fine = { remaining: 8, concurrentRemaining: 8, throttled: false };
    state = answered(state, { leaseId: 'x', now, observed: fine });
    state = answered(state, { leaseId: 'x', now, observed: throttled, random: 1 });
    expect(state.blockedUntil - now).toBe(1_250);
  });

  it('counts the several 429s of one burst once', () => {
    let state = answered(emptyState(), { leaseId: 'x', now: 0, observed: throttled });
    state = answered(state, { leaseId: 'y', now: 10, observed: throttled });
    expect(state).toMatchObject({ throttles: 1, blockedUntil: 1_010 });
  });

  it('honours a Retry-After that is longer than its own wait', () => {
    const observed = { ...throttled, retryAfterMs: 20_000 };
    const state = answered(emptyState(), { leaseId: 'x', now: 0, observed });
    expect(state.blockedUntil).toBe(20_000);
    expect(take(state, 'a', 1)).toMatchObject({ kind: 'wait', retryAt: 20_000 - spacingMs });
  });
});

describe('somebody else uses the credential', () => {
  const now = 10_000;
  const plain: Observed = { remaining: null, concurrentRemaining: null, throttled: false };
  /** Three requests of ours in the second before. */
  const busy: LimiterState = { ...emptyState(), recent: [8_900, 9_200, 9_500, 9_800] };

  it.each<[string, LimiterState, Partial<Observed>, number]>([
    ['what we did explains what was counted', busy, { remaining: 7 }, 1],
    ['one more may be on the edge of the window', busy, { remaining: 6 }, 1],
    ['two more are not ours', busy, { remaining: 5 }, 2],
    ['idle ourselves, half the budget is gone', emptyState(), { remaining: 5 }, 2],
    ['the vendor allows more than documented', busy, { limit: 20, remaining: 17 }, 1],
    ['nothing in flight is left, and we always leave one', busy, { concurrentRemaining: 0 }, 2],
    ['one in flight is left', busy, { concurrentRemaining: 1 }, 1],
    ['the vendor says nothing', busy, {}, 1],
  ])('%s', (_name, state, seen, factor) => {
    const observed = { ...plain, ...seen };
    expect(answered(state, { leaseId: 'x', now, observed }).slowFactor).toBe(factor);
  });

  it('an answer that took long is no measure of the last second', () => {
    const observed = { ...plain, remaining: 0 };
    const late = answered(busy, { leaseId: 'x', now, begunAt: now - 2_001, observed });
    expect(late.slowFactor).toBe(1);
  });

  it('the candidates list has a count of its own, of one', () => {
    const observed = { ...plain, concurrentRemaining: 0 };
    const state = taken(emptyState(), 'list', now);
    expect(answered(state, { leaseId: 'list', now, observed }).slowFactor).toBe(1);
  });

  it('spaces everything but last looks wider', () => {
    const observed = { ...plain, remaining: 0 };
    const state = taken(answered(emptyState(), { leaseId: 'x', now, observed }), 'a', now);
    const ask = (lane: 'watch' | 'join', at: number) =>
      grant({ state, leaseId: 'b', lane, exclusive: false, now: at, times });
    expect(ask('watch', now + spacingMs)).toMatchObject({
      kind: 'granted',
      at: now + 2 * spacingMs,
    });
    expect(ask('join', now)).toMatchObject({ kind: 'granted', at: now + spacingMs });
  });
});

it('a state of an earlier release has no shares yet and works', () => {
  const state = { ...emptyState(), shareAt: {}, demandUntil: {}, recent: [] };
  expect(take(state, 'a', 0).kind).toBe('granted');
});

it('who waits says so, and not at every look', () => {
  let state = emptyState();
  for (let index = 0; index < 2; index += 1) {
    const turn = grant({
      state,
      leaseId: `${index}`,
      lane: 'watch',
      exclusive: false,
      now: 0,
      times,
    });
    if (turn.kind === 'granted') state = turn.state;
  }
  const ask = (from: LimiterState, now: number) =>
    grant({ state: from, leaseId: 'c', lane: 'watch', exclusive: false, now, times });
  const first = ask(state, 1);
  expect(first).toMatchObject({ kind: 'wait', state: { demandUntil: { watch: 1_001 } } });
  if (first.kind === 'granted' || first.state === null) throw new Error('expected a demand');
  expect(ask(first.state, 2)).toMatchObject({ kind: 'wait', state: null });
  expect(ask(first.state, 500).kind).toBe('granted');
});

it('scaled times keep their proportions, but for what hides the slowness of the machine', () => {
  const tenth = scaleLimiterTimes(times, 0.1);
  expect(tenth).toMatchObject({
    spacingMs: times.spacingMs * 0.1,
    shareMs: { join: 50, interactive: 100, watch: 25 },
    patienceMs: { join: 500 },
    longestOpenMs: 30_000,
    leaseMs: 5_000,
  });
  expect(scaleLimiterTimes(times, 1)).toEqual(times);
});
