import type { WatchReportDoc } from '../../common/read-model/documents.js';
import type { WatchPeriods } from './tiers.js';

/** How the vendor answered a slice. */
export interface Answered {
  report: { checked: number };
  /** Requests that the vendor did not answer. */
  unanswered: number;
  /** So many of them in a row that no more rows were begun. */
  gaveUp: boolean;
  /** The credential was refused. */
  rejected: boolean;
  /** As it was before the slice, in epoch milliseconds. */
  awaySince: number | null;
  setback: WatchReportDoc['setback'];
}

/**
 * When the vendor may be asked again after a setback, in epoch milliseconds; past when it may be now.
 * A nudge says nothing about the vendor: it must not have a refused credential refused several times
 * a second, nor a vendor that is away asked without a rest. Another credential is tried at once.
 */
export function restAfterSetback(
  periods: WatchPeriods,
  last: WatchReportDoc | null,
  credentialRef: string,
  now: number,
): number {
  const { setback = null, awaySince = null } = last ?? {};
  if (setback === null || setback.credentialRef !== credentialRef) return 0;
  if (setback.kind === 'refused') return setback.at + refusedRestOf(periods, setback);
  if (now >= setback.at + periods.retry) return 0;
  return setback.at + awayRestOf(periods, setback.at - (awaySince ?? setback.at));
}

/** Nobody asks again at once when it was refused, or was answered by nobody. */
export function setbackAfter(slice: Answered, credentialRef: string): WatchReportDoc['setback'] {
  const at = Date.now();
  const before = slice.setback?.credentialRef === credentialRef ? slice.setback : null;
  const since = (kind: 'refused' | 'away') => (before?.kind === kind ? before.since : at);
  if (slice.rejected) return { kind: 'refused', credentialRef, at, since: since('refused') };
  if (slice.awaySince === null) return null;
  return slice.unanswered > 0
    ? { kind: 'away', credentialRef, at, since: since('away') }
    : (slice.setback ?? null);
}

/**
 * A refused credential may have been withdrawn by mistake and given back: the rests grow with the
 * time that it is refused, up to the period of the catalogue, in milliseconds.
 */
export function refusedRestOf(
  periods: WatchPeriods,
  { at, since }: { at: number; since: number },
): number {
  return Math.min(Math.max(at - since, periods.retry), periods.catalogue);
}

/** The rests grow with the time that the vendor is away, in milliseconds. */
export function awayRestOf(periods: WatchPeriods, awayMs: number): number {
  return Math.min(Math.max(awayMs, periods.retry), periods.awayRest);
}

/** One answer is enough to know that the vendor is there, unless all of the last ones failed. */
export function awaySinceAfter(slice: Answered, startedAt: number): number | null {
  const { report, unanswered, awaySince, gaveUp, rejected } = slice;
  const isAway = unanswered > 0 && (report.checked === 0 || gaveUp || rejected);
  if (isAway) return awaySince ?? startedAt;
  return report.checked > 0 ? null : awaySince;
}
