import { backoffMs, bounded, mostSlow } from './limiter-bounds.js';
import type { LimiterTimes } from './limiter-times.js';

export { type LimiterTimes, limiterTimes, scaleLimiterTimes } from './limiter-times.js';

/**
 * The arithmetic of the limiter: pure, on plain data, so that the same rules hold in memory and in
 * MongoDB. Times are epoch ms; processes that share a state are assumed to agree on the time to a
 * fraction of a second, as NTP gives it; for one whose clock is wrong see `bounded`.
 *
 * All lanes take from one row of evenly spaced turns. Each has a share of its own; what it leaves is
 * lent to the others and taken back at the next turn: see `grant`.
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
  /** Somebody else uses the credential: requests are spaced wider until then, and less after. */
  slowUntil: number;
  /** How much wider; see `slowFactorAt`. */
  slowFactor: number;
  /**
   * By lane: when its share allows the next request (GCRA). `slowed`: when the widened spacing
   * allows the next one of a lane other than `join`.
   */
  shareAt: Partial<Record<Lane | 'slowed', number>>;
  /** By lane: somebody waits there until then, unless renewed. */
  demandUntil: Partial<Record<Lane, number>>;
  /** When our own latest requests began: what they do not explain is somebody else's use. */
  recent: number[];
  leases: LimiterLease[];
}

/** What an answer said about the budget; null where a header was missing. */
export interface Observed {
  /** Requests a second that the vendor allows. */
  limit?: number | null;
  remaining: number | null;
  concurrentRemaining: number | null;
  throttled: boolean;
  /** From `Retry-After`, which the vendor does not document. */
  retryAfterMs?: number | null;
}

/** The most urgent first. */
const lanes: readonly Lane[] = ['join', 'interactive', 'watch'];
/**
 * The most in flight in all when a lane adds one. The first five are lent freely; the two above let
 * a last look, and the one above a person, begin while the watch holds all that is lent.
 */
export const maxInFlight: Record<Lane, number> = { join: 7, interactive: 6, watch: 5 };
/** What a lane may have in flight before it counts as a borrower. */
const ownInFlight: Record<Lane, number> = { join: 2, interactive: 1, watch: 3 };
/** The vendor's documented limit, where the header is missing. */
const documentedLimit = 10;
/** The vendor's window and ours never begin at the same moment: so many may be our own. */
const unexplainedMargin = 2;
/** Longer calls were answered too long ago to compare what the vendor counted with what we did. */
const comparableWindows = 2;

export function emptyState(): LimiterState {
  return {
    nextAt: 0,
    blockedUntil: 0,
    throttles: 0,
    slowUntil: 0,
    slowFactor: 1,
    shareAt: {},
    demandUntil: {},
    recent: [],
    leases: [],
  };
}

export type Grant =
  | { kind: 'granted'; at: number; state: LimiterState }
  /**
   * Ask again at `retryAt`; null: when a slot is released. `state` is to be stored when there is
   * one: it tells the other lanes that this one waits.
   */
  | { kind: 'wait'; retryAt: number | null; state: LimiterState | null };

/**
 * Reserves the next request. `at` is when it may begin: not before `now`, and at most
 * `reserveAheadMs` after it. A lease that was not renewed counts as free.
 *
 * A turn goes to the waiting lane that ranks first: those within their own share (of the rate and in
 * flight) before borrowers, and among equals `join`, `interactive`, `watch`. So nobody starves: a
 * lane within its share is held up only by more urgent ones within theirs, and the shares add up to
 * no more than the spacing gives. And no share lies idle: with nobody else waiting a borrower has it.
 */
export function grant(input: {
  state: LimiterState;
  leaseId: string;
  lane: Lane;
  exclusive: boolean;
  now: number;
  times: LimiterTimes;
}): Grant {
  const { lane, now, times } = input;
  const state = bounded(input);
  // Stored even when there is no turn: bounded at each reading anew it would never end.
  const mended = state === input.state ? null : state;
  const leases = state.leases.filter((lease) => lease.until > now);
  // Only a release helps, and no turn that others get would: they need not hold off.
  if (input.exclusive && leases.some((lease) => lease.exclusive)) {
    return { kind: 'wait', retryAt: null, state: mended };
  }
  const at = Math.max(
    now,
    state.nextAt,
    state.blockedUntil,
    lane === 'join' ? 0 : (state.shareAt.slowed ?? 0),
  );
  const waiting = () => withDemand(state, { lane, now, times }) ?? mended;
  if (leases.length >= maxInFlight[lane]) return { kind: 'wait', retryAt: null, state: waiting() };
  if (at > now + times.reserveAheadMs) {
    return { kind: 'wait', retryAt: at - times.reserveAheadMs, state: waiting() };
  }
  const rank = (each: Lane) => rankOf({ state, leases, lane: each, at, times });
  const ahead = lanes.some(
    (other) => other !== lane && (state.demandUntil[other] ?? 0) > now && rank(other) < rank(lane),
  );
  if (ahead) return { kind: 'wait', retryAt: at + times.spacingMs / 2, state: waiting() };

  const slow = slowFactorAt({ state, at, times });
  const shareMs = times.shareMs[lane] * (lane === 'join' ? 1 : slow);
  const shareAt = { ...state.shareAt };
  if (withinRate({ state, lane, at, times })) {
    shareAt[lane] = Math.max(at, shareAt[lane] ?? 0) + shareMs;
  }
  if (lane !== 'join') shareAt.slowed = at + times.spacingMs * slow;
  return {
    kind: 'granted',
    at,
    state: {
      ...state,
      nextAt: at + times.spacingMs,
      shareAt,
      // Who still waits in this lane says so again.
      demandUntil: { ...state.demandUntil, [lane]: 0 },
      recent: [
        ...state.recent.filter((begun) => begun > now - times.windowMs * (comparableWindows + 1)),
        at,
      ],
      leases: [
        ...leases,
        { id: input.leaseId, lane, exclusive: input.exclusive, until: at + times.leaseMs },
      ],
    },
  };
}

/** Lower is first. */
function rankOf(input: {
  state: LimiterState;
  leases: LimiterLease[];
  lane: Lane;
  at: number;
  times: LimiterTimes;
}): number {
  const { lane, leases } = input;
  const inFlight = leases.filter((lease) => lease.lane === lane).length;
  const own = inFlight < ownInFlight[lane] && withinRate(input);
  return lanes.indexOf(lane) + (own ? 0 : lanes.length);
}

/** One request of tolerance: else a share that falls between two turns would lose a part of each. */
function withinRate(input: {
  state: LimiterState;
  lane: Lane;
  at: number;
  times: LimiterTimes;
}): boolean {
  const { state, lane, at, times } = input;
  return at >= (state.shareAt[lane] ?? 0) - times.shareMs[lane];
}

/** null when the state already says so for long enough. */
function withDemand(
  state: LimiterState,
  input: { lane: Lane; now: number; times: LimiterTimes },
): LimiterState | null {
  const { lane, now, times } = input;
  if ((state.demandUntil[lane] ?? 0) > now + times.demandMs / 2) return null;
  return { ...state, demandUntil: { ...state.demandUntil, [lane]: now + times.demandMs } };
}

/**
 * How much wider the spacing is at that time: 1 when nobody else uses the credential. It halves step
 * by step once no foreign use is seen. A last look keeps its pace.
 */
export function slowFactorAt(input: {
  state: Pick<LimiterState, 'slowFactor' | 'slowUntil'>;
  at: number;
  times: Pick<LimiterTimes, 'slowForMs'>;
}): number {
  const { slowFactor, slowUntil } = input.state;
  if (input.at < slowUntil) return slowFactor;
  const halvings = 1 + Math.floor((input.at - slowUntil) / input.times.slowForMs);
  return Math.max(1, slowFactor / 2 ** Math.min(16, halvings));
}

/** Prolongs a lease while its call runs. One that was lost meanwhile stays lost. */
export function renew(input: {
  state: LimiterState;
  leaseId: string;
  now: number;
  times: LimiterTimes;
}): LimiterState {
  const until = input.now + input.times.leaseMs;
  const state = bounded(input);
  return {
    ...state,
    leases: state.leases
      .filter((lease) => lease.until > input.now)
      .map((lease) => (lease.id === input.leaseId ? { ...lease, until } : lease)),
  };
}

/**
 * Frees a slot and learns from the answer to a call that began at `begunAt`. A 429 blocks the
 * credential for 1, 2, 4 … 60 s, with up to a quarter more at random (`random` in 0..1); several of
 * one burst count once. Requests that the vendor counted and we did not make widen the spacing.
 */
export function release(input: {
  state: LimiterState;
  leaseId: string;
  begunAt: number;
  now: number;
  observed: Observed | undefined;
  random: number;
  times: LimiterTimes;
}): LimiterState {
  const { now, observed, times } = input;
  const stored = bounded(input);
  const lease = stored.leases.find(({ id }) => id === input.leaseId);
  const state: LimiterState = {
    ...stored,
    leases: stored.leases.filter(({ id, until }) => id !== input.leaseId && until > now),
  };
  if (observed === undefined) return state;
  const blocked = now < state.blockedUntil;
  if (observed.throttled) {
    const throttles = blocked ? state.throttles : state.throttles + 1;
    const { random } = input;
    const ms = blockMs({ throttles, random, retryAfterMs: observed.retryAfterMs, times });
    return slowed(
      { ...state, throttles, blockedUntil: Math.max(state.blockedUntil, now + ms) },
      { now, times },
    );
  }
  const settled = { ...state, throttles: blocked ? state.throttles : 0 };
  const foreign = foreignUse({
    ...input,
    state: stored,
    observed,
    exclusive: lease?.exclusive === true,
  });
  return foreign ? slowed(settled, { now, times }) : settled;
}

function foreignUse(input: {
  state: LimiterState;
  begunAt: number;
  now: number;
  observed: Observed;
  exclusive: boolean;
  times: LimiterTimes;
}): boolean {
  const { state, begunAt, now, observed, times } = input;
  // Alone we always leave one slot. The candidates list has a count of its own, of one.
  if (!input.exclusive && observed.concurrentRemaining === 0) return true;
  if (observed.remaining === null) return false;
  if (now - begunAt > comparableWindows * times.windowMs) return false;
  const own = state.recent.filter((at) => at > begunAt - times.windowMs && at <= now).length;
  const counted = (observed.limit ?? documentedLimit) - observed.remaining;
  return counted - own >= unexplainedMargin;
}

/** Widens the spacing by one step, unless that was done a moment ago. */
function slowed(state: LimiterState, input: { now: number; times: LimiterTimes }): LimiterState {
  const { now, times } = input;
  const widenedAt = state.slowUntil - times.slowForMs;
  if (now < widenedAt + times.slowStepMs) return state;
  const slowFactor = Math.min(mostSlow, 2 * slowFactorAt({ state, at: now, times }));
  return { ...state, slowFactor, slowUntil: now + times.slowForMs };
}

function blockMs(input: {
  throttles: number;
  random: number;
  retryAfterMs: number | null | undefined;
  times: LimiterTimes;
}): number {
  const { longestBlockMs } = input.times;
  const baseMs = Math.max(backoffMs(input.throttles, input.times), input.retryAfterMs ?? 0);
  return Math.min(longestBlockMs, baseMs * (1 + input.random / 4));
}
