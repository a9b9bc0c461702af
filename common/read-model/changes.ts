import type { Collections } from './collections.js';
import { isDuplicateKey } from './consistency.js';
import type { ChangeKind } from './documents.js';

const keptMs = 60 * 60 * 1000;
let lastSeq = 0;

/** Numbers from the clock in microseconds: no counter to contend for, and unique enough to retry. */
function nextSeq(now: number): number {
  lastSeq = Math.max(lastSeq + 1, now * 1000 + Math.floor(Math.random() * 1000));
  return lastSeq;
}

/** Tells the readers of server-sent events that a resource has changed. */
export async function appendChange(input: {
  collections: Collections;
  orgId: string;
  kind: ChangeKind;
  key: string;
}): Promise<void> {
  for (;;) {
    const now = Date.now();
    const seq = nextSeq(now);
    try {
      await input.collections.changes.collection.insertOne({
        _id: `${input.orgId}/${seq}`,
        orgId: input.orgId,
        seq,
        kind: input.kind,
        key: input.key,
        at: now,
        expiresAt: new Date(now + keptMs),
      } as never);
      return;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }
}
