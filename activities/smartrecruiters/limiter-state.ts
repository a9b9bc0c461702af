/**
 * The arithmetic of the limiter: pure, on plain data, so that the same rules hold in memory and in
 * MongoDB. Times are epoch ms; processes that share a state are assumed to agree on the time to a
 * fraction of a second, as NTP gives it.
 *
 * The vendor allows 10 requests a second and 8 in flight for each credential, one in flight for the
 * candidates list (dossier section 2); we stay below, since the customer may use it elsewhere.
 */
export type Lane = 'join' | 'interactive' | 'watch';

export interface LimiterLease {
  id: string;
  lane: Lane;
  exclusive: boolean;
  until: number;
}

export interface LimiterState {
  /** The next request may begin no earlier. */
  nextAt: number;
  /** After a 429: nothing begins before. */
  blockedUntil: number;
  /** How many 429s came one after the other. */
  throttles: number;
  /** Somebody else uses the credential: requests are spaced wider until then. */
  slowUntil: number;
  leases: LimiterLease[];
}

/** What an answer said about the budget; null where a header was missing. */
export interface Observed {
  remaining: number | null;
  concurrentRemaining: number | null;
  throttled: boolean;
  /** From `Retry-After`, which the vendor does not document. */
  retryAfterMs?: number | null;
}

/** Seven a second. */
export const spacingMs = 143;
export const maxInFlight = 5;
export const leaseMs = 30_000;
/** One of the five slots is kept for `join`, and of the other four one for `interactive`. */
const maxBelowJoin = 4;
const maxWatch = 3;
const slowForMs = 5_000;
const slowFactor = 2;
const firstBlockMs = 1_000;
const longestBlockMs = 60_000;
/** With our own five in flight and seven a second alone, the vendor's headers never fall so low. */
const foreignUseBelow = 2;

export function emptyState(): LimiterState {
  return { nextAt: 0, blockedUntil: 0, throttles: 0, slowUntil: 0, leases: [] };
}

export type Grant =
  | { kind: 'granted'; at: number; state: LimiterState }
  /** `retryAt` is null when only a released slot helps. */
  | { kind: 'wait'; retryAt: number | null };

/**
 * Reserves the next request. `at` is when it may begin: not before `now`, and not after `latestAt`,
 * else nothing is reserved. A lease that was not renewed counts as free.
 */
export function grant(input: {
  state: LimiterState;
  leaseId: string;
  lane: Lane;
  exclusive: boolean;
  now: number;
  latestAt: number;
}): Grant {
  const { state, lane, now } = input;
  const leases = state.leases.filter((lease) => lease.until > now);
  const watch = leases.filter((lease) => lease.lane === 'watch').length;
  const belowJoin = leases.filter((lease) => lease.lane !== 'join').length;
  const full =
    leases.length >= maxInFlight ||
    (lane !== 'join' && belowJoin >= maxBelowJoin) ||
    (lane === 'watch' && watch >= maxWatch) ||
    (input.exclusive && leases.some((lease) => lease.exclusive));
  const at = Math.max(now, state.nextAt, state.blockedUntil);
  if (at > input.latestAt) return { kind: 'wait', retryAt: at };
  if (full) return { kind: 'wait', retryAt: null };
  return {
    kind: 'granted',
    at,
    state: {
      ...state,
      nextAt: at + (at < state.slowUntil ? spacingMs * slowFactor : spacingMs),
      leases: [
        ...leases,
        { id: input.leaseId, lane, exclusive: input.exclusive, until: at + leaseMs },
      ],
    },
  };
}

/** Prolongs a lease while its call runs. One that was lost meanwhile stays lost. */
export function renew(input: { state: LimiterState; leaseId: string; now: number }): LimiterState {
  return {
    ...input.state,
    leases: input.state.leases
      .filter((lease) => lease.until > input.now)
      .map((lease) =>
        lease.id === input.leaseId ? { ...lease, until: input.now + leaseMs } : lease,
      ),
  };
}

/**
 * Frees a slot and learns from the answer. A 429 blocks the credential for 1, 2, 4 … 60 s, with up to
 * a quarter more at random (`random` in 0..1); several of one burst count once.
 */
export function release(input: {
  state: LimiterState;
  leaseId: string;
  now: number;
  observed: Observed | undefined;
  random: number;
}): LimiterState {
  const { now, observed } = input;
  const state: LimiterState = {
    ...input.state,
    leases: input.state.leases.filter((lease) => lease.id !== input.leaseId && lease.until > now),
  };
  if (observed === undefined) return state;
  if (observed.throttled) {
    const throttles = now < state.blockedUntil ? state.throttles : state.throttles + 1;
    return {
      ...state,
      throttles,
      blockedUntil: Math.max(
        state.blockedUntil,
        now + blockMs({ throttles, random: input.random, retryAfterMs: observed.retryAfterMs }),
      ),
      slowUntil: Math.max(state.slowUntil, now + slowForMs),
    };
  }
  const foreignUse =
    (observed.remaining !== null && observed.remaining < foreignUseBelow) ||
    (observed.concurrentRemaining !== null && observed.concurrentRemaining < foreignUseBelow);
  return {
    ...state,
    throttles: now < state.blockedUntil ? state.throttles : 0,
    slowUntil: foreignUse ? Math.max(state.slowUntil, now + slowForMs) : state.slowUntil,
  };
}

function blockMs(input: {
  throttles: number;
  random: number;
  retryAfterMs: number | null | undefined;
}): number {
  const backoffMs = Math.min(longestBlockMs, firstBlockMs * 2 ** Math.min(16, input.throttles - 1));
  const baseMs = Math.max(backoffMs, input.retryAfterMs ?? 0);
  return Math.min(longestBlockMs, Math.round(baseMs * (1 + input.random / 4)));
}
