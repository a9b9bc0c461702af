import { setTimeout as sleep } from 'node:timers/promises';
import type { Collections } from '../../common/read-model/collections.js';
import { isDuplicateKey } from '../../common/read-model/consistency.js';

/** A request waits at most this long for its turn; beyond that it comes again. */
export const longestWaitMs = 5_000;

/** Spaces the requests of all processes to one provider, by its published create limit. */
export interface RequestPace {
  /** Resolves when it is this request's turn (0), or at once with how long to stay away. */
  turn(): Promise<{ waitMs: number }>;
}

/**
 * The next free instant is one number in the store, moved on by compare-and-set; within a process
 * requests take turns, so that it does not fight itself.
 */
export function createRequestPace(input: {
  collections: Pick<Collections, 'provider_leases'>;
  provider: string;
  createPerMinute: number;
}): RequestPace {
  const leases = input.collections.provider_leases.collection;
  const _id = `notetaker/${input.provider}` as never;
  const spacingMs = 60_000 / input.createPerMinute;
  let queue: Promise<unknown> = Promise.resolve();

  /** Reserves the next instant, or says that it is too far away. */
  async function reserve(): Promise<{ at: number } | { tooFar: number }> {
    for (;;) {
      const row = (await leases.findOne({ _id })) as unknown as {
        nextAt: number;
        rev: number;
      } | null;
      const now = Date.now();
      const at = Math.max(now, row?.nextAt ?? 0);
      if (at - now > longestWaitMs) return { tooFar: at - now };
      if (await moveOn(row?.rev ?? null, at + spacingMs)) return { at };
    }
  }

  async function moveOn(rev: number | null, nextAt: number): Promise<boolean> {
    if (rev === null) {
      try {
        await leases.insertOne({ _id, rev: 1, nextAt } as never);
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    }
    const outcome = await leases.updateOne({ _id, rev }, { $set: { nextAt, rev: rev + 1 } });
    return outcome.matchedCount === 1;
  }

  return {
    async turn() {
      const mine = queue.then(reserve, reserve);
      queue = mine;
      const reserved = await mine;
      if ('tooFar' in reserved) return { waitMs: reserved.tooFar };
      await sleep(Math.max(0, reserved.at - Date.now()));
      return { waitMs: 0 };
    },
  };
}
