import type { mongo } from 'mongoose';
import type { Collections } from '../../common/read-model/collections.js';
import type { HintReason, WorkKind, WorkRow } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import { isDone, never } from './tiers.js';

function rowId(life: Life, kind: WorkKind, key: string): string {
  return `${life.orgId}/${life.generation}/${kind}/${key}`;
}

export function catalogueRowId(life: Life): string {
  return rowId(life, 'catalogue', 'jobs');
}

export function listingRowId(life: Life, jobId: string): string {
  return rowId(life, 'listing', jobId);
}

/** The listing of what changed lately in all roles that are on; its `jobId` is null. */
export function changesRowId(life: Life): string {
  return rowId(life, 'listing', 'changes');
}

export function usersRowId(life: Life): string {
  return rowId(life, 'users', 'interviewers');
}

export function subscriptionRowId(life: Life): string {
  return rowId(life, 'subscription', 'webhooks');
}

/** Of an application, whether its id at the vendor is known (`application`) or not yet (`resolve`). */
export function applicationRowId(life: Life, key: { candidateId: string; jobId: string }): string {
  return rowId(life, 'application', `${key.candidateId}/${key.jobId}`);
}

function newRow(life: Life, kind: WorkKind, now: number): Omit<WorkRow, '_id'> {
  return {
    orgId: life.orgId,
    generation: life.generation,
    kind,
    jobId: null,
    candidateId: null,
    applicationId: null,
    status: null,
    tier: 'warm',
    active: true,
    pinned: false,
    nextCheckAt: now,
    hint: null,
    urgent: false,
    activityAt: null,
    foundAt: now,
    cursor: null,
    fullAt: null,
    lastReadAt: null,
    lastResult: null,
    leasedUntil: 0,
    leaseOwner: null,
    readSeq: 0,
  };
}

/** The rows that every organization has: catalogue, what changed, users, subscription. Repeatable. */
export async function ensureFixedRows(collections: Collections, life: Life): Promise<void> {
  const rows: [string, WorkKind][] = [
    [catalogueRowId(life), 'catalogue'],
    [changesRowId(life), 'listing'],
    [usersRowId(life), 'users'],
    [subscriptionRowId(life), 'subscription'],
  ];
  const known = await collections.applications.countDocuments({
    _id: { $in: rows.map(([_id]) => _id) },
  });
  if (known === rows.length) return;
  const now = Date.now();
  await collections.applications.collection.bulkWrite(
    rows.map(([_id, kind]) => ({
      updateOne: {
        filter: { _id: _id as never },
        update: { $setOnInsert: newRow(life, kind, now) },
        upsert: true,
      },
    })),
    { ordered: false },
  );
}

/**
 * Puts a role on the work list, or takes it off at once. Its rows stay where they were: what became
 * due meanwhile is due when the role is back, what was read lately is not read again. A role that is
 * turned on is listed at once, before any sweep when a person waits for it (`urgent`).
 */
export async function setRoleRows(
  collections: Collections,
  input: Life & { jobId: string; active: boolean; urgent?: boolean },
): Promise<void> {
  const { orgId, generation, jobId, active, urgent = false } = input;
  const now = Date.now();
  const rows = collections.applications.collection;
  if (!active) {
    const ofRole = { orgId, generation, jobId, pinned: { $ne: true } };
    await rows.updateMany(ofRole, { $set: { active } });
    return;
  }
  const first = newRow(input, 'listing', now);
  const { active: _, nextCheckAt: __, jobId: ___, urgent: ____, ...fresh } = first;
  await rows.updateOne(
    { _id: listingRowId(input, jobId) as never },
    { $set: { active, nextCheckAt: now, jobId, urgent }, $setOnInsert: fresh },
    { upsert: true },
  );
  await rows.updateMany({ orgId, generation, jobId }, { $set: { active } });
}

/** An application as a listing, or an event, named it. */
export interface FoundApplication {
  candidateId: string;
  jobId: string;
  /** Null: it was not said; what is known of it stays. */
  status: string | null;
  /** When the vendor's id is known; without it the row is to be resolved first. */
  applicationId?: string | null;
  /** Last activity of the candidate, when it was said. */
  activityAt?: number | null;
}

/**
 * Rows of applications that were named: new ones are read at once, as are those that were done and
 * are in play again; the other known ones keep their place. An id that is known is kept.
 */
export async function addApplicationRows(
  collections: Collections,
  life: Life,
  found: readonly FoundApplication[],
): Promise<void> {
  if (found.length === 0) return;
  const now = Date.now();
  const rows = collections.applications.collection;
  await rows.bulkWrite(
    found.map((one) => addition(life, one, now)),
    { ordered: false },
  );
  const idsOf = (some: readonly FoundApplication[]) =>
    some.map((key) => applicationRowId(life, key)) as never[];
  const inPlay = found.filter(({ status }) => status !== null && !isDone(status));
  if (inPlay.length > 0) {
    await rows.updateMany(
      { _id: { $in: idsOf(inPlay) }, tier: 'done' },
      { $set: { tier: 'warm', nextCheckAt: now } },
    );
  }
}

function addition(life: Life, found: FoundApplication, now: number): mongo.AnyBulkWriteOperation {
  const { candidateId, jobId, status, applicationId = null, activityAt = null } = found;
  const kind = applicationId === null ? 'resolve' : 'application';
  const said = {
    candidateId,
    jobId,
    active: true,
    ...(status !== null && { status }),
    ...(activityAt !== null && { activityAt }),
    ...(applicationId !== null && { applicationId, kind }),
  };
  const fresh = Object.entries(newRow(life, kind, now)).filter(([name]) => !(name in said));
  return {
    updateOne: {
      filter: { _id: applicationRowId(life, { candidateId, jobId }) as never },
      update: { $set: said, $setOnInsert: Object.fromEntries(fresh) },
      upsert: true,
    },
  };
}

/** Which rows: one of them, those of an application, of a candidate, or of a role with its listing. */
export type RowFilter = Life &
  (
    | { _id: string | { $in: readonly string[] } }
    | { applicationId: string }
    | { candidateId: string }
    | { jobId: string }
  );

/**
 * Something says that these applications changed, which is no proof: they are read at once, before
 * any sweep when `urgent`, and stay hot for a day. A reading that is under way counts as one from
 * before the hint. Returns how many rows there were; those of roles that are off stay off.
 */
export async function hintRows(
  collections: Collections,
  filter: RowFilter,
  hint: { reason: HintReason; urgent: boolean; at: number },
): Promise<number> {
  const { reason, urgent, at } = hint;
  const rows = collections.applications.collection;
  const applications = { ...filter, kind: { $in: ['application', 'resolve'] } } as never;
  const { matchedCount } = await rows.updateMany(applications, {
    $set: { hint: { at, reason }, nextCheckAt: Date.now(), ...(urgent && { urgent }) },
  });
  if (matchedCount === 0) return 0;
  await rows.updateMany({ ...(applications as object), tier: { $in: ['warm', 'cold', 'done'] } }, {
    $set: { tier: 'hot' },
  } as never);
  return matchedCount;
}

/** Has rows of any kind read at once, without a hint at a change; what is done stays done. */
export async function hastenRows(collections: Collections, filter: RowFilter): Promise<void> {
  await collections.applications.collection.updateMany(
    { ...filter, nextCheckAt: { $lt: never } } as never,
    { $set: { nextCheckAt: Date.now() } },
  );
}
