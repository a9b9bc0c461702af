import type { WorkRow, WorkTier } from '../../common/read-model/documents.js';

/** How often a row of each kind or tier is read again, in milliseconds. */
export interface WatchPeriods {
  imminent: number;
  hot: number;
  warm: number;
  cold: number;
  catalogue: number;
  listing: number;
  /** A session is imminent from this long before its start. */
  imminentFrom: number;
  /** A row whose reading failed is tried again after this. */
  retry: number;
  /** A slice that dies leaves its rows to the next one after this. */
  lease: number;
}

const minute = 60_000;

export const watchPeriods: WatchPeriods = {
  imminent: minute,
  hot: 5 * minute,
  warm: 30 * minute,
  cold: 6 * 60 * minute,
  catalogue: 15 * minute,
  listing: 120 * minute,
  imminentFrom: 60 * minute,
  retry: 30_000,
  lease: 3 * minute,
};

/** How often a row is read while nothing about it changes, in milliseconds. */
export function periodOf(row: Pick<WorkRow, 'kind' | 'tier'>, periods: WatchPeriods): number {
  if (row.kind !== 'application') return periods[row.kind];
  return row.tier === 'done' ? periods.cold : periods[row.tier];
}

/** `nextCheckAt` of a row that is never read again. */
export const never = Number.MAX_SAFE_INTEGER;

const doneStatuses = new Set(['HIRED', 'REJECTED', 'WITHDRAWN', 'TRANSFERRED']);
export function isDone(status: string): boolean {
  return doneStatuses.has(status);
}

const hotStatuses = new Set(['INTERVIEW', 'OFFERED']);
const warmStatuses = new Set(['NEW', 'IN_REVIEW', 'LEAD']);

export interface TierInput {
  status: string | null;
  /** Windows of the interviews that are known and not cancelled. */
  windows: readonly { startsAt: number; endsAt: number }[];
  now: number;
  periods: WatchPeriods;
}

/**
 * How urgent an application is. A known future interview keeps it hot whatever its status says:
 * an application that leaves the active set cancels nothing by itself.
 */
export function tierOf({ status, windows, now, periods }: TierInput): WorkTier {
  const ahead = windows.filter((window) => window.endsAt > now);
  if (ahead.some((window) => window.startsAt - periods.imminentFrom <= now)) return 'imminent';
  if (ahead.length > 0) return 'hot';
  if (status !== null && isDone(status)) return 'done';
  if (status !== null && hotStatuses.has(status)) return 'hot';
  return status === null || warmStatuses.has(status) ? 'warm' : 'cold';
}

/** When a row is due again: after its period, or when its next interview becomes imminent. */
export function nextCheckOf(input: TierInput & { tier: WorkTier }): number {
  const { tier, windows, now, periods } = input;
  if (tier === 'done') return never;
  const becomesImminent = windows
    .map((window) => window.startsAt - periods.imminentFrom)
    .filter((at) => at > now);
  return Math.min(now + periods[tier], ...becomesImminent);
}
