import { spentUntil } from '../../../workflows/contracts/spent-until.js';

const minute = 60_000;
const over = {
  outcome: 'captured',
  reason: null,
  startsAt: 0,
  endsAt: 60 * minute,
  endedAt: 31 * minute,
  outcomeAt: 40 * minute,
} as const;

describe('what an outcome is about', () => {
  it('is what began while people were there with the bot, not until it was noticed', () => {
    // Others left at minute 29, the bot two minutes later; the next timeslot begins at minute 30.
    expect(spentUntil(over)).toBeLessThan(30 * minute);
    expect(spentUntil(over)).toBeGreaterThan(28 * minute);
  });

  it('is its first timeslot at least', () => {
    expect(spentUntil({ ...over, endedAt: minute })).toBe(0);
    expect(spentUntil({ ...over, outcome: 'missed', outcomeAt: -minute })).toBe(0);
  });

  it('of a miss, is what had begun when it was known', () => {
    expect(spentUntil({ ...over, outcome: 'missed', endedAt: minute })).toBe(40 * minute);
  });

  it.each(['removed_by_participant', 'bot_kicked_from_call', 'host_denied_permission'])(
    'is the whole session after people sent the bot away: %s',
    (reason) => {
      for (const outcome of ['captured', 'missed'] as const) {
        expect(spentUntil({ ...over, outcome, reason })).toBe(60 * minute - 1);
      }
    },
  );

  it.each([null, 'skipped', 'cancelled'] as const)(
    'is nothing where no bot came: %s',
    (outcome) => {
      expect(spentUntil({ ...over, outcome })).toBeNull();
    },
  );
});
