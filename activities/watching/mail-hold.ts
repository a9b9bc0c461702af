import { appendChange } from '../../common/read-model/changes.js';
import type {
  InstallationDoc,
  InterviewDoc,
  RoleDoc,
  WorkRow,
} from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { reconcileInterview } from '../interviews/reconcile.js';
import { isLasting } from './lasting-results.js';
import { never } from './tiers.js';
import { hastenRows } from './work-list.js';

/** So many people may be mailed about interviews already scheduled without an Owner's word. */
const peopleWithoutConfirmation = 25;

/**
 * Notices of interviews that a command made joinable are held until it is known how many people they
 * concern: few go out by themselves, more wait for an Owner. A role is counted once a whole
 * listing of it, and every application in it, were read from after it was turned on.
 */
export async function releaseCountedHolds(deps: ActivityDeps, life: Life): Promise<void> {
  const roles = await deps.collections.roles
    .find({ orgId: life.orgId, generation: life.generation, mailHold: 'counting' })
    .lean<RoleDoc[]>();
  for (const role of roles) {
    if (!(await isCounted(deps, life, role))) continue;
    const interviews = await upcoming(deps, life, role.jobId);
    const people = new Set(interviews.map((doc) => doc.candidateId)).size;
    if (people > peopleWithoutConfirmation) {
      await deps.workflows.reportAttention({ ...life, code: 'mail_confirmation', open: true });
      await setHold(deps, role, 'waiting');
      continue;
    }
    await setHold(deps, role, null);
    for (const doc of interviews) {
      await reconcileInterview(deps, { ...life, interviewId: doc.interviewId });
    }
  }
}

/**
 * The attention follows the roles that wait, whatever died or raced between the two: opened again,
 * or closed when no role waits.
 */
export async function mendMailAttention(
  deps: ActivityDeps,
  installation: InstallationDoc,
): Promise<void> {
  const { orgId, generation, attentions } = installation;
  const shown = attentions.some(({ code }) => code === 'mail_confirmation');
  const waiting = { orgId, generation, mailHold: 'waiting' as const };
  const waits = (await deps.collections.roles.exists(waiting)) !== null;
  if (waits === shown) return;
  await deps.workflows.reportAttention({
    orgId,
    generation,
    code: 'mail_confirmation',
    open: waits,
  });
}

/**
 * After a pause: notices of roles that are on are held until everything was read again, as after
 * turning a role on. A role that waits for an Owner goes on waiting. To be called before the
 * installation counts as active; repeating it counts once more.
 */
export async function holdMailOfEnabledRoles(
  deps: Pick<ActivityDeps, 'collections'>,
  life: Life,
): Promise<void> {
  const { orgId, generation } = life;
  const { roles, applications } = deps.collections;
  const now = Date.now();
  const held = { orgId, generation, enabled: true, mailHold: { $ne: 'waiting' } };
  await roles.collection.updateMany(held, {
    $set: { mailHold: 'counting', mailHoldSince: now },
    $inc: { version: 1 },
  });
  await applications.collection.updateMany(
    { orgId, generation, active: true, nextCheckAt: { $lt: never } },
    { $set: { nextCheckAt: now } },
  );
}

async function isCounted(deps: ActivityDeps, life: Life, role: RoleDoc): Promise<boolean> {
  const rows = await deps.collections.applications
    .find({ orgId: life.orgId, generation: life.generation, jobId: role.jobId, active: true })
    .lean<WorkRow[]>();
  const since = Math.max(role.enabledAt ?? 0, role.mailHoldSince ?? 0);
  const now = Date.now();
  const isListed = rows.some((row) => row.kind === 'listing' && isListedSince(row, since, now));
  const unread = rows.filter((row) => row.kind !== 'listing' && !isReadSince(row, since, now));
  await hastenUnread(deps, life, unread);
  return isListed && unread.length === 0;
}

/**
 * A listing that is under way, or began before that, has not named everybody. One that is refused
 * for good names nobody else: whom it named is all that can be counted.
 */
function isListedSince(row: WorkRow, since: number, now: number): boolean {
  return (row.fullAt ?? 0) >= since || (row.nextCheckAt > now && isLasting(row));
}

/** An application whose id is not known yet is unread, unless it is known that it cannot be read. */
function isReadSince(row: WorkRow, since: number, now: number): boolean {
  if (row.tier === 'done' && row.nextCheckAt > now) return true;
  if (row.kind === 'application' && (row.lastReadAt ?? 0) >= since) return true;
  return row.nextCheckAt > now && isLasting(row);
}

/** What was read before its role was turned on, and would be read again some time, is read now. */
async function hastenUnread(
  deps: Pick<ActivityDeps, 'collections' | 'watchPeriods'>,
  life: Life,
  unread: readonly WorkRow[],
): Promise<void> {
  // What failed a moment ago keeps its pause.
  const soon = Date.now() + deps.watchPeriods.awayRest;
  const late = unread.filter(({ nextCheckAt }) => nextCheckAt > soon);
  if (late.length === 0) return;
  const { orgId, generation } = life;
  await hastenRows(deps.collections, {
    orgId,
    generation,
    _id: { $in: late.map(({ _id }) => _id) },
  });
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
    { $set: { mailHold, ...(mailHold === null && { mailHoldSince: null }) }, $inc: { version: 1 } },
  );
  await appendChange({ ...deps, orgId: role.orgId, kind: 'role', key: role.jobId });
}
