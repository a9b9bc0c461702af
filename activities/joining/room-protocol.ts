import type { ClaimDoc, ClaimHolder, Epochs } from '../../common/read-model/documents.js';
import type { FenceReading } from '../../common/read-model/fences.js';
import type { RequestResult } from '../../workflows/contracts/activities.js';
import type { ProtocolTimes } from '../../workflows/contracts/protocol-times.js';
import type { BotSnapshot, NotetakerCapabilities } from '../notetaker/port.js';
import type { Window } from './claim-entries.js';
import * as members from './claim-members.js';
import * as entries from './claim-rules.js';
import { take } from './claim-take.js';

/**
 * The protocols of a room as pure code: generators that yield one effect after the other and are
 * given its answer. Activities carry the effects out in the world; the model carries out the same
 * generators, with crashes and stalls between any two effects.
 */
export interface RoomKey {
  orgId: string;
  roomKey: string;
}

/** One attempt of one holder in one room: what a claim, a request and a stop are about. */
export interface HolderKey extends RoomKey {
  holderId: string;
  attempt: number;
}

/** Whose fences are read, and whose interview is looked at. */
export interface SessionOfRoom {
  generation: string;
  interviewId: string;
  jobId: string;
}

/** What a protocol needs of a bot. */
export type RoomBot = Pick<BotSnapshot, 'botId' | 'state' | 'metadata'>;

export type SendAnswer =
  | { kind: 'made'; botId: string }
  /** The provider said no to this very request. */
  | { kind: 'refused'; answer: Extract<RequestResult, { kind: 'refused' }> }
  | { kind: 'unknown' };

/** A room's document → its next state; `now` is the wall clock of whoever applies it. */
export type RoomRule<Result> = (doc: ClaimDoc, now: number) => entries.Step<Result>;

export interface RoomEffects {
  /** One atomic step; applied again when somebody else changed the room first. */
  change: {
    input: { room: RoomKey; by: string | null; rule: RoomRule<unknown> };
    answer: unknown;
  };
  readRoom: { input: RoomKey; answer: ClaimDoc };
  /** Rooms of the organization in which somebody holds something. */
  listRooms: { input: { orgId: string }; answer: ClaimDoc[] };
  readFences: { input: { room: RoomKey; session: SessionOfRoom }; answer: FenceReading };
  /** Whether another interview in this room and time forbids any bot. */
  isForbidden: {
    input: { room: RoomKey; session: SessionOfRoom; window: Window };
    answer: boolean;
  };
  /** Which members still want the bot: their holder ids. */
  findHeirs: { input: { room: RoomKey; holder: ClaimHolder }; answer: string[] };
  /** Of those in a room, whom an off concerns, and to whom a bot may be left. */
  judge: { input: ClaimDoc; answer: { concerned: string[]; heirs: string[] } };
  /** Wall clock, and one that is never set; epoch ms and ms. */
  clocks: { input: null; answer: { now: number; monotonic: number } };
  send: { input: { holder: ClaimHolder }; answer: SendAnswer };
  /** The bot of a holder's request; of a provider that knows rooms only, any bot of the room. */
  findRequested: {
    input: { room: RoomKey; holder: ClaimHolder; createdAfter: number };
    answer: RoomBot | null;
  };
  getBot: { input: { botId: string }; answer: RoomBot | null };
  removeBot: { input: { botId: string }; answer: null };
}

export type RoomEffect = {
  [Kind in keyof RoomEffects]: { kind: Kind; input: RoomEffects[Kind]['input'] };
}[keyof RoomEffects];

export type RoomProtocol<Result> = Generator<RoomEffect, Result, unknown>;

/** How the effects are carried out. */
export type RoomWorld = {
  [Kind in keyof RoomEffects]: (
    input: RoomEffects[Kind]['input'],
  ) => Promise<RoomEffects[Kind]['answer']>;
};

export async function carryOut<Result>(
  protocol: RoomProtocol<Result>,
  world: RoomWorld,
): Promise<Result> {
  let step = protocol.next();
  while (step.done !== true) {
    const { kind, input } = step.value;
    const perform = world[kind] as (input: unknown) => Promise<unknown>;
    step = protocol.next(await perform(input));
  }
  return step.value;
}

export function* perform<Kind extends keyof RoomEffects>(
  kind: Kind,
  input: RoomEffects[Kind]['input'],
): RoomProtocol<RoomEffects[Kind]['answer']> {
  return (yield { kind, input } as RoomEffect) as RoomEffects[Kind]['answer'];
}

/** `holderId`: who makes the change, for itself. */
export function* change<Result>(
  room: RoomKey & { holderId?: string },
  rule: RoomRule<Result>,
): RoomProtocol<Result> {
  const { orgId, roomKey, holderId: by = null } = room;
  return (yield { kind: 'change', input: { room: { orgId, roomKey }, by, rule } }) as Result;
}

/** Whether a request that began may be sent, as the fences stand now. */
function maySend(fences: FenceReading, claimed: Epochs): boolean {
  const { epochs } = fences;
  return (
    fences.off === null &&
    epochs.installation === claimed.installation &&
    epochs.settings === claimed.settings &&
    epochs.role === claimed.role &&
    epochs.interview === claimed.interview
  );
}

/** The rules that the protocols apply: the model puts mutants in their place. */
export const roomRules = { ...entries, ...members, take, maySend };
export type RoomRules = typeof roomRules;

/** What steers the protocols of one provider. */
export type ProviderTraits = Pick<NotetakerCapabilities, 'keyScope' | 'addressesRooms'>;

export interface ProtocolInput {
  key: HolderKey;
  provider: ProviderTraits;
  times: ProtocolTimes;
  rules: RoomRules;
}
