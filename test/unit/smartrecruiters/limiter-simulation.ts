import {
  emptyState,
  grant,
  type Lane,
  type LimiterState,
  limiterTimes,
  type Observed,
  release,
} from '../../../activities/smartrecruiters/limiter-state.js';

const times = limiterTimes;

export interface Caller {
  lane: Lane;
  exclusive?: boolean;
  arrivesAt: number;
  /** How long its request takes. */
  takesMs: number;
}

export interface Begun extends Caller {
  index: number;
  begunAt: number;
  endedAt: number;
}

interface Waiting {
  caller: Caller;
  index: number;
  asksAt: number;
}

/**
 * Plays callers against the pure rules in simulated time, as the limiter does: in each lane one asks
 * at a time, first come first served, and asks again when it was told to. Answers what began when.
 */
export function playCallers(
  callers: readonly Caller[],
  options: {
    untilMs: number;
    observe?: (begun: Begun, now: number) => Observed | undefined;
    check?: (state: LimiterState, now: number) => void;
    state?: LimiterState;
  },
): { begun: Begun[]; state: LimiterState } {
  let state = options.state ?? emptyState();
  const begun: Begun[] = [];
  const running: Begun[] = [];
  const queues = new Map<string, Waiting[]>();
  for (const [index, caller] of callers.entries()) {
    const key = `${caller.lane} ${caller.exclusive === true}`;
    const queue = queues.get(key) ?? [];
    queue.push({ caller, index, asksAt: caller.arrivesAt });
    queues.set(key, queue);
  }
  for (const queue of queues.values()) queue.sort((a, b) => a.asksAt - b.asksAt);

  for (;;) {
    const heads = [...queues.values()].flatMap((queue) => (queue[0] === undefined ? [] : [queue]));
    const asking = heads.sort((a, b) => (a[0]?.asksAt ?? 0) - (b[0]?.asksAt ?? 0))[0];
    const ending = running.sort((a, b) => a.endedAt - b.endedAt)[0];
    const now = Math.min(asking?.[0]?.asksAt ?? Infinity, ending?.endedAt ?? Infinity);
    if (now > options.untilMs) break;
    if (ending !== undefined && ending.endedAt <= now) {
      running.shift();
      const observed = options.observe?.(ending, now);
      const { begunAt, index } = ending;
      const leaseId = String(index);
      state = release({ state, leaseId, begunAt, now, observed, random: 0.5, times });
      options.check?.(state, now);
      continue;
    }
    const head = asking?.[0];
    if (asking === undefined || head === undefined) break;
    const { caller, index } = head;
    const turn = grant({
      state,
      leaseId: String(index),
      lane: caller.lane,
      exclusive: caller.exclusive === true,
      now,
      times,
    });
    if (turn.kind === 'granted') {
      state = turn.state;
      asking.shift();
      const next = asking[0];
      if (next !== undefined) next.asksAt = Math.max(now, next.asksAt);
      const done = { ...caller, index, begunAt: turn.at, endedAt: turn.at + caller.takesMs };
      begun.push(done);
      running.push(done);
    } else {
      if (turn.state !== null) state = turn.state;
      const again = turn.retryAt ?? now + times.pollMs;
      head.asksAt = Math.max(now + 1, Math.min(again, now + times.demandMs / 4));
    }
    options.check?.(state, now);
  }
  return { begun, state };
}

/** Callers of one lane that arrive evenly, `perSecond`, from `fromMs` to `untilMs`. */
export function flood(input: {
  lane: Lane;
  perSecond: number;
  fromMs?: number;
  untilMs: number;
  takesMs: number;
}): Caller[] {
  const { lane, takesMs, fromMs = 0 } = input;
  const count = Math.ceil(((input.untilMs - fromMs) / 1_000) * input.perSecond);
  return Array.from({ length: count }, (_, index) => ({
    lane,
    takesMs,
    arrivesAt: fromMs + (index * 1_000) / input.perSecond,
  }));
}

/** The most that fall into one window of `windowMs`. */
export function mostWithin(instants: readonly number[], windowMs: number): number {
  const sorted = [...instants].sort((a, b) => a - b);
  let most = 0;
  let from = 0;
  for (const [to, at] of sorted.entries()) {
    while (at - (sorted[from] ?? at) >= windowMs) from += 1;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

/** The most intervals that hold at one moment. */
export function mostAtOnce(intervals: readonly { begunAt: number; endedAt: number }[]): number {
  const edges = intervals.flatMap(({ begunAt, endedAt }) => [
    { at: begunAt, by: 1 },
    { at: endedAt, by: -1 },
  ]);
  edges.sort((a, b) => a.at - b.at || a.by - b.by);
  let now = 0;
  return edges.reduce((most, { by }) => {
    now += by;
    return Math.max(most, now);
  }, 0);
}
