import type {
  InstallationDoc,
  InterviewDoc,
  RoleDoc,
  VendorEventDoc,
  WorkRow,
} from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { isSmartRecruitersError } from '../smartrecruiters/errors.js';
import type { VendorJobApplication } from '../smartrecruiters/vendor-types.js';
import {
  addApplicationRows,
  catalogueRowId,
  type FoundApplication,
  hastenRows,
  hintRows,
} from '../watching/work-list.js';

/** Receipts that one call follows; the next call takes the next ones. */
const mostAtOnce = 200;
/** Applications that are asked for, each a request of the watch. */
const mostLookups = 20;
const lookupsTogether = 4;
/** An application that cannot be asked for is left to the listings after this. */
const lookupPatienceMs = 60 * 60_000;

/** What the events of one application come to; their order does not matter, since none is proof. */
interface Subject {
  applicationId: string;
  /** As the events named them; interviews name no job. */
  candidateId: string | null;
  jobId: string | null;
  /** About an interview: read before any sweep. */
  urgent: boolean;
  /** Its status has changed, and no event says to what. */
  statusChanged: boolean;
  events: VendorEventDoc[];
}

/**
 * Turns receipts of webhooks into hints: rows to be read now, and rows that a listing would have
 * found later. Nothing is believed that a read does not show. A receipt counts as followed once its
 * hints are written, so a crash in between repeats them. Gives the number followed.
 */
export async function followVendorEvents(deps: ActivityDeps, life: Life): Promise<number> {
  const { orgId, generation } = life;
  const vendorEvents = deps.collections.vendor_events;
  const events = await vendorEvents
    .find({ orgId, generation, followedAt: null, expiresAt: { $gt: new Date() } })
    .sort({ receivedAt: 1 })
    .limit(mostAtOnce)
    .lean<VendorEventDoc[]>();
  if (events.length === 0) return 0;

  await followJobs(deps, life, events);
  await followDeletions(deps, life, events);
  const left = await followApplications(deps, life, await subjectsOf(deps, life, events));
  await deps.reached('events_hinted', life);
  const followed = events.filter((event) => !left.has(event._id)).map(({ _id }) => _id);
  await vendorEvents.updateMany({ _id: { $in: followed } }, { $set: { followedAt: Date.now() } });
  return followed.length;
}

async function followJobs(
  deps: ActivityDeps,
  life: Life,
  events: readonly VendorEventDoc[],
): Promise<void> {
  if (!events.some(({ eventName }) => eventName.startsWith('job.'))) return;
  const { orgId, generation } = life;
  await hastenRows(deps.collections, { orgId, generation, _id: catalogueRowId(life) });
}

/** The interviews of somebody who was deleted are looked at, each in its own way. */
async function followDeletions(
  deps: ActivityDeps,
  { orgId, generation }: Life,
  events: readonly VendorEventDoc[],
): Promise<void> {
  const deleted = events.flatMap(({ eventName, candidateId }) =>
    eventName === 'candidate.deleted' && candidateId !== null ? [candidateId] : [],
  );
  for (const candidateId of new Set(deleted)) {
    await hintRows(
      deps.collections,
      { orgId, generation, candidateId },
      { reason: 'webhook', urgent: true, at: Date.now() },
    );
  }
}

async function subjectsOf(
  deps: ActivityDeps,
  life: Life,
  events: readonly VendorEventDoc[],
): Promise<Subject[]> {
  const subjects = new Map<string, Subject>();
  for (const event of events) {
    const isInterview = event.eventName.startsWith('interview.');
    if (!isInterview && !event.eventName.startsWith('application.')) continue;
    const applicationId = event.applicationId ?? (await applicationOf(deps, life, event));
    if (applicationId === null) continue;
    const subject = subjects.get(applicationId) ?? {
      applicationId,
      candidateId: null,
      jobId: null,
      urgent: false,
      statusChanged: false,
      events: [],
    };
    subject.candidateId ??= event.candidateId;
    subject.jobId ??= event.jobId;
    subject.urgent ||= isInterview;
    subject.statusChanged ||= event.eventName === 'application.status.updated';
    subject.events.push(event);
    subjects.set(applicationId, subject);
  }
  return [...subjects.values()];
}

/** Of an interview that is known, when its event does not name the application. */
async function applicationOf(
  deps: ActivityDeps,
  { orgId, generation }: Life,
  { interviewId }: VendorEventDoc,
): Promise<string | null> {
  if (interviewId === null) return null;
  const doc = await deps.collections.interviews
    .findOne({ orgId, generation, interviewId })
    .lean<InterviewDoc | null>();
  return doc?.applicationId ?? null;
}

/** Ids of the events that have to wait: their application could not be asked for. */
async function followApplications(
  deps: ActivityDeps,
  life: Life,
  subjects: readonly Subject[],
): Promise<Set<string>> {
  const { orgId, generation } = life;
  const { collections } = deps;
  const rows = await collections.applications
    .find({
      orgId,
      generation,
      applicationId: { $in: subjects.map(({ applicationId }) => applicationId) },
    })
    .lean<WorkRow[]>();
  const rowOf = new Map(rows.map((row) => [row.applicationId, row]));
  const on = await rolesThatAreOn(
    deps,
    life,
    subjects.flatMap(({ jobId }) => jobId ?? []),
  );

  const found: FoundApplication[] = [];
  const toAsk: Subject[] = [];
  for (const subject of subjects) {
    const row = rowOf.get(subject.applicationId);
    const { jobId, candidateId, applicationId } = subject;
    if (row !== undefined) {
      if (row.active && subject.statusChanged) toAsk.push(subject);
    } else if (jobId !== null && candidateId !== null && !subject.statusChanged) {
      if (on.has(jobId)) found.push({ applicationId, candidateId, jobId, status: null });
    } else if (jobId === null || on.has(jobId)) {
      toAsk.push(subject);
    }
  }
  const asked = await askFor(deps, life, toAsk);
  const onToo = await rolesThatAreOn(
    deps,
    life,
    asked.found.map(({ jobId }) => jobId),
  );
  const isWatched = (one: FoundApplication) =>
    onToo.has(one.jobId) || rowOf.get(one.applicationId ?? '')?.active === true;
  await addApplicationRows(collections, life, [...found, ...asked.found.filter(isWatched)]);
  for (const { applicationId, urgent } of subjects) {
    const hint = { reason: 'webhook' as const, urgent, at: Date.now() };
    await hintRows(collections, { orgId, generation, applicationId }, hint);
  }
  return asked.left;
}

async function rolesThatAreOn(
  deps: ActivityDeps,
  { orgId, generation }: Life,
  jobIds: readonly string[],
): Promise<Set<string>> {
  if (jobIds.length === 0) return new Set();
  const roles = await deps.collections.roles
    .find({
      _id: { $in: jobIds.map((jobId) => `${orgId}/${jobId}`) },
      generation,
      enabled: true,
      removed: false,
    })
    .lean<RoleDoc[]>();
  return new Set(roles.map(({ jobId }) => jobId));
}

/** Candidate, job and status of applications, one request each (dossier 4.8). */
async function askFor(
  deps: ActivityDeps,
  life: Life,
  subjects: readonly Subject[],
): Promise<{ found: VendorJobApplication[]; left: Set<string> }> {
  const found: VendorJobApplication[] = [];
  const left = new Set<string>();
  if (subjects.length === 0) return { found, left };
  const installation = await deps.collections.installations
    .findOne({ _id: life.orgId, generation: life.generation })
    .lean<InstallationDoc | null>();
  if (installation?.credentialRef == null) return { found, left };
  const client = await deps.clients.clientFor(installation.credentialRef);

  const leave = ({ events }: Subject) => {
    const tooOld = Date.now() - lookupPatienceMs;
    for (const { _id, receivedAt } of events) if (receivedAt > tooOld) left.add(_id);
  };
  const queue = subjects.slice(0, mostLookups);
  for (const subject of subjects.slice(mostLookups)) leave(subject);
  let isAway = false;
  const workers = Array.from({ length: lookupsTogether }, async () => {
    for (let subject = queue.shift(); subject !== undefined; subject = queue.shift()) {
      if (isAway) {
        leave(subject);
        continue;
      }
      const { applicationId } = subject;
      try {
        found.push(await client.getJobApplication({ applicationId, lane: 'watch' }));
      } catch (error) {
        if (!isSmartRecruitersError(error)) throw error;
        const mayPass = ['unavailable', 'throttled', 'auth'].includes(error.kind);
        // The others are a clear no, after which the listings are the only way to it.
        if (!mayPass) continue;
        isAway = true;
        leave(subject);
      }
    }
  });
  await Promise.all(workers);
  return { found, left };
}
