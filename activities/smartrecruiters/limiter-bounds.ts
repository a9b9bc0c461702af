import type { LimiterState } from './limiter-state.js';
import type { LimiterTimes } from './limiter-times.js';

/** Foreign use widens the spacing by no more than this. */
export const mostSlow = 8;

/** Without `Retry-After`: 1, 2, 4 … 60 s after so many 429s in a row. */
export function backoffMs(throttles: number, times: LimiterTimes): number {
  return Math.min(
    times.longestBlockMs,
    times.firstBlockMs * 2 ** Math.min(16, Math.max(0, throttles - 1)),
  );
}

/**
 * The state without times that no process with the right time can have stored: one whose clock was
 * ahead would otherwise hold up all others until its future has come. What is too far ahead becomes
 * the latest that it could be, and a block the one that its 429s in a row ask for. Gives the very
 * same object when nothing is wrong with it.
 */
export function bounded(input: {
  state: LimiterState;
  now: number;
  times: LimiterTimes;
}): LimiterState {
  const { state, now, times } = input;
  // A turn is reserved so long before it begins.
  const latest = now + times.reserveAheadMs;
  let isWrong = false;
  const within = (at: number, most: number, instead = most) => {
    if (at <= most) return at;
    isWrong = true;
    return instead;
  };
  const nextAt = within(state.nextAt, latest + times.spacingMs * mostSlow);
  const blockedUntil = within(
    state.blockedUntil,
    now + times.longestBlockMs * 1.25,
    now + backoffMs(state.throttles, times),
  );
  const slowUntil = within(state.slowUntil, now + times.slowForMs);
  const shareAt = mapped(state.shareAt, (lane, at) =>
    within(
      at,
      // A share may be used one request early, see `withinRate`.
      latest +
        (lane === 'slowed' ? times.spacingMs * mostSlow : times.shareMs[lane] * (mostSlow + 1)),
    ),
  );
  const demandUntil = mapped(state.demandUntil, (_, at) => within(at, now + times.demandMs));
  const leases = state.leases.map((lease) => ({
    ...lease,
    until: within(lease.until, latest + times.leaseMs),
  }));
  const recent = state.recent.filter((at) => at <= latest);
  isWrong ||= recent.length < state.recent.length;
  if (!isWrong) return state;
  return { ...state, nextAt, blockedUntil, slowUntil, shareAt, demandUntil, leases, recent };
}

function mapped<Key extends string>(
  times: Partial<Record<Key, number>>,
  change: (key: Key, at: number) => number,
): Partial<Record<Key, number>> {
  const entries = Object.entries(times) as [Key, number][];
  return Object.fromEntries(entries.map(([key, at]) => [key, change(key, at)])) as Partial<
    Record<Key, number>
  >;
}
