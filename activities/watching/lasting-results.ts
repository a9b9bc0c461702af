import type { WorkRow } from '../../common/read-model/documents.js';

/** What a listing's last result is called once the vendor has refused its second page so often. */
export const cursorRefused = 'cursor_refused';
/** A listing begun anew so often because its cursor was refused is not expected to end. */
export const mostExpiries = 5;

/**
 * Results of a reading that stay what they are: nobody waits for a row behind one of them, neither
 * the count of those to be mailed nor the progress of the import. Some time it is read again.
 */
export const lastingResults: readonly string[] = [
  'not_found',
  'no_application_id',
  'scope',
  'rejected',
  'contract',
  'failed',
  cursorRefused,
];

export function isLasting({ lastResult }: Pick<WorkRow, 'lastResult'>): boolean {
  return lastResult !== null && lastingResults.includes(lastResult);
}

/** A listing that has no end to be waited for; while it is tried again, too. */
export function isRefusedForGood(listing: Pick<WorkRow, 'lastResult' | 'cursor'>): boolean {
  return isLasting(listing) || (listing.cursor?.expiries ?? 0) >= mostExpiries;
}
