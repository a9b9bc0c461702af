import { ApplicationFailure } from '@temporalio/activity';
import type {
  InstallationDoc,
  JobDoc,
  RoleDoc,
  SubscriptionDoc,
  WatchReportDoc,
} from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import { failureTypes } from '../../workflows/contracts/failure-types.js';
import type { LoadChange, LoadEstimate } from '../../workflows/contracts/load-estimate.js';
import type { ActivityDeps } from '../deps.js';
import type { SmartRecruitersClient } from '../smartrecruiters/client.js';
import { isSmartRecruitersError } from '../smartrecruiters/errors.js';
import { estimateOf, mixOf } from './estimate.js';

/** So many jobs fit into one request for candidates. */
const jobsInARequest = 40;
/** A person waits: what was not counted until then is extrapolated. */
const countForMs = 8_000;

/** Candidates who can still be interviewed (dossier 4.5): who is not, is not watched. */
const watchedStatuses = ['LEAD', 'NEW', 'IN_REVIEW', 'INTERVIEW', 'OFFERED'] as const;

interface Counted {
  applications: number;
  /** Jobs that could be counted. */
  jobs: number;
}

/**
 * What a change would make the watch read, before it is saved; changes nothing. Applications of jobs
 * that are watched already are counted from the store, the others by the vendor, in the lane of
 * people, if it is to be asked at all. Fails with `VendorUnavailable` when nothing of it could be
 * counted.
 */
export async function estimateLoad(
  deps: ActivityDeps,
  input: Life & Omit<LoadChange, 'settings'>,
  { asksVendor }: { asksVendor: boolean } = { asksVendor: true },
): Promise<LoadEstimate> {
  const { collections } = deps;
  const { orgId, generation } = input;
  const scope = { orgId, generation };
  const installation = await collections.installations
    .findOne({ _id: orgId, generation })
    .lean<InstallationDoc | null>();
  if (installation?.credentialRef == null) throw unavailable();
  const { credentialRef } = installation;
  const jobIds = await jobsAfter(deps, input);
  const listed = await listedJobs(deps, scope, jobIds);
  const [watched, interviewsAhead, report, subscription] = await Promise.all([
    rowsOf(deps, scope, [...listed]),
    collections.interviews.countDocuments({
      ...{ ...scope, jobId: { $in: jobIds }, goneAt: null, endsAt: { $gt: Date.now() } },
    }),
    collections.watch_reports.findOne({ _id: orgId, generation }).lean<WatchReportDoc | null>(),
    collections.subscriptions
      .findOne({ _id: `${orgId}/${generation}` })
      .lean<SubscriptionDoc | null>(),
  ]);
  const unlisted = jobIds.filter((jobId) => !listed.has(jobId));
  const counted = asksVendor
    ? await countByVendor(await deps.clients.clientFor(credentialRef), unlisted)
    : { applications: 0, jobs: 0 };
  const added =
    counted.jobs === 0 ? 0 : Math.round((counted.applications * unlisted.length) / counted.jobs);
  return estimateOf({
    applications: watched.known + added,
    unread: watched.unread + added,
    jobs: jobIds.length,
    interviewsAhead,
    mix: mixOf(report?.freshness),
    periods: deps.watchPeriods,
    byWebhook: subscription?.state === 'active',
    isComplete: counted.jobs === unlisted.length,
  });
}

/** The jobs that would be on, in the order in which they are counted. */
export async function jobsAfter(
  deps: Pick<ActivityDeps, 'collections'>,
  input: Life & Omit<LoadChange, 'settings'>,
): Promise<string[]> {
  const { orgId, generation, captureMode, enabled } = input;
  const { collections } = deps;
  const [roles, open] = await Promise.all([
    collections.roles.find({ orgId, generation, removed: false }).lean<RoleDoc[]>(),
    captureMode === 'import_all'
      ? collections.jobs
          .find({ orgId, generation, open: true, status: { $ne: 'ON_HOLD' } })
          .select({ jobId: 1 })
          .lean<Pick<JobDoc, 'jobId'>[]>()
      : [],
  ]);
  const stays = (role: RoleDoc) =>
    captureMode === 'choose_jobs' ? role.chosen === true : role.enabled;
  const exceptions = new Set(roles.filter(({ chosen }) => chosen === false).map(idOf));
  const on = new Set([
    ...roles.filter(stays).map(idOf),
    ...open.map(idOf).filter((jobId) => !exceptions.has(jobId)),
  ]);
  for (const jobId of input.jobIds) {
    if (enabled) on.add(jobId);
    else on.delete(jobId);
  }
  return [...on];
}

function idOf({ jobId }: { jobId: string }): string {
  return jobId;
}

/** Jobs whose candidates were listed whole, and are kept up to date since. */
async function listedJobs(
  deps: ActivityDeps,
  scope: Life,
  jobIds: string[],
): Promise<ReadonlySet<string>> {
  const rows = await deps.collections.applications
    .find({ ...scope, kind: 'listing', active: true, fullAt: { $ne: null } })
    .select({ jobId: 1 })
    .lean<{ jobId: string | null }[]>();
  const wanted = new Set(jobIds);
  return new Set(rows.flatMap(({ jobId }) => (jobId !== null && wanted.has(jobId) ? jobId : [])));
}

/** Applications of listed jobs that are on the work list, counted where they lie. */
async function rowsOf(
  deps: ActivityDeps,
  scope: Life,
  listed: string[],
): Promise<{ known: number; unread: number }> {
  if (listed.length === 0) return { known: 0, unread: 0 };
  const rows = {
    ...scope,
    jobId: { $in: listed },
    kind: { $in: ['application', 'resolve'] as const },
    tier: { $ne: 'done' as const },
  };
  const [known, unread] = await Promise.all([
    deps.collections.applications.countDocuments(rows),
    deps.collections.applications.countDocuments({ ...rows, lastReadAt: null }),
  ]);
  return { known, unread };
}

/** One request for 40 jobs: the listing says how many candidates it has. */
async function countByVendor(client: SmartRecruitersClient, jobIds: string[]): Promise<Counted> {
  const until = Date.now() + countForMs;
  const counted: Counted = { applications: 0, jobs: 0 };
  for (let at = 0; at < jobIds.length; at += jobsInARequest) {
    const timeoutMs = until - Date.now();
    if (timeoutMs <= 0) break;
    const some = jobIds.slice(at, at + jobsInARequest);
    try {
      const { total } = await client.readCandidatesPage({
        ...{ pageId: null, jobIds: some, statuses: watchedStatuses },
        ...{ lane: 'interactive', pageSize: 1, timeoutMs },
      });
      if (total === null) break;
      counted.applications += total;
      counted.jobs += some.length;
    } catch (error) {
      if (!isSmartRecruitersError(error)) throw error;
      break;
    }
  }
  if (jobIds.length > 0 && counted.jobs === 0) throw unavailable();
  return counted;
}

function unavailable(): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    'SmartRecruiters could not say how many candidates there are.',
    failureTypes.vendorUnavailable,
  );
}
