import type { Collections } from '../../common/read-model/collections.js';
import type { WorkRow } from '../../common/read-model/documents.js';

/**
 * Takes a row for one slice and draws the number of its reading, in one compare-and-set: of two
 * readings the one that *began* later wins, whatever order their answers come in. Null when the row
 * is no longer as it was read: another slice was first, its role was turned off, it was moved.
 */
export async function leaseRow(
  collections: Collections,
  row: WorkRow,
  { owner, leaseMs }: { owner: string; leaseMs: number },
): Promise<WorkRow | null> {
  const now = Date.now();
  const { nextCheckAt, readSeq } = row;
  const lease = { leasedUntil: now + leaseMs, leaseOwner: owner, readSeq: readSeq + 1 };
  const outcome = await collections.applications.collection.updateOne(
    { _id: row._id as never, active: true, leasedUntil: { $lte: now }, nextCheckAt, readSeq },
    { $set: lease },
  );
  return outcome.matchedCount === 1 ? { ...row, ...lease } : null;
}

/**
 * Gives a row back with what its reading led to, if the slice still holds it: a zombie slice writes
 * nothing. A row that was hinted at or moved while it was being read keeps that place, so that no
 * hint is lost to an answer from before it.
 */
export async function releaseRow(
  collections: Collections,
  row: WorkRow,
  owner: string,
  change: Partial<Omit<WorkRow, '_id'>>,
): Promise<void> {
  const rows = collections.applications.collection;
  const held = { _id: row._id as never, leaseOwner: owner };
  const released = { ...change, leasedUntil: 0, leaseOwner: null };
  const asLeased = { ...held, nextCheckAt: row.nextCheckAt, 'hint.at': row.hint?.at ?? null };
  const outcome = await rows.updateOne(asLeased, { $set: released });
  if (outcome.matchedCount === 1) return;
  const { nextCheckAt: _, hint: __, urgent: ___, tier, ...others } = released;
  const imminent = tier === 'imminent' ? { tier } : {};
  await rows.updateOne(held, { $set: { ...others, ...imminent } });
}

/** Draws the number of a reading outside of the slices, before the vendor is asked. */
export async function drawReadSeq(collections: Collections, row: string): Promise<number> {
  const rows = collections.applications.collection;
  const _id = row as never;
  // By compare-and-set: the embedded stand-in's `findOneAndUpdate` may hand one number to two callers.
  for (;;) {
    const found = (await rows.findOne({ _id })) as unknown as Pick<WorkRow, 'readSeq'> | null;
    if (found === null) return 0;
    const next = found.readSeq + 1;
    const outcome = await rows.updateOne(
      { _id, readSeq: found.readSeq },
      { $set: { readSeq: next } },
    );
    if (outcome.matchedCount === 1) return next;
  }
}
