import fc from 'fast-check';
import { type Choosable, chooseNext } from '../../../activities/watching/choice.js';
import { periodOf, watchPeriods } from '../../../activities/watching/tiers.js';

/** Short periods, in which the tiers differ as much as they really do; one request takes one unit. */
const periods = { ...watchPeriods, imminent: 60, hot: 60, warm: 360, cold: 2_160, catalogue: 180 };

interface Simulated extends Choosable {
  reads: { at: number; lateness: number }[];
}

type Group = Partial<Pick<Choosable, 'kind' | 'tier' | 'urgent'>>;

/** Rows of one group, due at random within their first period, or all at once. */
function rowsOf(count: number, group: Group, phase: (index: number) => number): Simulated[] {
  return Array.from({ length: count }, (_, index) => {
    const row = {
      _id: `${group.kind}/${group.tier}/${group.urgent}/${index}`,
      ...{ kind: 'application', tier: 'warm', jobId: 'job', urgent: false, nextCheckAt: 0 },
      ...group,
      reads: [],
    } as Simulated;
    row.nextCheckAt = phase(index) * periodOf(row, periods);
    return row;
  });
}

/** One request after the other for `units` of time, each for the row that is chosen. */
function watch(rows: readonly Simulated[], units: number): void {
  for (let now = 0; now < units; now += 1) {
    const due = rows.filter((row) => row.nextCheckAt <= now);
    const row = chooseNext(due, { now, turn: now, periods });
    if (row === null) continue;
    const period = periodOf(row, periods);
    row.reads.push({ at: now, lateness: (now - row.nextCheckAt) / period });
    row.nextCheckAt = now + period;
    row.urgent = false;
  }
}

const count = (max: number) => fc.integer({ min: 0, max });
const phases = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }));

function phaseFrom(stream: Iterator<number>): () => number {
  return () => stream.next().value as number;
}

describe('the choice of the next row', () => {
  it('reads an imminent row within its period, whatever the backlog of others', () => {
    fc.assert(
      fc.property(
        // 15/16 of the budget, less what rounding to whole turns costs.
        fc.integer({ min: 1, max: 54 }),
        count(400),
        count(100),
        phases,
        (imminent, backlog, urgent, stream) => {
          const rows = rowsOf(imminent, { tier: 'imminent' }, phaseFrom(stream));
          const others = [
            ...rowsOf(backlog, { tier: 'cold' }, () => -50),
            ...rowsOf(urgent, { tier: 'hot', urgent: true }, () => -50),
          ];
          watch([...rows, ...others], 10 * periods.imminent);
          for (const { reads } of rows) {
            expect(reads.length).toBeGreaterThanOrEqual(8);
            expect(Math.max(...reads.map(({ lateness }) => lateness))).toBeLessThanOrEqual(1);
            // Once they have fallen into step each is read at its time.
            for (const { lateness } of reads.slice(2)) expect(lateness).toBeLessThan(0.1);
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  it('makes every tier late by the same factor when there is more to read than the budget', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 120 }),
        fc.integer({ min: 40, max: 400 }),
        fc.integer({ min: 50, max: 400 }),
        phases,
        (hot, warm, cold, stream) => {
          const tiers = [
            ['hot', hot],
            ['warm', warm],
            ['cold', cold],
          ] as const;
          const needed = tiers.reduce((sum, [tier, rows]) => sum + rows / periods[tier], 0);
          fc.pre(needed > 1.1);
          const groups = tiers.map(([tier, rows]) => rowsOf(rows, { tier }, phaseFrom(stream)));
          const settled = 2 * needed * periods.cold;
          watch(groups.flat(), settled + 2 * needed * periods.cold);

          const factors = groups.map((rows) => {
            const gaps = rows.flatMap((row) => {
              const late = row.reads.filter(({ at }) => at >= settled).map(({ at }) => at);
              const period = periodOf(row, periods);
              return late.slice(1).map((at, index) => (at - (late[index] ?? at)) / period);
            });
            return gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
          });
          expect(Math.max(...factors) / Math.min(...factors)).toBeLessThan(1.1);
          for (const factor of factors) expect(factor / needed).toBeCloseTo(1, 0);
        },
      ),
      { numRuns: 5 },
    );
  });

  it('starves no row, however many imminent ones there are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 60, max: 300 }),
        count(20),
        count(20),
        count(5),
        phases,
        (imminent, urgent, warm, catalogue, stream) => {
          const others = [
            ...rowsOf(urgent, { tier: 'hot', urgent: true }, phaseFrom(stream)),
            ...rowsOf(warm, { tier: 'warm' }, phaseFrom(stream)),
            ...rowsOf(catalogue, { kind: 'catalogue' }, phaseFrom(stream)),
          ];
          const rows = rowsOf(imminent, { tier: 'imminent' }, () => 0);
          watch([...rows, ...others], 2 * (periods.warm + 16 * 2 * others.length));
          for (const { reads } of [...rows, ...others]) expect(reads.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 20 },
    );
  });

  it('takes an urgent row before any sweep, and after what is imminent', () => {
    const at = (turn: number, ...rows: Simulated[][]) =>
      chooseNext(rows.flat(), { now: 10_000, turn, periods })?._id;
    const imminent = rowsOf(1, { tier: 'imminent' }, () => 160);
    const urgent = rowsOf(1, { tier: 'hot', urgent: true }, () => 166);
    const sweep = rowsOf(3, { tier: 'hot' }, () => 1);
    expect(at(1, sweep, urgent, imminent)).toBe(imminent[0]?._id);
    expect(at(1, sweep, urgent)).toBe(urgent[0]?._id);
    expect(at(16, sweep, urgent, imminent)).toBe(sweep[0]?._id);
    expect(at(16, imminent)).toBe(imminent[0]?._id);
    expect(at(1)).toBeUndefined();
  });
});
