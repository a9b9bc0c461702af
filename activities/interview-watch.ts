import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type {
  InstallationDoc,
  WatchReportDoc,
  WorkKind,
  WorkRow,
} from '../common/read-model/documents.js';
import type { Life, WatchActivities } from '../workflows/contracts/activities.js';
import type { SliceReport } from '../workflows/contracts/interview-watch.js';
import type { ActivityDeps } from './deps.js';
import { isStoreError } from './failures.js';
import { withHeartbeat } from './pause.js';
import type { SmartRecruitersClient } from './smartrecruiters/client.js';
import { isSmartRecruitersError } from './smartrecruiters/errors.js';
import {
  type AccessSeen,
  closeAttentions,
  reportRefusal,
  reportRejection,
} from './watching/attentions.js';
import { createDueQueue, type DueQueue, nextDueAt } from './watching/due-rows.js';
import { listAgainIfLost, rowAfterFailure } from './watching/failed-turn.js';
import { mendMailAttention, releaseCountedHolds } from './watching/mail-hold.js';
import {
  noteSlice,
  readReport,
  reportWatch,
  type Situation,
  situationOf,
} from './watching/report.js';
import { leaseRow, releaseRow } from './watching/row-lease.js';
import {
  awayRestOf,
  awaySinceAfter,
  refusedRestOf,
  restAfterSetback,
  setbackAfter,
} from './watching/setback.js';
import { takeTurn } from './watching/turns.js';
import { ensureFixedRows } from './watching/work-list.js';
import { hintVendorEvents } from './webhooks/hint-events.js';
import { lookUpVendorEvents } from './webhooks/look-up-events.js';

/** Rows that one slice has under way at once: as many as the vendor's limiter allows the watch. */
const atOnce = 5;
/** So many failures in a row mean that the vendor is away: the slice ends, the rows stay due. */
const failuresBeforeGivingUp = 5;
/** A slice that followed a webhook looks so many times more for others before it ends. */
const looksAfterEvent = 3;

interface Slice extends AccessSeen {
  client: SmartRecruitersClient;
  queue: DueQueue;
  owner: string;
  until: number;
  report: SliceReport;
  situation: Situation;
  /** Of `report.requests`, those in the organization's report. */
  requestsReported: number;
  failuresInARow: number;
  /** The vendor seems to be away: no more rows are begun. */
  gaveUp: boolean;
  /** Requests that the vendor did not answer. */
  unanswered: number;
  /** The vendor, or our own limiter, has no turn for the watch before that. */
  throttledUntil: number;
  /** The vendor has not answered since then. */
  awaySince: number | null;
  /** What the last slices came to, and what this one does. */
  setback: WatchReportDoc['setback'];
  /** Kinds of rows whose part of the API is not asked until then: the vendor's client says so. */
  closedUntil: Map<WorkKind, number>;
}

/**
 * One slice of an organization's watch: takes due rows, the most urgent first, until its time budget
 * is spent. What fails stays due a little later; nothing that was not read counts as changed.
 */
export function createWatchActivities(deps: ActivityDeps): WatchActivities {
  return {
    watchSlice: (input) => withHeartbeat(() => watchSlice(deps, input)),
  };
}

async function watchSlice(
  deps: ActivityDeps,
  input: Life & { budgetMs: number },
): Promise<SliceReport> {
  const startedAt = Date.now();
  const life = lifeOf(input);
  const report: SliceReport = { checked: 0, changed: 0, failed: 0, requests: 0, nextDueAt: null };
  const installation = await deps.collections.installations
    .findOne({ _id: input.orgId })
    .lean<InstallationDoc | null>();
  const mayWatch =
    installation !== null &&
    installation.generation === input.generation &&
    installation.phase === 'active' &&
    installation.credentialRef !== null;
  if (!mayWatch || installation.credentialRef === null) return report;

  const { credentialRef } = installation;
  const rest = restAfterSetback(
    deps.watchPeriods,
    await readReport(deps, life),
    credentialRef,
    startedAt,
  );
  if (rest > startedAt) return { ...report, nextDueAt: rest };

  const client = await deps.clients.clientFor(credentialRef);
  await mendMailAttention(deps, installation);
  await ensureFixedRows(deps.collections, life);
  const situation = await situationOf(deps, { ...life, installation });
  const slice: Slice = {
    ...{ ...life, installation, client, report, situation, owner: randomUUID() },
    queue: createDueQueue(deps.collections, {
      ...{ ...life, startedAt },
      periods: () => slice.situation.periods,
      closed: () => closedKinds(slice),
    }),
    until: startedAt + input.budgetMs,
    awaySince: situation.report.awaySince ?? null,
    setback: situation.report.setback ?? null,
    closedUntil: new Map(),
    ...{ requestsReported: 0, failuresInARow: 0, gaveUp: false, unanswered: 0, throttledUntil: 0 },
    ...{ rejected: false, refused: false, rowsRead: 0, candidatesRead: 0 },
  };
  if (await isAccepted(deps, slice)) {
    await workThrough(deps, slice);
    await closeAttentions(deps, slice);
    await releaseCountedHolds(deps, life);
  }
  slice.awaySince = awaySinceAfter(slice, startedAt);
  slice.setback = setbackAfter(slice, credentialRef);
  await tellEnd(deps, slice);
  report.nextDueAt = await nextSliceAt(deps, slice);
  deps.metrics.watchSlices.inc({ result: report.failed > 0 ? 'partial' : 'ok' });
  deps.metrics.watchSliceSeconds.observe((Date.now() - startedAt) / 1_000);
  return report;
}

function lifeOf({ orgId, generation }: Life): Life {
  return { orgId, generation };
}

function closedKinds({ closedUntil }: Slice): WorkKind[] {
  const now = Date.now();
  return [...closedUntil].filter(([, until]) => until > now).map(([kind]) => kind);
}

/** No token can be had: the watch rests, for longer each time; see `setback.ts`. */
async function isAccepted(deps: ActivityDeps, slice: Slice): Promise<boolean> {
  try {
    await slice.client.authenticate();
    return true;
  } catch (error) {
    if (!isSmartRecruitersError(error)) throw error;
    slice.report.failed += 1;
    if (error.kind === 'auth') await reportRejection(deps, slice);
    else slice.unanswered += 1;
    return false;
  }
}

/**
 * Keeps five rows under way, each chosen when a place is free, and follows webhooks meanwhile. A row
 * that fails for a reason of its own stands in nobody's way; the store's failure ends the slice.
 * While webhooks come the slice stays for those that follow, so that a burst is one slice.
 */
async function workThrough(deps: ActivityDeps, slice: Slice): Promise<void> {
  const underWay = new Set<Promise<void>>();
  const chores = new Set<Promise<void>>();
  /** Of events at the vendor: they may take seconds, and hints wait for none of them. */
  const lookups = new Set<Promise<void>>();
  let broken: unknown = null;
  let ended = 0;
  let followedAt = Date.now();
  let eventsUntil = 0;
  const begin = (work: Promise<void>, among: Set<Promise<void>>) => {
    const begun = work
      .catch((error: unknown) => {
        broken ??= error;
      })
      .finally(() => {
        among.delete(begun);
        ended += 1;
      });
    among.add(begun);
  };
  const follow = async (events: typeof hintVendorEvents) => {
    const { lookAgain } = slice.situation.periods;
    const followed = await events(deps, lifeOf(slice));
    if (followed > 0) eventsUntil = Date.now() + looksAfterEvent * lookAgain;
  };

  await follow(hintVendorEvents);
  begin(follow(lookUpVendorEvents), lookups);
  while (mayGoOn(slice) && broken === null) {
    const { periods, nextReportAt } = slice.situation;
    const now = Date.now();
    if (chores.size === 0 && now - followedAt >= periods.lookAgain) {
      followedAt = now;
      begin(follow(hintVendorEvents), chores);
      if (lookups.size === 0) begin(follow(lookUpVendorEvents), lookups);
    }
    if (chores.size === 0 && now >= nextReportAt) begin(tellSituation(deps, slice), chores);
    const endedBefore = ended;
    const row = underWay.size < atOnce ? await slice.queue.next() : null;
    if (row !== null) {
      begin(
        takeRow(deps, slice, row).finally(() => slice.queue.done(row)),
        underWay,
      );
      continue;
    }
    // What a row led to that ended while the others were looked up is not among them.
    if (ended !== endedBefore) continue;
    const left = [...underWay, ...chores, ...lookups];
    if (left.length === 0 && Date.now() >= eventsUntil) break;
    await oneOf(left, periods.lookAgain);
  }
  await Promise.all([...underWay, ...chores, ...lookups]);
  if (broken !== null) throw broken;
}

/** Waits until one of these is done, at most for `ms`. */
async function oneOf(underWay: readonly Promise<void>[], ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tick = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([...underWay, tick]);
  clearTimeout(timer);
}

function mayGoOn(slice: Slice): boolean {
  return (
    Date.now() < slice.until && !hasGivenUp(slice) && !Context.current().cancellationSignal.aborted
  );
}

function hasGivenUp(slice: Slice): boolean {
  return slice.gaveUp || slice.rejected;
}

async function takeRow(deps: ActivityDeps, slice: Slice, chosen: WorkRow): Promise<void> {
  const { periods } = slice.situation;
  const lease = { owner: slice.owner, leaseMs: periods.lease };
  const row = await leaseRow(deps.collections, chosen, lease);
  if (row === null) return;
  await deps.reached('row_leased', slice);
  const { installation, client } = slice;
  try {
    const turn = { ...lifeOf(slice), row, installation, client, periods };
    const result = await takeTurn(deps, turn);
    slice.report.requests += result.requests;
    slice.report.changed += result.changed;
    slice.report.checked += 1;
    slice.failuresInARow = 0;
    slice.rowsRead += 1;
    if (isOfCandidates(row)) slice.candidatesRead += 1;
    await releaseRow(deps.collections, row, slice.owner, { urgent: false, ...result.row });
    deps.metrics.rowsChecked.inc({ tier: row.tier });
  } catch (error) {
    if (isStoreError(error)) throw error;
    await afterFailure(deps, slice, row, error);
  }
}

/** Rows of the roles that are on: what they are refused is a scope that the product rests on. */
function isOfCandidates({ kind }: WorkRow): boolean {
  return kind === 'application' || kind === 'resolve' || kind === 'listing';
}

async function afterFailure(
  deps: ActivityDeps,
  slice: Slice,
  row: WorkRow,
  error: unknown,
): Promise<void> {
  const { orgId } = slice;
  const { periods } = slice.situation;
  const now = Date.now();
  slice.report.failed += 1;
  const change = rowAfterFailure(row, error, { now, periods });
  if (isSmartRecruitersError(error)) {
    slice.report.requests += error.status === null ? 0 : 1;
    const { kind, endpoint } = error;
    // Refused without a request: it is no word of the vendor's, and other parts may well answer.
    const isAsked = error.reason !== 'circuit_open';
    deps.logger.warn({ orgId, kind: row.kind, endpoint, reason: kind }, 'a row could not be read');
    if (isAsked && (kind === 'unavailable' || kind === 'throttled')) slice.failuresInARow += 1;
    slice.gaveUp ||= slice.failuresInARow >= failuresBeforeGivingUp;
    if (isAsked && kind === 'unavailable') slice.unanswered += 1;
    if (!isAsked) slice.closedUntil.set(row.kind, change.nextCheckAt ?? now);
    if (kind === 'throttled') slice.throttledUntil = change.nextCheckAt ?? now;
    if (kind === 'scope' && isOfCandidates(row)) await reportRefusal(deps, slice);
    if (kind === 'auth') await reportRejection(deps, slice);
  } else {
    // A bug about one row must not stand in the way of all the others, slice after slice.
    deps.logger.error({ err: error, orgId, kind: row.kind }, 'a row failed');
  }
  await releaseRow(deps.collections, row, slice.owner, change);
  await listAgainIfLost(deps.collections, row, error, { now, periods });
}

async function tellSituation(deps: ActivityDeps, slice: Slice): Promise<void> {
  const { installation, awaySince, setback, report } = slice;
  const requests = report.requests - slice.requestsReported;
  slice.requestsReported = report.requests;
  slice.situation = await reportWatch(deps, {
    ...{ ...lifeOf(slice), installation, requests, awaySince, setback },
  });
}

/** Every slice is reported; a work list that takes long to count only when it is time again. */
async function tellEnd(deps: ActivityDeps, slice: Slice): Promise<void> {
  const { report: last, nextReportAt } = slice.situation;
  const isLong = nextReportAt - last.at > deps.watchPeriods.reportEvery;
  if (!isLong || Date.now() >= nextReportAt) return await tellSituation(deps, slice);
  const requests = slice.report.requests - slice.requestsReported;
  const { awaySince, setback } = slice;
  await noteSlice(deps, { ...lifeOf(slice), requests, awaySince, setback });
}

/**
 * While the credential is refused or the vendor is away, the rows that stayed due are no reason to
 * ask it again at once: the rests grow with the time that this lasts, and the workflow spreads them.
 * Another credential wakes the watch by a nudge.
 */
async function nextSliceAt(deps: ActivityDeps, slice: Slice): Promise<number | null> {
  const now = Date.now();
  const { watchPeriods: periods } = deps;
  if (slice.setback?.kind === 'refused') return now + refusedRestOf(periods, slice.setback);
  if (slice.awaySince !== null) {
    return now + awayRestOf(periods, now - slice.awaySince);
  }
  const closed = closedKinds(slice);
  const reopenAt = closed.map((kind) => slice.closedUntil.get(kind) ?? now);
  const openDueAt = await nextDueAt(deps.collections, slice, now, closed);
  const dueAt = Math.min(...reopenAt, openDueAt ?? Number.POSITIVE_INFINITY);
  if (dueAt === Number.POSITIVE_INFINITY) return null;
  return hasGivenUp(slice) ? Math.max(dueAt, slice.throttledUntil) : dueAt;
}
