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
  spacingMs,
} from './limiter-state.js';

export type { Lane, Observed } from './limiter-state.js';

export interface Lease {
  /** Frees the slot; `observed` is what the answer said, absent when none came. Never throws. */
  release(observed?: Observed): Promise<void>;
}

export interface RateLimiter {
  /**
   * Waits for a turn of this credential: up to 2 s, in lane `join` up to 5 s. Beyond that throws a
   * `SmartRecruitersError` of kind `throttled` with `retryAfterMs`. `exclusive` is for the candidates
   * list, of which the vendor allows one in flight. An aborted `signal` rejects with its reason.
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

const patienceMs: Record<Lane, number> = { join: 5_000, interactive: 2_000, watch: 2_000 };
/** How often a waiting call looks for a slot that another process released. */
const pollMs = 100;
const renewEveryMs = 10_000;
const shortestRetryMs = 1_000;

type Turn = { at: number; retryAt: null } | { at: null; retryAt: number | null };

interface Gate {
  tail: Promise<void>;
  waiting: number;
}

/** A limiter over any store; see `createMemoryRateLimiter` and `createMongoRateLimiter`. */
export function createRateLimiter(options: { store: LimiterStore }): RateLimiter {
  const { store } = options;
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

  async function giveBack(budgetKey: string, leaseId: string, observed: Observed | undefined) {
    try {
      await store.update(budgetKey, (state) => ({
        state: release({ state, leaseId, now: Date.now(), observed, random: Math.random() }),
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
      const deadline = Date.now() + patienceMs[lane];
      const leaseId = randomUUID();
      const at = await throughGate(`${budgetKey} ${lane} ${exclusive}`, async (ahead) => {
        for (;;) {
          signal?.throwIfAborted();
          const outcome = await store.update<Turn>(budgetKey, (state) => {
            const now = Date.now();
            const turn = grant({
              state,
              leaseId,
              lane,
              exclusive,
              now,
              latestAt: Math.max(now, deadline),
            });
            return turn.kind === 'granted'
              ? { state: turn.state, result: { at: turn.at, retryAt: null } }
              : { state: null, result: { at: null, retryAt: turn.retryAt } };
          });
          if (outcome.at !== null) return outcome.at;
          const now = Date.now();
          if (now >= deadline || (outcome.retryAt !== null && outcome.retryAt > deadline)) {
            throw new SmartRecruitersError({
              kind: 'throttled',
              endpoint: 'limiter',
              retryAfterMs: Math.max(
                shortestRetryMs,
                ahead * spacingMs,
                (outcome.retryAt ?? now) - now,
              ),
            });
          }
          await pause(budgetKey, Math.min(pollMs, deadline - now), signal);
        }
      });

      while (Date.now() < at && signal?.aborted !== true) {
        await pauseUntil(at, signal);
      }
      if (signal?.aborted === true) {
        await giveBack(budgetKey, leaseId, undefined);
        signal.throwIfAborted();
      }

      const renewal = setInterval(() => {
        store
          .update(budgetKey, (state) => ({
            state: renew({ state, leaseId, now: Date.now() }),
            result: null,
          }))
          .catch(() => {
            // A lease that could not be renewed costs at most one 429.
          });
      }, renewEveryMs);
      renewal.unref();
      let released = false;
      return {
        async release(observed) {
          if (released) return;
          released = true;
          clearInterval(renewal);
          await giveBack(budgetKey, leaseId, observed);
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
export function createMemoryRateLimiter(): RateLimiter {
  const states = new Map<string, LimiterState>();
  return createRateLimiter({
    store: {
      async update(budgetKey, change) {
        const { state, result } = change(states.get(budgetKey) ?? emptyState());
        if (state !== null) states.set(budgetKey, state);
        return result;
      },
    },
  });
}
