import type { InterviewDoc, RoleDoc, VendorEventDoc } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';

/** What the events of one application come to; their order does not matter, since none is proof. */
export interface Subject {
  applicationId: string;
  /** As the events named them; interviews name no job. */
  candidateId: string | null;
  jobId: string | null;
  /** About an interview: read before any sweep. */
  urgent: boolean;
  /** Its status has changed, and no event says to what. */
  statusChanged: boolean;
  /** When the last of them came in. */
  receivedAt: number;
  events: VendorEventDoc[];
}

export function isOfStatus({ eventName }: VendorEventDoc): boolean {
  return eventName === 'application.status.updated';
}

/**
 * Events that wait, the longest first; those about interviews first and with a limit of their own, so
 * that no number of others stands before them.
 */
export async function waitingEvents(
  deps: ActivityDeps,
  { orgId, generation }: Life,
  input: { retryAt: null | { $gt: number; $lte: number }; limit: number },
): Promise<VendorEventDoc[]> {
  const { retryAt, limit } = input;
  const waiting = { orgId, generation, followedAt: null, retryAt };
  const found: VendorEventDoc[] = [];
  for (const eventName of [/^interview\./, { $not: /^interview\./ }]) {
    const events = await deps.collections.vendor_events
      .find({ ...waiting, eventName, expiresAt: { $gt: new Date() } } as never)
      .sort({ retryAt: 1, receivedAt: 1 })
      .limit(limit)
      .lean<VendorEventDoc[]>();
    found.push(...events);
  }
  return found;
}

/** One for each application that the events are about, in their order. */
export async function subjectsOf(
  deps: ActivityDeps,
  life: Life,
  events: readonly VendorEventDoc[],
): Promise<Subject[]> {
  const ofApplications = events.filter(({ eventName }) =>
    ['interview', 'application'].includes(eventName.split('.')[0] ?? ''),
  );
  const known = await applicationsOf(deps, life, ofApplications);
  const subjects = new Map<string, Subject>();
  for (const event of ofApplications) {
    const applicationId = event.applicationId ?? known.get(event.interviewId ?? '');
    if (applicationId === undefined) continue;
    const subject = subjects.get(applicationId) ?? {
      applicationId,
      candidateId: null,
      jobId: null,
      urgent: false,
      statusChanged: false,
      receivedAt: 0,
      events: [],
    };
    subject.candidateId ??= event.candidateId;
    subject.jobId ??= event.jobId;
    subject.urgent ||= event.eventName.startsWith('interview.');
    subject.statusChanged ||= isOfStatus(event);
    subject.receivedAt = Math.max(subject.receivedAt, event.receivedAt);
    subject.events.push(event);
    subjects.set(applicationId, subject);
  }
  return [...subjects.values()];
}

/** By interview, of those that are known, when their events do not name the application. */
async function applicationsOf(
  deps: ActivityDeps,
  { orgId, generation }: Life,
  events: readonly VendorEventDoc[],
): Promise<Map<string, string>> {
  const interviewIds = events.flatMap(({ applicationId, interviewId }) =>
    applicationId === null && interviewId !== null ? [interviewId] : [],
  );
  if (interviewIds.length === 0) return new Map();
  const docs = await deps.collections.interviews
    .find({ orgId, generation, interviewId: { $in: interviewIds } })
    .lean<InterviewDoc[]>();
  return new Map(docs.map(({ interviewId, applicationId }) => [interviewId, applicationId]));
}

export async function rolesThatAreOn(
  deps: ActivityDeps,
  { orgId, generation }: Life,
  jobIds: readonly (string | null)[],
): Promise<Set<string>> {
  const ids = new Set(jobIds.flatMap((jobId) => (jobId === null ? [] : [`${orgId}/${jobId}`])));
  if (ids.size === 0) return new Set();
  const roles = await deps.collections.roles
    .find(
      { _id: { $in: [...ids] }, generation, enabled: true, removed: false },
      { jobId: 1 },
      deps.consistency.read,
    )
    .lean<Pick<RoleDoc, 'jobId'>[]>();
  return new Set(roles.map(({ jobId }) => jobId));
}
