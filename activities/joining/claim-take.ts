import type {
  ClaimDoc,
  ClaimHolder,
  ClaimMember,
  Epochs,
} from '../../common/read-model/documents.js';
import {
  asMember,
  connected,
  freed,
  isExpiredClaim,
  overlaps,
  rideOf,
  spanOf,
  withHolder,
  withoutMember,
} from './claim-entries.js';
import { holderOf, isOccupied, type RuleContext, type Step, unchanged } from './claim-rules.js';

export interface TakeInput {
  holderId: string;
  interviewId: string;
  sessionId: string;
  jobId: string;
  generation: string;
  from: number;
  until: number;
  attempt: number;
  epochs: Epochs;
}

export type TakeResult =
  | { kind: 'claimed' }
  | {
      kind: 'shared';
      heldBy: string;
      holderState: 'claimed' | 'requesting' | 'live';
      botId: string | null;
    }
  | { kind: 'room_busy'; heldBy: string }
  | { kind: 'superseded'; attempt: number }
  /** `botId`: once its request is settled. */
  | { kind: 'occupied'; attempt: number; botId: string | null };

/**
 * Takes the room for a session, or joins those who overlap with it and hold it already. Windows are
 * raw times: back-to-back interviews do not overlap and both may claim; only their requests wait for
 * each other. A `claimed` entry past its end is no obstacle.
 */
export function take(doc: ClaimDoc, input: TakeInput, context: RuleContext): Step<TakeResult> {
  const own = holderOf(doc, input.holderId);
  if (own !== undefined && isOccupied(own)) {
    return unchanged({ kind: 'occupied', attempt: own.attempt, botId: own.providerBotId });
  }
  const ride = rideOf(doc, input.holderId);
  const known = Math.max(own?.attempt ?? 0, ride?.member.attempt ?? 0);
  const isOpen = own?.state === 'claimed' || ride !== null;
  if (known > input.attempt || (known === input.attempt && !isOpen && own !== undefined)) {
    return unchanged({ kind: 'superseded', attempt: known });
  }
  const room = pruned(withoutMember(doc, input.holderId), context.now);
  const rivals = room.holders.filter(
    (holder) =>
      holder.holderId !== input.holderId &&
      holder.state !== 'free' &&
      overlaps(spanOf(holder), input),
  );
  return rivals.length === 0 ? claim(room, input, context) : share(room, input, rivals);
}

/** Only `free` entries whose window is past are pruned: an entry remembers its attempt. */
function pruned(doc: ClaimDoc, now: number): ClaimDoc {
  return {
    ...doc,
    holders: doc.holders
      .filter((entry) => entry.state !== 'free' || entry.until > now)
      .map((entry) => (isExpiredClaim(entry, now) ? freed(entry) : entry)),
  };
}

function claim(room: ClaimDoc, input: TakeInput, context: RuleContext): Step<TakeResult> {
  const members = holderOf(room, input.holderId)?.members ?? [];
  const holder: ClaimHolder = {
    ...input,
    members: connected(input, members),
    state: 'claimed',
    claimedUntil: context.now + context.times.claimMs,
    requestDeadlineAt: null,
    requestedAt: null,
    providerBotKey: null,
    providerBotId: null,
  };
  return { next: withHolder(room, holder), result: { kind: 'claimed' } };
}

/**
 * Joins the one who holds the room. When the newcomer connects several, all become one: the occupied
 * one carries the others, else the earliest does. A bot that leaves takes nobody along, and nobody
 * rides with another life.
 */
function share(room: ClaimDoc, input: TakeInput, rivals: ClaimHolder[]): Step<TakeResult> {
  const [first, ...others] = [...rivals].sort(
    (a, b) => Number(isOccupied(b)) - Number(isOccupied(a)) || a.from - b.from,
  );
  const stranger = rivals.find(({ generation }) => generation !== input.generation);
  if (first === undefined || first.state === 'stopping' || stranger !== undefined) {
    return unchanged({ kind: 'room_busy', heldBy: (stranger ?? first)?.interviewId ?? '' });
  }
  const entry = blankEntry(input);
  const joining = others.flatMap((holder) => [asMember(holder), ...holder.members]);
  const carrier: ClaimHolder = {
    ...first,
    members: [...first.members, ...joining, asMember(entry)],
  };
  const merged = others.reduce((doc, holder) => withHolder(doc, freed(holder)), room);
  const next = withHolder(withHolder(merged, entry), carrier);
  const { interviewId: heldBy, state, providerBotId } = first;
  return {
    next: { ...next, rev: room.rev + 1 },
    result: {
      kind: 'shared',
      heldBy,
      holderState: state === 'requesting' || state === 'live' ? state : 'claimed',
      botId: state === 'live' ? providerBotId : null,
    },
  };
}

/** Remembers the attempt of a session that holds nothing itself. */
export function blankEntry(session: TakeInput | ClaimMember): ClaimHolder {
  return {
    ...session,
    members: [],
    state: 'free',
    claimedUntil: 0,
    requestDeadlineAt: null,
    requestedAt: null,
    providerBotKey: null,
    providerBotId: null,
  };
}
