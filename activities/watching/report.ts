import { appendChange } from '../../common/read-model/changes.js';
import type {
  CredentialDoc,
  ImportProgress,
  InstallationDoc,
  ProviderLeaseDoc,
  SubscriptionDoc,
  WatchReportDoc,
  WorkTier,
} from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { importProgress } from './import-progress.js';
import { basePeriods, effectivePeriods, loadOf } from './load.js';
import { surveyRows } from './survey.js';
import { periodOf, type WatchPeriods } from './tiers.js';

/** Making a report takes at most this part of the time of a slice, however long the work list. */
const reportShare = 1 / 20;
/** The subscription's row misses so many looks before what it says no longer counts. */
const looksMissed = 3;
/** A watch that did not report for so many periods of a hot row was at a standstill. */
const gapsInPeriods = 3;

/** What a slice knows about its organization's watch as a whole. */
export interface Situation {
  report: WatchReportDoc;
  periods: WatchPeriods;
  nextReportAt: number;
}

/** What a slice adds to the report: requests since the last one, and how the vendor answered. */
export interface Noted {
  requests: number;
  awaySince: number | null;
  setback: WatchReportDoc['setback'];
}

/**
 * Counts the work list, tells readers how fresh it is and what it needs, and says which periods hold
 * until the next report.
 */
export async function reportWatch(
  deps: ActivityDeps,
  input: Life & { installation: InstallationDoc } & Noted,
): Promise<Situation> {
  const { collections, watchPeriods: periods } = deps;
  const life = { orgId: input.orgId, generation: input.generation };
  const [before, byWebhook, slowFactor, survey, progress] = await Promise.all([
    readReport(deps, life),
    isByWebhook(deps, life),
    slowFactorOf(deps, input.installation.credentialRef),
    surveyRows(collections, life),
    importProgress(deps, life),
  ]);
  const load = loadOf({ counts: survey.counts, periods, byWebhook, slowFactor });
  if (before?.load.byWebhook === true && !byWebhook) await hastenToPeriods(deps, life);
  const target = basePeriods({ periods, byWebhook }).hot;
  const { hot } = survey.freshness;
  // Rows that are late since the vendor is away, or that it refuses, are told of elsewhere.
  const isBehind = load.latenessFactor > 1 || (hot?.oldestDueSeconds ?? 0) * 1_000 > target;
  const isStale =
    input.awaySince === null && isBehind && (hot?.p95Seconds ?? 0) * 1_000 > 2 * target;
  // After a pause the watch has to have had its time before it is behind.
  const wentOn = before !== null && survey.at - before.at <= gapsInPeriods * target;
  const staleSince = (wentOn ? before.staleSince : null) ?? survey.at;
  const report: WatchReportDoc = {
    _id: input.orgId,
    ...life,
    at: survey.at,
    freshness: survey.freshness,
    load,
    import: progress,
    staleSince: isStale ? staleSince : null,
    awaySince: input.awaySince,
    setback: input.setback ?? null,
    countedInMs: survey.tookMs,
    requests: (before?.requests ?? 0) + input.requests,
  };
  const { _id, ...fields } = report;
  await collections.watch_reports.collection.updateOne(
    { _id: _id as never },
    { $set: fields },
    { upsert: true },
  );
  await tellReaders(deps, before, report);
  await tellOwner(deps, input.installation, report);
  return situationFrom(deps, report);
}

/** What the last report says, when it is from just now; otherwise a new one. */
export async function situationOf(
  deps: ActivityDeps,
  input: Life & { installation: InstallationDoc },
): Promise<Situation> {
  const life = { orgId: input.orgId, generation: input.generation };
  const last = await readReport(deps, life);
  const known = last === null ? null : situationFrom(deps, last);
  if (known !== null && Date.now() < known.nextReportAt) return known;
  const { awaySince = null, setback = null } = last ?? {};
  return await reportWatch(deps, { ...input, requests: 0, awaySince, setback });
}

function situationFrom(deps: ActivityDeps, report: WatchReportDoc): Situation {
  const { watchPeriods: periods } = deps;
  const { load, freshness, countedInMs = 0 } = report;
  const isIdle = freshness.imminent === undefined && freshness.hot === undefined;
  return {
    report,
    periods: effectivePeriods({ periods, load, byWebhook: load.byWebhook, isIdle }),
    nextReportAt: report.at + Math.max(periods.reportEvery, countedInMs / reportShare),
  };
}

/** What a slice adds when the work list is too long to be counted once more. */
export async function noteSlice(deps: ActivityDeps, input: Life & Noted): Promise<void> {
  const { orgId, generation, requests, awaySince, setback = null } = input;
  await deps.collections.watch_reports.collection.updateOne(
    { _id: orgId as never, generation },
    { $inc: { requests }, $set: { awaySince, setback } },
  );
}

export async function readReport(deps: ActivityDeps, life: Life): Promise<WatchReportDoc | null> {
  return await deps.collections.watch_reports
    .findOne({ _id: life.orgId, generation: life.generation })
    .lean<WatchReportDoc | null>();
}

/** Webhooks arrive: the subscription is active, and it was looked at lately. */
async function isByWebhook(deps: ActivityDeps, life: Life): Promise<boolean> {
  const subscription = await deps.collections.subscriptions
    .findOne({ _id: `${life.orgId}/${life.generation}` })
    .lean<SubscriptionDoc | null>();
  const lookedAtSince = Date.now() - looksMissed * deps.watchPeriods.subscription;
  return subscription?.state === 'active' && (subscription.checkedAt ?? 0) >= lookedAtSince;
}

/** How much slower the limiter goes since somebody else uses the credential; 1: not at all. */
async function slowFactorOf(deps: ActivityDeps, credentialRef: string | null): Promise<number> {
  if (credentialRef === null) return 1;
  const credential = await deps.collections.credentials
    .findOne({ _id: credentialRef })
    .lean<CredentialDoc | null>();
  if (credential === null) return 1;
  const limiter = await deps.collections.provider_leases
    .findOne({ _id: credential.budgetKey })
    .lean<ProviderLeaseDoc | null>();
  return limiter !== null && limiter.slowUntil > Date.now() ? Math.max(1, limiter.slowFactor) : 1;
}

const watchedTiers = ['imminent', 'hot', 'warm', 'cold'] as const;

/** Webhooks stopped: what they let wait for longer is read as soon as polling alone would have. */
async function hastenToPeriods(deps: ActivityDeps, life: Life): Promise<void> {
  const { watchPeriods: periods } = deps;
  const rows = deps.collections.applications.collection;
  const now = Date.now();
  const hasten = async (filter: object, periodMs: number) => {
    const those = { orgId: life.orgId, generation: life.generation, active: true, ...filter };
    const readBefore = { lastReadAt: { $lte: now - periodMs }, nextCheckAt: { $gt: now } };
    await rows.updateMany({ ...those, ...readBefore } as never, { $set: { nextCheckAt: now } });
    const tooFar = { nextCheckAt: { $gt: now + periodMs } };
    const nextCheckAt = now + periodMs;
    await rows.updateMany({ ...those, ...tooFar } as never, { $set: { nextCheckAt } });
  };
  const applications = { kind: { $in: ['application', 'resolve'] } };
  const ofTier = (tier: WorkTier) => ({ ...applications, tier });
  for (const tier of watchedTiers) {
    await hasten(ofTier(tier), periods[tier]);
  }
  for (const jobId of [null, { $ne: null }]) {
    const row = { kind: 'listing', tier: 'warm', jobId: jobId === null ? null : '' } as const;
    await hasten({ kind: 'listing', jobId }, periodOf(row, periods));
  }
}

async function tellReaders(
  deps: ActivityDeps,
  before: WatchReportDoc | null,
  report: WatchReportDoc,
): Promise<void> {
  const { collections } = deps;
  const { orgId } = report;
  if (!sameProgress(before?.import ?? null, report.import)) {
    await appendChange({ collections, orgId, kind: 'import', key: orgId });
  }
  if (before === null || isNoticeable(before, report, deps.watchPeriods)) {
    await appendChange({ collections, orgId, kind: 'installation', key: orgId });
  }
}

function sameProgress(one: ImportProgress | null, other: ImportProgress | null): boolean {
  if (one === null || other === null) return one === other;
  return (
    one.stage === other.stage &&
    one.total === other.total &&
    one.done === other.done &&
    Object.entries(one.counts).every(
      ([stage, count]) => other.counts[stage as keyof ImportProgress['counts']] === count,
    )
  );
}

/** A page would read differently: another grade of freshness, another way of watching, other rows. */
function isNoticeable(
  before: WatchReportDoc,
  report: WatchReportDoc,
  periods: WatchPeriods,
): boolean {
  const gradeOf = ({ freshness }: WatchReportDoc, tier: (typeof watchedTiers)[number]) => {
    const age = ((freshness[tier]?.p95Seconds ?? 0) * 1_000) / periods[tier];
    return age <= 1.25 ? 0 : age <= 2 ? 1 : Math.ceil(Math.log2(age));
  };
  const rowsOf = ({ freshness }: WatchReportDoc, tier: WorkTier) => freshness[tier]?.rows ?? 0;
  const moved = (one: number, other: number) => Math.abs(one - other) > Math.max(one, other) / 10;
  return (
    before.load.byWebhook !== report.load.byWebhook ||
    moved(before.load.latenessFactor, report.load.latenessFactor) ||
    (before.staleSince === null) !== (report.staleSince === null) ||
    watchedTiers.some(
      (tier) =>
        gradeOf(before, tier) !== gradeOf(report, tier) ||
        moved(rowsOf(before, tier), rowsOf(report, tier)),
    )
  );
}

/** An Owner hears of it once it has lasted, and when it is over. */
async function tellOwner(
  deps: ActivityDeps,
  installation: InstallationDoc,
  report: WatchReportDoc,
): Promise<void> {
  const { orgId, generation, staleSince, at } = report;
  const code = 'watch_stale';
  const isOpen = installation.attentions.some((attention) => attention.code === code);
  const lasts = staleSince !== null && at - staleSince >= deps.watchPeriods.staleAfter;
  if (lasts && !isOpen)
    await deps.workflows.reportAttention({ orgId, generation, code, open: true });
  if (staleSince === null && isOpen) {
    await deps.workflows.reportAttention({ orgId, generation, code, open: false });
  }
}
