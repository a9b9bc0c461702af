import type { Database } from './connection.js';

/** Options for the reads and writes on which the protocols rest: claims and fences. */
export interface Consistency {
  read: { readPreference: 'primary'; readConcern?: { level: 'linearizable' } };
  write: { writeConcern?: { w: 'majority' } };
}

/**
 * Majority writes and linearizable reads where the server is a replica set. The embedded stand-in
 * and a single server are one process, so their reads are linearizable as they are; the stand-in
 * does not know the `hello` command, which is how it is told apart.
 */
export async function consistencyOf({ database }: { database: Database }): Promise<Consistency> {
  let replicaSet = false;
  try {
    const hello = await database.db?.admin().command({ hello: 1 });
    replicaSet = typeof hello?.setName === 'string';
  } catch {
    replicaSet = false;
  }
  return replicaSet
    ? {
        read: { readPreference: 'primary', readConcern: { level: 'linearizable' } },
        write: { writeConcern: { w: 'majority' } },
      }
    : { read: { readPreference: 'primary' }, write: {} };
}

/** A unique key was taken: somebody else, or an earlier try of the same write, was first. */
export function isDuplicateKey(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 11000;
}
