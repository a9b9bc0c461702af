import type { Collections } from '../../common/read-model/collections.js';
import type { TierFreshness, WorkRow, WorkTier } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { RowCounts } from './load.js';

/** The work list of one organization as figures. */
export interface Survey {
  at: number;
  counts: RowCounts;
  freshness: Partial<Record<WorkTier, TierFreshness>>;
  /** How long it took to make, in milliseconds. */
  tookMs: number;
}

type Surveyed = Pick<WorkRow, 'kind' | 'tier' | 'jobId' | 'nextCheckAt' | 'lastReadAt' | 'foundAt'>;

const fields = { _id: 0, kind: 1, tier: 1, jobId: 1, nextCheckAt: 1, lastReadAt: 1, foundAt: 1 };

/** One pass over the active rows: a few bytes of each, none of them kept. */
export async function surveyRows(collections: Collections, life: Life): Promise<Survey> {
  const startedAt = Date.now();
  const found = collections.applications.collection.find(
    {
      orgId: life.orgId,
      generation: life.generation,
      active: true,
      tier: { $in: ['imminent', 'hot', 'warm', 'cold'] },
    },
    { projection: fields, batchSize: 5_000 },
  );
  const groups = new Map<string, RowCounts[number]>();
  const tiers = new Map<WorkTier, { ages: number[]; oldestDueMs: number }>();
  for await (const doc of found) {
    const row = doc as unknown as Surveyed;
    countRow(groups, row);
    if (row.kind !== 'application' && row.kind !== 'resolve') continue;
    const tier = tiers.get(row.tier) ?? { ages: [], oldestDueMs: 0 };
    tiers.set(row.tier, tier);
    tier.ages.push(startedAt - (row.lastReadAt ?? row.foundAt ?? startedAt));
    tier.oldestDueMs = Math.max(tier.oldestDueMs, startedAt - row.nextCheckAt);
  }
  const freshness = Object.fromEntries(
    [...tiers].map(([tier, figures]) => [tier, freshnessOf(figures)]),
  );
  return {
    at: startedAt,
    counts: [...groups.values()],
    freshness,
    tookMs: Date.now() - startedAt,
  };
}

function countRow(groups: Map<string, RowCounts[number]>, row: Surveyed): void {
  const ofRole = row.jobId !== null;
  const key = `${row.kind}/${row.tier}/${ofRole}`;
  const rows = (groups.get(key)?.rows ?? 0) + 1;
  groups.set(key, { kind: row.kind, tier: row.tier, ofRole, rows });
}

function freshnessOf({ ages, oldestDueMs }: { ages: number[]; oldestDueMs: number }) {
  const sorted = Float64Array.from(ages).sort();
  const seconds = (share: number) =>
    Math.round((sorted[Math.ceil(sorted.length * share) - 1] ?? 0) / 1_000);
  return {
    rows: sorted.length,
    p50Seconds: seconds(0.5),
    p95Seconds: seconds(0.95),
    oldestDueSeconds: Math.round(oldestDueMs / 1_000),
  };
}
