import type { RoleDoc, WorkRow } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import type { VendorCandidate } from '../smartrecruiters/vendor-types.js';
import { isDone, tierOf } from './tiers.js';
import { addApplicationRows, applicationRowId, hintRows, setRoleRows } from './work-list.js';

type FollowDeps = Pick<ActivityDeps, 'collections' | 'consistency' | 'watchPeriods'>;
type Known = Pick<
  WorkRow,
  '_id' | 'kind' | 'status' | 'tier' | 'activityAt' | 'lastReadAt' | 'lastResult'
>;

interface Named {
  _id: string;
  candidateId: string;
  jobId: string;
  status: string | null;
  activityAt: number | null;
}

/** Jobs of the roles that are on, in order of their ids. */
export async function enabledJobs(deps: FollowDeps, life: Life): Promise<string[]> {
  const { orgId, generation } = life;
  const roles = await deps.collections.roles
    .find({ orgId, generation, enabled: true }, { jobId: 1 }, deps.consistency.read)
    .lean<Pick<RoleDoc, 'jobId'>[]>();
  return roles.map(({ jobId }) => jobId).sort();
}

/**
 * What a page of candidates says of applications in roles that are on, by the candidate's primary
 * assignment and the others alike: unknown ones come onto the work list, known ones that moved are
 * read soon. One that is over and of which nothing was ever known costs no row and no request.
 * `jobId`: the role whose listing this is; its candidates are in it whatever the assignments say.
 * `since`: everybody here changed since then. Repeatable.
 */
export async function followCandidates(
  deps: FollowDeps,
  life: Life,
  page: { candidates: readonly VendorCandidate[]; jobId: string | null; since: number | null },
): Promise<void> {
  const { collections } = deps;
  const on = new Set(await enabledJobs(deps, life));
  const named = namedBy(life, page).filter(({ jobId }) => on.has(jobId));
  if (named.length === 0) return;
  const rows = await collections.applications
    .find(
      { _id: { $in: named.map(({ _id }) => _id) } },
      { kind: 1, status: 1, tier: 1, activityAt: 1, lastReadAt: 1, lastResult: 1 },
    )
    .lean<Known[]>();
  const known = new Map(rows.map((row) => [row._id, row]));
  const wanted = named.filter(
    ({ _id, status }) => known.has(_id) || status === null || !isDone(status),
  );
  const moved = wanted.filter((one) => {
    const row = known.get(one._id);
    return row !== undefined && hasMoved(row, one, page.since);
  });
  const { orgId, generation } = life;
  // Before what is stored no longer shows that they moved.
  if (moved.length > 0) {
    const filter = { orgId, generation, _id: { $in: moved.map(({ _id }) => _id) } };
    await hintRows(collections, filter, { reason: 'updated', urgent: false, at: Date.now() });
  }
  await addApplicationRows(collections, life, wanted);
  await placeNew(
    deps,
    wanted.filter(({ _id }) => !known.has(_id)),
  );
  if (page.jobId !== null) await askAgain(deps, wanted, known);
  await keepToRoles(deps, life, wanted);
}

function namedBy(
  life: Life,
  page: { candidates: readonly VendorCandidate[]; jobId: string | null },
): Named[] {
  const named = new Map<string, Named>();
  for (const { candidateId, primary, secondaryJobIds, updatedAt } of page.candidates) {
    const add = (jobId: string, status: string | null) => {
      const _id = applicationRowId(life, { candidateId, jobId });
      const before = named.get(_id);
      // The list says no status for an application that is not the candidate's primary one.
      if (before !== undefined && status === null) return;
      named.set(_id, { _id, candidateId, jobId, status, activityAt: updatedAt });
    };
    if (primary !== null) add(primary.jobId, primary.status);
    for (const jobId of secondaryJobIds) add(jobId, null);
    if (page.jobId !== null) add(page.jobId, null);
  }
  return [...named.values()];
}

/** Something about the candidate is newer than what is known: no proof, and no news of who is done. */
function hasMoved(row: Known, one: Named, since: number | null): boolean {
  const status = one.status ?? row.status;
  if (row.tier === 'done' && (status === null || isDone(status))) return false;
  if (one.status !== null && row.status !== null && one.status !== row.status) return true;
  const lastKnownAt = row.activityAt ?? row.lastReadAt;
  if (lastKnownAt === null) return false;
  return one.activityAt === null ? since !== null : one.activityAt > lastKnownAt;
}

/** So that of thousands that are found at once those with an interview to come are read first. */
async function placeNew(deps: FollowDeps, fresh: readonly Named[]): Promise<void> {
  const { collections, watchPeriods: periods } = deps;
  const now = Date.now();
  for (const tier of ['hot', 'cold'] as const) {
    const placed = fresh.filter(
      ({ status, activityAt }) =>
        tierOf({ status, activityAt, windows: [], now, periods }) === tier,
    );
    if (placed.length === 0) continue;
    const _id = { $in: placed.map((one) => one._id) as never[] };
    const unread = { _id, kind: 'resolve', tier: 'warm', lastReadAt: null };
    await collections.applications.collection.updateMany(unread, { $set: { tier } });
  }
}

/** An application that the vendor denied by id and now lists without a status. */
async function askAgain(
  deps: FollowDeps,
  wanted: readonly Named[],
  known: ReadonlyMap<string, Known>,
): Promise<void> {
  const denied = wanted.filter(({ _id, status }) => {
    const row = known.get(_id);
    return (
      status === null &&
      row?.tier === 'done' &&
      row.kind === 'resolve' &&
      row.lastResult === 'not_found'
    );
  });
  if (denied.length === 0) return;
  await deps.collections.applications.collection.updateMany(
    { _id: { $in: denied.map(({ _id }) => _id) as never[] }, tier: 'done' },
    { $set: { tier: 'warm', nextCheckAt: Date.now() } },
  );
}

/**
 * To be called after rows of these roles were written as active. A role that was turned off meanwhile
 * has its rows off as well, those that a person asked for excepted. Whoever turns a role on or off
 * writes the role first and its rows after that; looked at last, the role has the last word here too.
 */
export async function keepToRoles(
  deps: FollowDeps,
  life: Life,
  wanted: readonly { jobId: string }[],
): Promise<void> {
  const { orgId, generation } = life;
  const written = new Map(wanted.map(({ jobId }) => [jobId, true]));
  for (;;) {
    const on = new Set(await enabledJobs(deps, life));
    const wrong = [...written].filter(([jobId, active]) => on.has(jobId) !== active);
    if (wrong.length === 0) return;
    for (const [jobId, was] of wrong) {
      await setRoleRows(deps.collections, { orgId, generation, jobId, active: !was });
      written.set(jobId, !was);
    }
  }
}

/**
 * Takes rows off that a process left active which died before it looked whether their role was still
 * on. A few reads and one write when there is nothing to mend, however many roles there are.
 */
export async function restRolesThatAreOff(deps: FollowDeps, life: Life): Promise<void> {
  const { orgId, generation } = life;
  const off = await deps.collections.roles
    .find({ orgId, generation, enabled: { $ne: true } }, { jobId: 1 }, deps.consistency.read)
    .lean<Pick<RoleDoc, 'jobId'>[]>();
  if (off.length === 0) return;
  const { modifiedCount } = await deps.collections.applications.collection.updateMany(
    {
      orgId,
      generation,
      jobId: { $in: off.map(({ jobId }) => jobId) },
      active: true,
      pinned: { $ne: true },
    },
    { $set: { active: false } },
  );
  if (modifiedCount === 0) return;
  // One that was turned on in between.
  const on = new Set(await enabledJobs(deps, life));
  const back = off.filter(({ jobId }) => on.has(jobId));
  for (const { jobId } of back) {
    await setRoleRows(deps.collections, { orgId, generation, jobId, active: true });
  }
  await keepToRoles(deps, life, back);
}
