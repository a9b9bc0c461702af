import type { WorkRow, WorkTier } from '../../common/read-model/documents.js';

/**
 * How often a row of each kind or tier is read again, and the other times of the watch, all in
 * milliseconds: a bench or a test scales them together with `scaleWatchPeriods`.
 */
export interface WatchPeriods {
  imminent: number;
  hot: number;
  warm: number;
  cold: number;
  catalogue: number;
  /** The full listing of one role; and, of all roles that are on, what changed lately. */
  listing: number;
  changes: number;
  users: number;
  subscription: number;
  /** At least so long while webhooks tell of changes: polling is their safety net then. */
  imminentByWebhook: number;
  hotByWebhook: number;
  warmByWebhook: number;
  coldByWebhook: number;
  listingByWebhook: number;
  changesByWebhook: number;
  /** A session is imminent from this long before its start. */
  imminentFrom: number;
  /** A hint keeps an application hot for this long. */
  hintLasts: number;
  /** A candidate who moved nothing for this long is cold. */
  quietAfter: number;
  /** A row whose reading failed is tried again after this. */
  retry: number;
  /** The longest rest while the vendor is away. */
  awayRest: number;
  /** A slice that dies leaves its rows to the next one after this. */
  lease: number;
  /** One request of the watch each so long, when nothing else uses the credential. */
  requestEvery: number;
  /** How often a running slice looks for hints and newly due rows. */
  lookAgain: number;
  /** How often a running slice reports. */
  reportEvery: number;
  /** Hot rows beyond twice their target for this long are told to an Owner. */
  staleAfter: number;
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

export const watchPeriods: WatchPeriods = {
  imminent: minute,
  hot: 5 * minute,
  warm: 30 * minute,
  cold: 6 * hour,
  catalogue: 15 * minute,
  listing: 2 * hour,
  changes: 10 * minute,
  users: 24 * hour,
  subscription: 15 * minute,
  imminentByWebhook: 2 * minute,
  hotByWebhook: 30 * minute,
  warmByWebhook: 4 * hour,
  coldByWebhook: 24 * hour,
  listingByWebhook: 12 * hour,
  changesByWebhook: hour,
  imminentFrom: hour,
  hintLasts: 24 * hour,
  quietAfter: 30 * 24 * hour,
  retry: 30 * second,
  awayRest: 5 * minute,
  lease: 3 * minute,
  requestEvery: 143,
  lookAgain: second,
  reportEvery: 5 * second,
  staleAfter: 15 * minute,
};

/** All times multiplied by one factor, never below one millisecond. */
export function scaleWatchPeriods(periods: WatchPeriods, factor: number): WatchPeriods {
  return Object.fromEntries(
    Object.entries(periods).map(([name, ms]) => [name, Math.max(1, ms * factor)]),
  ) as unknown as WatchPeriods;
}

/** How often a row is read while nothing about it changes, in milliseconds. */
export function periodOf(
  row: Pick<WorkRow, 'kind' | 'tier' | 'jobId'>,
  periods: WatchPeriods,
): number {
  switch (row.kind) {
    case 'application':
    case 'resolve':
      return row.tier === 'done' ? periods.cold : periods[row.tier];
    case 'listing':
      return row.jobId === null ? periods.changes : periods.listing;
    default:
      return periods[row.kind];
  }
}

/** `nextCheckAt` of a row that is never read again. */
export const never = Number.MAX_SAFE_INTEGER;

const doneStatuses = new Set(['HIRED', 'REJECTED', 'WITHDRAWN', 'TRANSFERRED']);
export function isDone(status: string): boolean {
  return doneStatuses.has(status);
}

const hotStatuses = new Set(['INTERVIEW', 'OFFERED']);
const warmStatuses = new Set(['NEW', 'IN_REVIEW']);

export interface TierInput {
  status: string | null;
  /** Windows of the interviews that are known and not cancelled. */
  windows: readonly { startsAt: number; endsAt: number }[];
  hint?: WorkRow['hint'];
  activityAt?: number | null;
  now: number;
  periods: WatchPeriods;
}

/**
 * How urgent an application is. A known future interview keeps it hot whatever its status says:
 * an application that leaves the active set cancels nothing by itself. A hint keeps it hot for a day;
 * one that is done is so kept only by a webhook or a person, since a mere update says no more than
 * that it is done. Who is new or in review and was quiet for long is cold.
 */
export function tierOf(input: TierInput): WorkTier {
  const { status, windows, now, periods } = input;
  const ahead = windows.filter((window) => window.endsAt > now);
  if (ahead.some((window) => window.startsAt - periods.imminentFrom <= now)) return 'imminent';
  if (ahead.length > 0) return 'hot';
  const hint =
    input.hint != null && input.hint.at > now - periods.hintLasts ? input.hint.reason : null;
  if (hint === 'webhook' || hint === 'refresh') return 'hot';
  if (status !== null && isDone(status)) return 'done';
  if (hint !== null || (status !== null && hotStatuses.has(status))) return 'hot';
  if (status !== null && !warmStatuses.has(status)) return 'cold';
  const isQuiet = input.activityAt != null && input.activityAt <= now - periods.quietAfter;
  return isQuiet ? 'cold' : 'warm';
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
