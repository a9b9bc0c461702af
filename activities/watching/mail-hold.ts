import { appendChange } from '../../common/read-model/changes.js';
import type { InterviewDoc, RoleDoc, WorkRow } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { reconcileInterview } from '../interviews/reconcile.js';

/** So many people may be mailed about interviews already scheduled without an Owner's word. */
const peopleWithoutConfirmation = 25;

/**
 * Notices of interviews that a command made joinable are held until it is known how many people they
 * concern: few go out by themselves, more wait for an Owner. A role is counted once its listing and
 * every application in it were read after it was turned on.
 */
export async function releaseCountedHolds(deps: ActivityDeps, life: Life): Promise<void> {
  const roles = await deps.collections.roles
    .find({ orgId: life.orgId, generation: life.generation, mailHold: 'counting' })
    .lean<RoleDoc[]>();
  for (const role of roles) {
    if (!(await isCounted(deps, life, role))) continue;
    const interviews = await upcoming(deps, life, role.jobId);
    const people = new Set(interviews.map((doc) => doc.candidateId)).size;
    const waits = people > peopleWithoutConfirmation;
    await setHold(deps, role, waits ? 'waiting' : null);
    if (waits) {
      await deps.workflows.reportAttention({ ...life, code: 'mail_confirmation', open: true });
      continue;
    }
    for (const doc of interviews) {
      await reconcileInterview(deps, { ...life, interviewId: doc.interviewId });
    }
  }
}

/** Answers that stay what they are: an application behind one of them would be counted never. */
const lastingAnswers: ReadonlySet<string | null> = new Set([
  'not_found',
  'scope',
  'rejected',
  'contract',
]);

async function isCounted(deps: ActivityDeps, life: Life, role: RoleDoc): Promise<boolean> {
  const rows = await deps.collections.applications
    .find({ orgId: life.orgId, generation: life.generation, jobId: role.jobId, active: true })
    .lean<WorkRow[]>();
  const since = role.enabledAt ?? 0;
  const listed = rows.some((row) => row.kind === 'listing' && (row.lastReadAt ?? 0) >= since);
  return (
    listed &&
    rows.every(
      (row) =>
        row.tier === 'done' ||
        (row.lastReadAt ?? 0) >= since ||
        (row.kind === 'application' && lastingAnswers.has(row.lastResult)),
    )
  );
}

async function upcoming(deps: ActivityDeps, life: Life, jobId: string): Promise<InterviewDoc[]> {
  return await deps.collections.interviews
    .find({ ...life, jobId, goneAt: null, excluded: false, startsAt: { $gt: Date.now() } })
    .lean<InterviewDoc[]>();
}

async function setHold(
  deps: ActivityDeps,
  role: RoleDoc,
  mailHold: RoleDoc['mailHold'],
): Promise<void> {
  await deps.collections.roles.collection.updateOne(
    { _id: role._id as never, mailHold: 'counting' },
    { $set: { mailHold }, $inc: { version: 1 } },
  );
  await appendChange({ ...deps, orgId: role.orgId, kind: 'role', key: role.jobId });
}
