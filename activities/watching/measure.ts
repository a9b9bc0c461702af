import type {
  InstallationDoc,
  SubscriptionState,
  WatchReportDoc,
  WorkTier,
} from '../../common/read-model/documents.js';
import type { ActivityDeps } from '../deps.js';

const tiers = ['imminent', 'hot', 'warm', 'cold'] as const satisfies WorkTier[];
const states: SubscriptionState[] = ['preparing', 'active', 'suspended', 'no_scope', 'failed'];

/**
 * Sets the gauges of the watch over all organizations, from what each watch said of itself: of ages
 * the highest, since an average hides who waits. Ages have grown since a report was written, so that
 * a watch that stands still shows. One that is paused or removed does not count.
 */
export async function measureFreshness(
  deps: Pick<ActivityDeps, 'collections' | 'metrics'>,
): Promise<void> {
  const { collections, metrics } = deps;
  const now = Date.now();
  const active = await collections.installations
    .find({ phase: 'active' })
    .select({ orgId: 1, generation: 1 })
    .lean<Pick<InstallationDoc, 'orgId' | 'generation'>[]>();
  const lives = new Map(active.map(({ orgId, generation }) => [orgId, generation]));
  const worst = new Map<WorkTier, { p95: number; due: number }>();
  const figures = { needed: 0, lateness: 1, imports: 0, stale: 0 };
  for await (const found of collections.watch_reports.find().lean<WatchReportDoc[]>().cursor()) {
    const report = found as unknown as WatchReportDoc;
    if (lives.get(report.orgId) !== report.generation) continue;
    const passed = Math.max(0, (now - report.at) / 1_000);
    for (const tier of tiers) {
      const told = report.freshness[tier];
      if (told === undefined) continue;
      const before = worst.get(tier) ?? { p95: 0, due: 0 };
      const p95 = told.p95Seconds === null ? 0 : told.p95Seconds + passed;
      const due = told.oldestDueSeconds === 0 ? 0 : told.oldestDueSeconds + passed;
      worst.set(tier, { p95: Math.max(before.p95, p95), due: Math.max(before.due, due) });
    }
    figures.needed += report.load.neededPerSecond;
    figures.lateness = Math.max(figures.lateness, report.load.latenessFactor);
    figures.imports += report.import === null ? 0 : 1;
    figures.stale += report.staleSince === null ? 0 : 1;
  }
  for (const tier of tiers) {
    metrics.freshnessP95Seconds.labels(tier).set(worst.get(tier)?.p95 ?? 0);
    metrics.oldestDueSeconds.labels(tier).set(worst.get(tier)?.due ?? 0);
  }
  metrics.watchNeeded.set(figures.needed);
  metrics.watchLateness.set(figures.lateness);
  metrics.importsRunning.set(figures.imports);
  metrics.watchesStale.set(figures.stale);
  await measureWebhooks(deps);
}

async function measureWebhooks(deps: Pick<ActivityDeps, 'collections' | 'metrics'>): Promise<void> {
  const { collections, metrics } = deps;
  for (const state of states) {
    const count = await collections.subscriptions.countDocuments({ state });
    metrics.webhookSubscriptions.labels(state).set(count);
  }
  metrics.webhookEventsWaiting.set(
    await collections.vendor_events.countDocuments({ followedAt: null }),
  );
}
