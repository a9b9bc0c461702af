import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { InstallationDoc, WorkRow } from '../common/read-model/documents.js';
import type { Life, WatchActivities } from '../workflows/contracts/activities.js';
import type { SliceReport } from '../workflows/contracts/interview-watch.js';
import { scopeFeatures } from '../workflows/contracts/scopes.js';
import type { ActivityDeps } from './deps.js';
import { isStoreError } from './failures.js';
import { withHeartbeat } from './pause.js';
import type { SmartRecruitersClient } from './smartrecruiters/client.js';
import { isSmartRecruitersError } from './smartrecruiters/errors.js';
import { readCatalogue } from './watching/catalogue.js';
import { mendMailAttention, releaseCountedHolds } from './watching/mail-hold.js';
import { readApplication } from './watching/read-application.js';
import { periodOf } from './watching/tiers.js';
import {
  addApplicationRows,
  dueRows,
  ensureCatalogueRow,
  leaseRow,
  nextDueAt,
  releaseRow,
} from './watching/work-list.js';

/** Rows that one slice has under way at once; the vendor's limiter allows no more to the watch. */
const atOnce = 3;
/** So many failures in a row mean that the vendor is away: the slice ends, the rows stay due. */
const failuresBeforeGivingUp = 5;

interface Slice extends Life {
  installation: InstallationDoc;
  client: SmartRecruitersClient;
  owner: string;
  until: number;
  report: SliceReport;
  failuresInARow: number;
  rejected: boolean;
  /** A row of a candidate or a role was refused for want of a scope. */
  refused: boolean;
  /** Rows of candidates and roles that were read. */
  candidatesRead: number;
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
  const life = { orgId: input.orgId, generation: input.generation };
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

  const client = await deps.clients.clientFor(installation.credentialRef);
  if (!(await isAccepted(deps, life, installation, client))) return report;
  await mendMailAttention(deps, installation);
  await ensureCatalogueRow(deps.collections, life);
  const slice: Slice = {
    ...life,
    installation,
    client,
    owner: randomUUID(),
    until: Date.now() + input.budgetMs,
    report,
    failuresInARow: 0,
    rejected: false,
    refused: false,
    candidatesRead: 0,
  };
  const { watchPeriods: periods } = deps;
  while (mayGoOn(slice)) {
    const rows = await dueRows(deps.collections, life, { now: Date.now(), limit: 30, periods });
    if (rows.length === 0) break;
    await workThrough(deps, slice, rows);
  }
  await closeAttentions(deps, slice);
  await releaseCountedHolds(deps, life);
  // While the vendor is away the rows that stayed due are no reason to ask it again at once.
  report.nextDueAt = hasGivenUp(slice)
    ? Date.now() + periods.retry
    : await nextDueAt(deps.collections, life, Date.now());
  deps.metrics.watchSlices.inc({ result: report.failed > 0 ? 'partial' : 'ok' });
  return report;
}

function mayGoOn(slice: Slice): boolean {
  return (
    Date.now() < slice.until && !hasGivenUp(slice) && !Context.current().cancellationSignal.aborted
  );
}

function hasGivenUp(slice: Slice): boolean {
  return slice.failuresInARow >= failuresBeforeGivingUp || slice.rejected;
}

/** Opens the attention about the credential when no token can be had; then the watch parks. */
async function isAccepted(
  deps: ActivityDeps,
  life: Life,
  installation: InstallationDoc,
  client: SmartRecruitersClient,
): Promise<boolean> {
  try {
    await client.authenticate();
    return true;
  } catch (error) {
    if (!isSmartRecruitersError(error, 'auth')) throw error;
    if (installation.attention?.code !== 'credentials_rejected') {
      await deps.workflows.reportAttention({ ...life, code: 'credentials_rejected', open: true });
    }
    return false;
  }
}

/** A token alone is no proof that access is back: rows have to be read with it. */
async function closeAttentions(deps: ActivityDeps, slice: Slice): Promise<void> {
  const { orgId, generation, installation, report, rejected } = slice;
  const code = installation.attention?.code;
  const isOver =
    (code === 'credentials_rejected' && !rejected && report.checked > 0) ||
    (code === 'scope_missing' && (await isScopeBack(deps, slice)));
  if (isOver) await deps.workflows.reportAttention({ orgId, generation, code, open: false });
}

/**
 * Rows were read and none is refused any more. Of a scope that the probes missed, only the probes
 * say that it is back.
 */
async function isScopeBack(deps: ActivityDeps, slice: Slice): Promise<boolean> {
  const { orgId, generation, installation, refused, candidatesRead } = slice;
  if (refused || candidatesRead === 0) return false;
  const { interviewerEmails } = installation.settings.engagement;
  const missedByProbes = installation.scopes.some(
    ({ scope, status }) =>
      status === 'missing' &&
      (scopeFeatures[scope].essential || (scope === 'users_read' && interviewerEmails)),
  );
  if (missedByProbes) return false;
  const stillRefused = { orgId, generation, active: true, lastResult: 'scope' };
  return (await deps.collections.applications.exists(stillRefused)) === null;
}

/** A 403 means that somebody withdrew access, which an Owner has to hear once. */
async function reportRefusal(deps: ActivityDeps, slice: Slice): Promise<void> {
  const isKnown = slice.refused || slice.installation.attention?.code === 'scope_missing';
  slice.refused = true;
  if (isKnown) return;
  const { orgId, generation } = slice;
  await deps.workflows.reportAttention({ orgId, generation, code: 'scope_missing', open: true });
}

async function workThrough(deps: ActivityDeps, slice: Slice, rows: WorkRow[]): Promise<void> {
  const queue = [...rows];
  const workers = Array.from({ length: atOnce }, async () => {
    for (let row = queue.shift(); row !== undefined && mayGoOn(slice); row = queue.shift()) {
      const lease = { owner: slice.owner, leaseMs: deps.watchPeriods.lease };
      if (await leaseRow(deps.collections, row, lease)) await workOn(deps, slice, row);
    }
  });
  await Promise.all(workers);
}

async function workOn(deps: ActivityDeps, slice: Slice, row: WorkRow): Promise<void> {
  await deps.reached('row_leased', slice);
  try {
    const change = await readRow(deps, slice, row);
    slice.failuresInARow = 0;
    slice.report.checked += 1;
    if (row.kind !== 'catalogue') slice.candidatesRead += 1;
    await releaseRow(deps.collections, row, slice.owner, change);
    deps.metrics.rowsChecked.inc({ tier: row.tier });
  } catch (error) {
    if (isStoreError(error)) throw error;
    slice.report.failed += 1;
    if (!isSmartRecruitersError(error)) {
      // A bug about one row must not stand in the way of all the others, slice after slice.
      deps.logger.error({ err: error, orgId: slice.orgId, kind: row.kind }, 'a row failed');
      const nextCheckAt = Date.now() + deps.watchPeriods.cold;
      await releaseRow(deps.collections, row, slice.owner, { lastResult: 'failed', nextCheckAt });
      return;
    }
    if (error.kind === 'unavailable' || error.kind === 'throttled') slice.failuresInARow += 1;
    if (error.kind === 'scope' && row.kind !== 'catalogue') await reportRefusal(deps, slice);
    if (error.kind === 'auth') {
      slice.rejected = true;
      await deps.workflows.reportAttention({
        orgId: slice.orgId,
        generation: slice.generation,
        code: 'credentials_rejected',
        open: true,
      });
    }
    deps.logger.warn(
      { orgId: slice.orgId, kind: row.kind, endpoint: error.endpoint, reason: error.kind },
      'a row could not be read',
    );
    await releaseRow(deps.collections, row, slice.owner, {
      lastResult: error.kind,
      nextCheckAt: Date.now() + (error.retryAfterMs ?? retryAfterMs(deps, row, error.kind)),
    });
  }
}

/** What may pass is tried again soon; a no is asked for again after the row's own period. */
function retryAfterMs(deps: ActivityDeps, row: WorkRow, kind: string): number {
  const { watchPeriods } = deps;
  if (kind === 'unavailable' || kind === 'throttled' || kind === 'auth') return watchPeriods.retry;
  return periodOf(row, watchPeriods);
}

async function readRow(
  deps: ActivityDeps,
  slice: Slice,
  row: WorkRow,
): Promise<Partial<Omit<WorkRow, '_id'>>> {
  switch (row.kind) {
    case 'catalogue': {
      const { requests } = await readCatalogue(deps, {
        ...slice,
        settings: slice.installation.settings,
        onPage: () => Context.current().heartbeat(),
      });
      slice.report.requests += requests;
      return readNow(deps.watchPeriods.catalogue);
    }
    case 'listing':
      return await readListing(deps, slice, row);
    case 'application': {
      const result = await readApplication(deps, { ...slice, row });
      slice.report.requests += result.requests;
      slice.report.changed += result.changed;
      return result.row;
    }
  }
}

/** Candidates of one role. A listing that breaks off has added what it saw and removes nothing. */
async function readListing(
  deps: ActivityDeps,
  slice: Slice,
  row: WorkRow,
): Promise<Partial<Omit<WorkRow, '_id'>>> {
  const { jobId } = row;
  if (jobId === null) return { active: false };
  for await (const page of slice.client.listCandidates({ jobId, lane: 'watch' })) {
    slice.report.requests += 1;
    Context.current().heartbeat();
    await addApplicationRows(
      deps.collections,
      slice,
      page.candidates.map(({ candidateId, primary }) => ({
        candidateId,
        jobId,
        // The list says no status for an application that is not the candidate's primary one.
        status: primary?.jobId === jobId ? primary.status : null,
      })),
    );
  }
  return readNow(deps.watchPeriods.listing);
}

function readNow(periodMs: number): Partial<Omit<WorkRow, '_id'>> {
  const now = Date.now();
  return { lastReadAt: now, lastResult: 'read', nextCheckAt: now + periodMs };
}
