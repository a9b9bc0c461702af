import type { Model } from 'mongoose';
import type { ProviderLeaseDoc } from '../../common/read-model/documents.js';
import { emptyState, type LimiterState } from './limiter-state.js';
import type { LimiterTimes } from './limiter-times.js';
import { createRateLimiter, type LimiterStore, type RateLimiter } from './rate-limiter.js';

/** The limiter's whole state as stored; `rev` counts the writes. */
type StoredLimiter = Omit<ProviderLeaseDoc, keyof LimiterState> & Partial<LimiterState>;

/** Each failed try means that another process succeeded, so this many in a row is a broken store. */
const maxTries = 200;

/**
 * The limiter that all processes share, over the collection `provider_leases`: read, compute the
 * next state, write if nobody wrote in between. Within the process calls for one credential take
 * turns, so that it does not fight itself. `acquire` rejects with the driver's error while MongoDB
 * is away.
 */
export function createMongoRateLimiter(options: {
  leases: Model<ProviderLeaseDoc>;
  times?: LimiterTimes;
}): RateLimiter {
  const { leases, ...limiter } = options;
  return createRateLimiter({ ...limiter, store: mongoStore({ leases }) });
}

function mongoStore(options: { leases: Model<ProviderLeaseDoc> }): LimiterStore {
  // The collection's schema leaves the fields to the types.
  const leases = options.leases as unknown as Model<StoredLimiter>;
  const turns = new Map<string, Promise<unknown>>();
  /** As this process wrote it last: mostly still so, and then a change costs one write. */
  const written = new Map<string, { rev: number; state: LimiterState }>();

  async function compareAndSet<Result>(
    budgetKey: string,
    change: (state: LimiterState) => { state: LimiterState | null; result: Result },
  ): Promise<Result> {
    const known = written.get(budgetKey);
    if (known !== undefined) {
      written.delete(budgetKey);
      const { state, result } = change(known.state);
      // Only a write proves that it was still so: without one it is read.
      if (state !== null && (await write(budgetKey, known.rev, state))) return result;
    }
    for (let tries = 0; tries < maxTries; tries += 1) {
      const stored = await leases.findById(budgetKey).lean<StoredLimiter>().exec();
      const { state, result } = change(stored === null ? emptyState() : stateOf(stored));
      if (state === null) return result;
      if (await write(budgetKey, stored?.rev ?? null, state)) return result;
      await new Promise((resolve) => {
        setTimeout(resolve, Math.random() * Math.min(20, 2 + tries));
      });
    }
    throw new Error('the limiter of a credential could not be written');
  }

  async function write(budgetKey: string, rev: number | null, state: LimiterState) {
    if (rev === null) {
      try {
        await leases.create({ _id: budgetKey, rev: 1, ...state });
        written.set(budgetKey, { rev: 1, state });
        return true;
      } catch (error) {
        if ((error as { code?: unknown }).code === 11_000) return false;
        throw error;
      }
    }
    const outcome = await leases.collection.updateOne(
      { _id: budgetKey as never, rev },
      { $set: { ...state, rev: rev + 1 } },
    );
    if (outcome.modifiedCount !== 1) return false;
    written.set(budgetKey, { rev: rev + 1, state });
    return true;
  }

  return {
    async update(budgetKey, change) {
      const before = turns.get(budgetKey) ?? Promise.resolve();
      const mine = before.then(
        () => compareAndSet(budgetKey, change),
        () => compareAndSet(budgetKey, change),
      );
      turns.set(budgetKey, mine);
      try {
        return await mine;
      } finally {
        if (turns.get(budgetKey) === mine) turns.delete(budgetKey);
      }
    },
  };
}

/** Without the counter of writes; fields may be missing in what an earlier release wrote. */
function stateOf(stored: StoredLimiter): LimiterState {
  const { _id, rev: _rev, ...state } = stored;
  return { ...emptyState(), ...state };
}
