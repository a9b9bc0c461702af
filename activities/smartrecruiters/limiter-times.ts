import type { Lane } from './limiter-state.js';

/**
 * Every time and number of the limiter and the breaker, so that tests and benches can compress them
 * together. The vendor allows 10 requests a second, 8 in flight, and one candidates list in flight
 * for each credential (dossier section 2); these stay below, since the customer may use it elsewhere.
 */
export interface LimiterTimes {
  /** Between two requests of the credential: seven a second. */
  spacingMs: number;
  /** The vendor counts requests in a window of this length. */
  windowMs: number;
  /** One request of each lane's own share of the rate. */
  shareMs: Record<Lane, number>;
  /** A turn is reserved no earlier than this before it begins, so that nobody reserves the future. */
  reserveAheadMs: number;
  /** How long a waiting lane holds off the others unless it says again that it waits. */
  demandMs: number;
  /** A call waits this long for its turn, then is refused. */
  patienceMs: Record<Lane, number>;
  /** How often a waiting call looks for a slot that another process released. */
  pollMs: number;
  /** A slot whose holder died is free after this. */
  leaseMs: number;
  renewEveryMs: number;
  /** After a refusal for want of a slot: when to come again at the earliest. */
  shortestRetryMs: number;
  /** After a 429; doubles with each. */
  firstBlockMs: number;
  longestBlockMs: number;
  /** Foreign use widens the spacing for so long; then each such time halves it again. */
  slowForMs: number;
  /** The spacing is widened again at most once in this time. */
  slowStepMs: number;
  /** An open circuit lets a probe through after this; doubles with each probe that fails. */
  firstOpenMs: number;
  longestOpenMs: number;
}

export const limiterTimes: LimiterTimes = {
  spacingMs: 143,
  windowMs: 1_000,
  shareMs: { join: 500, interactive: 1_000, watch: 250 },
  reserveAheadMs: 143,
  demandMs: 1_000,
  patienceMs: { join: 5_000, interactive: 2_000, watch: 10_000 },
  pollMs: 100,
  leaseMs: 30_000,
  renewEveryMs: 10_000,
  shortestRetryMs: 1_000,
  firstBlockMs: 1_000,
  longestBlockMs: 60_000,
  slowForMs: 5_000,
  slowStepMs: 2_000,
  firstOpenMs: 5_000,
  longestOpenMs: 300_000,
};

/** What hides the slowness of this machine and its store does not shrink with the vendor's time. */
const least: Partial<LimiterTimes> = {
  reserveAheadMs: 10,
  demandMs: 50,
  pollMs: 5,
  leaseMs: 5_000,
  renewEveryMs: 1_500,
};

/** All times multiplied by `factor`: 0.1 makes everything ten times as fast. */
export function scaleLimiterTimes(times: LimiterTimes, factor: number): LimiterTimes {
  const scaled = (value: number | Record<Lane, number>) =>
    typeof value === 'number'
      ? value * factor
      : {
          join: value.join * factor,
          interactive: value.interactive * factor,
          watch: value.watch * factor,
        };
  const entries = Object.entries(times).map(([name, value]) => [name, scaled(value)]);
  const all = Object.fromEntries(entries) as LimiterTimes;
  if (factor >= 1) return all;
  const floors = Object.entries(least) as [keyof typeof least, number][];
  const floored = floors.map(([name, floor]) => [name, Math.max(floor, Number(all[name]))]);
  return { ...all, ...Object.fromEntries(floored) };
}
