import { ApplicationFailure } from '@temporalio/activity';
import { appendChange } from '../../common/read-model/changes.js';
import { isDuplicateKey } from '../../common/read-model/consistency.js';
import type { InterviewDoc, JobDoc, RoleDoc } from '../../common/read-model/documents.js';
import { interviewsJoinedByChoice, readFence, writeFence } from '../../common/read-model/fences.js';
import type { InstallationActivities } from '../../workflows/contracts/activities.js';
import { failureTypes } from '../../workflows/contracts/failure-types.js';
import type { PendingStop } from '../../workflows/contracts/installation.js';
import type { ActivityDeps } from '../deps.js';
import { changeInterview } from '../interviews/interview-store.js';
import { hastenRows, setRoleRows } from '../watching/work-list.js';
import { audit, recordOutcome } from './record-outcome.js';
import { stopHolders } from './stop-holders.js';

type Input = Parameters<InstallationActivities['applyRoleChange']>[0];

/** Turns a role on or off: fence, then read model and work list, then the holders. */
export async function applyRoleChange(
  deps: ActivityDeps,
  input: Input,
): Promise<{ stops: PendingStop[] }> {
  const { stops, isLate } = await changeRole(deps, input);
  if (!isLate && stops.length === 0) {
    await recordOutcome(deps, { orgId: input.orgId, ...input.command, failure: null });
  }
  return { stops };
}

/**
 * Turns several roles on or off, one after the other, each in that same order. All carry the epoch
 * of the one command: a repetition, after a crash, finds what is done by it.
 */
export async function applyRoleChanges(
  deps: ActivityDeps,
  input: Parameters<InstallationActivities['applyRoleChanges']>[0],
): Promise<{ stops: PendingStop[] }> {
  const { jobIds, enabled, scheduled, command, ...rest } = input;
  // The version that a person saw is one of a single role.
  const meta = { ...command.meta, ifVersion: null };
  const stops: PendingStop[] = [];
  for (const jobId of jobIds) {
    const changed = await changeRole(deps, {
      ...rest,
      jobId,
      change: { kind: 'set', enabled, scheduled },
      command: { ...command, meta },
    });
    stops.push(...changed.stops);
  }
  return { stops };
}

async function changeRole(
  deps: ActivityDeps,
  input: Input,
): Promise<{ stops: PendingStop[]; isLate: boolean }> {
  const { orgId, generation, jobId, change, epoch, command } = input;
  const { collections } = deps;
  const enabled = change.kind === 'set' && change.enabled;
  const [role, job] = await Promise.all([
    collections.roles.findOne({ _id: `${orgId}/${jobId}` }).lean<RoleDoc | null>(),
    collections.jobs.findOne({ _id: `${orgId}/${jobId}` }).lean<JobDoc | null>(),
  ]);
  const repeated = role?.epoch === epoch;
  const { ifVersion } = command.meta;
  if (!repeated && ifVersion !== null && ifVersion !== (role?.version ?? 0)) {
    throw ApplicationFailure.nonRetryable(
      'Somebody else changed the role meanwhile.',
      failureTypes.versionMismatch,
    );
  }
  if (change.kind === 'remove' && role === null) {
    throw ApplicationFailure.nonRetryable('There is no such role.', failureTypes.roleNotFound);
  }

  const fence = { kind: 'role', jobId } as const;
  await writeFence({ ...deps, orgId, generation, fence, epoch, off: !enabled });
  await deps.reached('fence_written', { orgId });
  // A late copy of an older command: the newer one has said all there is to say.
  if (((await readFence({ ...deps, orgId, fence }))?.epoch ?? epoch) > epoch) {
    return { stops: [], isLate: true };
  }
  if (!repeated) {
    await applyToScheduled(deps, input, role);
    await writeRole(deps, input, role, job);
  }
  await setRoleRows(collections, { ...input, active: enabled, urgent: true });
  // What is counted before mail may go is what was read since this command.
  if (turnsOn(input, role) || takesIn(input, role)) {
    await hastenRows(collections, { orgId, generation, jobId });
  }
  const stops = enabled ? [] : await stopRole(deps, input);
  if (!enabled && role?.mailHold === 'waiting') await closeMailAttention(deps, input);

  await Promise.all([
    appendChange({ collections, orgId, kind: 'role', key: jobId }),
    audit(deps, {
      orgId,
      event: change.kind === 'remove' ? 'role_removed' : enabled ? 'role_on' : 'role_off',
      command,
      subject: jobId,
      detail: { scheduled: change.kind === 'set' ? change.scheduled : null },
    }),
  ]);
  return { stops, isLate: false };
}

function turnsOn({ change }: Input, role: RoleDoc | null): boolean {
  return change.kind === 'set' && change.enabled && role?.enabled !== true;
}

/** Interviews that were left out are taken in by a later word about the same role. */
function takesIn({ change }: Input, role: RoleDoc | null): boolean {
  const includes = change.kind === 'set' && change.enabled && change.scheduled === 'include';
  return includes && role?.scheduled === 'exclude';
}

/**
 * What the command says about interviews that are already known: turned on without them they are
 * out until they are moved, whatever they were before; turned on with them they are in. Comes before
 * the role is on, so that nothing is decided in between.
 */
async function applyToScheduled(
  deps: ActivityDeps,
  input: Input,
  role: RoleDoc | null,
): Promise<void> {
  const { orgId, generation, jobId, change, command } = input;
  if (change.kind !== 'set' || !(turnsOn(input, role) || takesIn(input, role))) return;
  const excluded = change.scheduled === 'exclude';
  const isMeant = (doc: InterviewDoc) => doc.goneAt === null && doc.endsAt > command.meta.at;
  const known = await deps.collections.interviews
    .find({ orgId, generation, jobId, excluded: !excluded })
    .lean<InterviewDoc[]>();
  for (const { interviewId } of known.filter(isMeant)) {
    await changeInterview(deps.collections, { orgId, generation, interviewId }, (doc) =>
      doc.excluded === excluded || !isMeant(doc) ? null : { excluded },
    );
  }
}

async function writeRole(
  deps: ActivityDeps,
  input: Input,
  role: RoleDoc | null,
  job: JobDoc | null,
): Promise<void> {
  const { orgId, generation, jobId, change, epoch, command } = input;
  const enabled = change.kind === 'set' && change.enabled;
  const turnedOn = turnsOn(input, role);
  const holdsMail = turnedOn || takesIn(input, role);
  const { _id, ...fields }: RoleDoc = {
    _id: `${orgId}/${jobId}`,
    orgId,
    generation,
    jobId,
    title: job?.title ?? role?.title ?? jobId,
    department: job?.department ?? role?.department ?? null,
    location: job?.location ?? role?.location ?? null,
    enabled,
    chosen: enabled,
    scheduled: change.kind === 'set' ? change.scheduled : (role?.scheduled ?? 'include'),
    enabledAt: turnedOn ? command.meta.at : (role?.enabledAt ?? null),
    enabledBy: turnedOn ? command.meta.by.subject : (role?.enabledBy ?? null),
    epoch,
    stopping: role?.stopping ?? [],
    mailHold: holdsMail ? 'counting' : enabled ? (role?.mailHold ?? null) : null,
    mailHoldSince: holdsMail ? command.meta.at : enabled ? (role?.mailHoldSince ?? null) : null,
    removed: change.kind === 'remove',
    version: (role?.version ?? 0) + 1,
  };
  try {
    await deps.collections.roles.collection.updateOne(
      { _id: _id as never, epoch: { $lt: epoch } },
      { $set: fields },
      { upsert: true },
    );
  } catch (error) {
    // The upsert met a role that a newer command wrote.
    if (!isDuplicateKey(error)) throw error;
  }
}

/** Nothing waits for an Owner any more, unless another role does. */
async function closeMailAttention(deps: ActivityDeps, input: Input): Promise<void> {
  const { orgId, generation } = input;
  if ((await deps.collections.roles.exists({ orgId, mailHold: 'waiting' })) !== null) return;
  await deps.workflows.reportAttention({
    orgId,
    generation,
    code: 'mail_confirmation',
    open: false,
  });
}

/** An interview for which a person asked stays: that beats a role that is off. */
async function stopRole(deps: ActivityDeps, input: Input): Promise<PendingStop[]> {
  const chosen = await interviewsJoinedByChoice({
    ...deps,
    orgId: input.orgId,
    generation: input.generation,
  });
  return await stopHolders(deps, {
    ...input,
    fence: 'role',
    concerns: (holder) => holder.jobId === input.jobId && !chosen.has(holder.interviewId),
  });
}
