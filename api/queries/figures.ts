import type { SessionProgress, WorkRow, WorkTier } from '../../common/read-model/documents.js';
import type { Freshness } from './read-model.js';

/** How old the readings are and how late the oldest due row is, by tier; all in seconds. */
export function freshnessOf(input: {
  rows: Pick<WorkRow, 'tier' | 'lastReadAt' | 'nextCheckAt'>[];
  now: number;
}): Freshness {
  const { now } = input;
  const freshness: Freshness = {};
  const byTier = new Map<WorkTier, typeof input.rows>();
  for (const row of input.rows) {
    const rows = byTier.get(row.tier);
    if (rows === undefined) byTier.set(row.tier, [row]);
    else rows.push(row);
  }
  for (const [tier, rows] of byTier) {
    const ages = rows
      .flatMap(({ lastReadAt }) => (lastReadAt === null ? [] : [now - lastReadAt]))
      .sort((a, b) => a - b);
    const p95 = ages[Math.ceil(ages.length * 0.95) - 1];
    const oldestDueAt = rows.reduce((least, row) => Math.min(least, row.nextCheckAt), now);
    freshness[tier] = {
      p95Seconds: p95 === undefined ? null : seconds(p95),
      oldestDueSeconds: seconds(now - oldestDueAt),
    };
  }
  return freshness;
}

function seconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1000));
}

/** Most frequent first. */
export function countByReason(missed: SessionProgress[]): { reason: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { reason } of missed) {
    const key = reason ?? 'unknown';
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts]
    .map(([reason, count]) => ({ reason, count }))
    .sort((a, b) => b.count - a.count);
}
