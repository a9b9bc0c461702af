import { SmartRecruitersError } from '../../../activities/smartrecruiters/errors.js';
import { rowAfterFailure } from '../../../activities/watching/failed-turn.js';
import { watchPeriods as periods } from '../../../activities/watching/tiers.js';
import type { WorkRow, WorkTier } from '../../../common/read-model/documents.js';

const now = 1_000_000;

function restAfter(tier: WorkTier, retryAfterMs: number | null): number {
  const row = { kind: 'application', tier, jobId: 'job' } as WorkRow;
  const error = new SmartRecruitersError({
    ...{ kind: 'throttled', status: 429, endpoint: 'interviews.list' },
    ...(retryAfterMs !== null && { retryAfterMs }),
  });
  return (rowAfterFailure(row, error, { now, periods }).nextCheckAt ?? 0) - now;
}

describe('a row that could not be read for a while', () => {
  it('waits as long as the vendor asks for', () => {
    expect(restAfter('hot', 40_000)).toBe(40_000);
    expect(restAfter('hot', null)).toBe(periods.retry);
  });

  it('waits no longer than its own period and than the watch rests, whatever is asked for', () => {
    const day = 24 * 60 * 60_000;
    expect(restAfter('imminent', day)).toBe(periods.imminent);
    expect(restAfter('warm', day)).toBe(periods.awayRest);
    expect(restAfter('cold', day)).toBe(periods.awayRest);
  });

  it('is not tried again at once, even when that is what is asked for', () => {
    expect(restAfter('hot', 0)).toBe(periods.lookAgain);
  });
});
