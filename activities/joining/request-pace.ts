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

type Turn = { at: number } | { tooFar: number };

/**
 * The next free instant is one number in the store, moved on by compare-and-set. All requests of this
 * process that wait by then reserve theirs in one step: it does not fight itself, and is no slower
 * than the store when many come together.
 */
export function createRequestPace(input: {
  collections: Pick<Collections, 'provider_leases'>;
  provider: string;
  createPerMinute: number;
}): RequestPace {
  const leases = input.collections.provider_leases.collection;
  const _id = `notetaker/${input.provider}` as never;
  const spacingMs = 60_000 / input.createPerMinute;
  let waiting: { resolve: (turn: Turn) => void; reject: (error: unknown) => void }[] = [];
  let isReserving = false;

  /** The next instants, one for each of `count`, or how far away they are. */
  async function reserve(count: number): Promise<Turn[]> {
    for (;;) {
      const row = (await leases.findOne({ _id })) as unknown as {
        nextAt: number;
        rev: number;
      } | null;
      const now = Date.now();
      const firstAt = Math.max(now, row?.nextAt ?? 0);
      const instants = Array.from({ length: count }, (_, index) => firstAt + index * spacingMs);
      const taken = instants.filter((at) => at - now <= longestWaitMs).length;
      const turns = instants.map((at, index) =>
        index < taken ? { at } : { tooFar: firstAt + taken * spacingMs - now },
      );
      if (taken === 0 || (await moveOn(row?.rev ?? null, firstAt + taken * spacingMs))) {
        return turns;
      }
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

  async function reserveForAll(): Promise<void> {
    if (isReserving) return;
    isReserving = true;
    while (waiting.length > 0) {
      const together = waiting;
      waiting = [];
      try {
        const turns = await reserve(together.length);
        for (const [index, { resolve }] of together.entries()) resolve(turns[index] as Turn);
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    isReserving = false;
  }

  return {
    async turn() {
      const reserved = await new Promise<Turn>((resolve, reject) => {
        waiting.push({ resolve, reject });
        void reserveForAll();
      });
      if ('tooFar' in reserved) return { waitMs: reserved.tooFar };
      await sleep(Math.max(0, reserved.at - Date.now()));
      return { waitMs: 0 };
    },
  };
}
