import fc from 'fast-check';
import { estimateOf, mixOf, usualMix } from '../../../activities/watching/estimate.js';
import { effectivePeriods } from '../../../activities/watching/load.js';
import { watchPeriods } from '../../../activities/watching/tiers.js';
import { freshnessTargets } from '../../../workflows/contracts/freshness-targets.js';

const estimate = (part: Partial<Parameters<typeof estimateOf>[0]> = {}) =>
  estimateOf({
    applications: 1_000,
    unread: 1_000,
    jobs: 20,
    interviewsAhead: 3,
    mix: null,
    periods: watchPeriods,
    byWebhook: false,
    isComplete: true,
    ...part,
  });

describe('the estimate of a change', () => {
  it('needs what the mix needs at its periods', () => {
    const { neededPerSecond, latenessFactor, stalenessSeconds } = estimate();
    // 50 every 5 min, 550 every 30 min, 400 every 6 h, 20 listings every 2 h.
    expect(neededPerSecond).toBeCloseTo(50 / 300 + 550 / 1_800 + 400 / 21_600 + 20 / 7_200, 1);
    expect(latenessFactor).toBe(1);
    expect(stalenessSeconds).toEqual({ hot: 300, warm: 1_800, cold: 21_600 });
  });

  it('says by what factor everything is late when the budget does not suffice', () => {
    const late = estimate({ applications: 40_000 });
    expect(late.latenessFactor).toBeGreaterThan(2);
    expect(late.stalenessSeconds.hot).toBeCloseTo(300 * late.latenessFactor, -1);
    expect(late.explanation).toContain('more than SmartRecruiters’ request limit allows');
    expect(late.recommendation).toBe('webhooks');
  });

  it.each([
    [2_000, false, null],
    [2_001, false, 'webhooks'],
    [50_000, true, null],
  ])('recommends webhooks for %d applications, with them %s: %s', (applications, byWebhook, is) => {
    expect(estimate({ applications, byWebhook }).recommendation).toBe(is);
  });

  it('takes two requests for each application that was never read, within the budget', () => {
    const { firstImportSeconds, budgetPerSecond } = estimate({ unread: 700 });
    expect(firstImportSeconds).toBeCloseTo((2 * 700 + 20) / budgetPerSecond, -1);
    expect(estimate({ unread: 0 })).toMatchObject({
      firstImportSeconds: 0,
      explanation: expect.stringContaining('have all been read already'),
    });
  });

  it('says when nobody has applied, and when not every job could be counted', () => {
    expect(estimate({ applications: 0, unread: 0 }).explanation).toMatch(/^Nobody has applied/);
    expect(estimate({ isComplete: false }).explanation).toContain('extrapolated');
  });

  it('never promises more for more: needs, lateness and first reading only grow', () => {
    const count = fc.integer({ min: 0, max: 100_000 });
    fc.assert(
      fc.property(count, count, (a, b) => {
        const [few, many] = [Math.min(a, b), Math.max(a, b)].map((applications) =>
          estimate({ applications, unread: applications }),
        );
        if (few === undefined || many === undefined) throw new Error('no estimate');
        expect(few.neededPerSecond).toBeLessThanOrEqual(many.neededPerSecond);
        expect(few.latenessFactor).toBeLessThanOrEqual(many.latenessFactor);
        expect(few.firstImportSeconds).toBeLessThanOrEqual(many.firstImportSeconds);
        expect(few.latenessFactor).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});

describe('the mix that an estimate goes by', () => {
  const rows = (n: number) => ({ rows: n });

  it('is that of what is watched already, imminent ones being hot', () => {
    const known = { imminent: rows(5), hot: rows(15), warm: rows(20), cold: rows(60) };
    expect(mixOf(known)).toEqual({ hot: 0.2, warm: 0.2, cold: 0.6 });
  });

  it('is not taken from a few rows', () => {
    expect(mixOf({ hot: rows(49) })).toBeNull();
    expect(mixOf(undefined)).toBeNull();
    expect(usualMix.hot + usualMix.warm + usualMix.cold).toBeCloseTo(1);
  });
});

describe('the targets that people see', () => {
  it.each([
    ['polling', false],
    ['byWebhook', true],
  ] as const)('are the periods by which the watch reads: %s', (name, byWebhook) => {
    const periods = effectivePeriods({
      ...{ periods: watchPeriods, load: { spareFactor: 1 }, byWebhook, isIdle: false },
    });
    for (const tier of ['imminent', 'hot', 'warm', 'cold'] as const) {
      expect([tier, freshnessTargets[name][tier] * 1_000]).toEqual([tier, periods[tier]]);
    }
  });
});
