import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { applyChange, type Change, nextChange } from './bot-life.js';
import { ProblemError } from './problem.js';
import type { ListQuery } from './requests.js';
import { roomOf } from './rooms.js';
import type { BotRecord, CreateBody, MoveBody, Pace, RoomScenario } from './types.js';

export interface SavedBots {
  lastNumber: number;
  bots: BotRecord[];
  scenarios: Record<string, RoomScenario>;
  defaultScenario: RoomScenario;
}

export interface BotRegistry {
  /** @throws {ProblemError} `key_reused` */
  create(body: CreateBody): { bot: BotRecord; isNew: boolean };
  findByKey(key: string): BotRecord | null;
  /** @throws {ProblemError} `not_found`, as do those below that take an id */
  get(id: string): BotRecord;
  move(id: string, body: MoveBody): BotRecord;
  remove(id: string): { bot: BotRecord; hadEnded: boolean };
  removeByParticipant(id: string): void;
  admit(id: string): void;
  list(query: ListQuery): { items: BotRecord[]; nextCursor: string | null };
  all(): BotRecord[];
  endMeeting(room: string): void;
  setScenario(input: { room: string | null; scenario: RoomScenario }): void;
  /** Lets every bot do what is due. */
  tick(): void;
  toSave(): SavedBots;
  clear(): void;
}

const keptAfterEndMs = 7 * 24 * 3_600_000;
const inTheCall = new Set(['in_call', 'recording']);

/**
 * Holds the bots and walks them through their states.
 *
 * @param input.now epoch ms
 * @param input.onStateChanged called after each change of a bot's state
 */
export function createBotRegistry(input: {
  now: () => number;
  pace: Pace;
  saved: SavedBots | null;
  onStateChanged: (bot: BotRecord) => void;
}): BotRegistry {
  const { now, pace, saved, onStateChanged } = input;
  const bots = new Map<string, BotRecord>();
  const idOfKey = new Map<string, string>();
  const activeIds = new Set<string>();
  const scenarios = new Map<string, RoomScenario>(Object.entries(saved?.scenarios ?? {}));
  let defaultScenario: RoomScenario = saved?.defaultScenario ?? { kind: 'admit' };
  let lastNumber = saved?.lastNumber ?? 0;

  function keep(bot: BotRecord): void {
    bots.set(bot.id, bot);
    idOfKey.set(bot.request.key, bot.id);
    if (bot.state !== 'ended') {
      activeIds.add(bot.id);
    }
  }

  for (const bot of saved?.bots ?? []) {
    if (bot.facts.endedAt === null || bot.facts.endedAt > now() - keptAfterEndMs) {
      keep(bot);
    }
  }

  function change(bot: BotRecord, to: Change): void {
    applyChange({ bot, change: to, now: now() });
    if (bot.state === 'ended') {
      activeIds.delete(bot.id);
    }
    onStateChanged(bot);
  }

  function get(id: string): BotRecord {
    const bot = bots.get(id);
    if (bot === undefined) {
      throw new ProblemError({ code: 'not_found', detail: 'There is no such bot.' });
    }
    return bot;
  }

  function makeBot(body: CreateBody): BotRecord {
    const at = now();
    lastNumber += 1;
    return {
      // The number keeps ids in the order of creation, which the list's cursor rests on.
      id: `bot_${String(lastNumber).padStart(9, '0')}_${randomBytes(6).toString('hex')}`,
      request: body,
      room: roomOf(body.meetingUrl),
      roomSinceAt: at,
      meetingUrl: body.meetingUrl,
      joinAt: body.joinAt,
      leaveAt: body.leaveAt,
      createdAt: at,
      state: 'scheduled',
      stateSinceAt: at,
      admitted: false,
      leaveCode: null,
      outcome: null,
      subCode: null,
      facts: {
        joinedAt: null,
        recordingStartedAt: null,
        recordingEndedAt: null,
        endedAt: null,
        removedBy: null,
      },
      version: 1,
      history: [{ state: 'scheduled', at, version: 1 }],
    };
  }

  function takeOut(bot: BotRecord): void {
    if (bot.state === 'scheduled') {
      bot.facts.removedBy = 'api';
      change(bot, { state: 'ended', code: 'left_on_request' });
    } else if (bot.state !== 'leaving' && bot.state !== 'processing') {
      bot.facts.removedBy = 'api';
      change(bot, { state: 'leaving', code: 'left_on_request' });
    }
  }

  function matches(bot: BotRecord, query: ListQuery): boolean {
    return (
      (query.key === undefined || bot.request.key === query.key) &&
      (query.keyPrefix === undefined || bot.request.key.startsWith(query.keyPrefix)) &&
      (query.active === null || (bot.state !== 'ended') === query.active)
    );
  }

  return {
    get,
    findByKey: (key) => bots.get(idOfKey.get(key) ?? '') ?? null,
    create(body) {
      const knownId = idOfKey.get(body.key);
      if (knownId === undefined) {
        const bot = makeBot(body);
        keep(bot);
        onStateChanged(bot);
        return { bot, isNew: true };
      }
      const known = get(knownId);
      if (!isDeepStrictEqual(known.request, body)) {
        throw new ProblemError({
          code: 'key_reused',
          detail: 'This key belongs to a bot that was ordered with another body.',
        });
      }
      return { bot: known, isNew: false };
    },
    move(id, body) {
      const bot = get(id);
      if (bot.state !== 'scheduled') {
        throw new ProblemError({ code: 'wrong_state', detail: `The bot is ${bot.state}.` });
      }
      const joinAt = body.joinAt ?? bot.joinAt;
      const leaveAt = body.leaveAt === undefined ? bot.leaveAt : body.leaveAt;
      if (leaveAt !== null && leaveAt <= joinAt) {
        throw new ProblemError({
          code: 'invalid_request',
          detail: 'The request does not match the contract.',
          errors: [{ pointer: '/leaveAt', detail: 'must be after joinAt' }],
        });
      }
      const meetingUrl = body.meetingUrl ?? bot.meetingUrl;
      const room = roomOf(meetingUrl);
      if (room !== bot.room) {
        Object.assign(bot, { room, roomSinceAt: now() });
      }
      Object.assign(bot, { joinAt, leaveAt, meetingUrl, version: bot.version + 1 });
      return bot;
    },
    remove(id) {
      const bot = get(id);
      const hadEnded = bot.state === 'ended';
      if (!hadEnded) {
        takeOut(bot);
      }
      return { bot, hadEnded };
    },
    removeByParticipant(id) {
      const bot = get(id);
      if (!inTheCall.has(bot.state)) {
        throw new ProblemError({ code: 'wrong_state', detail: `The bot is ${bot.state}.` });
      }
      bot.facts.removedBy = 'participant';
      change(bot, { state: 'processing', code: 'removed_by_participant' });
    },
    admit(id) {
      get(id).admitted = true;
    },
    list(query) {
      const after = query.cursor ?? '';
      const found = [...bots.values()].filter((bot) => bot.id > after && matches(bot, query));
      const items = found.slice(0, query.limit);
      return {
        items,
        nextCursor: found.length > items.length ? (items.at(-1)?.id ?? null) : null,
      };
    },
    all: () => [...bots.values()],
    endMeeting(room) {
      for (const bot of [...bots.values()].filter((one) => one.room === room)) {
        if (inTheCall.has(bot.state)) {
          change(bot, { state: 'leaving', code: 'meeting_ended' });
        } else if (bot.state === 'waiting_room') {
          change(bot, { state: 'ended', code: 'waiting_room_timeout', outcome: 'not_admitted' });
        }
      }
    },
    setScenario({ room, scenario }) {
      if (room === null) {
        defaultScenario = scenario;
      } else {
        scenarios.set(room, scenario);
      }
    },
    tick() {
      for (const id of [...activeIds]) {
        const bot = get(id);
        const scenario = scenarios.get(bot.room) ?? defaultScenario;
        const due = nextChange({ bot, scenario, pace, now: now() });
        if (due !== null) {
          change(bot, due);
        }
      }
    },
    toSave: () => ({
      lastNumber,
      bots: [...bots.values()],
      scenarios: Object.fromEntries(scenarios),
      defaultScenario,
    }),
    clear() {
      bots.clear();
      idOfKey.clear();
      activeIds.clear();
      scenarios.clear();
      defaultScenario = { kind: 'admit' };
    },
  };
}
