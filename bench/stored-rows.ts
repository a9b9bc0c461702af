import type { WatchPeriods } from '../activities/watching/tiers.js';
import {
  applicationRowId,
  catalogueRowId,
  ensureFixedRows,
  listingRowId,
} from '../activities/watching/work-list.js';
import type { Collections } from '../common/read-model/collections.js';
import type { WorkRow, WorkTier } from '../common/read-model/documents.js';
import type { SeededRandom } from '../test/support/seeded-random.js';
import type { Life } from '../workflows/contracts/activities.js';

/** An application as a first import would have found it. */
export interface KnownApplication {
  applicationId: string;
  candidateId: string;
  jobId: string;
  status: string;
  tier: Exclude<WorkTier, 'done' | 'imminent'>;
  activityAt: number;
  /** Something about it is not known yet: it is read at once. */
  unread?: boolean;
}

const atOnce = 5_000;

/**
 * The work list of an organization that has been watched for long: every row was read at some moment
 * of its own period, so that the same work falls due all the time. The roles are on already.
 */
export async function storeReadRows(input: {
  collections: Collections;
  life: Life;
  applications: readonly KnownApplication[];
  periods: WatchPeriods;
  random: SeededRandom;
}): Promise<void> {
  const { collections, life, applications, periods, random } = input;
  const rows = collections.applications.collection;
  await ensureFixedRows(collections, life);
  const now = Date.now();
  const readWithin = (periodMs: number) => {
    const readAt = now - random.int(0, Math.max(1, Math.round(periodMs) - 1));
    return { lastReadAt: readAt, nextCheckAt: Math.round(readAt + periodMs), lastResult: 'read' };
  };
  await rows.updateOne(
    { _id: catalogueRowId(life) as never },
    { $set: { ...readWithin(periods.catalogue), fullAt: now } },
  );
  for (const jobId of new Set(applications.map((one) => one.jobId))) {
    const read = readWithin(periods.listing);
    await rows.updateOne(
      { _id: listingRowId(life, jobId) as never },
      { $set: { ...read, fullAt: read.lastReadAt } },
    );
  }
  const docs = applications.map((one): WorkRow => {
    const { applicationId, candidateId, jobId, status, tier, activityAt, unread = false } = one;
    return {
      _id: applicationRowId(life, { candidateId, jobId }),
      ...life,
      kind: 'application',
      ...{ jobId, candidateId, applicationId, status, tier, activityAt },
      ...{ active: true, pinned: false, hint: null, urgent: false, foundAt: now },
      ...{ cursor: null, fullAt: null, leasedUntil: 0, leaseOwner: null, readSeq: 1 },
      ...readWithin(periods[tier]),
      ...(unread ? { nextCheckAt: now } : {}),
    };
  });
  for (let from = 0; from < docs.length; from += atOnce) {
    await rows.insertMany(docs.slice(from, from + atOnce) as never[], { ordered: false });
  }
}
