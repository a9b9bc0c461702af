import type { VendorEventDoc, WorkRow } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { keepToRoles } from '../watching/follow-candidates.js';
import {
  addApplicationRows,
  applicationRowId,
  catalogueRowId,
  type FoundApplication,
  hastenRows,
  hintRows,
} from '../watching/work-list.js';
import {
  isOfStatus,
  rolesThatAreOn,
  type Subject,
  subjectsOf,
  waitingEvents,
} from './event-subjects.js';

/** Of either sort; the next call takes the next ones. */
const mostAtOnce = 200;

/**
 * Turns receipts of webhooks into hints, without a request: rows to be read now, and rows that a
 * listing would have found later. Nothing is believed that a read does not show. Those whose
 * application has to be asked for are set aside for `lookUpVendorEvents`, so that they hold up no
 * other. A receipt counts as followed once its hints are written: a crash in between repeats them.
 * Gives the number followed.
 */
export async function hintVendorEvents(deps: ActivityDeps, life: Life): Promise<number> {
  const events = await waitingEvents(deps, life, { retryAt: null, limit: mostAtOnce });
  if (events.length === 0) return 0;
  await hintJobs(deps, life, events);
  await hintDeletions(deps, life, events);
  const aside = await hintApplications(deps, life, await subjectsOf(deps, life, events));
  await deps.reached('events_hinted', life);
  const now = Date.now();
  const followed = events.filter(({ _id }) => !aside.has(_id)).map(({ _id }) => _id);
  const { vendor_events } = deps.collections;
  await vendor_events.updateMany({ _id: { $in: [...aside] } }, { $set: { retryAt: now } });
  await vendor_events.updateMany({ _id: { $in: followed } }, { $set: { followedAt: now } });
  return followed.length;
}

async function hintJobs(
  deps: ActivityDeps,
  life: Life,
  events: readonly VendorEventDoc[],
): Promise<void> {
  if (!events.some(({ eventName }) => eventName.startsWith('job.'))) return;
  const { orgId, generation } = life;
  await hastenRows(deps.collections, { orgId, generation, _id: catalogueRowId(life) });
}

/** The interviews of somebody who was deleted are looked at, each in its own way. */
async function hintDeletions(
  deps: ActivityDeps,
  life: Life,
  events: readonly VendorEventDoc[],
): Promise<void> {
  const { orgId, generation } = life;
  const deleted = events.flatMap(({ eventName, candidateId }) =>
    eventName === 'candidate.deleted' && candidateId !== null ? [candidateId] : [],
  );
  if (deleted.length === 0) return;
  const rows = await deps.collections.applications
    .find({ orgId, generation, candidateId: { $in: deleted } }, { _id: 1 })
    .lean<Pick<WorkRow, '_id'>[]>();
  await hintTogether(deps, life, { ids: rows.map(({ _id }) => _id), urgent: true });
}

/** Ids of the events that are set aside. */
async function hintApplications(
  deps: ActivityDeps,
  life: Life,
  subjects: readonly Subject[],
): Promise<Set<string>> {
  const aside = new Set<string>();
  if (subjects.length === 0) return aside;
  const rowsOf = await rowsByApplication(deps, life, subjects);
  const jobIds = [...rowsOf.values()].flat().map(({ jobId }) => jobId);
  const on = await rolesThatAreOn(deps, life, [...jobIds, ...subjects.map(({ jobId }) => jobId)]);

  const found: FoundApplication[] = [];
  const hinted = { urgent: new Set<string>(), others: new Set<string>() };
  for (const subject of subjects) {
    const { applicationId, candidateId, jobId, statusChanged, urgent, events } = subject;
    const rows = rowsOf.get(applicationId) ?? [];
    const ids = urgent ? hinted.urgent : hinted.others;
    if (rows.length > 0) {
      for (const { _id } of rows) ids.add(_id);
      if (rows.some((row) => isAskedFor(row, on))) {
        for (const event of events) if (isOfStatus(event)) aside.add(event._id);
      }
    } else if (jobId !== null && candidateId !== null && !statusChanged) {
      if (!on.has(jobId)) continue;
      found.push({ applicationId, candidateId, jobId, status: null });
      ids.add(applicationRowId(life, { candidateId, jobId }));
    } else if (jobId === null || on.has(jobId)) {
      for (const { _id } of events) aside.add(_id);
    }
  }
  if (found.length > 0) {
    await addApplicationRows(deps.collections, life, found);
    await keepToRoles(deps, life, found);
  }
  await hintTogether(deps, life, { ids: [...hinted.urgent], urgent: true });
  const others = [...hinted.others].filter((_id) => !hinted.urgent.has(_id));
  await hintTogether(deps, life, { ids: others, urgent: false });
  return aside;
}

/** Whether the status of a row is worth a request. */
export function isAskedFor(row: WorkRow, on: ReadonlySet<string>): boolean {
  return row.active && row.jobId !== null && on.has(row.jobId);
}

export async function rowsByApplication(
  deps: ActivityDeps,
  { orgId, generation }: Life,
  subjects: readonly Subject[],
): Promise<Map<string, WorkRow[]>> {
  const rows = await deps.collections.applications
    .find({
      orgId,
      generation,
      applicationId: { $in: subjects.map(({ applicationId }) => applicationId) },
    })
    .lean<WorkRow[]>();
  const rowsOf = new Map<string, WorkRow[]>();
  for (const row of rows) {
    const applicationId = row.applicationId ?? '';
    rowsOf.set(applicationId, [...(rowsOf.get(applicationId) ?? []), row]);
  }
  return rowsOf;
}

export async function hintTogether(
  deps: ActivityDeps,
  { orgId, generation }: Life,
  { ids, urgent }: { ids: readonly string[]; urgent: boolean },
): Promise<void> {
  if (ids.length === 0) return;
  const filter = { orgId, generation, _id: { $in: ids } };
  await hintRows(deps.collections, filter, { reason: 'webhook', urgent, at: Date.now() });
}
