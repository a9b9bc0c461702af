import type {
  ImportProgress,
  ListingCursor,
  WatchReportDoc,
  WorkRow,
} from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { isRefusedForGood, lastingResults } from './lasting-results.js';
import { catalogueRowId } from './work-list.js';

const perPage = 100;

type Deps = Pick<ActivityDeps, 'collections'>;
type Listing = Pick<WorkRow, 'jobId' | 'fullAt' | 'cursor' | 'lastResult'>;
type Counts = ImportProgress['counts'];

/**
 * How far the first import is, from the rows themselves, so that it goes on where it was after a
 * crash: the jobs, then the candidates of the roles that are on, their applications, and of each its
 * interviews read once. Null when everything was: what is found after that is no import until a role
 * is listed for the first time. The rate is that of the requests behind what was found since the
 * import began; without one there is no estimate. Rests on the report that was stored last.
 */
export async function importProgress(deps: Deps, life: Life): Promise<ImportProgress | null> {
  const { orgId, generation } = life;
  const [report, catalogue, listings] = await Promise.all([
    deps.collections.watch_reports
      .findOne({ _id: orgId, generation })
      .lean<WatchReportDoc | null>(),
    deps.collections.applications.findOne({ _id: catalogueRowId(life) }).lean<WorkRow | null>(),
    deps.collections.applications
      .find(
        { orgId, generation, kind: 'listing', active: true, jobId: { $ne: null } },
        { jobId: 1, fullAt: 1, cursor: 1, lastResult: 1 },
      )
      .lean<Listing[]>(),
  ]);
  if (catalogue === null) return null;
  // A first listing that was refused for good is not waited for.
  const unlisted = listings.filter((row) => row.fullAt === null && !isRefusedForGood(row));
  const areJobsRead =
    catalogue.fullAt !== null || isRefusedForGood(catalogue) || report?.import === null;
  if (report?.import === null && unlisted.length === 0) return null;

  const now = Date.now();
  const counts = await countOf(deps, life, catalogue);
  const pending = await pendingOf(deps, life);
  const candidates = await candidatesOf(deps, life, listings, unlisted);
  const stage = stageOf(areJobsRead, unlisted.length, pending);
  if (stage === null) return null;

  const startedAt = report?.import?.startedAt ?? (report === null ? catalogue.foundAt : now);
  const made = await requestsSince(deps, life, startedAt, [catalogue, ...listings]);
  const seconds = (now - startedAt) / 1_000;
  const requestsPerSecond = seconds > 0 ? made / seconds : 0;
  const left =
    pagesLeft(areJobsRead ? null : catalogue.cursor) +
    Math.ceil((candidates.total - candidates.done) / perPage) +
    2 * Math.round((candidates.total - candidates.done) * candidates.share) +
    2 * pending.unresolved +
    pending.unread;
  const isKnown = requestsPerSecond > 0 && stage !== 'jobs';
  return {
    stage,
    ...figuresOf(stage, { catalogue, candidates, counts, pending }),
    counts,
    startedAt,
    requestsPerSecond: Math.round(requestsPerSecond * 10) / 10,
    etaSeconds: isKnown ? Math.round(left / requestsPerSecond) : null,
  };
}

interface Pending {
  /** Applications whose id is not known yet, and those with an id that were not read yet. */
  unresolved: number;
  unread: number;
}

interface Candidates {
  done: number;
  total: number;
  /** How many of those who are named come onto the work list. */
  share: number;
}

function stageOf(
  areJobsRead: boolean,
  unlisted: number,
  { unresolved, unread }: Pending,
): ImportProgress['stage'] | null {
  if (!areJobsRead) return 'jobs';
  if (unlisted > 0) return 'candidates';
  if (unresolved > 0) return 'applications';
  return unread > 0 ? 'interviews' : null;
}

function figuresOf(
  stage: ImportProgress['stage'],
  known: { catalogue: WorkRow; candidates: Candidates; counts: Counts; pending: Pending },
): { done: number; total: number } {
  const { catalogue, candidates, counts, pending } = known;
  switch (stage) {
    case 'jobs': {
      const { done, total } = reached(catalogue.cursor);
      return { done, total };
    }
    case 'candidates':
      return { done: candidates.done, total: candidates.total };
    case 'applications':
      return { done: counts.applications, total: counts.applications + pending.unresolved };
    case 'interviews':
      return { done: counts.interviews, total: counts.interviews + pending.unread };
  }
}

/** Candidates may be named twice while they move: never more than there are. */
function reached(cursor: ListingCursor | null): { done: number; total: number } {
  if (cursor === null) return { done: 0, total: 0 };
  const total = cursor.total ?? cursor.seen;
  return { done: Math.min(cursor.seen, total), total };
}

function pagesLeft(cursor: ListingCursor | null): number {
  const { done, total } = reached(cursor);
  return Math.ceil((total - done) / perPage);
}

async function countOf(deps: Deps, life: Life, catalogue: WorkRow): Promise<Counts> {
  const { orgId, generation } = life;
  const { applications } = deps.collections;
  const of = { orgId, generation, active: true };
  const [jobs, resolve, application, read] = await Promise.all([
    catalogue.cursor?.since === null && catalogue.fullAt === null
      ? reached(catalogue.cursor).done
      : deps.collections.jobs.countDocuments({ orgId }),
    applications.countDocuments({ ...of, kind: 'resolve' }),
    applications.countDocuments({ ...of, kind: 'application' }),
    applications.countDocuments({ ...of, kind: 'application', lastReadAt: { $ne: null } }),
  ]);
  return { jobs, candidates: resolve + application, applications: application, interviews: read };
}

async function pendingOf(deps: Deps, life: Life): Promise<Pending> {
  const { orgId, generation } = life;
  const { applications } = deps.collections;
  const waited = {
    orgId,
    generation,
    active: true,
    tier: { $ne: 'done' as const },
    lastReadAt: null,
    lastResult: { $nin: lastingResults },
  };
  const [unresolved, unread] = await Promise.all([
    applications.countDocuments({ ...waited, kind: 'resolve' }),
    applications.countDocuments({ ...waited, kind: 'application' }),
  ]);
  return { unresolved, unread };
}

async function candidatesOf(
  deps: Deps,
  life: Life,
  listings: readonly Listing[],
  unlisted: readonly Listing[],
): Promise<Candidates> {
  const { orgId, generation } = life;
  const open = new Set(unlisted.map(({ jobId }) => jobId));
  const ids = (some: readonly Listing[]) => some.flatMap(({ jobId }) => jobId ?? []);
  const rowsOf = async (jobIds: string[]) =>
    await deps.collections.applications.countDocuments({
      orgId,
      generation,
      kind: { $in: ['resolve', 'application'] },
      jobId: { $in: jobIds },
    });
  const [listed, found] = await Promise.all([
    rowsOf(ids(listings.filter(({ jobId }) => !open.has(jobId)))),
    rowsOf(ids(unlisted)),
  ]);
  const reachedNow = unlisted.map(({ cursor }) => reached(cursor));
  const done = reachedNow.reduce((sum, one) => sum + one.done, 0);
  const total = reachedNow.reduce((sum, one) => sum + one.total, 0);
  return {
    done: listed + done,
    total: listed + total,
    share: done === 0 ? 1 : Math.min(1, found / done),
  };
}

async function requestsSince(
  deps: Deps,
  life: Life,
  startedAt: number,
  listings: readonly Pick<WorkRow, 'cursor' | 'fullAt'>[],
): Promise<number> {
  const { orgId, generation } = life;
  const { applications } = deps.collections;
  const found = { orgId, generation, kind: 'application' as const, foundAt: { $gte: startedAt } };
  const [resolved, read] = await Promise.all([
    applications.countDocuments(found),
    applications.countDocuments({ ...found, lastReadAt: { $ne: null } }),
  ]);
  const pages = listings.reduce((sum, { cursor, fullAt }) => {
    const whole = fullAt !== null && fullAt >= startedAt ? 1 : 0;
    return sum + whole + Math.ceil((cursor?.seen ?? 0) / perPage);
  }, 0);
  return resolved + read + pages;
}
