import fc from 'fast-check';
import {
  never,
  nextCheckOf,
  watchPeriods as periods,
  tierOf,
} from '../../../activities/watching/tiers.js';

const now = 1_800_000_000_000;
const minute = 60_000;
const tier = (status: string | null, ...windows: [number, number][]) =>
  tierOf({
    status,
    now,
    periods,
    windows: windows.map(([from, until]) => ({
      startsAt: now + from * minute,
      endsAt: now + until * minute,
    })),
  });

describe('the tier of an application', () => {
  it('is imminent from 60 minutes before a start until its end', () => {
    expect(
      [
        [60, 90],
        [61, 90],
        [-30, 1],
        [-30, 0],
      ].map(([from = 0, until = 0]) => tier('INTERVIEW', [from, until])),
    ).toEqual(['imminent', 'hot', 'imminent', 'hot']);
  });

  it('follows the status when no interview is ahead, and an interview that is ahead beats it', () => {
    expect(
      [
        'INTERVIEW',
        'OFFERED',
        'NEW',
        'IN_REVIEW',
        'LEAD',
        null,
        'ELSE',
        'HIRED',
        'REJECTED',
        'WITHDRAWN',
        'TRANSFERRED',
      ].map((status) => tier(status)),
    ).toEqual([
      'hot',
      'hot',
      'warm',
      'warm',
      'cold',
      'warm',
      'cold',
      'done',
      'done',
      'done',
      'done',
    ]);
    expect(tier('REJECTED', [500, 560])).toBe('hot');
  });

  it('is hot for a day after a hint; of one that is done only if somebody meant the interviews', () => {
    const hinted = (
      status: string,
      reason: 'new' | 'updated' | 'webhook' | 'refresh',
      hours = 23,
    ) =>
      tierOf({
        status,
        windows: [],
        now,
        periods,
        hint: { at: now - hours * 60 * minute, reason },
      });
    expect(hinted('NEW', 'updated')).toBe('hot');
    expect(hinted('NEW', 'updated', 24)).toBe('warm');
    expect(hinted('REJECTED', 'updated')).toBe('done');
    expect(hinted('REJECTED', 'webhook')).toBe('hot');
    expect(hinted('HIRED', 'refresh')).toBe('hot');
  });

  it('is cold for a candidate who is new or in review and was quiet for 30 days', () => {
    const quiet = (
      status: string | null,
      days: number,
      ...windows: { startsAt: number; endsAt: number }[]
    ) => tierOf({ status, windows, now, periods, activityAt: now - days * 24 * 60 * minute });
    expect(['NEW', 'IN_REVIEW', null].map((status) => quiet(status, 30))).toEqual([
      'cold',
      'cold',
      'cold',
    ]);
    expect(quiet('NEW', 29)).toBe('warm');
    expect(quiet('INTERVIEW', 90)).toBe('hot');
    const tomorrow = { startsAt: now + 24 * 60 * minute, endsAt: now + 25 * 60 * minute };
    expect(quiet('NEW', 90, tomorrow)).toBe('hot');
  });
});

describe('the next look', () => {
  it('comes after the period, or when an interview becomes imminent; never when all is done', () => {
    const at = (name: 'hot' | 'cold' | 'done', startsAt: number) =>
      nextCheckOf({
        tier: name,
        status: null,
        now,
        periods,
        windows: [{ startsAt, endsAt: startsAt + minute }],
      });
    expect(at('hot', now + 300 * minute)).toBe(now + periods.hot);
    expect(at('cold', now + 63 * minute)).toBe(now + 3 * minute);
    expect(at('done', now + 63 * minute)).toBe(never);
  });

  it('is never later than the moment at which an interview becomes imminent', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -500, max: 5_000 }), { minLength: 1 }), (starts) => {
        const windows = starts.map((start) => ({
          startsAt: now + start * minute,
          endsAt: now + (start + 45) * minute,
        }));
        const input = { status: null, windows, now, periods };
        const next = nextCheckOf({ ...input, tier: tierOf(input) });
        expect(next).toBeGreaterThan(now);
        const moments = windows
          .map(({ startsAt }) => startsAt - periods.imminentFrom)
          .filter((at) => at > now);
        expect(next).toBeLessThanOrEqual(Math.min(...moments, Number.POSITIVE_INFINITY));
      }),
    );
  });
});
