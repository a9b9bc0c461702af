import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityDeps } from '../activities/deps.js';
import { createInstallationActivities } from '../activities/installation.js';
import { isSmartRecruitersError } from '../activities/smartrecruiters/errors.js';
import { applicationTurn } from '../activities/watching/read-application.js';
import { addApplicationRows, applicationRowId } from '../activities/watching/work-list.js';
import type { InstallationDoc, WorkRow } from '../common/read-model/documents.js';
import { credentialContext } from '../common/sealed-fields.js';
import type { InstallationSnapshot, Life } from '../workflows/contracts/activities.js';
import { interviewWatchWorkflowId } from '../workflows/contracts/ids.js';
import { protocolTimes } from '../workflows/contracts/protocol-times.js';
import { defaultSettings, type Settings } from '../workflows/contracts/settings.js';
import { requestAt } from '../workflows/state/join-plan.js';
import type { World } from './world.js';

/** A join that was planned: who it is, when its bot is to be requested, when its interview begins. */
export interface PlannedJoin extends Life {
  interviewId: string;
  sessionId: string;
  plannedAt: number;
  startsAt: number;
}

const lastsMs = 30 * 60_000;

/** Nobody is mailed: the benchmark is about the way to the bot. */
const settings: Settings = {
  ...defaultSettings,
  engagement: { ...defaultSettings.engagement, candidateEmails: false, interviewerEmails: false },
  consent: {
    ...defaultSettings.consent,
    mode: 'external',
    external: { declaredBy: 'bench', declaredAt: 1 },
  },
};

/**
 * An organization with one role on and one interview for each given instant, so scheduled that its
 * bot is due then. Everything is stored by the activities that store it in real life: the vendor's
 * answers are read, decided on, and the joins are told. No watch runs beside it.
 */
export async function storeOrganization(input: {
  world: World;
  deps: ActivityDeps;
  name: string;
  /** Epoch ms: when the bots are due, or, for `byStart`, when the interviews begin. */
  instants: readonly number[];
  byStart?: boolean;
  /** A number that no other organization's rooms begin with. */
  firstRoom: number;
}): Promise<PlannedJoin[]> {
  const { world, deps, name, instants, byStart = false } = input;
  const { control } = world.smartRecruiters;
  const company = await control.seedCompany({
    ...{ name, seed: 1, jobs: 1, candidatesPerJob: 0 },
  });
  const [job] = company.jobs;
  if (job === undefined) throw new Error('the seed made no job');
  const credentialRef = await storeCredential(deps, name, company.credential);
  const life: Life = { orgId: name, generation: randomUUID() };
  const activities = createInstallationActivities(deps);
  const inActivity = new MockActivityEnvironment();
  await restWatch(world, life);
  await inActivity.run(() => open(activities, life, { credentialRef, jobIds: [job.id] }));

  const joins: PlannedJoin[] = [];
  const applications: { applicationId: string; candidateId: string }[] = [];
  for (const [index, instant] of instants.entries()) {
    const candidate = await control.createCandidate({
      ...{ companyId: company.company.id, firstName: 'Ada', lastName: `Bench${index}` },
      email: `ada${index}@candidates.example`,
    });
    const application = await control.createApplication({
      ...{ candidateId: candidate.id, jobId: job.id, status: 'INTERVIEW' },
    });
    applications.push({ applicationId: application.id, candidateId: candidate.id });
    joins.push({
      ...life,
      ...(await schedule(world, {
        applicationId: application.id,
        room: input.firstRoom + index,
        ...{ instant, byStart },
      })),
    });
  }

  await addApplicationRows(
    deps.collections,
    life,
    applications.map((one) => ({ ...one, jobId: job.id, status: 'INTERVIEW' })),
  );
  const client = await deps.clients.clientFor(credentialRef);
  const installation = await deps.collections.installations
    .findById(life.orgId)
    .lean<InstallationDoc | null>();
  for (const { candidateId } of applications) {
    const id = applicationRowId(life, { candidateId, jobId: job.id });
    const found = await deps.collections.applications.findById(id).lean<WorkRow | null>();
    if (found === null || installation === null) throw new Error('the organization is not stored');
    const row = { ...found, readSeq: found.readSeq + 1 };
    const turn = { ...life, row, installation, client, periods: deps.watchPeriods };
    await inActivity.run(() => untilNotThrottled(() => applicationTurn(deps, turn)));
  }
  return joins;
}

/**
 * An organization that is connected, with these roles on and nothing read yet, stored by the
 * activities that store it in real life.
 */
export async function openOrganization(input: {
  deps: ActivityDeps;
  orgId: string;
  credential: { clientId: string; clientSecret: string };
  jobIds: readonly string[];
}): Promise<Life> {
  const { deps, orgId, credential, jobIds } = input;
  const credentialRef = await storeCredential(deps, orgId, credential);
  const life: Life = { orgId, generation: randomUUID() };
  const activities = createInstallationActivities(deps);
  const inActivity = new MockActivityEnvironment();
  await inActivity.run(() => open(activities, life, { credentialRef, jobIds }));
  return life;
}

/** A watch that nobody carries out, or the auditor would start one in the middle of a measurement. */
async function restWatch(world: World, life: Life): Promise<void> {
  await world.client.workflow.start('interviewWatch', {
    workflowId: interviewWatchWorkflowId(life),
    taskQueue: 'nobody',
  });
}

/** A slice of the watch would leave the row for the next one; here it is tried again. */
async function untilNotThrottled(read: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await read();
      return;
    } catch (error) {
      if (!isSmartRecruitersError(error, 'throttled')) throw error;
    }
  }
}

async function storeCredential(
  deps: ActivityDeps,
  orgId: string,
  { clientId, clientSecret }: { clientId: string; clientSecret: string },
): Promise<string> {
  const credentialRef = randomUUID();
  const plaintext = JSON.stringify({ clientId, clientSecret });
  await deps.collections.credentials.collection.insertOne({
    _id: credentialRef as never,
    ...{ orgId, state: 'uploaded', budgetKey: `budget-${orgId}`, createdAt: Date.now() },
    expiresAt: null,
    sealed: deps.vault.seal({ plaintext, context: credentialContext(credentialRef) }),
  });
  return credentialRef;
}

async function open(
  activities: ReturnType<typeof createInstallationActivities>,
  life: Life,
  { credentialRef, jobIds }: { credentialRef: string; jobIds: readonly string[] },
): Promise<void> {
  const snapshot: InstallationSnapshot = {
    ...{ phase: 'active', settings, scopes: [], attentions: [] },
    ...{ credentialRef, version: 1, receiptId: null },
  };
  const { epoch } = await activities.openInstallation({ ...life, snapshot, by: 'bench' });
  await activities.applyInstallationChange({
    ...life,
    snapshot: { ...snapshot, version: 2 },
    fence: { kind: 'installation', off: false, epoch: epoch + 1 },
    ...{ command: null, event: 'installed', retiredCredentialRef: null },
  });
  for (const [index, jobId] of jobIds.entries()) {
    await untilNotThrottled(() => activities.ensureJob({ ...life, jobId }));
    await activities.applyRoleChange({
      ...life,
      jobId,
      change: { kind: 'set', enabled: true, scheduled: 'include' },
      epoch: epoch + 2 + index,
      command: {
        meta: {
          ...{ commandId: randomUUID(), bodyDigest: null, at: Date.now(), ifVersion: null },
          by: { subject: 'bench', role: 'owner' },
        },
        result: {
          ...{ commandId: '', bodyDigest: null, phase: 'active', version: 2, stopping: [] },
          receiptId: null,
        },
      },
    });
  }
}

/** Asks for its id first: when a bot is due depends on the ids as well as on the start. */
async function schedule(
  world: World,
  input: { applicationId: string; room: number; instant: number; byStart: boolean },
): Promise<Pick<PlannedJoin, 'interviewId' | 'sessionId' | 'plannedAt' | 'startsAt'>> {
  const { control } = world.smartRecruiters;
  const timesFrom = (startsAt: number) => ({
    startsOn: new Date(startsAt).toISOString(),
    endsOn: new Date(startsAt + lastsMs).toISOString(),
  });
  const interview = await control.scheduleInterview({
    applicationId: input.applicationId,
    location: `https://meet.google.com/${meetingCode(input.room)}`,
    timeslots: [timesFrom(input.instant)],
  });
  const [timeslot] = interview.timeslots;
  if (timeslot === undefined) throw new Error('the interview has no timeslot');
  const ids = { interviewId: interview.id, sessionId: timeslot.id };
  const beforeStartMs = -requestAt({
    ...{ ...ids, startsAt: 0, times: protocolTimes, lead: undefined },
  });
  if (input.byStart) {
    return { ...ids, startsAt: input.instant, plannedAt: input.instant - beforeStartMs };
  }
  const startsAt = input.instant + beforeStartMs;
  await control.moveInterview({ interviewId: interview.id, ...timesFrom(startsAt) });
  return { ...ids, startsAt, plannedAt: input.instant };
}

/** `abc-defg-hij`: another number, another room. */
export function meetingCode(room: number): string {
  const letters = room.toString(26).padStart(10, '0');
  const code = letters
    .split('')
    .map((digit) => String.fromCharCode(97 + Number.parseInt(digit, 26)));
  return [code.slice(0, 3), code.slice(3, 7), code.slice(7)].map((part) => part.join('')).join('-');
}
