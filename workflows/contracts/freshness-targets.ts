/**
 * How old a reading may become, in seconds, by how soon it matters; `activities/watching/tiers.ts`
 * reads at this pace. While webhooks tell of changes reading is a safety net, and slower.
 */
export const freshnessTargets = {
  polling: { imminent: 60, hot: 300, warm: 1_800, cold: 21_600 },
  byWebhook: { imminent: 120, hot: 1_800, warm: 14_400, cold: 86_400 },
} as const;

export type WatchedTier = keyof (typeof freshnessTargets)['polling'];
export const watchedTiers = Object.keys(freshnessTargets.polling) as WatchedTier[];
