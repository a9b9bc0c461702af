import {
  type LimiterTimes,
  limiterTimes,
  scaleLimiterTimes,
} from '../../activities/smartrecruiters/limiter-times.js';
import {
  scaleWatchPeriods,
  type WatchPeriods,
  watchPeriods,
} from '../../activities/watching/tiers.js';
import {
  type ProtocolTimes,
  protocolTimes,
  scaleTimes,
} from '../../workflows/contracts/protocol-times.js';

/** All times of the product, passing `factor` times faster, in proportion. */
export interface CompressedTimes {
  factor: number;
  times: ProtocolTimes;
  periods: WatchPeriods;
  limiterTimes: LimiterTimes;
}

/**
 * Divides the product's times by `factor`. Those by which a dead process is noticed, and those of a
 * slice's own bookkeeping, have a floor: reading the store does not pass faster.
 */
export function compressTimes(factor: number): CompressedTimes {
  const times = scaleTimes(protocolTimes, 1 / factor);
  const periods = scaleWatchPeriods(watchPeriods, 1 / factor);
  const atLeast = (ms: number, floor: number) => Math.max(ms, Math.min(floor, ms * factor));
  return {
    factor,
    times: {
      ...times,
      sliceBudgetMs: atLeast(times.sliceBudgetMs, 15_000),
      livenessMs: atLeast(times.livenessMs, 10_000),
      lastLookMs: atLeast(times.lastLookMs, 3_000),
    },
    periods: {
      ...periods,
      lease: atLeast(periods.lease, 5_000),
      lookAgain: atLeast(periods.lookAgain, 100),
      reportEvery: atLeast(periods.reportEvery, 1_000),
    },
    limiterTimes: scaleLimiterTimes(limiterTimes, 1 / factor),
  };
}

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
