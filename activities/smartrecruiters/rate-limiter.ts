import { randomUUID } from 'node:crypto';
import { SmartRecruitersError } from './errors.js';
import {
  emptyState,
  grant,
  type Lane,
  type LimiterState,
  type Observed,
  release,
  renew,
} from './limiter-state.js';
import { type LimiterTimes, limiterTimes } from './limiter-times.js';

export type { Lane, Observed } from './limiter-state.js';

export interface Lease {
  /** Frees the slot; `observed` is what the answer said, absent when none came. Never throws. */
  release(observed?: Observed): Promise<void>;
}

export interface RateLimiter {
  /**
   * Waits for a turn of this credential: in lane `join` up to 5 s, `interactive` 2 s, `watch` 10 s.
   * Beyond that throws a `SmartRecruitersError` of kind `throttled` with `retryAfterMs`. `exclusive`
   * is for the candidates list, of which the vendor allows one in flight. An aborted `signal`
   * rejects with its reason.
   */
  acquire(input: {
    budgetKey: string;
    lane: Lane;
    exclusive?: boolean;
    signal?: AbortSignal;
  }): Promise<Lease>;
}

/** Where the state of each credential lives. */
export interface LimiterStore {
  /** Applies a pure change atomically and returns its result; the change may run more than once. */
  update<Result>(
    budgetKey: string,
    change: (state: LimiterState) => { state: LimiterState | null; result: Result },
  ): Promise<Result>;
}

type Turn = { at: number } | { at: null; retryAt: number | null };

interface Gate {
  tail: Promise<void>;
  waiting: number;
}

/** A limiter over any store; see `createMemoryRateLimiter` and `createMongoRateLimiter`. */
export function createRateLimiter(options: {
  store: LimiterStore;
  times?: LimiterTimes;
}): RateLimiter {
  const { store, times = limiterTimes } = options;
  const gates = new Map<string, Gate>();
  const wakers = new Map<string, Set<() => void>>();

  /** Resolves after `ms`, at a release in this process, or when the signal aborts. */
  async function pause(budgetKey: string, ms: number, signal: AbortSignal | undefined) {
    const waiting = wakers.get(budgetKey) ?? new Set();
    wakers.set(budgetKey, waiting);
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      signal?.addEventListener('abort', wake, { once: true });
      waiting.add(wake);
    });
    if (waiting.size === 0) wakers.delete(budgetKey);
  }

  async function giveBack(
    budgetKey: string,
    lease: { leaseId: string; begunAt: number },
    observed: Observed | undefined,
  ) {
    const random = Math.random();
    try {
      await store.update(budgetKey, (state) => ({
        state: release({ ...lease, state, now: Date.now(), observed, random, times }),
        result: null,
      }));
    } catch {
      // The answer is already here; a store that is away frees the slot when the lease ends.
    }
    for (const wake of [...(wakers.get(budgetKey) ?? [])]) wake();
  }

  /** Runs one waiting call after the other for each kind of turn, first come first served. */
  async function throughGate<Result>(key: string, run: (ahead: number) => Promise<Result>) {
    const gate = gates.get(key) ?? { tail: Promise.resolve(), waiting: 0 };
    gates.set(key, gate);
    const before = gate.tail;
    const ahead = gate.waiting;
    gate.waiting += 1;
    let open = () => {};
    gate.tail = new Promise((resolve) => {
      open = resolve;
    });
    try {
      await before;
      return await run(ahead);
    } finally {
      gate.waiting -= 1;
      if (gate.waiting === 0) gates.delete(key);
      open();
    }
  }

  return {
    async acquire({ budgetKey, lane, exclusive = false, signal }) {
      const deadline = Date.now() + times.patienceMs[lane];
      const leaseId = randomUUID();
      const at = await throughGate(`${budgetKey} ${lane} ${exclusive}`, async (ahead) => {
        for (;;) {
          signal?.throwIfAborted();
          const turn = await store.update<Turn>(budgetKey, (state) => {
            const asked = grant({ state, leaseId, lane, exclusive, now: Date.now(), times });
            return asked.kind === 'granted'
              ? { state: asked.state, result: { at: asked.at } }
              : { state: asked.state, result: { at: null, retryAt: asked.retryAt } };
          });
          if (turn.at !== null) return turn.at;
          const now = Date.now();
          const { retryAt } = turn;
          if (now >= deadline || (retryAt !== null && retryAt > deadline)) {
            throw new SmartRecruitersError({
              kind: 'throttled',
              endpoint: 'limiter',
              retryAfterMs: Math.ceil(
                Math.max(times.shortestRetryMs, ahead * times.spacingMs, (retryAt ?? now) - now),
              ),
            });
          }
          // Nobody holds off for longer than the demand says, so it is renewed well before.
          const longest = Math.min(times.demandMs / 4, deadline - now);
          const ms = retryAt === null ? times.pollMs : Math.max(1, retryAt - now);
          await pause(budgetKey, Math.min(ms, longest), signal);
        }
      });

      while (Date.now() < at && signal?.aborted !== true) {
        await pauseUntil(at, signal);
      }
      if (signal?.aborted === true) {
        await giveBack(budgetKey, { leaseId, begunAt: at }, undefined);
        signal.throwIfAborted();
      }

      const renewal = setInterval(() => {
        store
          .update(budgetKey, (state) => ({
            state: renew({ state, leaseId, now: Date.now(), times }),
            result: null,
          }))
          .catch(() => {
            // A lease that could not be renewed costs at most one 429.
          });
      }, times.renewEveryMs);
      renewal.unref();
      let released = false;
      return {
        async release(observed) {
          if (released) return;
          released = true;
          clearInterval(renewal);
          await giveBack(budgetKey, { leaseId, begunAt: at }, observed);
        },
      };
    },
  };
}

async function pauseUntil(at: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(1, at - Date.now()));
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** For one process and for tests; several processes need `createMongoRateLimiter`. */
export function createMemoryRateLimiter(options: { times?: LimiterTimes } = {}): RateLimiter {
  const states = new Map<string, LimiterState>();
  return createRateLimiter({
    ...options,
    store: {
      async update(budgetKey, change) {
        const { state, result } = change(states.get(budgetKey) ?? emptyState());
        if (state !== null) states.set(budgetKey, state);
        return result;
      },
    },
  });
}
