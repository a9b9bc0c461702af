import {
  concernedBy,
  isHeld,
  overlaps,
  spanOf,
  type Window,
} from '../../activities/joining/claim-entries.js';
import type { OffFence } from '../../activities/joining/claim-members.js';
import { holderOf, isOccupied, type Step } from '../../activities/joining/claim-rules.js';
import type {
  ProviderTraits,
  RoomBot,
  SessionOfRoom,
} from '../../activities/joining/room-protocol.js';
import type { ClaimDoc, ClaimHolder, ClaimMember } from '../../common/read-model/documents.js';
import type { FenceReading } from '../../common/read-model/fences.js';
import type { SeededRandom } from '../support/seeded-random.js';
import { type ModelRules, second, times } from './rules.js';

/** What breaks a law; the message names it. */
export class LawBroken extends Error {
  override readonly name = 'LawBroken';
  readonly law: Law;

  constructor(law: Law, message: string) {
    super(message);
    this.law = law;
  }
}

export type Law = 'second_bot' | 'request_after_off' | 'orphan' | 'other';

export interface Interview {
  id: string;
  role: string;
  room: string;
  from: number;
  until: number;
  gone: boolean;
  /** Since when it forbids any bot in its room and time; null: it does not. */
  forbidsSince: number | null;
}

export interface Bot {
  botId: string;
  key: string;
  room: string;
  createdAt: number;
  metadata: Record<string, string>;
  /** When it is out of the meeting; null: not told to leave. */
  goneAt: number | null;
}

export interface Off {
  fence: OffFence;
  /** Role or interview; null for the others. */
  subject: string | null;
  generation: string;
  epoch: number;
  carriedOut: boolean;
  acknowledged: boolean;
  named: Set<string>;
}

export interface PendingStop {
  room: string;
  holderId: string;
  attempt: number;
  /** Of the off behind it. */
  fence: OffFence;
  epoch: number;
}

interface Fence {
  epoch: number;
  off: boolean;
  generation: string;
  since: number;
}

type Arrival =
  | { at: number; kind: 'create'; bot: Omit<Bot, 'createdAt' | 'goneAt'>; refused: boolean }
  | { at: number; kind: 'remove'; room: string; meant: string };

export const orgId = 'org';
export const keyOf = (holderId: string, attempt: number) => `${holderId}:${attempt}`;

/** The store, the provider and the clock, with the laws that are looked at on every change. */
export class World {
  now = 1_000 * second;
  chaos = true;
  generation = 1;
  epoch = 1;
  readonly rooms = new Map<string, ClaimDoc>();
  readonly interviews = new Map<string, Interview>();
  /** The read model, from which is decided: what is off, by the name of its fence, since when. */
  readonly denied = new Map<string, number>();
  readonly offs: Off[] = [];
  readonly stops = new Map<string, PendingStop>();
  readonly woken: string[] = [];
  bots: Bot[] = [];
  private arrivals: Arrival[] = [];
  private readonly fences = new Map<string, Fence[]>();
  /** Requests that came to a bot already: the same key makes no other one. */
  private readonly made = new Set<string>();
  readonly rules: ModelRules;
  readonly provider: ProviderTraits;
  readonly random: SeededRandom;

  constructor(input: { rules: ModelRules; provider: ProviderTraits; random: SeededRandom }) {
    this.rules = input.rules;
    this.provider = input.provider;
    this.random = input.random;
  }

  chance(probability: number): boolean {
    return this.random.chance(probability);
  }

  between(lowMs: number, highMs: number): number {
    return this.random.int(lowMs, highMs);
  }

  // --- the store --------------------------------------------------------------------------------

  room(roomKey: string): ClaimDoc {
    return (
      this.rooms.get(roomKey) ?? { _id: `${orgId}/${roomKey}`, orgId, roomKey, rev: 0, holders: [] }
    );
  }

  change<Result>(
    roomKey: string,
    wall: number,
    rule: (doc: ClaimDoc, now: number) => Step<Result>,
    by: string | null = null,
  ) {
    const before = this.room(roomKey);
    const { next, result } = rule(before, wall);
    if (next !== null) {
      if (next.rev !== before.rev + 1)
        throw new LawBroken('other', 'a change did not raise rev by one');
      this.rooms.set(roomKey, next);
      this.checkRoom(roomKey);
      this.wake(before, next, by);
    }
    return result;
  }

  /** Hints: whoever released a room may die before it says so. */
  private wake(before: ClaimDoc, after: ClaimDoc, by: string | null): void {
    const { released, heirs } = concernedBy(before, after, by);
    if (this.chaos && this.chance(0.3)) return;
    this.woken.push(...[...released, ...heirs].map(({ holderId }) => holderId));
  }

  writeFence(name: string, fence: Omit<Fence, 'since'>): void {
    const history = this.fences.get(name) ?? [];
    if ((history.at(-1)?.epoch ?? 0) >= fence.epoch) return;
    this.fences.set(name, [...history, { ...fence, since: this.now }]);
  }

  private fenceOf(name: string): Fence | null {
    const seenAt = this.now - this.rules.readsLagMs;
    return this.fences.get(name)?.findLast(({ since }) => since <= seenAt) ?? null;
  }

  readFences({ generation, interviewId, jobId }: SessionOfRoom): FenceReading {
    const installation = this.fenceOf('installation');
    const role = this.fenceOf(`role/${jobId}`);
    const interview = this.fenceOf(`interview/${interviewId}`);
    const isOld = installation !== null && installation.generation !== generation;
    return {
      off: isOld
        ? 'generation'
        : installation?.off === true
          ? 'installation'
          : role?.off === true
            ? 'role'
            : interview?.off === true
              ? 'interview'
              : null,
      epochs: {
        installation: installation?.epoch ?? 0,
        settings: this.fenceOf('settings')?.epoch ?? 0,
        role: role?.epoch ?? 0,
        interview: interview?.epoch ?? 0,
      },
    };
  }

  isCurrent(generation: string): boolean {
    return generation === `g${this.generation}` && !this.isDenied('installation');
  }

  private isDenied(name: string): boolean {
    const since = this.denied.get(name);
    return since !== undefined && since <= this.now - this.rules.readsLagMs;
  }

  /** What is decided now about one interview of a life. */
  mayJoin(interviewId: string, generation: string): boolean {
    const interview = this.interviews.get(interviewId);
    return (
      interview !== undefined &&
      !interview.gone &&
      interview.forbidsSince === null &&
      this.isCurrent(generation) &&
      !this.isDenied('settings') &&
      !this.isDenied(`role/${interview.role}`) &&
      !this.isDenied(`interview/${interviewId}`)
    );
  }

  forbiddingIn(roomKey: string, window: Window, exceptId: string | null): Interview | undefined {
    return [...this.interviews.values()].find(
      (one) =>
        one.forbidsSince !== null &&
        !one.gone &&
        one.id !== exceptId &&
        one.room === roomKey &&
        one.until > this.now &&
        overlaps(one, window),
    );
  }

  stillWants(roomKey: string, member: ClaimMember): boolean {
    const interview = this.interviews.get(member.interviewId);
    return (
      interview !== undefined &&
      member.until > this.now &&
      interview.room === roomKey &&
      overlaps(interview, member) &&
      this.readFences(member).off === null &&
      this.mayJoin(member.interviewId, member.generation) &&
      this.forbiddingIn(roomKey, member, member.interviewId) === undefined
    );
  }

  // --- the provider -----------------------------------------------------------------------------

  advance(ms: number): void {
    if (ms === 0) return;
    this.now += ms;
    if (this.arrivals.length > 0) {
      this.arrivals.sort((a, b) => a.at - b.at);
      while (this.arrivals[0] !== undefined && this.arrivals[0].at <= this.now) {
        this.arrive(this.arrivals.shift() as Arrival);
      }
    }
    this.bots = this.bots.filter(({ goneAt }) => goneAt === null || goneAt > this.now);
  }

  isThere(bot: Bot): boolean {
    return bot.goneAt === null || bot.goneAt > this.now;
  }

  private arrive(arrival: Arrival): void {
    if (arrival.kind === 'remove') this.removalArrives(arrival);
    else this.requestArrives(arrival);
  }

  private requestArrives({ bot, refused }: Extract<Arrival, { kind: 'create' }>): void {
    // A key is answered with the bot that it made before; a room's key while that bot lives.
    const known = this.made.has(bot.botId);
    const duplicate = this.bots.some((other) => this.isThere(other) && other.room === bot.room);
    const turnedDown = this.provider.keyScope === 'room' || this.provider.addressesRooms;
    if (refused || known || (turnedDown && duplicate)) return;
    this.made.add(bot.botId);
    this.bots.push({ ...bot, createdAt: this.now, goneAt: null });
    this.checkRoom(bot.room);
  }

  /** By room: whatever bot is there by then is told to leave. */
  private removalArrives({ room, meant }: Extract<Arrival, { kind: 'remove' }>): void {
    for (const bot of this.bots.filter((one) => one.room === room && this.isThere(one))) {
      if (bot.botId !== meant) throw new LawBroken('other', 'a late removal met the next bot');
      bot.goneAt ??= this.now + this.between(0, 20 * second);
    }
  }

  sendRequest(input: {
    roomKey: string;
    holder: ClaimHolder;
    arrivesAt: number;
    refused: boolean;
  }): string {
    const { roomKey, holder, arrivesAt, refused } = input;
    const { providerBotKey, generation, sessionId, attempt } = holder;
    const botId = `bot-${keyOf(holder.holderId, attempt)}`;
    const bot = {
      botId,
      key: this.provider.addressesRooms ? '' : (providerBotKey ?? ''),
      room: roomKey,
      metadata: this.provider.addressesRooms
        ? ({} as Record<string, string>)
        : { generation, sessionId, attempt: String(attempt) },
    };
    this.arrivals.push({ at: arrivesAt, kind: 'create', bot, refused });
    return botId;
  }

  /** Tells a bot to leave; the telling may be lost, and one by room may be late. */
  sendRemoval(botId: string): void {
    if (this.chaos && this.chance(0.2)) return;
    const bot = this.bots.find((one) => one.botId === botId);
    if (!this.provider.addressesRooms) {
      if (bot !== undefined) bot.goneAt ??= this.now + this.between(0, 20 * second);
      return;
    }
    if (bot === undefined) return;
    const late = this.chaos && this.chance(0.5);
    const latest = times.lookupProvesMs - 2 * 2 * second;
    const at = this.now + (late ? this.between(0, latest) : this.between(0, 2 * second));
    this.arrivals.push({ at, kind: 'remove', room: bot.room, meant: botId });
  }

  asSeen(bot: Bot): RoomBot {
    const leaving = bot.goneAt !== null;
    const state = leaving ? (this.rules.goneWhen === 'asked' ? 'ended' : 'leaving') : 'in_call';
    return { botId: bot.botId, state, metadata: bot.metadata };
  }

  getBot(botId: string): RoomBot | null {
    const bot = this.bots.find((one) => one.botId === botId && this.isThere(one));
    return bot === undefined ? null : this.asSeen(bot);
  }

  findRequested(roomKey: string, holder: ClaimHolder, createdAfter: number): RoomBot | null {
    const found = this.bots.findLast((bot) =>
      this.provider.addressesRooms
        ? bot.room === roomKey && bot.createdAt > createdAfter && this.isThere(bot)
        : bot.key === holder.providerBotKey && this.isThere(bot),
    );
    return found === undefined ? null : this.asSeen(found);
  }

  // --- laws -------------------------------------------------------------------------------------

  checkRoom(roomKey: string): void {
    const there = (bot: Bot) => bot.room === roomKey && this.isThere(bot);
    if (this.bots.length > 1 && this.bots.filter(there).length > 1)
      throw new LawBroken('second_bot', 'two bots in a room');
    const { holders } = this.room(roomKey);
    if (holders.filter(isOccupied).length > 1) {
      throw new LawBroken('second_bot', 'two occupied holders in a room');
    }
    const soon = this.now + 5 * second;
    const ids = new Set<string>();
    for (const [at, holder] of holders.entries()) {
      for (const { holderId } of holder.members) this.checkOnce(ids, holderId);
      if (holder.state === 'free') continue;
      this.checkOnce(ids, holder.holderId);
      if (!isHeld(holder, soon)) continue;
      const span = spanOf(holder);
      const overlapping = holders.some(
        (other, index) => index > at && isHeld(other, soon) && overlaps(span, spanOf(other)),
      );
      if (overlapping) throw new LawBroken('other', 'two claims overlap');
    }
  }

  private checkOnce(ids: Set<string>, holderId: string): void {
    if (ids.has(holderId)) throw new LawBroken('other', 'a session is twice in a room');
    ids.add(holderId);
  }

  concerns(off: Off, session: SessionOfRoom): boolean {
    switch (off.fence) {
      case 'installation':
        return off.generation === session.generation;
      case 'settings':
        return true;
      case 'role':
        return off.subject === session.jobId;
      case 'interview':
        return off.subject === session.interviewId;
    }
  }

  private stands(off: Off): boolean {
    if (off.fence === 'installation') return true;
    const same = (other: Off) => other.fence === off.fence && other.subject === off.subject;
    const isLast = !this.offs.some((other) => same(other) && other.epoch > off.epoch);
    const name = off.subject === null ? off.fence : `${off.fence}/${off.subject}`;
    return isLast && this.commandedOff.has(name);
  }

  /** What people have commanded to be off, by the name of its fence. */
  readonly commandedOff = new Set<string>();

  /** The law of the off, looked at when a request goes out. */
  checkSend(roomKey: string, holder: ClaimHolder, beganAt: number): void {
    for (const off of this.offs) {
      const named = off.named.has(keyOf(holder.holderId, holder.attempt));
      if (off.acknowledged && !named && this.concerns(off, holder) && this.stands(off)) {
        throw new LawBroken(
          'request_after_off',
          'a request was sent after an off was acknowledged',
        );
      }
    }
    const forbids = this.forbiddingIn(roomKey, holder, holder.interviewId);
    if (forbids?.forbidsSince != null && forbids.forbidsSince < beganAt) {
      throw new LawBroken('request_after_off', 'a request was sent into a room that is forbidden');
    }
  }

  /** The law of the shared bot: nobody takes away what another has. */
  checkRemoval(botId: string): void {
    for (const { holders } of this.rooms.values()) {
      const owner = holders.find((holder) => holder.providerBotId === botId && isOccupied(holder));
      if (owner?.state === 'live') throw new LawBroken('other', 'a live bot was removed');
    }
  }

  holder(roomKey: string, holderId: string): ClaimHolder | undefined {
    return holderOf(this.room(roomKey), holderId);
  }
}
