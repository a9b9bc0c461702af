import { leave } from '../../../activities/joining/claim-members.js';
import { take } from '../../../activities/joining/claim-take.js';
import { isAnsweredFor } from '../../../activities/joining/orphans.js';
import { removalProtocol } from '../../../activities/joining/removal-protocol.js';
import {
  claimProtocol,
  lookUpProtocol,
  requestProtocol,
} from '../../../activities/joining/request-protocol.js';
import {
  type ProtocolInput,
  type RoomBot,
  type RoomProtocol,
  type RoomRule,
  roomRules,
} from '../../../activities/joining/room-protocol.js';
import type { ClaimDoc } from '../../../common/read-model/documents.js';
import { protocolTimes as times } from '../../../workflows/contracts/protocol-times.js';

const epochs = { installation: 0, settings: 0, role: 0, interview: 0 };
const session = {
  ...{ interviewId: 'a', sessionId: 'a', jobId: 'j', generation: 'g' },
  ...{ from: 100, until: 200 },
};
const input: ProtocolInput = {
  key: { orgId: 'o', roomKey: 'r', holderId: 'a', attempt: 1 },
  provider: { keyScope: 'attempt', addressesRooms: false },
  times,
  rules: roomRules,
};
const byRoom: ProtocolInput = { ...input, provider: { keyScope: 'attempt', addressesRooms: true } };
const bot: RoomBot = { botId: 'bot', state: 'in_call', metadata: {} };

/** One room in memory; what else is asked is answered by `answers`, and written down. */
function carryOut<Result>(
  protocol: RoomProtocol<Result>,
  room: { doc: ClaimDoc },
  answers: Record<string, unknown> = {},
  before: (effect: string) => void = () => undefined,
): { result: Result; effects: string[] } {
  const effects: string[] = [];
  const usual: Record<string, unknown> = {
    readFences: { off: null, epochs },
    isForbidden: false,
    findHeirs: [],
    clocks: { now: 0, monotonic: 0 },
    send: { kind: 'made', botId: 'bot' },
    findRequested: null,
    getBot: bot,
    removeBot: null,
  };
  let step = protocol.next();
  while (step.done !== true) {
    const { kind, input: asked } = step.value;
    effects.push(kind);
    before(kind);
    if (kind === 'change') {
      const { next, result } = (asked as { rule: RoomRule<unknown> }).rule(room.doc, 0);
      room.doc = next ?? room.doc;
      step = protocol.next(result);
    } else if (kind === 'readRoom') step = protocol.next(room.doc);
    else {
      const answer = kind in answers ? answers[kind] : usual[kind];
      step = protocol.next(kind === 'clocks' ? { ...(answer as object) } : answer);
    }
  }
  return { result: step.value, effects };
}

function claimedRoom(): { doc: ClaimDoc } {
  const empty: ClaimDoc = { _id: 'o/r', orgId: 'o', roomKey: 'r', rev: 0, holders: [] };
  const room = { doc: empty };
  carryOut(claimProtocol({ ...input, session }), room);
  return room;
}

function liveRoom(of: ProtocolInput = input): { doc: ClaimDoc } {
  const room = claimedRoom();
  carryOut(requestProtocol({ ...of, botKey: 'k' }), room);
  return room;
}

function requestingRoom(of: ProtocolInput = input): { doc: ClaimDoc } {
  const room = claimedRoom();
  carryOut(requestProtocol({ ...of, botKey: 'k' }), room, { send: { kind: 'unknown' } });
  return room;
}

const state = (room: { doc: ClaimDoc }) =>
  room.doc.holders.find((one) => one.holderId === 'a')?.state;

describe('the request', () => {
  it('begins, then looks at the fences, at who forbids, at the clocks, and only then is sent', () => {
    const { effects, result } = carryOut(requestProtocol({ ...input, botKey: 'k' }), claimedRoom());
    expect(effects).toEqual([
      'clocks',
      'change',
      'readFences',
      'isForbidden',
      'clocks',
      'send',
      'change',
    ]);
    expect(result).toEqual({ kind: 'sent', botId: 'bot' });
  });

  it('is to be looked up when somebody settled it while its answer was on the way', () => {
    const room = claimedRoom();
    const protocol = requestProtocol({ ...input, botKey: 'k' });
    const { result } = carryOut(protocol, room, {}, (effect) => {
      if (effect !== 'send') return;
      room.doc = {
        ...room.doc,
        holders: room.doc.holders.map((one) => ({ ...one, state: 'stopping' })),
      };
    });
    expect(result).toEqual({ kind: 'unknown' });
  });

  it.each([
    ['a fence', { readFences: { off: 'role', epochs } }, 'fenced'],
    ['a newer epoch', { readFences: { off: null, epochs: { ...epochs, role: 1 } } }, 'fenced'],
    ['an interview that forbids', { isForbidden: true }, 'fenced'],
    ['its wall clock', { clocks: { now: times.requestDeadlineMs, monotonic: 0 } }, 'late'],
  ])('is not sent because of %s, and its room is free', (_name, answers, why) => {
    const room = claimedRoom();
    const { effects, result } = carryOut(requestProtocol({ ...input, botKey: 'k' }), room, answers);
    expect(result).toEqual({ kind: 'not_sent', why });
    expect(effects).not.toContain('send');
    expect(state(room)).toBe('free');
  });

  it('is not sent when the monotonic clock says that the process was paused', () => {
    const room = claimedRoom();
    const protocol = requestProtocol({ ...input, botKey: 'k' });
    const clock = { now: 0, monotonic: 0 };
    const { result } = carryOut(protocol, room, { clocks: clock }, (effect) => {
      // Each look gets its own copy of what the clocks say by then.
      if (effect === 'isForbidden') clock.monotonic = times.requestDeadlineMs;
    });
    expect(result).toEqual({ kind: 'not_sent', why: 'late' });
  });

  it('to a provider that knows rooms only is not sent while any bot is in the room', () => {
    const room = claimedRoom();
    const answers = { findRequested: bot };
    const { result } = carryOut(requestProtocol({ ...byRoom, botKey: 'k' }), room, answers);
    expect(result).toEqual({ kind: 'not_sent', why: 'claim_lost' });
    expect(state(room)).toBe('free');
  });

  it.each([
    [{ off: 'role', epochs }, false, 'stopping'],
    [{ off: null, epochs }, true, 'stopping'],
    [{ off: null, epochs }, false, 'live'],
  ])(
    'that is found live begins to stop when it is forbidden by then',
    (fences, isForbidden, after) => {
      const room = requestingRoom();
      const answers = { findRequested: bot, readFences: fences, isForbidden };
      carryOut(lookUpProtocol(input), room, answers);
      expect(state(room)).toBe(after);
    },
  );

  it('of a room-wide key adopts only the bot that names it', () => {
    const provider = { keyScope: 'room', addressesRooms: false } as const;
    const of = { ...input, provider };
    const metadata = { generation: 'g', sessionId: 'a', attempt: '1' };
    const found = (change: object) => {
      const room = requestingRoom(of);
      const answers = { findRequested: { ...bot, metadata: { ...metadata, ...change } } };
      return carryOut(lookUpProtocol(of), room, answers).result;
    };
    expect(found({})).toBe('live');
    expect(found({ attempt: '2' })).toBe('undecided');
    expect(found({ sessionId: 'b' })).toBe('undecided');
    expect(found({ generation: 'h' })).toBe('undecided');
  });
});

describe('the removal', () => {
  it('touches nothing when the bot was left to an heir after it had begun', () => {
    const room = liveRoom();
    const member = { ...session, holderId: 'b', interviewId: 'b', sessionId: 'b' };
    room.doc =
      take(room.doc, { ...member, attempt: 1, epochs }, { now: 0, times }).next ?? room.doc;
    let handed = false;
    const { effects, result } = carryOut(removalProtocol(input), room, {}, (effect) => {
      if (effect !== 'change' || handed) return;
      handed = true;
      room.doc = leave(room.doc, { ...input.key, heirs: ['b'] }).next ?? room.doc;
    });
    expect(result).toBe('gone');
    expect(effects).toEqual(['readRoom', 'change']);
    expect(room.doc.holders.find(({ holderId }) => holderId === 'b')?.state).toBe('live');
  });

  it('of a bot in the room stops it, and frees the room only when it is gone', () => {
    const room = liveRoom();
    expect(carryOut(removalProtocol(input), room).result).toBe('stopping');
    expect(state(room)).toBe('stopping');
    const gone = { getBot: null };
    expect(carryOut(removalProtocol(input), room, gone).result).toBe('gone');
    expect(state(room)).toBe('free');
  });

  it('by room is not sent once the process was paused, and keeps the room until it cannot arrive', () => {
    const room = liveRoom(byRoom);
    const late = { clocks: { now: times.requestDeadlineMs, monotonic: 0 } };
    expect(carryOut(removalProtocol(byRoom), room, late).effects).not.toContain('removeBot');
    expect(carryOut(removalProtocol(byRoom), room).effects).toContain('removeBot');
    expect(carryOut(removalProtocol(byRoom), room, { getBot: null }).result).toBe('stopping');
  });
});

describe('a bot is answered for', () => {
  const seen = { ...bot, key: 'k' };
  const { provider } = input;

  it('by whoever has it, or whose open request it may be', () => {
    expect(isAnsweredFor(seen, liveRoom().doc.holders, provider)).toBe(true);
    expect(isAnsweredFor({ ...seen, botId: 'x' }, liveRoom().doc.holders, provider)).toBe(false);
    expect(isAnsweredFor({ ...seen, botId: 'x' }, requestingRoom().doc.holders, provider)).toBe(
      true,
    );
    expect(isAnsweredFor({ ...seen, key: 'other' }, requestingRoom().doc.holders, provider)).toBe(
      false,
    );
    expect(isAnsweredFor(seen, claimedRoom().doc.holders, provider)).toBe(false);
  });

  it('by every open request where bots do not say whose they are', () => {
    const { holders } = requestingRoom(byRoom).doc;
    expect(isAnsweredFor({ ...seen, key: '' }, holders, byRoom.provider)).toBe(true);
  });
});
