import type { CreateCall, Operation } from './types.js';

export interface SavedCalls {
  creates: CreateCall[];
  counts: Record<string, number>;
}

export interface CallLog {
  /** Adds a create; the returned entry is completed by the caller as things happen. */
  addCreate(call: CreateCall): CreateCall;
  /** @param status null: the client got no answer */
  count(operation: Operation, status: number | null): void;
  creates(): CreateCall[];
  counts(): Record<string, number>;
  /** Creates that were taken at or after that time (epoch ms). */
  createsSince(at: number): number;
  toSave(): SavedCalls;
  clear(): void;
}

const keptCreates = 20_000;

/** Remembers every create, and how many calls ended how. */
export function createCallLog({ saved }: { saved: SavedCalls | null }): CallLog {
  let creates: CreateCall[] = saved?.creates ?? [];
  let counts: Record<string, number> = saved?.counts ?? {};
  return {
    addCreate(call) {
      creates.push(call);
      if (creates.length > keptCreates) {
        creates.shift();
      }
      return call;
    },
    count(operation, status) {
      const name = `${operation} ${status ?? 'none'}`;
      counts[name] = (counts[name] ?? 0) + 1;
    },
    creates: () => creates.map((call) => ({ ...call })),
    counts: () => ({ ...counts }),
    createsSince(at) {
      let found = 0;
      for (let index = creates.length - 1; index >= 0; index -= 1) {
        const call = creates[index];
        if (call === undefined || call.arrivedAt < at) {
          break;
        }
        found += call.takenAt === null ? 0 : 1;
      }
      return found;
    },
    toSave: () => ({ creates, counts }),
    clear() {
      creates = [];
      counts = {};
    },
  };
}
