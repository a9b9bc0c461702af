import type { InstallationDoc, WorkRow } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { isSmartRecruitersError } from '../smartrecruiters/errors.js';
import type { VendorJobApplication } from '../smartrecruiters/vendor-types.js';
import { keepToRoles } from '../watching/follow-candidates.js';
import { addApplicationRows } from '../watching/work-list.js';
import { rolesThatAreOn, type Subject, subjectsOf, waitingEvents } from './event-subjects.js';
import { hintTogether, isAskedFor, rowsByApplication } from './hint-events.js';

/** Of either sort. */
const mostEvents = 100;
/** Applications that are asked for in one call, each a request of the watch. */
const mostLookups = 20;
const lookupsTogether = 4;
/** Of one request, and of all: none is begun later than this. */
const lookupMs = 5_000;
/** An application that cannot be asked for is left to the listings after this. */
const lookupPatienceMs = 60 * 60_000;
const shortestPauseMs = 10_000;
const longestPauseMs = 5 * 60_000;

/**
 * Asks for the applications of events that `hintVendorEvents` set aside: those that are not known, and
 * those whose status changed. What could not be asked for rests for as long as it has waited, from
 * 10 s to 5 min, so that the pauses double. Gives the number of events followed.
 */
export async function lookUpVendorEvents(deps: ActivityDeps, life: Life): Promise<number> {
  const now = Date.now();
  const events = await waitingEvents(deps, life, {
    retryAt: { $gt: 0, $lte: now },
    limit: mostEvents,
  });
  if (events.length === 0) return 0;
  const subjects = await subjectsOf(deps, life, events);
  const rowsOf = await rowsByApplication(deps, life, subjects);
  const jobIds = [...rowsOf.values()].flat().map(({ jobId }) => jobId);
  const on = await rolesThatAreOn(deps, life, [...jobIds, ...subjects.map(({ jobId }) => jobId)]);
  const isUnanswered = ({ applicationId, jobId, statusChanged }: Subject) => {
    const rows = rowsOf.get(applicationId) ?? [];
    if (rows.length > 0) return statusChanged && rows.some((row) => isAskedFor(row, on));
    return jobId === null || on.has(jobId);
  };
  const toAsk = subjects.filter(isUnanswered);
  const { found, failed, notAsked } = await askFor(deps, life, toAsk);
  const answered = subjects.filter((one) => !failed.has(one) && !notAsked.has(one));

  await takeOver(deps, life, { found, rowsOf });
  await hintAnswered(deps, life, answered);
  await deps.reached('events_hinted', life);

  const retried = [...failed]
    .flatMap((subject) => subject.events)
    .filter(({ receivedAt }) => receivedAt > now - lookupPatienceMs);
  const open = new Set([...notAsked].flatMap((subject) => subject.events).concat(retried));
  const followed = events.filter((event) => !open.has(event)).map(({ _id }) => _id);
  const { vendor_events } = deps.collections;
  await vendor_events.updateMany({ _id: { $in: followed } }, { $set: { followedAt: Date.now() } });
  if (retried.length > 0) {
    await vendor_events.bulkWrite(
      retried.map(({ _id, receivedAt }) => ({
        updateOne: { filter: { _id }, update: { $set: { retryAt: retryAt(receivedAt) } } },
      })),
      { ordered: false },
    );
  }
  return followed.length;
}

function retryAt(receivedAt: number): number {
  const now = Date.now();
  return now + Math.min(Math.max(now - receivedAt, shortestPauseMs), longestPauseMs);
}

/** What was found becomes rows, as far as their roles are on now, after the requests. */
async function takeOver(
  deps: ActivityDeps,
  life: Life,
  input: { found: readonly VendorJobApplication[]; rowsOf: ReadonlyMap<string, WorkRow[]> },
): Promise<void> {
  const { found, rowsOf } = input;
  if (found.length === 0) return;
  const on = await rolesThatAreOn(
    deps,
    life,
    found.map(({ jobId }) => jobId),
  );
  const isPinned = (applicationId: string) =>
    rowsOf.get(applicationId)?.some(({ pinned }) => pinned) === true;
  const watched = found.filter((one) => on.has(one.jobId) || isPinned(one.applicationId));
  if (watched.length === 0) return;
  await addApplicationRows(deps.collections, life, watched);
  await keepToRoles(deps, life, watched);
}

/** Rows that were hinted at since the event came in are not read once more for it. */
async function hintAnswered(
  deps: ActivityDeps,
  life: Life,
  subjects: readonly Subject[],
): Promise<void> {
  const rowsOf = await rowsByApplication(deps, life, subjects);
  const ids: Record<'urgent' | 'others', string[]> = { urgent: [], others: [] };
  for (const { applicationId, receivedAt, urgent } of subjects) {
    for (const { _id, hint } of rowsOf.get(applicationId) ?? []) {
      const isHinted = hint !== null && hint.reason !== 'updated' && hint.at >= receivedAt;
      if (!isHinted) ids[urgent ? 'urgent' : 'others'].push(_id);
    }
  }
  await hintTogether(deps, life, { ids: ids.urgent, urgent: true });
  await hintTogether(deps, life, { ids: ids.others, urgent: false });
}

/**
 * Candidate, job and status of applications, one request each (dossier 4.8). `failed`: the vendor did
 * not answer; after the first of these no more are asked for. A clear no is an answer.
 */
async function askFor(
  deps: ActivityDeps,
  life: Life,
  subjects: readonly Subject[],
): Promise<{ found: VendorJobApplication[]; failed: Set<Subject>; notAsked: Set<Subject> }> {
  const found: VendorJobApplication[] = [];
  const failed = new Set<Subject>();
  const notAsked = new Set(subjects);
  if (subjects.length === 0) return { found, failed, notAsked };
  const installation = await deps.collections.installations
    .findOne({ _id: life.orgId, generation: life.generation })
    .lean<InstallationDoc | null>();
  if (installation?.credentialRef == null) return { found, failed: notAsked, notAsked: failed };
  const client = await deps.clients.clientFor(installation.credentialRef);

  const until = Date.now() + lookupMs;
  const queue = subjects.slice(0, mostLookups);
  const workers = Array.from({ length: lookupsTogether }, async () => {
    for (let subject = queue.shift(); subject !== undefined; subject = queue.shift()) {
      if (Date.now() >= until) return;
      notAsked.delete(subject);
      if (failed.size > 0) {
        failed.add(subject);
        continue;
      }
      const { applicationId } = subject;
      try {
        const call = { lane: 'watch', timeoutMs: lookupMs } as const;
        found.push(await client.getJobApplication({ applicationId, ...call }));
      } catch (error) {
        if (!isSmartRecruitersError(error)) throw error;
        // The others are a clear no, after which the listings are the only way to it.
        if (['unavailable', 'throttled', 'auth'].includes(error.kind)) failed.add(subject);
      }
    }
  });
  await Promise.all(workers);
  return { found, failed, notAsked };
}
