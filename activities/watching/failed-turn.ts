import type { Collections } from '../../common/read-model/collections.js';
import type { WorkRow } from '../../common/read-model/documents.js';
import { isSmartRecruitersError, type SmartRecruitersError } from '../smartrecruiters/errors.js';
import { periodOf, type WatchPeriods } from './tiers.js';
import { listingRowId } from './work-list.js';

/** What may pass: it says nothing about the row, which is tried again soon. */
function mayPass(error: SmartRecruitersError): boolean {
  return error.kind === 'unavailable' || error.kind === 'throttled' || error.kind === 'auth';
}

/**
 * Where a row stands after a reading that failed. What may pass is tried again soon, a no after the
 * row's own period, a bug of ours once in the longest one. A refused credential moves no row: all are
 * due when a new one is there. An application that is no longer found may have been merged into
 * another one: its id is asked for anew.
 */
export function rowAfterFailure(
  row: WorkRow,
  error: unknown,
  at: { now: number; periods: WatchPeriods },
): Partial<Omit<WorkRow, '_id'>> {
  const { now, periods } = at;
  if (!isSmartRecruitersError(error)) {
    return { lastResult: 'failed', nextCheckAt: now + periods.cold, urgent: false };
  }
  const lastResult = error.kind;
  if (error.kind === 'auth') return { lastResult };
  if (mayPass(error)) return { lastResult, nextCheckAt: now + restOf(row, error, periods) };
  const answered = { lastResult, nextCheckAt: now + periodOf(row, periods), urgent: false };
  return isLost(row, error) ? { ...answered, kind: 'resolve', applicationId: null } : answered;
}

/**
 * As long as the vendor asked for, but never so long that one strange header keeps a row from being
 * read for a day: at most a period of its own, and no longer than the watch rests while it is away.
 */
function restOf(row: WorkRow, error: SmartRecruitersError, periods: WatchPeriods): number {
  const { retry, awayRest, lookAgain } = periods;
  const longest = Math.max(retry, Math.min(awayRest, periodOf(row, periods)));
  return Math.min(Math.max(error.retryAfterMs ?? retry, lookAgain), longest);
}

function isLost(row: WorkRow, error: unknown): boolean {
  return row.kind === 'application' && isSmartRecruitersError(error, 'not_found');
}

/**
 * Candidates who were merged are listed under another id: the role of an application that is no
 * longer found is listed again, unless it was a short while ago. Nothing is cancelled by it.
 */
export async function listAgainIfLost(
  collections: Collections,
  row: WorkRow,
  error: unknown,
  at: { now: number; periods: WatchPeriods },
): Promise<void> {
  if (row.jobId === null || !isLost(row, error)) return;
  const _id = listingRowId(row, row.jobId) as never;
  await collections.applications.collection.updateOne(
    { _id, lastReadAt: { $lt: at.now - at.periods.warm } },
    { $set: { nextCheckAt: at.now } },
  );
}
