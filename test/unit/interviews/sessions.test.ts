import fc from 'fast-check';
import { findMeetingLink, type MeetingRoom } from '../../../activities/interviews/meeting-link.js';
import {
  longestGapMs,
  planSessions,
  type SessionTimeslot,
} from '../../../activities/interviews/sessions.js';

const minute = 60_000;

function room(url: string): MeetingRoom {
  const link = findMeetingLink({ texts: [url] });
  if (link.kind !== 'found') {
    throw new Error('not a room');
  }
  const { provider, identity, joinable } = link;
  return { provider, url: link.url, identity, joinable };
}

const zoom = room('https://zoom.us/j/84012345678');
const zoomWithPasscode = room('https://acme.zoom.us/j/84012345678?pwd=abc');
const meet = room('https://meet.google.com/abc-defg-hij');

function slot(
  timeslotId: string,
  fromMinute: number,
  untilMinute: number,
  where: MeetingRoom | null = zoom,
): SessionTimeslot {
  return { timeslotId, startsAt: fromMinute * minute, endsAt: untilMinute * minute, room: where };
}

describe('sessions of an interview', () => {
  it('joins timeslots of one room up to a gap of 15 minutes', () => {
    expect(planSessions({ timeslots: [slot('b', 0, 30), slot('a', 45, 60)] })).toEqual([
      { sessionId: 'a', startsAt: 0, endsAt: 60 * minute, room: zoom, timeslotIds: ['a', 'b'] },
    ]);
  });

  it('parts them when the gap is longer', () => {
    const later = { ...slot('b', 45, 60), startsAt: 45 * minute + 1 };
    expect(
      planSessions({ timeslots: [slot('a', 0, 30), later] }).map(({ sessionId }) => sessionId),
    ).toEqual(['a', 'b']);
  });

  it('measures the gap from the latest end, not from the last timeslot', () => {
    const timeslots = [slot('a', 0, 120), slot('b', 10, 20), slot('c', 130, 140)];
    expect(planSessions({ timeslots })).toHaveLength(1);
  });

  it('parts timeslots of different rooms even when they overlap', () => {
    const timeslots = [slot('a', 0, 60), slot('b', 30, 60, meet), slot('c', 60, 90)];
    expect(planSessions({ timeslots }).map(({ timeslotIds }) => timeslotIds)).toEqual([
      ['a', 'c'],
      ['b'],
    ]);
  });

  it('knows a room by its identity and keeps the link with the passcode', () => {
    const timeslots = [slot('a', 0, 30), slot('b', 30, 60, zoomWithPasscode)];
    expect(planSessions({ timeslots })).toMatchObject([{ room: zoomWithPasscode }]);
  });

  it('makes a session without a room of timeslots without a link', () => {
    const timeslots = [slot('a', 0, 30, null), slot('b', 30, 60, null)];
    expect(planSessions({ timeslots })).toMatchObject([{ room: null, timeslotIds: ['a', 'b'] }]);
  });

  it('takes the smallest id in string order, not by number', () => {
    expect(planSessions({ timeslots: [slot('9', 0, 30), slot('10', 30, 60)] })).toMatchObject([
      { sessionId: '10' },
    ]);
  });

  it('has none without timeslots', () => {
    expect(planSessions({ timeslots: [] })).toEqual([]);
  });
});

describe('laws of sessions', () => {
  const timeslots = fc
    .uniqueArray(
      fc.record({
        timeslotId: fc.string({ minLength: 1, maxLength: 4 }),
        startsAt: fc.integer({ min: 0, max: 300 }).map((at) => at * minute),
        length: fc.integer({ min: 0, max: 90 }).map((length) => length * minute),
        room: fc.constantFrom(null, zoom, zoomWithPasscode, meet),
      }),
      { selector: ({ timeslotId }) => timeslotId, maxLength: 12 },
    )
    .map((list): SessionTimeslot[] =>
      list.map(({ length, ...rest }) => ({ ...rest, endsAt: rest.startsAt + length })),
    );

  it('puts every timeslot into exactly one session', () => {
    fc.assert(
      fc.property(timeslots, (list) => {
        const placed = planSessions({ timeslots: list }).flatMap((session) => session.timeslotIds);
        expect(placed.sort()).toEqual(list.map(({ timeslotId }) => timeslotId).sort());
      }),
    );
  });

  it('does not depend on the order of the timeslots', () => {
    const shuffled = timeslots.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        expect(planSessions({ timeslots: other })).toEqual(planSessions({ timeslots: list }));
      }),
    );
  });

  it('leaves no two sessions of one room within 15 minutes of each other', () => {
    fc.assert(
      fc.property(timeslots, (list) => {
        const sessions = planSessions({ timeslots: list });
        const gaps = sessions.flatMap((one) =>
          sessions
            .filter((other) => other !== one && other.room?.identity === one.room?.identity)
            .map((other) => Math.max(one.startsAt - other.endsAt, other.startsAt - one.endsAt)),
        );
        expect(gaps.filter((gap) => gap <= longestGapMs)).toEqual([]);
      }),
    );
  });

  it('spans exactly its timeslots, all of its room, named by the smallest', () => {
    fc.assert(
      fc.property(timeslots, (list) => {
        for (const session of planSessions({ timeslots: list })) {
          const own = list.filter(({ timeslotId }) => session.timeslotIds.includes(timeslotId));
          expect(session.startsAt).toBe(Math.min(...own.map(({ startsAt }) => startsAt)));
          expect(session.endsAt).toBe(Math.max(...own.map(({ endsAt }) => endsAt)));
          expect(session.sessionId).toBe(own.map(({ timeslotId }) => timeslotId).sort()[0]);
          for (const { room: where } of own) {
            expect(where?.identity).toBe(session.room?.identity);
          }
        }
      }),
    );
  });
});
