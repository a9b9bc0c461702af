import fc from 'fast-check';
import { effectivePeriods, loadOf, type RowCounts } from '../../../activities/watching/load.js';
import {
  periodOf,
  watchPeriods as periods,
  scaleWatchPeriods,
} from '../../../activities/watching/tiers.js';

const applications = (rows: Partial<Record<'imminent' | 'hot' | 'warm' | 'cold', number>>) =>
  Object.entries(rows).map(([tier, count]) => ({
    ...{ kind: 'application', tier, ofRole: true, rows: count },
  })) as unknown as RowCounts;

const load = (counts: RowCounts, change: { byWebhook?: boolean; slowFactor?: number } = {}) =>
  loadOf({ counts, periods, byWebhook: false, slowFactor: 1, ...change });

const needOf = (counts: RowCounts, of: typeof periods) =>
  counts.reduce(
    (sum, { rows, ...group }) => sum + (rows * 1_000) / periodOf({ ...group, jobId: 'job' }, of),
    0,
  );

describe('the load of an organization', () => {
  it('is what its rows need by their periods, against one request each 143 ms', () => {
    const { neededPerSecond, budgetPerSecond, latenessFactor } = load(
      applications({ imminent: 60, hot: 300, warm: 1_800 }),
    );
    expect(neededPerSecond).toBeCloseTo(3);
    expect(budgetPerSecond).toBeCloseTo(7, 1);
    expect(latenessFactor).toBe(1);
  });

  it('beyond the budget makes every tier late by one factor; foreign use makes the budget smaller', () => {
    const counts = applications({ hot: 4_200 });
    expect(load(counts).latenessFactor).toBeCloseTo(2, 1);
    expect(load(counts, { slowFactor: 4 }).latenessFactor).toBeCloseTo(8, 0);
  });

  it('that is small leaves up to a quarter of the budget to the hottest rows, and never more', () => {
    fc.assert(
      fc.property(
        fc.record({
          imminent: fc.nat(200),
          hot: fc.nat(2_000),
          warm: fc.nat(5_000),
          cold: fc.nat(20_000),
        }),
        (rows) => {
          const counts = applications(rows);
          const { spareFactor, budgetPerSecond, neededPerSecond } = load(counts);
          expect(spareFactor).toBeGreaterThanOrEqual(0.25);
          expect(spareFactor).toBeLessThanOrEqual(1);
          const shortened = effectivePeriods({
            ...{ periods, load: { spareFactor }, byWebhook: false, isIdle: false },
          });
          const quarter = budgetPerSecond / 4;
          const aimedAt = Math.max(neededPerSecond, quarter);
          const needed = needOf(counts, shortened);
          expect(needed).toBeLessThanOrEqual(aimedAt + 1e-9);
          // Less than that only when nobody could be read more often.
          const isAllUsed = needed > aimedAt - 1e-9;
          expect(isAllUsed || spareFactor === 0.25 || rows.imminent + rows.hot === 0).toBe(true);
        },
      ),
    );
  });

  it('spares nothing for the hottest while somebody else uses the credential, or by webhook', () => {
    const counts = applications({ hot: 10 });
    expect(load(counts).spareFactor).toBe(0.25);
    expect(load(counts, { slowFactor: 2 }).spareFactor).toBe(1);
    expect(load(counts, { byWebhook: true }).spareFactor).toBe(1);
  });
});

describe('the periods that hold', () => {
  const effective = (change: Partial<Parameters<typeof effectivePeriods>[0]>) =>
    effectivePeriods({
      ...{ periods, load: { spareFactor: 1 }, byWebhook: false, isIdle: false, ...change },
    });
  const minutes = ({ imminent, hot, warm, cold, listing, changes }: typeof periods) =>
    [imminent, hot, warm, cold, listing, changes].map((ms) => ms / 60_000);

  it('are stretched by webhooks, and scale with everything else', () => {
    expect(minutes(effective({}))).toEqual([1, 5, 30, 360, 120, 10]);
    expect(minutes(effective({ byWebhook: true }))).toEqual([2, 30, 240, 1_440, 720, 60]);
    const scaled = scaleWatchPeriods(periods, 0.1);
    expect(minutes(effective({ periods: scaled, byWebhook: true }))).toEqual([
      0.2, 3, 24, 144, 72, 6,
    ]);
  });

  it('let an idle organization ask for changes in step with its catalogue', () => {
    expect(effective({ isIdle: true }).changes).toBe(periods.catalogue);
    expect(effective({ isIdle: true, byWebhook: true }).changes).toBe(periods.changesByWebhook);
  });
});
