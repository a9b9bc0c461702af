import fc from 'fast-check';
import type { BotView } from '../../../workflows/contracts/activities.js';
import type { DesiredSession, JoinSession } from '../../../workflows/contracts/join-interview.js';
import { protocolTimes as times } from '../../../workflows/contracts/protocol-times.js';
import {
  afterBot,
  ended,
  hasWork,
  leaveReason,
  mergeDesired,
  requestAt,
  waitingStep,
  withAnotherBot,
  withBotView,
} from '../../../workflows/state/join-plan.js';

const minute = 60_000;
const now = 1_800_000_000_000;
const want = (sessionId: string, change: Partial<DesiredSession> = {}): DesiredSession => ({
  sessionId,
  startsAt: now + 60 * minute,
  endsAt: now + 120 * minute,
  roomKey: 'room',
  verdict: 'join',
  code: 'will_join',
  wantedAt: null,
  ...change,
});
const merge = (sessions: JoinSession[], desired: DesiredSession[], at = now) =>
  mergeDesired({
    interviewId: 'i',
    sessions,
    desired: { version: 1, jobId: 'j', sessions: desired, mailDue: false },
    now: at,
    times,
  });
function session(change: Partial<JoinSession> = {}): JoinSession {
  const [made] = merge([], [want('s')]);
  if (made === undefined) throw new Error('no session');
  return { ...made, ...change };
}
const claimed = (change: Partial<JoinSession> = {}) => {
  const made = session({ state: 'requested', attempt: 1, botId: 'b', ...change });
  return {
    ...made,
    claim: { roomKey: 'room', startsAt: session().startsAt, endsAt: session().endsAt },
  };
};
const view = (change: Partial<BotView> = {}): BotView => ({
  state: 'ended',
  outcome: 'missed',
  reason: null,
  joinedAt: null,
  recordingStartedAt: null,
  endedAt: 1,
  stopping: false,
  leaveForNext: false,
  neededUntil: null,
  anotherMayHelp: false,
  ...change,
});

describe('the minute of the request', () => {
  it('lies 2 to 8 minutes before the start with its last look, always the same, spread evenly', () => {
    const startsAt = now;
    const minutesBefore = Array.from({ length: 6_000 }, (_, index) => {
      const key = {
        interviewId: `interview-${index}`,
        sessionId: `s-${index % 3}`,
        startsAt,
        times,
        lead: undefined,
      };
      expect(requestAt(key)).toBe(requestAt(key));
      return (startsAt - requestAt(key)) / minute;
    });
    expect(Math.min(...minutesBefore)).toBeGreaterThanOrEqual(2);
    const lookMinutes = times.lastLookMs / minute;
    expect(Math.max(...minutesBefore)).toBeLessThanOrEqual(8 - lookMinutes);
    for (const from of [2, 3, 4, 5, 6]) {
      const share = minutesBefore.filter((at) => at >= from && at < from + 1).length;
      expect(share).toBeGreaterThan(950);
      expect(share).toBeLessThan(1_250);
    }
    // The last half minute of the window belongs to the look.
    const last = minutesBefore.filter((at) => at >= 7).length;
    expect(last).toBeGreaterThan(450);
    expect(last).toBeLessThan(650);
  });

  it('is never nearer to the start than the provider needs, however short its lead', () => {
    const lead = { earliestMs: 50_000, latestMs: 45_000 };
    for (const sessionId of ['a', 'b', 'c']) {
      const at = requestAt({ interviewId: 'i', sessionId, startsAt: now, times, lead });
      expect(now - at).toBe(lead.latestMs);
    }
  });
});

describe('what the newest reading asks', () => {
  it('leaves an outcome alone, unless the interview moved behind it or came back', () => {
    const captured = ended(session({ attempt: 3 }), now + 80 * minute, 'captured', null);
    expect(merge([captured], [want('s', { startsAt: now + 70 * minute })])).toEqual([captured]);
    const later = want('s', { startsAt: now + 90 * minute });
    expect(merge([captured], [later])).toMatchObject([{ outcome: null, attempt: 3 }]);
    const sentAway = { ...captured, reason: 'removed_by_participant' };
    expect(merge([sentAway], [later])).toEqual([sentAway]);
    const behind = want('s', { startsAt: captured.endsAt, endsAt: captured.endsAt + minute });
    for (const over of [captured, sentAway]) {
      expect(merge([over], [behind])).toMatchObject([
        { outcome: null, state: 'waiting', attempt: 3 },
      ]);
    }
    const cancelled = ended(session({ attempt: 2 }), now, 'cancelled', 'cancelled');
    expect(merge([cancelled], [want('s')])).toMatchObject([{ outcome: null, attempt: 2 }]);
    expect(merge([cancelled], [want('s', { endsAt: now })])).toEqual([cancelled]);
  });

  it('opens an outcome again for a person who asks after it, and a miss for another link', () => {
    const missed = ended(session({ attempt: 2 }), now, 'missed', 'not_admitted');
    const opened = [{ outcome: null, state: 'waiting', attempt: 2 }];
    expect(merge([missed], [want('s', { wantedAt: now + 1 })])).toMatchObject(opened);
    expect(merge([missed], [want('s', { wantedAt: now })])).toEqual([missed]);
    expect(merge([missed], [want('s', { roomKey: 'mended' })])).toMatchObject(opened);
    const late = want('s', { wantedAt: now + 1, verdict: 'skip', code: 'too_late' });
    expect(merge([missed], [late])).toEqual([missed]);
    expect(merge([missed], [want('s', { roomKey: null })])).toEqual([missed]);
    const captured = ended(session(), now, 'captured', null);
    expect(merge([captured], [want('s', { roomKey: 'other' })])).toEqual([captured]);
  });

  it('drops what it no longer names, and takes it up again when it is named', () => {
    const [gone] = merge([session()], []);
    expect(gone).toMatchObject({ dropped: true, verdict: 'skip', code: 'cancelled' });
    expect(merge(gone === undefined ? [] : [gone], [want('s')])).toMatchObject([
      { dropped: false, verdict: 'join' },
    ]);
  });

  it('says of a session that became part of another that it was merged', () => {
    const first = session({ sessionId: 'first' });
    const all = merge([first, session()], [want('first')]);
    const last = all.find(({ sessionId }) => sessionId !== 'first');
    expect(last && waitingStep(last, { now, times })).toMatchObject({
      outcome: 'cancelled',
      reason: 'merged',
    });
    const [alone] = merge([session()], [want('first', { roomKey: 'elsewhere' })]);
    expect(alone && waitingStep(alone, { now, times })).toMatchObject({ reason: 'cancelled' });
  });

  it('never counts an attempt down, and never forgets a session', () => {
    const sessions = fc.uniqueArray(
      fc.record({
        id: fc.constantFrom('a', 'b', 'c'),
        attempt: fc.nat(5),
        outcome: fc.constantFrom(null, 'captured', 'missed', 'cancelled'),
      }),
      { selector: ({ id }) => id },
    );
    const asked = fc.uniqueArray(
      fc.record({
        id: fc.constantFrom('a', 'b', 'c', 'd'),
        moved: fc.integer({ min: -200, max: 200 }),
      }),
      { selector: ({ id }) => id },
    );
    fc.assert(
      fc.property(sessions, asked, (known, wanted) => {
        const before = known.map(({ id, attempt, outcome }) =>
          session({
            sessionId: id,
            attempt,
            outcome: outcome as JoinSession['outcome'],
            state: outcome === null ? 'waiting' : 'ended',
          }),
        );
        const after = merge(
          before,
          wanted.map(({ id, moved }) => {
            const startsAt = now + moved * minute;
            return want(id, { startsAt, endsAt: startsAt + 60 * minute });
          }),
        );
        expect(after.length).toBe(new Set([...known, ...wanted].map(({ id }) => id)).size);
        for (const one of before) {
          const then = after.find(({ sessionId }) => sessionId === one.sessionId);
          expect(then?.attempt).toBe(one.attempt);
          const settled = one.outcome !== null && then?.outcome !== null;
          expect(settled ? then : one).toEqual(one);
        }
      }),
    );
  });
});

describe('a waiting session', () => {
  it('is checked a last look ahead of its minute, parked without a yes, and finished when it is dropped or over', () => {
    const waiting = session();
    expect(waitingStep(waiting, { now, times })).toEqual({
      ...{ kind: 'check', at: waiting.plannedAt - times.lastLookMs },
    });
    expect(waitingStep({ ...waiting, verdict: 'wait', code: 'no_link' }, { now, times })).toEqual({
      kind: 'park',
      until: waiting.endsAt,
    });
    expect(waitingStep({ ...waiting, lookAgainAt: waiting.plannedAt + 5 }, { now, times })).toEqual(
      {
        kind: 'check',
        at: waiting.plannedAt + 5,
      },
    );
    expect(waitingStep({ ...waiting, dropped: true }, { now, times })).toMatchObject({
      outcome: 'cancelled',
    });
    const over = (change: Partial<JoinSession>) =>
      waitingStep({ ...waiting, ...change }, { now: waiting.endsAt, times });
    expect(over({})).toMatchObject({ outcome: 'missed', reason: 'not_requested' });
    expect(over({ verdict: 'skip', code: 'declined' })).toMatchObject({
      outcome: 'skipped',
      reason: 'declined',
    });
    expect(over({ verdict: 'wait', code: 'no_link' })).toMatchObject({
      outcome: 'missed',
      reason: 'no_link',
    });
    expect(over({ recordingStartedAt: 1 })).toMatchObject({ outcome: 'captured' });
  });
});

describe('a bot', () => {
  const reason = (change: Partial<JoinSession>, at = now, neededUntil: number | null = null) =>
    leaveReason(claimed(change), { now: at, times, neededUntil });
  it('stays while somebody who shares it needs it', () => {
    const long = session().endsAt + 31 * minute;
    expect(reason({}, long)).toBe('over');
    expect(reason({}, long, session().endsAt + 10 * minute)).toBeNull();
    expect(reason({}, long, session().endsAt - 10 * minute)).toBe('over');
  });
  it('is no evidence for the time to which its interview was moved', () => {
    const seen = view({ outcome: 'removed', joinedAt: 1, recordingStartedAt: 2 });
    const moved = claimed({ startsAt: session().startsAt + 240 * minute, requestedAt: 1 });
    expect(afterBot(moved, seen, 'moved', now)).toMatchObject({
      ...{ state: 'waiting', joinedAt: null, recordingStartedAt: null, requestedAt: null },
      outcome: null,
    });
    const late = session().startsAt + 10 * minute;
    expect(afterBot(claimed({ roomKey: 'other' }), seen, 'moved', late)).toMatchObject({
      ...{ joinedAt: null, recordingStartedAt: 2 },
    });
  });
  it('that recorded an empty room has missed its interview, one that was in twice has not', () => {
    const empty = view({ reason: 'no_one_joined', joinedAt: 1, recordingStartedAt: 2 });
    expect(afterBot(claimed(), empty, null, now)).toMatchObject({
      ...{ outcome: 'missed', reason: 'no_one_joined' },
    });
    const again = claimed({ joinedAt: 1, recordingStartedAt: 2 });
    expect(afterBot(again, view({ reason: 'not_admitted' }), null, now)).toMatchObject({
      outcome: 'captured',
    });
  });
  it('is no evidence for who shares it before that one began', () => {
    const early = {
      joinedAt: 1,
      recordingStartedAt: 2,
      endedAt: null,
      state: 'recording',
    } as const;
    const rider = claimed({ sharing: true });
    expect(withBotView(rider, view(early), rider.startsAt - 1)).toMatchObject({
      state: 'recording',
      joinedAt: null,
      recordingStartedAt: null,
    });
    expect(withBotView(rider, view(early), rider.startsAt)).toMatchObject({
      recordingStartedAt: 2,
    });
  });
  it('is followed by another one, twice at most, when it could not get in for a while', () => {
    const outside = view({ anotherMayHelp: true });
    const next = withAnotherBot(claimed(), outside, { now, times });
    expect(next).toMatchObject({ state: 'waiting', botId: null, claim: null, extraBots: 1 });
    expect((next?.lookAgainAt ?? 0) - now).toBeGreaterThanOrEqual(minute);
    expect((next?.lookAgainAt ?? 0) - now).toBeLessThanOrEqual(2 * minute);
    for (const [change, seen] of [
      [{ extraBots: 2 }, outside],
      [{ joinedAt: 5 }, outside],
      [{}, view({ anotherMayHelp: true, joinedAt: 5 })],
      [{}, view()],
      [{ endsAt: now + minute }, outside],
    ] as const) {
      expect(withAnotherBot(claimed(change), seen, { now, times })).toBeNull();
    }
  });
  it('stays at the door of an interview that turns out to have begun earlier', () => {
    const { startsAt } = session();
    const at = (state: 'lobby' | 'requested', minutes: number) =>
      reason({ state, startsAt: startsAt + minutes * minute }, startsAt);
    expect(at('lobby', -30)).toBeNull();
    expect(at('lobby', 1)).toBe('moved');
    expect(at('requested', -30)).toBe('moved');
  });
  it('stays while nothing speaks against it, whatever only time says', () => {
    expect(reason({})).toBeNull();
    expect(reason({ verdict: 'skip', code: 'too_late' })).toBeNull();
    expect(reason({ roomKey: null, verdict: 'wait', code: 'no_link' })).toBeNull();
    expect(reason({ endsAt: session().endsAt + 30 * minute })).toBeNull();
  });

  it.each([
    'paused',
    'not_active',
    'role_off',
    'excluded',
    'record_off',
    'skipped_by_person',
    'declined',
  ] as const)('leaves when it is forbidden (%s)', (code) => {
    expect(reason({ verdict: 'skip', code })).toBe('forbidden');
  });

  it('leaves when its interview is cancelled, moved or long over', () => {
    expect(reason({ dropped: true })).toBe('cancelled');
    expect(reason({ roomKey: 'other' })).toBe('moved');
    expect(reason({ startsAt: session().startsAt + minute })).toBe('moved');
    expect(reason({}, session().endsAt + times.leaveAfterEndMs)).toBe('over');
  });

  it('stays in the call when only the start moved a little, and leaves when it moved far', () => {
    const recording = { state: 'recording' as const };
    expect(reason({ ...recording, startsAt: now + minute })).toBeNull();
    expect(reason({ ...recording, startsAt: now + 24 * 60 * minute })).toBe('moved');
  });

  it('leaves an outcome that rests on evidence of recording', () => {
    const of = (change: Partial<BotView>, left: Parameters<typeof afterBot>[2]) => {
      const after = afterBot(claimed(), view(change), left, now);
      return after.outcome === null ? `open: ${after.state}` : `${after.outcome}: ${after.reason}`;
    };
    const recorded = { outcome: 'captured', recordingStartedAt: 5 } as const;
    expect(of(recorded, null)).toBe('captured: null');
    expect(of({ reason: 'not_admitted' }, null)).toBe('missed: not_admitted');
    expect(of({}, 'over')).toBe('missed: nobody_recorded');
    expect(of(recorded, 'next_interview')).toBe('captured: null');
    expect(of(recorded, 'cancelled')).toBe('cancelled: will_join');
    for (const left of ['forbidden', 'moved', 'stopped'] as const)
      expect(of(recorded, left)).toBe('open: waiting');
  });
});

it('a join has work until all is settled, unless all of it is far ahead', () => {
  const at = { now, times };
  expect(hasWork([], at)).toBe('finished');
  expect(hasWork([session()], at)).toBe('yes');
  expect(hasWork([ended(session(), now, 'missed', null)], at)).toBe('finished');
  const far = session({ startsAt: now + times.joinHorizonMs + 1 });
  expect(hasWork([far], at)).toBe('too_far');
  expect(hasWork([{ ...far, state: 'requested' }], at)).toBe('yes');
  expect(hasWork([{ ...far, dropped: true }], at)).toBe('yes');
});
