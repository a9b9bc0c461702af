import type { Collections } from '../../common/read-model/collections.js';
import type { WorkKind, WorkRow } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import { chooseNext, earlinessOf } from './choice.js';
import { never, periodOf, type WatchPeriods } from './tiers.js';

const applications = { $in: ['application', 'resolve'] };
/**
 * Every row is in some group: one that is in none would never be chosen, and stay the next to be due.
 * Rows of one group have one period, or are few: their order by deadline is that by
 * lateness.
 */
const groups: readonly object[] = [
  { urgent: true },
  { kind: applications, tier: 'imminent' },
  { kind: { $in: ['catalogue', 'listing', 'users', 'subscription'] }, jobId: null },
  { kind: 'listing', jobId: { $ne: null } },
  { kind: applications, tier: 'hot' },
  { kind: applications, tier: 'warm' },
  { kind: applications, tier: { $in: ['cold', 'done'] } },
];

export interface DueInput {
  now: number;
  /** Rows that are nearly due are taken along by a slice that began then. Null: only what is due. */
  startedAt: number | null;
  /** Of each kind and tier so many at most: enough for so many choices. */
  limit: number;
  periods: WatchPeriods;
  /** Rows of these kinds are left alone. */
  except?: readonly WorkKind[];
}

/**
 * The rows that may be chosen from: due, held by nobody, the latest of each kind and tier. Beyond
 * them, what is nearly due and was read without a failure last time.
 */
export async function dueRows(
  collections: Collections,
  life: Life,
  input: DueInput,
): Promise<WorkRow[]> {
  const { now, startedAt, limit, periods, except = [] } = input;
  const until = Math.max(now, (startedAt ?? 0) + periods.warm / 10);
  const latest = async (group: object, most: number) =>
    await collections.applications
      .find({
        orgId: life.orgId,
        generation: life.generation,
        active: true,
        nextCheckAt: { $lte: startedAt === null ? now : until },
        leasedUntil: { $lte: now },
        $and: [group, { kind: { $nin: [...except] } }],
      })
      .sort({ nextCheckAt: 1 })
      .limit(most)
      .lean<WorkRow[]>();
  // Mostly few are due, and one look finds them all; only of many the groups are asked for.
  const few = await latest({}, limit);
  const isAll = few.length < limit;
  const found = isAll ? [few] : await Promise.all(groups.map((group) => latest(group, limit)));
  const byId = new Map(found.flat().map((row) => [row._id, row]));
  return [...byId.values()].filter(
    (row) => row.nextCheckAt <= now || (startedAt !== null && isNearlyDue(row, startedAt, periods)),
  );
}

const failures: ReadonlySet<string | null> = new Set([
  'auth',
  'scope',
  'not_found',
  'rejected',
  'throttled',
  'unavailable',
  'contract',
  'failed',
]);

/** By its age, too: a row that is to be read soon for a reason of its own waits for that moment. */
function isNearlyDue(row: WorkRow, startedAt: number, periods: WatchPeriods): boolean {
  const earliness = earlinessOf(row, periods);
  return (
    row.nextCheckAt - earliness <= startedAt &&
    row.lastReadAt !== null &&
    row.lastReadAt + periodOf(row, periods) - earliness <= startedAt &&
    !failures.has(row.lastResult)
  );
}

/** Due rows as one slice hands them out: read from the store now and then, chosen from one by one. */
export interface DueQueue {
  /** Null: nothing is due that this slice does not hold already. */
  next(): Promise<WorkRow | null>;
  /** The row was given back; it counts again once it is due. */
  done(row: WorkRow): void;
}

/** Of each kind and tier: more than one slice can read until it looks again. */
const readAhead = 60;
/** Looking takes at most this part of the time of a slice, unless nothing is left to be read. */
const lookShare = 1 / 5;

/**
 * Looks at the store again after `lookAgain`, or when nothing is left: what is hinted at while a
 * slice runs is read within a second or two. While rows are left nobody waits for that look. `closed`
 * are kinds of which no row can be read at present.
 */
export function createDueQueue(
  collections: Collections,
  input: Life & {
    startedAt: number;
    periods: () => WatchPeriods;
    closed: () => readonly WorkKind[];
  },
): DueQueue {
  const { startedAt, closed } = input;
  const life = { orgId: input.orgId, generation: input.generation };
  const held = new Set<string>();
  let rows: WorkRow[] = [];
  let lookAgainAt = 0;
  let turn = 0;
  /** Under way beside the readings; what was chosen since it began is not what it says any more. */
  let looking: Promise<void> | null = null;
  let chosenSince = new Set<string>();
  let failure: { error: unknown } | null = null;

  async function look(): Promise<void> {
    const now = Date.now();
    const periods = input.periods();
    chosenSince = new Set(held);
    try {
      const found = await dueRows(collections, life, {
        ...{ now, startedAt, limit: readAhead, periods, except: closed() },
      });
      rows = found.filter(({ _id }) => !chosenSince.has(_id) && !held.has(_id));
    } catch (error) {
      failure = { error };
    }
    lookAgainAt = now + Math.max(periods.lookAgain, (Date.now() - now) / lookShare);
    looking = null;
  }

  function choose(): WorkRow | null {
    if (failure !== null) throw failure.error;
    const open = rows.filter(({ kind }) => !closed().includes(kind));
    const row = chooseNext(open, { now: Date.now(), turn, periods: input.periods() });
    if (row === null) return null;
    turn += 1;
    rows = rows.filter(({ _id }) => _id !== row._id);
    held.add(row._id);
    chosenSince.add(row._id);
    return row;
  }

  return {
    async next() {
      const isNew = looking === null && Date.now() >= lookAgainAt;
      if (isNew) looking = look();
      const known = choose();
      if (known !== null) return known;
      await looking;
      const seen = choose();
      if (seen !== null || isNew) return seen;
      // A look that began earlier does not know what became due since.
      looking = look();
      await looking;
      return choose();
    },
    done(row) {
      held.delete(row._id);
    },
  };
}

/**
 * When the next row can be taken: it is due and no slice, dead or alive, holds it. Null when nothing
 * is on the list. Rows of the kinds in `except` do not count.
 */
export async function nextDueAt(
  collections: Collections,
  life: Life,
  now: number,
  except: readonly WorkKind[] = [],
): Promise<number | null> {
  const kind = { $nin: [...except] };
  const first = async (filter: object, sort: Record<string, 1>): Promise<WorkRow | undefined> => {
    const found = await collections.applications
      .find({ orgId: life.orgId, generation: life.generation, active: true, kind, ...filter })
      .sort(sort)
      .limit(1)
      .lean<WorkRow[]>();
    return found[0];
  };
  const due = await first(
    { nextCheckAt: { $lte: now }, leasedUntil: { $lte: now } },
    { nextCheckAt: 1 },
  );
  if (due !== undefined) return due.nextCheckAt;
  const [held, later] = await Promise.all([
    first({ nextCheckAt: { $lte: now } }, { leasedUntil: 1 }),
    first({ nextCheckAt: { $gt: now, $lt: never } }, { nextCheckAt: 1 }),
  ]);
  const times = [held, later].flatMap((row) =>
    row === undefined ? [] : [Math.max(row.nextCheckAt, row.leasedUntil)],
  );
  return times.length === 0 ? null : Math.min(...times);
}
