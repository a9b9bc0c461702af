import type { WorkTier } from '../../common/read-model/documents.js';
import type { LoadEstimate } from '../../workflows/contracts/load-estimate.js';
import { effectivePeriods, loadOf, type RowCounts } from './load.js';
import type { WatchPeriods } from './tiers.js';

/** Shares of the tiers among the applications that are watched; their sum is 1. */
export type TierMix = Record<'hot' | 'warm' | 'cold', number>;

/** What is assumed of an organization of which little is known. */
export const usualMix: TierMix = { hot: 0.05, warm: 0.55, cold: 0.4 };

/** From so many applications on webhooks bring more than any budget of polling. */
const manyApplications = 2_000;
/** Too few rows say nothing about the others. */
const rowsOfAMix = 50;
/** Its id, then its interviews. */
const requestsOfAnApplication = 2;
const candidatesOnAPage = 100;

/** The mix of what is watched already; null while that is too little to go by. */
export function mixOf(
  freshness: Partial<Record<WorkTier, { rows: number }>> | undefined,
): TierMix | null {
  const rows = (tier: WorkTier) => freshness?.[tier]?.rows ?? 0;
  const counts = { hot: rows('imminent') + rows('hot'), warm: rows('warm'), cold: rows('cold') };
  const all = counts.hot + counts.warm + counts.cold;
  if (all < rowsOfAMix) return null;
  return { hot: counts.hot / all, warm: counts.warm / all, cold: counts.cold / all };
}

/**
 * What watching so many applications costs and how fresh it can be. `unread`: those of them that
 * were never read; `isComplete` false: they could not all be counted. Periods in milliseconds, as
 * they are without webhooks.
 */
export function estimateOf(input: {
  applications: number;
  unread: number;
  jobs: number;
  interviewsAhead: number;
  mix: TierMix | null;
  periods: WatchPeriods;
  byWebhook: boolean;
  isComplete: boolean;
}): LoadEstimate {
  const { applications, unread, jobs, interviewsAhead, byWebhook } = input;
  const load = loadOf({
    counts: countsOf(applications, jobs, input.mix ?? usualMix),
    periods: input.periods,
    byWebhook,
    slowFactor: 1,
  });
  const { neededPerSecond, budgetPerSecond, latenessFactor } = load;
  const periods = effectivePeriods({
    ...{ periods: input.periods, load: { spareFactor: 1 }, byWebhook, isIdle: false },
  });
  const staleness = (period: number) => Math.round((period * latenessFactor) / 1_000);
  const pages = unread === 0 ? 0 : Math.max(jobs, Math.ceil(unread / candidatesOnAPage));
  const figures: Omit<LoadEstimate, 'explanation'> = {
    applications,
    interviewsAhead,
    neededPerSecond: rounded(neededPerSecond),
    budgetPerSecond: rounded(budgetPerSecond),
    latenessFactor: rounded(latenessFactor),
    stalenessSeconds: {
      hot: staleness(periods.hot),
      warm: staleness(periods.warm),
      cold: staleness(periods.cold),
    },
    firstImportSeconds: Math.ceil((unread * requestsOfAnApplication + pages) / budgetPerSecond),
    recommendation:
      !byWebhook && (applications > manyApplications || latenessFactor > 1) ? 'webhooks' : null,
  };
  return { ...figures, explanation: inWords({ ...input, figures }) };
}

function countsOf(applications: number, jobs: number, mix: TierMix): RowCounts {
  const tiers = (['hot', 'warm', 'cold'] as const).map((tier) => ({
    ...{ kind: 'application' as const, tier, ofRole: false, rows: applications * mix[tier] },
  }));
  return [
    ...tiers,
    { kind: 'listing', tier: 'warm', ofRole: true, rows: jobs },
    { kind: 'listing', tier: 'warm', ofRole: false, rows: jobs === 0 ? 0 : 1 },
    { kind: 'catalogue', tier: 'warm', ofRole: false, rows: 1 },
  ];
}

function inWords(input: {
  figures: Omit<LoadEstimate, 'explanation'>;
  byWebhook: boolean;
  isComplete: boolean;
}): string {
  const { figures, byWebhook, isComplete } = input;
  const { applications, latenessFactor, stalenessSeconds, firstImportSeconds } = figures;
  if (applications === 0) return 'Nobody has applied to these jobs yet, so nothing has to be read.';
  const people = applications === 1 ? 'One candidate' : `About ${grouped(applications)} candidates`;
  const sentences = [
    `${people} would be followed.`,
    byWebhook
      ? 'SmartRecruiters tells of changes itself, so they show within seconds.'
      : `A change is seen within ${duration(stalenessSeconds.hot)} where an interview is scheduled and within ${duration(stalenessSeconds.warm)} for new candidates.`,
    firstImportSeconds === 0
      ? 'They have all been read already.'
      : `The first reading takes about ${duration(firstImportSeconds)}.`,
    latenessFactor > 1
      ? `That is more than SmartRecruiters’ request limit allows: everything is read ${latenessFactor.toFixed(1)} times later than it should be.`
      : null,
    figures.recommendation === 'webhooks'
      ? 'With the scope webhooks_manage SmartRecruiters would tell of changes itself, within seconds and with far fewer requests.'
      : null,
    isComplete ? null : 'Not every job could be counted in time; the number is extrapolated.',
  ];
  return sentences.filter((sentence) => sentence !== null).join(' ');
}

function duration(seconds: number): string {
  if (seconds < 90) return 'a minute';
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} minutes`;
  return `${Math.round(seconds / 3_600)} hours`;
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
