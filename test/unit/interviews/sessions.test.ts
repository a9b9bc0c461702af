import fc from 'fast-check';
import { findMeetingLink, type MeetingRoom } from '../../../activities/interviews/meeting-link.js';
import {
  type KnownSession,
  longestGapMs,
  planSessions,
  type SessionPlan,
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
const webex = room('https://acme.webex.com/meet/jane.doe');
const meet = room('https://meet.google.com/abc-defg-hij');

function slot(
  timeslotId: string,
  fromMinute: number,
  untilMinute: number,
  where: MeetingRoom | null = zoom,
): SessionTimeslot {
  return { timeslotId, startsAt: fromMinute * minute, endsAt: untilMinute * minute, room: where };
}

function inRoom(timeslot: SessionTimeslot, where: MeetingRoom | null): SessionTimeslot {
  return { ...timeslot, room: where };
}

function idsOf({ sessionId, timeslotIds }: SessionPlan): string[] {
  return [sessionId, ...timeslotIds];
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

  it('makes one session of a panel in one room and two of a panel in two', () => {
    const panel = [slot('a', 0, 45), slot('b', 45, 90), slot('c', 100, 145), slot('d', 145, 190)];
    expect(planSessions({ timeslots: panel })).toMatchObject([
      { sessionId: 'a', startsAt: 0, endsAt: 190 * minute },
    ]);
    const halfMoved = panel.map((each) =>
      each.startsAt < 100 * minute ? each : inRoom(each, meet),
    );
    expect(planSessions({ timeslots: halfMoved })).toMatchObject([
      { sessionId: 'a', endsAt: 90 * minute, room: zoom },
      { sessionId: 'c', startsAt: 100 * minute, room: meet },
    ]);
  });

  it('plans interviews that follow each other in a personal room each for itself', () => {
    const first = planSessions({ timeslots: [slot('a', 0, 60)] });
    const second = planSessions({ timeslots: [slot('b', 60, 120)] });
    expect([first, second]).toMatchObject([
      [{ sessionId: 'a', endsAt: 60 * minute, timeslotIds: ['a'] }],
      [{ sessionId: 'b', startsAt: 60 * minute, timeslotIds: ['b'] }],
    ]);
    expect(first[0]?.room?.identity).toBe(second[0]?.room?.identity);
  });

  it('keeps the id of a session when a later timeslot moves to another room and back', () => {
    const before = [slot('a', 0, 30), slot('b', 30, 60), slot('c', 60, 90)];
    const moved = before.map((each) => (each.timeslotId === 'b' ? inRoom(each, meet) : each));
    expect(planSessions({ timeslots: before }).map(idsOf)).toEqual([['a', 'a', 'b', 'c']]);
    expect(planSessions({ timeslots: moved }).map(idsOf)).toEqual([
      ['a', 'a'],
      ['b', 'b'],
      ['c', 'c'],
    ]);
  });

  describe('that was planned before', () => {
    const known = (
      sessionId: string,
      timeslotIds: string[],
      spentUntil: number | null = null,
      hasBot = false,
    ): KnownSession => ({ sessionId, timeslotIds, spentUntil, hasBot });
    const replanned = (timeslots: SessionTimeslot[], before: KnownSession[]) =>
      planSessions({ timeslots, known: before }).map(idsOf);

    it('keeps its id when a timeslot with a smaller one is added', () => {
      const timeslots = [slot('a', 0, 30), slot('b', 30, 60)];
      expect(replanned(timeslots, [known('b', ['b'])])).toEqual([['b', 'a', 'b']]);
    });

    it('keeps its id when the timeslot that it is named after is deleted', () => {
      expect(replanned([slot('b', 30, 60)], [known('a', ['a', 'b'])])).toEqual([['a', 'b']]);
    });

    it('gives its id to the part with its namesake when its timeslots part', () => {
      const timeslots = [slot('a', 0, 30, meet), slot('b', 30, 60)];
      expect(replanned(timeslots, [known('a', ['a', 'b'])])).toEqual([
        ['a', 'a'],
        ['b', 'b'],
      ]);
    });

    it('gives a new timeslot an id of its own when another session has that', () => {
      const timeslots = [slot('a', 0, 30, meet), slot('b', 30, 60)];
      expect(replanned(timeslots, [known('a', ['b'])])).toEqual([
        ['a~2', 'a'],
        ['a', 'b'],
      ]);
    });

    it('goes on under the earlier id when two become one', () => {
      const timeslots = [slot('a', 30, 60), slot('b', 0, 30)];
      expect(replanned(timeslots, [known('b', ['b']), known('a', ['a'])])).toEqual([
        ['b', 'a', 'b'],
      ]);
    });

    it('is about no timeslot that begins after its outcome', () => {
      const timeslots = [slot('a', 0, 30), slot('b', 40, 60)];
      expect(replanned(timeslots, [known('a', ['a', 'b'], 25 * minute)])).toEqual([
        ['a', 'a'],
        ['b', 'b'],
      ]);
      expect(replanned(timeslots, [known('a', ['a'], 25 * minute)])).toEqual([
        ['a', 'a'],
        ['b', 'b'],
      ]);
      expect(replanned(timeslots, [known('a', ['a', 'b'], 40 * minute)])).toEqual([
        ['a', 'a', 'b'],
      ]);
    });

    it('keeps its id for what its outcome is about, whatever the ids are', () => {
      const timeslots = [slot('b', 0, 30), slot('a', 40, 60)];
      expect(replanned(timeslots, [known('a', ['a', 'b'], 25 * minute)])).toEqual([
        ['a', 'b'],
        ['a~2', 'a'],
      ]);
    });

    it('takes a timeslot that moves behind its outcome along with others', () => {
      const timeslots = [slot('a', 100, 130), slot('b', 130, 160)];
      const before = [known('a', ['a'], 25 * minute), known('b', ['b'])];
      expect(replanned(timeslots, before)).toEqual([['b', 'a', 'b']]);
      expect(replanned([slot('a', 100, 130)], before)).toEqual([['a', 'a']]);
    });

    it('goes on under the id of the bot that is there, whichever was first', () => {
      const timeslots = [slot('a', 0, 30), slot('b', 30, 60)];
      const before = [known('a', ['a']), known('b', ['b'], null, true)];
      expect(replanned(timeslots, before)).toEqual([['b', 'a', 'b']]);
    });

    it('stays in one piece once it is over, whatever becomes of its timeslots', () => {
      const timeslots = [slot('a', 0, 30), slot('c', 60, 90, meet)];
      expect(replanned(timeslots, [known('a', ['a', 'b', 'c'], 90 * minute)])).toEqual([
        ['a', 'a', 'c'],
      ]);
    });
  });

  it('has none without timeslots', () => {
    expect(planSessions({ timeslots: [] })).toEqual([]);
  });
});

describe('laws of sessions', () => {
  const places = [null, zoom, zoomWithPasscode, meet, webex];
  const timeslots = fc
    .uniqueArray(
      fc.record({
        timeslotId: fc.string({ minLength: 1, maxLength: 4 }),
        startsAt: fc.integer({ min: 0, max: 300 }).map((at) => at * minute),
        length: fc.integer({ min: 0, max: 90 }).map((length) => length * minute),
        room: fc.constantFrom(...places),
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

  const planned = (list: SessionTimeslot[], spentUntil: number | null = null): KnownSession[] =>
    planSessions({ timeslots: list }).map((session) => ({
      ...session,
      spentUntil,
      hasBot: false,
    }));

  it('never gives one id to two sessions, whatever was planned before', () => {
    const spent = fc.option(fc.integer({ min: 0, max: 400 * minute }));
    fc.assert(
      fc.property(timeslots, timeslots, spent, (list, before, spentUntil) => {
        const known = planned(before, spentUntil);
        const ids = planSessions({ timeslots: list, known }).map(({ sessionId }) => sessionId);
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });

  it('plans what has not changed as it was, whoever has had a bot', () => {
    const spent = fc.constantFrom(null, Number.POSITIVE_INFINITY);
    fc.assert(
      fc.property(timeslots, spent, (list, spentUntil) => {
        expect(planSessions({ timeslots: list, known: planned(list, spentUntil) })).toEqual(
          planSessions({ timeslots: list }),
        );
      }),
    );
  });

  it('cuts open sessions alike, whatever they were called before', () => {
    const parts = (sessions: SessionPlan[]) =>
      sessions.map((session) => JSON.stringify(session.timeslotIds)).sort();
    fc.assert(
      fc.property(timeslots, timeslots, (list, before) => {
        expect(parts(planSessions({ timeslots: list, known: planned(before) }))).toEqual(
          parts(planSessions({ timeslots: list })),
        );
      }),
    );
  });

  describe('when one timeslot moves', () => {
    /** Timeslots before, the same after one of them moved, and which it was. */
    const moves = fc
      .tuple(
        timeslots.filter((list) => list.length > 0),
        fc.nat(),
        fc.constantFrom(...places),
        fc.integer({ min: -120, max: 120 }),
      )
      .map(([before, index, where, minutes]) => {
        const moved = before[index % before.length] as SessionTimeslot;
        const after = before.map((each) =>
          each === moved
            ? {
                ...moved,
                room: where,
                startsAt: moved.startsAt + minutes * minute,
                endsAt: moved.endsAt + minutes * minute,
              }
            : each,
        );
        return {
          movedId: moved.timeslotId,
          rooms: [moved.room?.identity, where?.identity],
          before: planSessions({ timeslots: before }),
          after: planSessions({ timeslots: after }),
        };
      });

    it('leaves the sessions of other rooms as they were', () => {
      fc.assert(
        fc.property(moves, ({ rooms, before, after }) => {
          const elsewhere = ({ room: where }: SessionPlan) => !rooms.includes(where?.identity);
          expect(after.filter(elsewhere)).toEqual(before.filter(elsewhere));
        }),
      );
    });

    it('changes only the session it left and the one it came to', () => {
      fc.assert(
        fc.property(moves, ({ movedId, before, after }) => {
          const holds = ({ timeslotIds }: SessionPlan) => timeslotIds.includes(movedId);
          const left = before.find(holds)?.timeslotIds ?? [];
          const joined = after.find(holds)?.timeslotIds ?? [];
          for (const session of before.filter((each) => !holds(each))) {
            const isPart = session.timeslotIds.every((id) => joined.includes(id));
            expect(isPart || after.some((each) => isSame(each, session))).toBe(true);
          }
          for (const session of after.filter((each) => !holds(each))) {
            const isPart = session.timeslotIds.every((id) => left.includes(id));
            expect(isPart || before.some((each) => isSame(each, session))).toBe(true);
          }
        }),
      );
    });
  });
});

function isSame(one: SessionPlan, other: SessionPlan): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
