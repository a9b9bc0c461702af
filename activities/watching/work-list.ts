import type { Collections } from '../../common/read-model/collections.js';
import type { WorkKind, WorkRow } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import { isDone, never, tierOrder } from './tiers.js';

function rowId(life: Life, kind: WorkKind, key: string): string {
  return `${life.orgId}/${life.generation}/${kind}/${key}`;
}

export function catalogueRowId(life: Life): string {
  return rowId(life, 'catalogue', 'jobs');
}

export function listingRowId(life: Life, jobId: string): string {
  return rowId(life, 'listing', jobId);
}

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
    lastReadAt: null,
    lastResult: null,
    leasedUntil: 0,
    leaseOwner: null,
    readSeq: 0,
  };
}

/** Makes the catalogue's row; safe to repeat. */
export async function ensureCatalogueRow(collections: Collections, life: Life): Promise<void> {
  await collections.applications.collection.updateOne(
    { _id: catalogueRowId(life) as never },
    { $setOnInsert: newRow(life, 'catalogue', Date.now()) },
    { upsert: true },
  );
}

/**
 * Puts a role on the work list, or takes it off: its rows stay where they were. A role that is
 * turned on is listed and read at once.
 */
export async function setRoleRows(
  collections: Collections,
  input: Life & { jobId: string; active: boolean },
): Promise<void> {
  const { orgId, generation, jobId, active } = input;
  const now = Date.now();
  const rows = collections.applications.collection;
  if (active) {
    const { active: _, nextCheckAt: __, jobId: ___, ...fresh } = newRow(input, 'listing', now);
    await rows.updateOne(
      { _id: listingRowId(input, jobId) as never },
      { $set: { active, nextCheckAt: now, jobId }, $setOnInsert: fresh },
      { upsert: true },
    );
    await rows.updateMany(
      { orgId, generation, jobId, nextCheckAt: { $lt: never } },
      { $set: { active, nextCheckAt: now } },
    );
    return;
  }
  await rows.updateMany({ orgId, generation, jobId, pinned: { $ne: true } }, { $set: { active } });
}

/**
 * Rows of an application that a listing named: new ones are read at once, as are those that were done
 * and are in play again; the other known ones keep their place.
 */
export async function addApplicationRows(
  collections: Collections,
  life: Life,
  found: readonly { candidateId: string; jobId: string; status: string | null }[],
): Promise<void> {
  if (found.length === 0) return;
  const now = Date.now();
  await collections.applications.collection.bulkWrite(
    found.map(({ candidateId, jobId, status }) => {
      const {
        jobId: _,
        candidateId: __,
        active: ___,
        status: ____,
        ...fresh
      } = newRow(life, 'application', now);
      return {
        updateOne: {
          filter: { _id: applicationRowId(life, { candidateId, jobId }) as never },
          update: {
            $set: { candidateId, jobId, active: true, ...(status === null ? {} : { status }) },
            $setOnInsert: { ...fresh, ...(status === null ? { status: null } : {}) },
          },
          upsert: true,
        },
      };
    }),
    { ordered: false },
  );
  const inPlay = found.filter(({ status }) => status !== null && !isDone(status));
  if (inPlay.length === 0) return;
  await collections.applications.collection.updateMany(
    { _id: { $in: inPlay.map((key) => applicationRowId(life, key)) as never[] }, tier: 'done' },
    { $set: { tier: 'warm', nextCheckAt: now } },
  );
}

/** Due rows, the most urgent tier first, then the oldest deadline. */
export async function dueRows(
  collections: Collections,
  life: Life,
  input: { now: number; limit: number },
): Promise<WorkRow[]> {
  const rows = await collections.applications
    .find({
      orgId: life.orgId,
      generation: life.generation,
      active: true,
      nextCheckAt: { $lte: input.now },
      leasedUntil: { $lte: input.now },
    })
    .sort({ nextCheckAt: 1 })
    .limit(500)
    .lean<WorkRow[]>();
  // The catalogue and the listings come before the applications that they bring.
  const urgency = (row: WorkRow) =>
    row.tier === 'imminent' ? 0 : row.kind === 'application' ? 2 + tierOrder.indexOf(row.tier) : 1;
  return rows
    .sort((a, b) => urgency(a) - urgency(b) || a.nextCheckAt - b.nextCheckAt)
    .slice(0, input.limit);
}

/** Takes a row for one slice; false when another slice was first. */
export async function leaseRow(
  collections: Collections,
  row: WorkRow,
  { owner, leaseMs }: { owner: string; leaseMs: number },
): Promise<boolean> {
  const now = Date.now();
  const outcome = await collections.applications.collection.updateOne(
    { _id: row._id as never, leasedUntil: { $lte: now } },
    { $set: { leasedUntil: now + leaseMs, leaseOwner: owner } },
  );
  return outcome.matchedCount === 1;
}

/**
 * Writes what a slice found, if it still holds the row: a zombie slice writes nothing. A row that
 * somebody moved to another place while it was being read keeps that place.
 */
export async function releaseRow(
  collections: Collections,
  row: WorkRow,
  owner: string,
  change: Partial<Omit<WorkRow, '_id'>>,
): Promise<void> {
  const rows = collections.applications.collection;
  const released = { ...change, leasedUntil: 0, leaseOwner: null };
  const outcome = await rows.updateOne(
    { _id: row._id as never, leaseOwner: owner, nextCheckAt: row.nextCheckAt },
    { $set: released },
  );
  if (outcome.matchedCount === 1) return;
  const { nextCheckAt: _, ...others } = released;
  await rows.updateOne({ _id: row._id as never, leaseOwner: owner }, { $set: others });
}

/**
 * Draws the number of a reading, before the vendor is asked: of two readings the one that *began*
 * later wins, whatever order their answers come in.
 */
export async function drawReadSeq(collections: Collections, row: string): Promise<number> {
  const after = await collections.applications.findOneAndUpdate(
    { _id: row },
    { $inc: { readSeq: 1 } },
    { returnDocument: 'after', lean: true },
  );
  return (after as WorkRow | null)?.readSeq ?? 0;
}

/** When the next row is due; null when nothing is on the list. */
export async function nextDueAt(collections: Collections, life: Life): Promise<number | null> {
  const [first] = await collections.applications
    .find({
      orgId: life.orgId,
      generation: life.generation,
      active: true,
      nextCheckAt: { $lt: never },
    })
    .sort({ nextCheckAt: 1 })
    .limit(1)
    .lean<WorkRow[]>();
  return first?.nextCheckAt ?? null;
}

/** Moves rows to the front: an Owner's refresh, or a hint. */
export async function hastenRows(
  collections: Collections,
  filter: Life & ({ jobId: string } | { applicationId: string }),
): Promise<void> {
  await collections.applications.collection.updateMany(
    { ...filter, nextCheckAt: { $lt: never } },
    { $set: { nextCheckAt: Date.now() } },
  );
}
