import type { Collections } from '../../common/read-model/collections.js';
import type { WorkKind, WorkRow, WorkTier } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import { isDone, never, periodOf, type WatchPeriods } from './tiers.js';

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

/** Rows other than imminent ones, by what they have in common: the period in which they are read. */
const groups: readonly { kind: WorkKind; tier?: WorkTier | { $in: readonly WorkTier[] } }[] = [
  { kind: 'catalogue' },
  { kind: 'listing' },
  { kind: 'application', tier: 'hot' },
  { kind: 'application', tier: 'warm' },
  { kind: 'application', tier: { $in: ['cold', 'done'] } },
];

/**
 * Due rows that nobody holds: the imminent ones by their deadline, whatever the backlog; then the
 * others by how late they are in proportion to their own period, so that all are late by the same
 * factor and none is starved.
 */
export async function dueRows(
  collections: Collections,
  life: Life,
  input: { now: number; limit: number; periods: WatchPeriods },
): Promise<WorkRow[]> {
  const { now, limit, periods } = input;
  const oldest = async (group: object, atMost: number) =>
    await collections.applications
      .find({
        orgId: life.orgId,
        generation: life.generation,
        active: true,
        nextCheckAt: { $lte: now },
        leasedUntil: { $lte: now },
        ...group,
      })
      .sort({ nextCheckAt: 1 })
      .limit(atMost)
      .lean<WorkRow[]>();
  const imminent = await oldest({ kind: 'application', tier: 'imminent' }, limit);
  const left = limit - imminent.length;
  if (left <= 0) return imminent;
  // Rows of one group have one period: their order by deadline is their order by lateness.
  const others = (await Promise.all(groups.map((group) => oldest(group, left)))).flat();
  const lateness = (row: WorkRow) => (now - row.nextCheckAt) / periodOf(row, periods);
  return [...imminent, ...others.sort((a, b) => lateness(b) - lateness(a)).slice(0, left)];
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

/**
 * When the next row can be taken: it is due and no slice, dead or alive, holds it. Null when nothing
 * is on the list.
 */
export async function nextDueAt(
  collections: Collections,
  life: Life,
  now: number,
): Promise<number | null> {
  const first = async (nextCheckAt: object, sort: Record<string, 1>) =>
    await collections.applications
      .find({ orgId: life.orgId, generation: life.generation, active: true, nextCheckAt })
      .sort(sort)
      .limit(1)
      .lean<WorkRow[]>();
  const rows = await Promise.all([
    first({ $lte: now }, { leasedUntil: 1 }),
    first({ $gt: now, $lt: never }, { nextCheckAt: 1 }),
  ]);
  const times = rows.flat().map((row) => Math.max(row.nextCheckAt, row.leasedUntil));
  return times.length === 0 ? null : Math.min(...times);
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
