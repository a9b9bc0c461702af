import type { JoinSession } from '../../../workflows/contracts/join-interview.js';
import { protocolTimes as times } from '../../../workflows/contracts/protocol-times.js';
import { momentKey, nextMomentOf } from '../../../workflows/state/join-moments.js';
import { mergeDesired } from '../../../workflows/state/join-plan.js';

const minute = 60_000;
const hour = 60 * minute;
const startsAt = Date.UTC(2027, 0, 11, 9);

function session(change: Partial<JoinSession> = {}): JoinSession {
  const [made] = mergeDesired({
    interviewId: 'i',
    sessions: [],
    desired: {
      ...{ version: 1, jobId: 'j', mailDue: false },
      sessions: [
        {
          ...{ sessionId: 's', startsAt, endsAt: startsAt + hour, roomKey: 'room' },
          ...{ verdict: 'join', code: 'will_join', wantedAt: null },
        },
      ],
    },
    now: startsAt - 48 * hour,
    times,
  });
  if (made === undefined) throw new Error('no session');
  return { ...made, ...change };
}
const next = (change: Partial<JoinSession> = {}) => {
  const due = nextMomentOf([session(change)], times);
  return due === null ? null : [due.moment, (due.at - startsAt) / minute];
};
/** Moments ahead without their spread: the latest that each may be. */
const nextWithin = (change: Partial<JoinSession> = {}) => {
  const [moment, at] = next(change) ?? [];
  if (moment === undefined || at === undefined) return null;
  const latest = { preflight_day: -24 * 60, preflight_hour: -60, preflight_minutes: -5 };
  const spread = { preflight_day: 60, preflight_hour: 5, preflight_minutes: 2 };
  if (!(moment in latest)) return [moment, at];
  const ahead = moment as keyof typeof latest;
  expect(at).toBeLessThanOrEqual(latest[ahead]);
  expect(at).toBeGreaterThan(latest[ahead] - spread[ahead]);
  return [moment, latest[ahead]];
};
const past = (...moments: Parameters<typeof momentKey>[1][]) =>
  moments.map((moment) => momentKey({ startsAt }, moment));
const ahead = past('preflight_day', 'preflight_hour', 'preflight_minutes');

it('a bot is looked after a day, an hour and five minutes ahead, and missed a minute after the start', () => {
  expect([
    nextWithin(),
    nextWithin({ attended: past('preflight_day') }),
    nextWithin({ attended: past('preflight_day', 'preflight_hour') }),
    nextWithin({ attended: ahead }),
    nextWithin({ attended: [...ahead, ...past('missing')] }),
  ]).toEqual([
    ['preflight_day', -24 * 60],
    ['preflight_hour', -60],
    ['preflight_minutes', -5],
    ['missing', 1],
    null,
  ]);
});

it('moments before an interview was known are left out, all but the alarm', () => {
  expect(nextWithin({ knownAt: startsAt - 2 * hour })).toEqual(['preflight_hour', -60]);
  // Known within the spread, before the latest instant.
  expect(next({ knownAt: startsAt - hour })).toEqual(['preflight_hour', -60]);
  expect(next({ knownAt: startsAt - minute })).toEqual(['missing', 1]);
  expect(next({ knownAt: startsAt + 10 * minute })).toEqual(['missing', 1]);
});

it('moments of interviews that begin at the same instant are not at the same instant', () => {
  const at = (sessionId: string) => next({ sessionId })?.[1];
  const instants = Array.from({ length: 200 }, (_, index) => at(`session-${index}`));
  expect(new Set(instants).size).toBeGreaterThan(190);
});

it('a bot in the lobby is spoken for after a minute, and missed all the same', () => {
  const lobby = { state: 'lobby', lobbySince: startsAt - 2 * minute, attended: ahead } as const;
  expect(next(lobby)).toEqual(['lobby', -1]);
  expect(next({ ...lobby, attended: [...ahead, ...past('lobby')] })).toEqual(['missing', 1]);
});

it('nobody misses a bot that is in, that was in, or that somebody kept out', () => {
  for (const change of [
    { state: 'recording' },
    { state: 'waiting', joinedAt: 1 },
    { verdict: 'skip', code: 'skipped_by_person' },
    { verdict: 'skip', code: 'role_off' },
    { outcome: 'captured' },
    { dropped: true },
  ] as Partial<JoinSession>[]) {
    expect(next({ attended: ahead, ...change })).toBeNull();
  }
});

it('a bot that is kept out by what nobody chose is missed', () => {
  expect(next({ verdict: 'skip', code: 'vendor_unreachable', attended: ahead })).toEqual([
    'missing',
    1,
  ]);
  expect(nextWithin({ verdict: 'skip', code: 'link_unsupported' })).toEqual([
    'preflight_day',
    -24 * 60,
  ]);
  expect(next({ verdict: 'wait', code: 'no_link', attended: ahead })).toEqual(['missing', 1]);
});

it('an interview that moves is attended to anew', () => {
  const moved = session({
    attended: ahead,
    startsAt: startsAt + 72 * hour,
    endsAt: startsAt + 73 * hour,
  });
  expect(nextMomentOf([moved], times)?.moment).toBe('preflight_day');
});
