import type {
  InterviewDoc,
  JobDoc,
  RoleDoc,
  TombstoneDoc,
} from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { Decision, Verdict } from '../../workflows/contracts/decision.js';
import type {
  InterviewsPreview,
  LoadChange,
  LoadEstimate,
} from '../../workflows/contracts/load-estimate.js';
import type { SettingsPatch } from '../../workflows/contracts/settings.js';
import { mergeSettings } from '../../workflows/contracts/settings-merge.js';
import type { ActivityDeps } from '../deps.js';
import {
  type DecideDeps,
  type DecisionBasis,
  type DecisionContext,
  decideSession,
  ofLife,
  readSharedContext,
  type SharedContext,
  tombstoneId,
} from '../interviews/reconcile.js';
import { estimateLoad, jobsAfter } from '../watching/estimate-load.js';

const previewedMs = 30 * 24 * 3_600_000;
/** A person waits, and the answer goes through a workflow. */
const interviewsConsidered = 5_000;
const interviewsNamed = 100;

/**
 * What a change would mean, before it is saved; changes nothing. With `settings` also for the
 * interviews ahead. Fails with `VendorUnavailable` when jobs had to be counted and could not be.
 */
export async function previewChange(
  deps: ActivityDeps,
  change: Life & Omit<LoadChange, 'settings'>,
  settings: SettingsPatch | null,
): Promise<LoadEstimate> {
  if (settings === null) return await estimateLoad(deps, change);
  // What does not change what is watched costs the vendor nothing, and needs no answer of it.
  const asksVendor = change.captureMode !== null;
  const [load, interviews] = await Promise.all([
    estimateLoad(deps, change, { asksVendor }),
    previewInterviews(deps, { ...change, settings }),
  ]);
  return { ...load, interviews };
}

/**
 * Decides the interviews of the next 30 days under the settings as they are and as they would be, by
 * the one function that decides them in earnest, over the read model. Writes nothing.
 */
export async function previewInterviews(
  deps: DecideDeps,
  change: Life & Omit<LoadChange, 'settings'> & { settings: SettingsPatch },
): Promise<InterviewsPreview> {
  const { orgId, generation } = change;
  const now = Date.now();
  const shared = await readSharedContext(deps, change);
  const docs = await deps.collections.interviews
    .find({
      ...{ orgId, generation, goneAt: null },
      ...{ startsAt: { $lte: now + previewedMs }, endsAt: { $gt: now } },
    })
    .select({ timeline: 0, progress: 0 })
    .sort({ startsAt: 1 })
    .limit(interviewsConsidered + 1)
    .lean<InterviewDoc[]>();
  const considered = docs.slice(0, interviewsConsidered);
  const contextOf = await contextsOf(deps, change, considered, shared);
  const jobsOn = change.captureMode === null ? null : new Set(await jobsAfter(deps, { ...change }));
  const installation =
    shared.installation === null
      ? null
      : {
          ...shared.installation,
          settings: mergeSettings({
            settings: shared.installation.settings,
            patch: change.settings,
            declaredBy: 'preview',
            declaredAt: now,
          }),
        };

  const result: InterviewsPreview = {
    considered: considered.length,
    isPartial: docs.length > considered.length,
    noLonger: { count: 0, byCode: {} },
    newly: { count: 0, byCode: {} },
    changed: [],
  };
  for (const doc of considered) {
    const context = contextOf(doc);
    const role = roleAfter(context, doc.jobId, jobsOn);
    const changed = firstChange(doc, context, { ...context, installation, role }, now);
    if (changed !== null) note(result, doc, changed);
  }
  return result;
}

/** Only the capture mode turns roles on or off; under every other change they stay as they are. */
function roleAfter(
  { role, job }: DecisionContext,
  jobId: string,
  jobsOn: ReadonlySet<string> | null,
): DecisionBasis['role'] {
  if (jobsOn === null) return role;
  const enabled = jobsOn.has(jobId);
  if (role !== null) return { ...role, enabled };
  return enabled ? { enabled, title: job?.title ?? jobId, department: null, location: null } : null;
}

/** The contexts of many interviews with a few queries. */
async function contextsOf(
  deps: DecideDeps,
  life: Life,
  docs: readonly InterviewDoc[],
  shared: SharedContext,
): Promise<(doc: InterviewDoc) => DecisionContext> {
  const { collections } = deps;
  const { orgId } = life;
  const ids = [...new Set(docs.map(({ jobId }) => `${orgId}/${jobId}`))];
  const [roles, jobs, tombstones] = await Promise.all([
    collections.roles.find({ _id: { $in: ids } }).lean<RoleDoc[]>(),
    collections.jobs.find({ _id: { $in: ids } }).lean<JobDoc[]>(),
    collections.tombstones.find({ orgId }).lean<TombstoneDoc[]>(),
  ]);
  const roleOf = new Map(roles.map((role) => [role.jobId, role]));
  const jobOf = new Map(jobs.map((job) => [job.jobId, job]));
  const tombstoneIds = new Set(tombstones.map(({ _id }) => _id));
  return ({ jobId, interviewId }) => ({
    ...shared,
    role: ofLife(life, roleOf.get(jobId) ?? null),
    job: ofLife(life, jobOf.get(jobId) ?? null),
    tombstone: tombstoneIds.has(tombstoneId(deps, orgId, interviewId)),
  });
}

interface Change {
  before: Decision;
  after: Decision;
  isNearer: boolean;
}

const nearness: Record<Verdict, number> = { skip: 0, wait: 1, join: 2 };

/** Of the sessions that are not over, the first whose verdict is another one. */
function firstChange(
  doc: InterviewDoc,
  now: DecisionBasis,
  then: DecisionBasis,
  at: number,
): Change | null {
  const open = doc.plan.filter(({ endsAt }) => endsAt > at).map(({ sessionId }) => sessionId);
  for (const sessionId of open.length === 0 ? [null] : open) {
    const before = decideSession(doc, sessionId, now, at);
    const after = decideSession(doc, sessionId, then, at);
    const step = nearness[after.verdict] - nearness[before.verdict];
    if (step !== 0) return { before, after, isNearer: step > 0 };
  }
  return null;
}

function note(
  result: InterviewsPreview,
  { interviewId, jobId, startsAt }: InterviewDoc,
  { before, after, isNearer }: Change,
): void {
  const counted = isNearer ? result.newly : result.noLonger;
  counted.count += 1;
  counted.byCode[after.code] = (counted.byCode[after.code] ?? 0) + 1;
  if (result.changed.length >= interviewsNamed) return;
  result.changed.push({ interviewId, jobId, startsAt, before: before.code, after: after.code });
}
