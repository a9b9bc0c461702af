import { appendChange } from '../../common/read-model/changes.js';
import type { Collections } from '../../common/read-model/collections.js';
import type { JobDoc, ListingCursor } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import type { VendorJob } from '../smartrecruiters/vendor-types.js';
import { restRolesThatAreOff } from './follow-candidates.js';
import { importOpenJobs, importsNow, withdrawImports } from './import-all.js';
import { storeJobs } from './job-docs.js';
import { overlapOf, pageTurn } from './listing-page.js';
import type { Turn, TurnResult } from './turn.js';
import { closeHiddenJobs, reportHiddenJobs } from './visibility.js';
import { catalogueRowId, listingRowId } from './work-list.js';

/**
 * One page of the catalogue: the whole of it as often as a role is listed in full, between two of
 * those only what has had activity since the last reading. A job that a whole listing does not name
 * is closed; one that broke off, or had items that could not be read, closes nothing. A job with new
 * activity has its role listed again at once: a hint, no proof. After each listing `import_all` is
 * carried out, or what it left behind withdrawn.
 */
export async function catalogueTurn(deps: ActivityDeps, turn: Turn): Promise<TurnResult> {
  const { row, client, periods } = turn;
  const isFullDue = Date.now() - (row.fullAt ?? 0) >= periods.listing;
  return await pageTurn<VendorJob>(deps, turn, {
    endpoint: 'jobs.list',
    since: () =>
      isFullDue || row.lastReadAt === null ? null : row.lastReadAt - overlapOf(deps.watchPeriods),
    read: async ({ pageId, since }) =>
      await client.readJobsPage({
        pageId,
        lane: 'watch',
        ...(since !== null && { lastActivityAfter: since }),
      }),
    async follow(jobs, { startedAt }) {
      // In this order: what is stored no longer shows that it moved.
      await hastenMovedRoles(deps, turn, jobs);
      await storeJobs(deps.collections, turn, jobs, startedAt);
    },
    async whole(cursor) {
      const { requests } = await afterListing(deps, turn, cursor);
      const full = cursor.since === null ? { fullAt: cursor.startedAt } : {};
      return { requests, row: { ...full, nextCheckAt: Date.now() + periods.catalogue } };
    },
  });
}

async function afterListing(
  deps: ActivityDeps,
  turn: Turn,
  { startedAt, since, skipped, seen }: ListingCursor,
): Promise<{ requests: number }> {
  const { orgId } = turn;
  let requests = 0;
  if (since !== null) await closeHiddenJobs(deps, turn);
  else if (skipped === 0) {
    ({ requests } = await reportHiddenJobs(deps, turn, startedAt));
    await deps.collections.jobs.updateMany(
      { orgId, seenAt: { $lt: startedAt }, open: true },
      { $set: { open: false } },
    );
  }
  // As it is stored now: a slice that began before the mode was changed knows the old one.
  if (await importsNow(deps, turn)) await importOpenJobs(deps, turn);
  // What an import left behind that died before it saw that the mode had changed.
  else await withdrawImports(deps, turn);
  await restRolesThatAreOff(deps, turn);
  if (since === null || seen > 0) {
    await appendChange({ ...deps, orgId, kind: 'installation', key: orgId });
  }
  return { requests };
}

/** At once; a role that was listed a moment ago is listed again a little later. */
async function hastenMovedRoles(
  deps: Pick<ActivityDeps, 'collections' | 'watchPeriods'>,
  life: Life,
  jobs: readonly VendorJob[],
): Promise<void> {
  const { jobs: stored, applications } = deps.collections;
  const known = await stored
    .find({ _id: { $in: jobs.map(({ jobId }) => `${life.orgId}/${jobId}`) } })
    .lean<JobDoc[]>();
  const before = new Map(known.map((job) => [job.jobId, job.lastActivityAt ?? 0]));
  const moved = jobs.filter(({ jobId, lastActivityAt }) => {
    const last = before.get(jobId);
    return last !== undefined && (lastActivityAt ?? 0) > last;
  });
  if (moved.length === 0) return;
  const now = Date.now();
  const pause = deps.watchPeriods.changes;
  const _id = { $in: moved.map(({ jobId }) => listingRowId(life, jobId)) as never[] };
  const hint = { at: now, reason: 'updated' };
  const justListed = { lastReadAt: { $gte: now - pause } };
  await applications.collection.updateMany(
    { _id, ...justListed, nextCheckAt: { $gt: now + pause } },
    { $set: { nextCheckAt: now + pause, hint } },
  );
  await applications.collection.updateMany(
    { _id, $or: [{ lastReadAt: null }, { lastReadAt: { $lt: now - pause } }] },
    { $set: { nextCheckAt: now, hint } },
  );
}

/** Has the whole catalogue read at once: a change of the capture mode is carried out by the watch. */
export async function hastenCatalogue(collections: Collections, life: Life): Promise<void> {
  await collections.applications.collection.updateOne(
    { _id: catalogueRowId(life) as never },
    { $set: { nextCheckAt: Date.now(), fullAt: null, cursor: null } },
  );
}
