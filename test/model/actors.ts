import { overlaps } from '../../activities/joining/claim-entries.js';
import { isOccupied, nextStartInRoom } from '../../activities/joining/claim-rules.js';
import { offProtocol } from '../../activities/joining/off-protocol.js';
import { isAnsweredFor } from '../../activities/joining/orphans.js';
import { leaveProtocol, removalProtocol } from '../../activities/joining/removal-protocol.js';
import {
  claimProtocol,
  lookUpProtocol,
  requestProtocol,
} from '../../activities/joining/request-protocol.js';
import type {
  HolderKey,
  ProtocolInput,
  RoomEffect,
  RoomProtocol,
  RoomWorld,
} from '../../activities/joining/room-protocol.js';
import type { ClaimDoc, ClaimHolder } from '../../common/read-model/documents.js';
import { second, times } from './rules.js';
import { keyOf, LawBroken, type Off, orgId, type World } from './world.js';

/** Yields how long it waits, in ms; `undefined`: not at all, but others may come in between. */
export type Steps<Result = void> = Generator<number | undefined, Result, undefined>;

/** One process of the service, with its own clock. */
export interface Place {
  skewMs: number;
}

/** What survives every crash: the state of the join workflows, and what people watch. */
export interface Carried {
  attempts: Map<string, number>;
  /** In which room a session rides along. */
  rides: Map<string, string>;
  /** The bot with which a session rides along, as its workflow knows it. */
  sharedBots: Map<string, string>;
  /** What a session has claimed, or is about to. */
  claims: Map<string, ProtocolInput>;
  runningJoins: Set<string>;
  spawn(name: string, steps: Steps<unknown>, startsInMs: number): void;
}

/** Synchronous: the model's time passes only between effects. */
type Answers = {
  [Kind in keyof RoomWorld]: (
    input: Parameters<RoomWorld[Kind]>[0],
  ) => Awaited<ReturnType<RoomWorld[Kind]>>;
};

const nothingElse: Partial<Answers> = {};
const refusedAnswer = { kind: 'refused', reason: 'capacity', retryAfterMs: 30 * second } as const;

/** Made once for a process: the model makes many. */
const answersByPlace = new WeakMap<Place, Answers>();

function answersOf(world: World, place: Place): Answers {
  const known = answersByPlace.get(place);
  if (known !== undefined) return known;
  const answers = newAnswers(world, place);
  answersByPlace.set(place, answers);
  return answers;
}

function newAnswers(world: World, place: Place): Answers {
  const wall = () => world.now + place.skewMs;
  return {
    change: ({ room, by, rule }) => world.change(room.roomKey, wall(), rule, by),
    readRoom: ({ roomKey }) => world.room(roomKey),
    listRooms: () => [...world.rooms.values()],
    readFences: ({ session }) => world.readFences(session),
    isForbidden: ({ room, session, window }) =>
      world.rules.looksForForbidding &&
      world.forbiddingIn(room.roomKey, window, session.interviewId) !== undefined,
    findHeirs: ({ room, holder }) =>
      holder.members
        .filter((member) => world.stillWants(room.roomKey, member))
        .map(({ holderId }) => holderId),
    judge: () => ({ concerned: [], heirs: [] }),
    clocks: () => ({ now: wall(), monotonic: world.now }),
    send: () => ({ kind: 'unknown' }),
    findRequested: ({ room, holder, createdAfter }) =>
      world.findRequested(room.roomKey, holder, createdAfter),
    getBot: ({ botId }) => world.getBot(botId),
    removeBot({ botId }) {
      world.checkRemoval(botId);
      world.sendRemoval(botId);
      return null;
    },
  };
}

/**
 * What is sent right after a look at the clocks. A process that is paused without bound between the
 * two is what no clock can find out; what it sends then is the auditor's.
 */
function followsItsClocks(world: World, kind: RoomEffect['kind']): boolean {
  return kind === 'send' || (kind === 'removeBot' && world.provider.addressesRooms);
}

/** Carries a protocol out; before each effect the process may crash, stall or be overtaken. */
export function* drive<Result>(
  world: World,
  place: Place,
  protocol: RoomProtocol<Result>,
  own: Partial<Answers> = nothingElse,
): Steps<Result> {
  const answers = answersOf(world, place);
  let step = protocol.next();
  while (step.done !== true) {
    const { kind, input }: RoomEffect = step.value;
    if (!followsItsClocks(world, kind)) yield undefined;
    const perform = (own[kind] ?? answers[kind]) as (input: unknown) => unknown;
    step = protocol.next(perform(input));
  }
  return step.value;
}

export function createActors(world: World, carried: Carried) {
  const { rules, provider } = world;
  const { attempts, rides, sharedBots, claims } = carried;

  const inputOf = (roomKey: string, holderId: string, attempt: number): ProtocolInput => ({
    key: { orgId, roomKey, holderId, attempt },
    provider,
    times,
    rules: rules.room,
  });

  // --- the join of one session ------------------------------------------------------------------

  /** From what earlier runs left behind to the end of the interview. */
  function* join(place: Place, id: string, generation: string): Steps {
    const holderId = `${generation}/${id}`;
    for (;;) {
      const held = findHeld(holderId);
      // A run that does not know it claims again, and is told.
      const knows = !world.chaos || held?.room !== world.interviews.get(id)?.room;
      if (held !== null && (knows || world.chance(0.8))) {
        attempts.set(holderId, Math.max(held.attempt, attempts.get(holderId) ?? 0));
        yield* follow(place, held.room, holderId, held.attempt);
        continue;
      }
      const claimed = claims.get(holderId);
      if (claimed !== undefined) {
        yield* release(place, claimed);
        continue;
      }
      const interview = world.interviews.get(id);
      if (interview === undefined) return;
      const isOver = world.now >= interview.until;
      const ride = rides.get(holderId);
      const mayGo = world.mayJoin(id, generation) && !isOver;
      if (ride !== undefined && (!mayGo || ride !== interview.room)) {
        const attempt = attempts.get(holderId) ?? 0;
        yield* drive(world, place, leaveProtocol(inputOf(ride, holderId, attempt)));
        rides.delete(holderId);
        continue;
      }
      if (isOver) return;
      if (!mayGo || world.now < interview.from - 300 * second) {
        yield (world.chaos ? 5 : 15) * second;
        continue;
      }
      yield* claimAndAsk(place, id, generation);
    }
  }

  function findHeld(holderId: string): { room: string; attempt: number } | null {
    for (const { roomKey, holders } of world.rooms.values()) {
      const own = holders.find((holder) => holder.holderId === holderId);
      if (own !== undefined && isOccupied(own)) return { room: roomKey, attempt: own.attempt };
    }
    return null;
  }

  function* claimAndAsk(place: Place, id: string, generation: string): Steps {
    const interview = world.interviews.get(id);
    if (interview === undefined) return;
    const holderId = `${generation}/${id}`;
    const { room, from, until, role: jobId } = interview;
    const attempt = rules.nextAttempt(attempts.get(holderId) ?? 0);
    attempts.set(holderId, attempt);
    const input = inputOf(room, holderId, attempt);
    const session = { interviewId: id, sessionId: id, jobId, generation, from, until };
    // Said before it is done: what a crash leaves behind is then known.
    rides.set(holderId, room);
    claims.set(holderId, input);
    const claimed = yield* drive(world, place, claimProtocol({ ...input, session }));
    if (claimed.kind !== 'shared') rides.delete(holderId);
    if (claimed.kind === 'shared' && claimed.botId !== null) {
      sharedBots.set(holderId, claimed.botId);
    } else if (rules.forgetsSharedBots) sharedBots.delete(holderId);
    if (claimed.kind !== 'claimed') claims.delete(holderId);
    switch (claimed.kind) {
      case 'superseded':
        attempts.set(holderId, Math.max(attempt, claimed.attempt));
        yield second;
        return;
      case 'occupied':
        attempts.set(holderId, claimed.attempt);
        return;
      case 'shared':
      case 'room_busy':
      case 'room_forbidden':
        yield rules.looksAgain ? 15 * second : Number.POSITIVE_INFINITY;
        return;
      case 'claimed':
    }
    yield undefined;
    if (!fits(id, generation, input.key, from)) {
      yield* release(place, input);
      return;
    }
    yield* ask(place, id, input);
  }

  /** The last look. */
  function fits(id: string, generation: string, key: HolderKey, from: number): boolean {
    const interview = world.interviews.get(id);
    const samePlan = interview?.room === key.roomKey && interview.from === from;
    return samePlan && world.mayJoin(id, generation);
  }

  function* release(place: Place, input: ProtocolInput): Steps {
    yield undefined;
    const { key } = input;
    world.change(key.roomKey, world.now + place.skewMs, (doc) => rules.room.releaseClaim(doc, key));
    claims.delete(key.holderId);
  }

  /** The workflow's side: the activity may stall or die while the workflow goes on. */
  function* ask(place: Place, id: string, input: ProtocolInput): Steps {
    const { key } = input;
    for (;;) {
      const told = { answer: null as string | null };
      const stalled = world.chaos && world.chance(0.1);
      carried.spawn(
        'request',
        request(place, input, told),
        stalled ? world.between(60 * second, 300 * second) : 0,
      );
      const givenUpAt = world.now + 60 * second;
      while (told.answer === null && world.now < givenUpAt) yield second;
      const { answer } = told;
      const isOver = world.now >= (world.interviews.get(id)?.until ?? 0);
      if (answer === 'room_occupied' && !isOver) {
        yield rules.looksAgain ? 5 * second : Number.POSITIVE_INFINITY;
        continue;
      }
      if (answer !== 'room_occupied') claims.delete(key.holderId);
      if (answer === null || answer === 'sent' || answer === 'unknown') {
        return yield* follow(place, key.roomKey, key.holderId, key.attempt);
      }
      if (answer === 'room_occupied') return yield* release(place, input);
      if (answer === 'refused') yield 30 * second;
      else yield 5 * second;
      return;
    }
  }

  /** The activity: one request, its answer possibly lost on the way to the workflow. */
  function* request(place: Place, input: ProtocolInput, told: { answer: string | null }): Steps {
    const { key } = input;
    const botKey = provider.keyScope === 'room' ? key.roomKey : keyOf(key.holderId, key.attempt);
    const fate = { beganAt: world.now };
    const protocol = requestProtocol({ ...input, botKey });
    const result = yield* drive(world, place, protocol, {
      change({ room, by, rule }) {
        const before = world.holder(room.roomKey, key.holderId);
        const answer = world.change(room.roomKey, world.now + place.skewMs, rule, by);
        const after = world.holder(room.roomKey, key.holderId);
        if (before?.attempt !== key.attempt && before?.state !== after?.state) {
          throw new LawBroken('other', 'a stalled process settled the request of another attempt');
        }
        if ((answer as { kind?: string }).kind === 'begun') fate.beganAt = world.now;
        return answer;
      },
      send({ holder }) {
        world.checkSend(key.roomKey, holder, fate.beganAt);
        return send(holder, fate.beganAt);
      },
    });
    if (world.chaos && world.chance(0.1)) return;
    told.answer = result.kind;
  }

  /** What the network makes of a request: in time, late, refused, twice or not at all. */
  function send(holder: ClaimHolder, beganAt: number) {
    const lost = world.chaos && world.chance(0.15);
    const late = world.chaos && world.chance(0.25);
    const refused = world.chaos && world.chance(0.1);
    const roomKey = roomOf(holder);
    // The bound that the protocol counts on, less what two clocks may differ by.
    const latest = beganAt + times.requestDeadlineMs + times.lookupProvesMs - 5 * second;
    const arrivesAt = late
      ? world.between(world.now, Math.max(world.now, latest))
      : world.now + world.between(0, second);
    const sent = { roomKey, holder, arrivesAt, refused };
    if (lost) return { kind: 'unknown' } as const;
    const botId = world.sendRequest(sent);
    const twice = world.chaos && world.chance(0.1);
    if (twice) {
      const again = world.between(world.now, Math.max(world.now, latest));
      world.sendRequest({ ...sent, arrivesAt: again });
    }
    if (late || (world.chaos && world.chance(0.2))) return { kind: 'unknown' } as const;
    if (refused && twice) return { kind: 'unknown' } as const;
    // The answer comes when the request has arrived.
    world.advance(Math.max(0, arrivesAt - world.now));
    if (refused) return { kind: 'refused', answer: refusedAnswer } as const;
    const isThere = world.getBot(botId) !== null;
    return isThere ? ({ kind: 'made', botId } as const) : ({ kind: 'unknown' } as const);
  }

  function roomOf(holder: ClaimHolder): string {
    for (const { roomKey, holders } of world.rooms.values()) {
      const own = holders.find(({ holderId }) => holderId === holder.holderId);
      if (own?.attempt === holder.attempt) return roomKey;
    }
    throw new LawBroken('other', 'a request is sent for a holder that is gone');
  }

  function* follow(place: Place, roomKey: string, holderId: string, attempt: number): Steps {
    const input = inputOf(roomKey, holderId, attempt);
    for (;;) {
      yield undefined;
      const holder = world.holder(roomKey, holderId);
      if (holder === undefined || holder.attempt !== attempt || holder.state === 'free') return;
      switch (holder.state) {
        case 'claimed':
          return yield* release(place, input);
        case 'requesting':
          // Nobody inherits a request whose fate is unknown, however often it is asked.
          if (!world.mayJoin(holder.interviewId, holder.generation) || world.chance(0.3)) {
            yield* drive(world, place, leaveProtocol(input));
          }
          yield* drive(world, place, lookUpProtocol(input));
          yield 5 * second;
          break;
        case 'stopping':
          yield* drive(world, place, removalProtocol(input));
          yield 2 * second;
          break;
        case 'live':
          yield* look(place, input, holder);
      }
    }
  }

  /** One look at a live bot: stay, leave it to others, or take it away. */
  function* look(place: Place, input: ProtocolInput, holder: ClaimHolder): Steps {
    const { key } = input;
    const { roomKey } = key;
    const now = world.now + place.skewMs;
    const interview = world.interviews.get(holder.interviewId);
    const botId = sharedBots.get(key.holderId) ?? holder.providerBotId ?? '';
    const bot = world.getBot(botId);
    const others = world.forbiddingIn(roomKey, holder, holder.interviewId);
    if (rules.looksForForbidding && others !== undefined) {
      yield undefined;
      world.change(roomKey, now, (doc) => rules.room.beginStop(doc, key));
      return;
    }
    if (bot === null) {
      world.change(roomKey, now, (doc) => rules.room.confirmGone(doc, { ...key, botId }, { now }));
      return;
    }
    const nextStart = nextStartInRoom(world.room(roomKey), { holderId: key.holderId, now });
    const makesRoom = nextStart !== null && nextStart - times.leaveBeforeNextMs <= now;
    const isHere =
      interview?.room === roomKey && overlaps(interview, holder) && interview.from === holder.from;
    const stays =
      isHere &&
      world.mayJoin(holder.interviewId, holder.generation) &&
      world.now < interview.until &&
      !makesRoom;
    if (stays) {
      yield (world.chaos ? 10 : 20) * second;
      return;
    }
    const left = yield* drive(world, place, leaveProtocol(input));
    if (left.kind === 'alone') yield* takeAway(place, input);
    yield 2 * second;
  }

  /** The activity may be stalled, and go on when its workflow has long gone another way. */
  function* takeAway(place: Place, input: ProtocolInput): Steps {
    const removal = drive(world, place, removalProtocol(input));
    if (world.chaos && world.chance(0.5)) carried.spawn('request', removal, 0);
    else yield* removal;
  }

  // --- what anybody may do ----------------------------------------------------------------------

  /** Pending stops of the installation. */
  function* settler(place: Place): Steps {
    for (;;) {
      for (const [name, stop] of [...world.stops]) {
        const { room, holderId } = stop;
        const current = world.holder(room, holderId)?.attempt ?? stop.attempt;
        const attempt = rules.stopsBy === 'attempt' ? stop.attempt : current;
        const input = inputOf(room, holderId, attempt);
        const state = yield* drive(world, place, removalProtocol(input), {
          change: ({ room: at, rule }) => actOnOlder(stop, place, at.roomKey, rule),
        });
        if (state === 'gone') world.stops.delete(name);
        yield undefined;
      }
      yield (world.stops.size > 0 ? 3 : 15) * second;
    }
  }

  function* auditor(place: Place): Steps {
    for (;;) {
      const listed = world.bots.filter((bot) => bot.goneAt === null);
      yield undefined;
      const holders = [...world.rooms.values()].flatMap((room) => room.holders);
      for (const bot of listed) {
        const seen = { ...world.asSeen(bot), key: bot.key };
        if (!isAnsweredFor(seen, holders, provider)) world.sendRemoval(bot.botId);
        yield undefined;
      }
      for (const { roomKey } of [...world.rooms.values()]) {
        world.change(roomKey, world.now + place.skewMs, (doc, now) =>
          rules.room.freeExpiredClaims(doc, { now }),
        );
        yield undefined;
        for (const { holderId, attempt, state } of world.room(roomKey).holders) {
          const input = inputOf(roomKey, holderId, attempt);
          if (state === 'requesting' || state === 'stopping') {
            yield* drive(world, place, removalOrLookUp(state, input));
          } else if (state === 'live' && !carried.runningJoins.has(holderId)) {
            const left = yield* drive(world, place, leaveProtocol(input));
            if (left.kind === 'alone') yield* drive(world, place, removalProtocol(input));
          }
        }
      }
      yield 60 * second;
    }
  }

  /** From its deadline on a request is settled by anybody, and only then. */
  function* removalOrLookUp(
    state: 'requesting' | 'stopping',
    input: ProtocolInput,
  ): RoomProtocol<unknown> {
    if (state === 'stopping') return yield* removalProtocol(input);
    const holder = world.holder(input.key.roomKey, input.key.holderId);
    const now = world.now;
    if (holder === undefined || !rules.room.maySettleByOthers(holder, { now, times })) return null;
    return yield* lookUpProtocol(input);
  }

  // --- commands ---------------------------------------------------------------------------------

  /** One off, from its fence to its acknowledgement. */
  function* carryOutOff(place: Place, command: Off): Steps {
    const { fence, epoch } = command;
    const name = command.subject === null ? fence : `${fence}/${command.subject}`;
    const writeFence = () => {
      const { generation } = command;
      world.writeFence(name, { epoch, off: fence !== 'settings', generation });
    };
    const writeReadModel = () => {
      const newest = world.offs.filter(
        (other) => other.fence === fence && other.subject === command.subject,
      );
      if (newest.at(-1) === command && world.commandedOff.has(name)) {
        world.denied.set(name, world.now);
      }
    };
    // A fence that does not forbid by itself comes after what it announces.
    const readModelFirst = fence === 'settings' && rules.settingsOrder === 'read_model_first';
    if (readModelFirst) writeReadModel();
    else writeFence();
    yield undefined;
    if (readModelFirst) writeFence();
    else writeReadModel();
    const protocol = offProtocol({ orgId, fence, epoch, rules: rules.room });
    const steps = yield* drive(world, place, protocol, {
      judge: (room) => judge(command, room),
      change: ({ room, rule }) => actOnOlder(command, place, room.roomKey, rule),
    });
    const pending = steps.flatMap(({ roomKey: room, holderId, result }) =>
      result.kind === 'requesting' || result.kind === 'stopping'
        ? [{ room, holderId, attempt: result.holder.attempt, fence, epoch }]
        : [],
    );
    for (const stop of pending) world.stops.set(keyOf(stop.holderId, stop.attempt), stop);
    command.carriedOut = true;
    const unsettled = () =>
      pending.filter(({ room, holderId, attempt }) => {
        const holder = world.holder(room, holderId);
        return holder?.attempt === attempt && holder.state === 'requesting';
      });
    const acknowledgedBy = world.now + times.offAckMs;
    while (unsettled().length > 0 && world.now < acknowledgedBy) yield second;
    for (const { holderId, attempt } of unsettled()) command.named.add(keyOf(holderId, attempt));
    command.acknowledged = true;
  }

  function judge(command: Off, room: ClaimDoc): { concerned: string[]; heirs: string[] } {
    const { fence } = command;
    const people = room.holders
      .filter(({ state }) => state !== 'free')
      .flatMap((holder) => [holder, ...holder.members]);
    const isConcerned = (one: (typeof people)[number]) =>
      world.concerns(command, one) &&
      (fence !== 'settings' || !world.mayJoin(one.interviewId, one.generation) || isClaimed(one));
    const isClaimed = (one: (typeof people)[number]) => 'state' in one && one.state === 'claimed';
    const concerned = people.filter(isConcerned);
    const mayBeLeft = fence === 'role' || fence === 'interview';
    const heirs = room.holders
      .flatMap(({ members }) => members)
      .filter((one) => mayBeLeft && !isConcerned(one) && world.stillWants(room.roomKey, one));
    return {
      concerned: concerned.map(({ holderId }) => holderId),
      heirs: heirs.map(({ holderId }) => holderId),
    };
  }

  /** The law of the epochs: what is as new as an off is not stopped by it. */
  function actOnOlder(
    off: { fence: Off['fence']; epoch: number },
    place: Place,
    roomKey: string,
    rule: Parameters<Answers['change']>[0]['rule'],
  ): unknown {
    const before = world.room(roomKey);
    const result = world.change(roomKey, world.now + place.skewMs, rule);
    const after = world.room(roomKey);
    const stopped = before.holders.filter(
      ({ holderId, state }) => state !== 'stopping' && stateIn(after, holderId) === 'stopping',
    );
    if (stopped.some(({ epochs }) => epochs[off.fence] >= off.epoch)) {
      throw new LawBroken('other', 'an off stopped a bot that is not older than it');
    }
    return result;
  }

  function stateIn(doc: ClaimDoc, holderId: string): string {
    return doc.holders.find((holder) => holder.holderId === holderId)?.state ?? 'none';
  }

  return { join, settler, auditor, off: carryOutOff };
}
