import type { WatchReportDoc, WorkKind, WorkTier } from '../../common/read-model/documents.js';
import { periodOf, type WatchPeriods } from './tiers.js';

export type Load = WatchReportDoc['load'];

/** How many rows there are of each kind and tier that are on the work list and not done. */
export type RowCounts = readonly {
  kind: WorkKind;
  tier: WorkTier;
  /** Of a listing: of one role, or what changed in all of them. */
  ofRole: boolean;
  rows: number;
}[];

/** Spare budget is used up to this share of the whole, so that others find the credential free. */
const spareShare = 0.25;
/** The periods of the hottest rows are never shorter than this part of themselves. */
const shortestFactor = 0.25;

/**
 * What all rows need by their periods, and what that means: when it is more than the budget every
 * tier is late by the same factor; when it is little, what is left over up to a quarter of the budget
 * goes to the rows that matter most. `slowFactor` is how much slower the limiter goes at present
 * since somebody else uses the credential; then nothing is spare.
 */
export function loadOf(input: {
  counts: RowCounts;
  periods: WatchPeriods;
  byWebhook: boolean;
  slowFactor: number;
}): Load {
  const { counts, byWebhook, slowFactor } = input;
  const periods = basePeriods(input);
  const budgetPerSecond = 1_000 / (input.periods.requestEvery * slowFactor);
  const need = (some: RowCounts) =>
    some.reduce((sum, { rows, ...group }) => {
      const row = { ...group, jobId: group.ofRole ? '' : null };
      return sum + (rows * 1_000) / periodOf(row, periods);
    }, 0);
  const hottest = counts.filter(isHottest);
  const neededPerSecond = need(counts);
  const isSpare = !byWebhook && slowFactor === 1;
  const fast = need(hottest);
  const left = spareShare * budgetPerSecond - (neededPerSecond - fast);
  const spareFactor =
    !isSpare || fast === 0 || left <= fast ? 1 : Math.max(shortestFactor, fast / left);
  return {
    neededPerSecond,
    budgetPerSecond,
    latenessFactor: Math.max(1, neededPerSecond / budgetPerSecond),
    spareFactor,
    byWebhook,
  };
}

function isHottest({ kind, tier }: { kind: WorkKind; tier: WorkTier }): boolean {
  return kind === 'application' && (tier === 'imminent' || tier === 'hot');
}

/**
 * The periods as they hold for one organization now: stretched while webhooks tell of changes,
 * shortened for the hottest rows while there is budget to spare. `isIdle`: nothing is ahead in it;
 * then what changed is asked for in step with the catalogue, so that one slice does both.
 */
export function effectivePeriods(input: {
  periods: WatchPeriods;
  load: Pick<Load, 'spareFactor'>;
  byWebhook: boolean;
  isIdle: boolean;
}): WatchPeriods {
  const { load, isIdle } = input;
  const periods = basePeriods(input);
  return {
    ...periods,
    imminent: periods.imminent * load.spareFactor,
    hot: periods.hot * load.spareFactor,
    changes: isIdle ? Math.max(periods.changes, periods.catalogue) : periods.changes,
  };
}

/** The periods that are aimed at: by polling alone, or as a safety net of webhooks. */
export function basePeriods(input: { periods: WatchPeriods; byWebhook: boolean }): WatchPeriods {
  const { periods, byWebhook } = input;
  if (!byWebhook) return periods;
  return {
    ...periods,
    imminent: Math.max(periods.imminent, periods.imminentByWebhook),
    hot: Math.max(periods.hot, periods.hotByWebhook),
    warm: Math.max(periods.warm, periods.warmByWebhook),
    cold: Math.max(periods.cold, periods.coldByWebhook),
    listing: Math.max(periods.listing, periods.listingByWebhook),
    changes: Math.max(periods.changes, periods.changesByWebhook),
  };
}
