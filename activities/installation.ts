import { ApplicationFailure } from '@temporalio/activity';
import { appendChange } from '../common/read-model/changes.js';
import { isDuplicateKey } from '../common/read-model/consistency.js';
import type { InstallationDoc, InterviewDoc, JobDoc } from '../common/read-model/documents.js';
import { highestEpoch, readFence, writeFence } from '../common/read-model/fences.js';
import type {
  InstallationActivities,
  InstallationFence,
  InstallationSnapshot,
  Life,
  ProbeOutcome,
} from '../workflows/contracts/activities.js';
import { failureTypes } from '../workflows/contracts/failure-types.js';
import type { PendingStop } from '../workflows/contracts/installation.js';
import type { CaptureMode } from '../workflows/contracts/settings.js';
import type { ActivityDeps } from './deps.js';
import { applyChoice } from './installation/choice.js';
import { eraseInstallation, openReceipt } from './installation/erasure.js';
import { previewChange } from './installation/preview-settings.js';
import { audit, recordOutcome } from './installation/record-outcome.js';
import { applyRoleChange, applyRoleChanges } from './installation/role-change.js';
import { settleStop } from './installation/settle-stop.js';
import { stopHolders } from './installation/stop-holders.js';
import { readInterview } from './interviews/interview-store.js';
import { reconcileInterview } from './interviews/reconcile.js';
import { isForbidden } from './joining/room-interviews.js';
import { pauseWithHeartbeat, withHeartbeat } from './pause.js';
import { isSmartRecruitersError } from './smartrecruiters/errors.js';
import { probeScopes } from './smartrecruiters/scope-probes.js';
import { hastenCatalogue } from './watching/catalogue.js';
import { endImport } from './watching/import-all.js';
import { jobDoc } from './watching/job-docs.js';
import { holdMailOfEnabledRoles } from './watching/mail-hold.js';
import { hastenRows, hintRows, subscriptionRowId } from './watching/work-list.js';
import { retireSubscription } from './webhooks/removal.js';

/** A person waits for these answers. */
const interactiveTimeoutMs = 8_000;
/** Interviews that ended longer ago than this are not decided anew. */
const decidedForMs = 24 * 60 * 60 * 1000;
/** So many known jobs are looked for with a new credential. */
const jobsToRecognise = 5;
/** So many joins are closed at the same time. */
const joinsClosedTogether = 20;

/** What an installation does outside: its store, its credential, its holders, its end. */
export function createInstallationActivities(deps: ActivityDeps): InstallationActivities {
  const { collections } = deps;
  return {
    async openInstallation({ snapshot, by, ...life }) {
      const epoch = (await highestEpoch({ ...deps, ...life })) + 1;
      await writeFence({
        ...deps,
        ...life,
        fence: { kind: 'installation' },
        epoch,
        off: true,
      });
      await beginInstallation(deps, life, snapshot);
      await audit(deps, {
        orgId: life.orgId,
        event: 'install_requested',
        command: null,
        by,
        subject: null,
      });
      return { epoch };
    },

    async discardInstallation({ credentialRef, ...life }) {
      await destroyCredential(deps, life.orgId, credentialRef);
      await collections.installations.deleteOne({
        _id: life.orgId,
        generation: life.generation,
      });
      await appendChange({ ...deps, orgId: life.orgId, kind: 'installation', key: life.orgId });
    },

    discardCredential: ({ orgId, credentialRef }) => destroyCredential(deps, orgId, credentialRef),

    probeCredential: (input) => probeCredential(deps, input),

    async applyInstallationChange(input) {
      const { snapshot, fence, command, event, retiredCredentialRef } = input;
      const life = { orgId: input.orgId, generation: input.generation };
      // Before mail may go again.
      if (event === 'resumed') await holdMailOfEnabledRoles(deps, life);
      if (fence?.kind === 'installation') await raiseFence(deps, life, fence);
      const mode = await changeOfCaptureMode(deps, life, snapshot);
      await writeInstallation(deps, life, snapshot);
      // A scope for webhooks may have come with it.
      if (event === 'credentials_replaced' || event === 'scopes_checked') {
        await hastenRows(collections, { ...life, _id: subscriptionRowId(life) });
        // The credential works: the watch need not rest any longer because it did not.
        await collections.watch_reports.updateOne(
          { _id: life.orgId, generation: life.generation },
          { $set: { setback: null } },
        );
      }
      if (mode === 'import_all') await hastenCatalogue(collections, life);
      if (mode === 'choose_jobs' && fence?.kind === 'settings') {
        await endImport(deps, { ...life, epoch: fence.epoch });
      }
      // A fence that does not forbid by itself comes after what it announces: whoever claims with
      // the new epoch has then decided under the new settings.
      if (fence?.kind === 'settings') await raiseFence(deps, life, fence);
      if (snapshot.credentialRef !== null) await adoptCredential(deps, snapshot.credentialRef);
      if (retiredCredentialRef !== null) {
        await retireSubscription(deps, { ...life, credentialRef: retiredCredentialRef });
        await destroyCredential(deps, life.orgId, retiredCredentialRef);
      }
      if (snapshot.phase === 'uninstalling' && snapshot.receiptId !== null) {
        await openReceipt(deps, { ...life, receiptId: snapshot.receiptId });
      }
      const stops = await stopForFence(deps, life, fence);
      await audit(deps, { orgId: life.orgId, event, command, subject: null });
      if (command !== null && stops.length === 0) {
        await recordOutcome(deps, { orgId: life.orgId, ...command, failure: null });
      }
      return { stops };
    },

    ensureJob: (input) => ensureJob(deps, input),

    async ensureJobs({ jobIds, ...life }) {
      const ids = jobIds.map((jobId) => `${life.orgId}/${jobId}`);
      const known = await collections.jobs.find({ _id: { $in: ids } }).lean<JobDoc[]>();
      const found = new Set(known.map(({ jobId }) => jobId));
      for (const jobId of jobIds.filter((id) => !found.has(id))) {
        await ensureJob(deps, { ...life, jobId });
      }
    },

    estimateLoad: ({ settings, ...input }) => previewChange(deps, input, settings ?? null),
    applyRoleChange: (input) => applyRoleChange(deps, input),
    applyRoleChanges: (input) => applyRoleChanges(deps, input),
    applyChoice: (input) => applyChoice(deps, input),

    async requestRefresh({ target, command, ...life }) {
      if (target.kind === 'role') {
        await hastenRows(collections, { ...life, jobId: target.jobId });
      } else {
        const doc = await readInterview(collections, { ...life, interviewId: target.interviewId });
        if (doc === null) {
          throw ApplicationFailure.nonRetryable(
            'There is no such interview.',
            failureTypes.interviewNotFound,
          );
        }
        const { applicationId } = doc;
        const hint = { reason: 'refresh' as const, urgent: true, at: Date.now() };
        await hintRows(
          collections,
          { orgId: life.orgId, generation: life.generation, applicationId },
          hint,
        );
        // Not only when the vendor has answered: what it rests on here may have changed as well.
        await reconcileInterview(deps, { ...life, interviewId: doc.interviewId }, doc);
      }
      await recordOutcome(deps, { orgId: life.orgId, ...command, failure: null });
    },

    async confirmMail({ command, orgId }) {
      await collections.roles.updateMany(
        { orgId, mailHold: 'waiting' },
        { $set: { mailHold: null }, $inc: { version: 1 } },
      );
      await audit(deps, { orgId, event: 'mail_confirmed', command, subject: null });
      await recordOutcome(deps, { orgId, ...command, failure: null });
    },

    recordCommand: (input) => recordOutcome(deps, input),

    async reconcile({ scope, ...life }) {
      return await withHeartbeat(async () => {
        const docs = await collections.interviews
          .find({
            ...life,
            endsAt: { $gt: Date.now() - decidedForMs },
            ...(scope.kind === 'role' ? { jobId: scope.jobId } : {}),
            ...(scope.kind === 'interview' ? { interviewId: scope.interviewId } : {}),
          })
          .lean<InterviewDoc[]>();
        for (const doc of docs) {
          await reconcileInterview(deps, { ...life, interviewId: doc.interviewId });
        }
        return { interviews: docs.length };
      });
    },

    settleStop: (input) => settleStop(deps, input),

    async awaitWatchClosed(life) {
      while (await deps.workflows.isWatchRunning(life)) {
        await pauseWithHeartbeat(deps.times.stopCheckEveryMs);
      }
    },

    async closeJoins(life) {
      await withHeartbeat(() => closeJoins(deps, life));
    },

    eraseInstallation: (input) => eraseInstallation(deps, input),
  };
}

async function raiseFence(
  deps: ActivityDeps,
  life: Life,
  fence: NonNullable<InstallationFence>,
): Promise<void> {
  const { orgId, generation } = life;
  const off = fence.kind === 'installation' && fence.off;
  const key = { kind: fence.kind };
  await writeFence({ ...deps, orgId, generation, fence: key, epoch: fence.epoch, off });
  await deps.reached('fence_written', life);
}

/**
 * Cancels the joins that may still run and waits for their end. A join whose sessions ended so long
 * ago that nobody is followed any more has ended by itself.
 */
async function closeJoins(deps: ActivityDeps, life: Life): Promise<void> {
  const { leaveAfterEndMs, sessionGraceMs, stopCheckEveryMs } = deps.times;
  const told = await deps.collections.interviews
    .find({
      orgId: life.orgId,
      generation: life.generation,
      told: { $ne: null },
      endsAt: { $gt: Date.now() - leaveAfterEndMs - sessionGraceMs },
    })
    .lean<InterviewDoc[]>();
  const joins = told.map(({ interviewId }) => ({ ...life, interviewId }));
  const inBatches = async (act: (join: (typeof joins)[number]) => Promise<void>) => {
    for (let at = 0; at < joins.length; at += joinsClosedTogether) {
      await Promise.all(joins.slice(at, at + joinsClosedTogether).map(act));
    }
  };
  await inBatches((join) => deps.workflows.cancelJoin(join));
  await inBatches(async (join) => {
    while (await deps.workflows.isJoinRunning(join)) await pauseWithHeartbeat(stopCheckEveryMs);
  });
}

/**
 * An older version never overwrites a newer one; a repeated write of the same one changes nothing.
 * What was erased stays erased: only the opening of a life makes a document.
 */
async function writeInstallation(
  deps: ActivityDeps,
  life: Life,
  snapshot: InstallationSnapshot,
): Promise<void> {
  await deps.collections.installations.collection.updateOne(
    {
      _id: life.orgId as never,
      generation: life.generation,
      version: { $lte: snapshot.version },
    },
    { $set: { ...snapshot, ...life, updatedAt: Date.now() } },
  );
  await appendChange({ ...deps, orgId: life.orgId, kind: 'installation', key: life.orgId });
}

/** The first document of a life, in place of an earlier life's. A late copy changes nothing. */
async function beginInstallation(
  deps: ActivityDeps,
  life: Life,
  snapshot: InstallationSnapshot,
): Promise<void> {
  const rows = deps.collections.installations.collection;
  const fence = await readFence({ ...deps, orgId: life.orgId, fence: { kind: 'installation' } });
  if (fence !== null && fence.generation !== life.generation) return;
  await rows.deleteOne({ _id: life.orgId as never, generation: { $ne: life.generation } });
  const fields = { ...snapshot, ...life, updatedAt: Date.now(), stopping: [] };
  try {
    await rows.updateOne({ _id: life.orgId as never }, { $setOnInsert: fields }, { upsert: true });
  } catch (error) {
    // Another copy of this opening was first.
    if (!isDuplicateKey(error)) throw error;
  }
  await appendChange({ ...deps, orgId: life.orgId, kind: 'installation', key: life.orgId });
}

async function adoptCredential(deps: ActivityDeps, credentialRef: string): Promise<void> {
  await deps.collections.credentials.updateOne(
    { _id: credentialRef },
    { $set: { state: 'in_use', expiresAt: null } },
  );
}

async function destroyCredential(
  deps: ActivityDeps,
  orgId: string,
  credentialRef: string,
): Promise<void> {
  deps.clients.forget(credentialRef);
  await deps.collections.credentials.deleteOne({ _id: credentialRef, orgId });
}

async function probeCredential(
  deps: ActivityDeps,
  input: Life & { credentialRef: string; mode: 'install' | 'replace' | 'probe' },
): Promise<ProbeOutcome> {
  return await withHeartbeat(async () => {
    const client = await deps.clients.clientFor(input.credentialRef);
    const probed = await probeScopes({ client, timeoutMs: interactiveTimeoutMs });
    if (probed.kind !== 'accepted') return { outcome: probed.kind };
    if (input.mode === 'replace' && !(await isSameCompany(deps, input))) {
      return { outcome: 'different_company' };
    }
    return { outcome: 'accepted', scopes: probed.scopes };
  });
}

/** Another company is recognised by the catalogue: none of a few known jobs is found. */
async function isSameCompany(
  deps: ActivityDeps,
  input: Life & { credentialRef: string },
): Promise<boolean> {
  const known = await deps.collections.jobs
    .find({ orgId: input.orgId })
    .limit(jobsToRecognise)
    .lean<JobDoc[]>();
  const client = await deps.clients.clientFor(input.credentialRef);
  for (const { jobId } of known) {
    try {
      await client.getJob({ jobId, lane: 'interactive', timeoutMs: interactiveTimeoutMs });
      return true;
    } catch (error) {
      // Only a clear "not there" counts against the credential.
      if (!isSmartRecruitersError(error, 'not_found')) return true;
    }
  }
  return known.length === 0;
}

async function ensureJob(deps: ActivityDeps, input: Life & { jobId: string }): Promise<void> {
  const { orgId, jobId } = input;
  if ((await deps.collections.jobs.exists({ _id: `${orgId}/${jobId}` })) !== null) return;
  const installation = await deps.collections.installations
    .findOne({ _id: orgId })
    .lean<InstallationDoc | null>();
  if (installation?.credentialRef == null) {
    throw ApplicationFailure.nonRetryable(
      'There is no credential.',
      failureTypes.vendorUnavailable,
    );
  }
  const client = await deps.clients.clientFor(installation.credentialRef);
  try {
    const job = await client.getJob({
      jobId,
      lane: 'interactive',
      timeoutMs: interactiveTimeoutMs,
    });
    const { _id, ...fields } = jobDoc(input, job, Date.now());
    await deps.collections.jobs.updateOne({ _id }, { $set: fields }, { upsert: true });
  } catch (error) {
    if (!isSmartRecruitersError(error)) throw error;
    throw error.kind === 'not_found' || error.kind === 'rejected'
      ? ApplicationFailure.nonRetryable('There is no such job.', failureTypes.jobNotFound)
      : ApplicationFailure.nonRetryable(
          'SmartRecruiters could not say whether the job exists.',
          failureTypes.vendorUnavailable,
        );
  }
}

/**
 * The capture mode that this change brings; null when it stays. A repetition of the change, after a
 * crash, finds its own version stored and brings the mode again.
 */
async function changeOfCaptureMode(
  deps: ActivityDeps,
  life: Life,
  snapshot: InstallationSnapshot,
): Promise<CaptureMode | null> {
  const stored = await deps.collections.installations
    .findOne({ _id: life.orgId, generation: life.generation })
    .lean<InstallationDoc | null>();
  if (stored === null || stored.version > snapshot.version) return null;
  const { captureMode } = snapshot.settings;
  const repeated = stored.version === snapshot.version;
  return repeated || stored.settings.captureMode !== captureMode ? captureMode : null;
}

/** An installation's off concerns every holder; narrower settings those whom they now forbid. */
async function stopForFence(
  deps: ActivityDeps,
  life: Life,
  fence: Parameters<InstallationActivities['applyInstallationChange']>[0]['fence'],
): Promise<PendingStop[]> {
  if (fence === null || (fence.kind === 'installation' && !fence.off)) return [];
  return await stopHolders(deps, {
    ...life,
    fence: fence.kind,
    epoch: fence.epoch,
    concerns:
      fence.kind === 'installation'
        ? () => true
        : async (holder) => holder.state === 'claimed' || (await isForbidden(deps, life, holder)),
  });
}
