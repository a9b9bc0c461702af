import type { SessionProgress } from '../../common/read-model/documents.js';

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
