import type { Collections } from '../common/read-model/collections.js';

/** A process whose clock is further off than this from the store's is not ready. */
export const tolerableSkewMs = 2_000;

/**
 * How far this process's clock is ahead of the store's, in milliseconds, within half a round trip.
 * The store's clock is read by writing and reading back `$currentDate`.
 */
export async function measureClockSkew(input: { collections: Collections }): Promise<number> {
  const rows = input.collections.service_secrets.collection;
  const before = Date.now();
  await rows.updateOne({ _id: 'clock' as never }, { $currentDate: { at: true } }, { upsert: true });
  const after = Date.now();
  const row = (await rows.findOne({ _id: 'clock' as never })) as unknown as { at?: Date } | null;
  return row?.at === undefined ? 0 : (before + after) / 2 - row.at.getTime();
}
