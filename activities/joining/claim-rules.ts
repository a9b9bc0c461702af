import type {
  ClaimDoc,
  ClaimHolder,
  Epochs,
  HolderState,
} from '../../common/read-model/documents.js';
import type { ProtocolTimes } from '../../workflows/contracts/protocol-times.js';

/**
 * The rules of claims (docs/protocols.md), as pure functions from one claim document to the next.
 * `claim-store.ts` applies them by compare-and-set on `rev`, so each is one atomic step; the model
 * and the property tests drive these same functions. A rule that returns `next: null` changed
 * nothing.
 *
 * A room has one document and a holder entry for each session that wants it. `requesting`, `live`
 * and `stopping` are *occupied*: a bot is or may be in the room. At most one holder is occupied.
 */
export interface Step<Result> {
  next: ClaimDoc | null;
  result: Result;
}

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
  | { kind: 'room_busy'; heldBy: string }
  | { kind: 'superseded'; attempt: number }
  | { kind: 'occupied'; attempt: number };

const occupiedStates: readonly HolderState[] = ['requesting', 'live', 'stopping'];

export function isOccupied(holder: ClaimHolder): boolean {
  return occupiedStates.includes(holder.state);
}

export function holderOf(doc: ClaimDoc, holderId: string): ClaimHolder | undefined {
  return doc.holders.find((holder) => holder.holderId === holderId);
}

function overlaps(a: { from: number; until: number }, b: { from: number; until: number }): boolean {
  return a.from < b.until && b.from < a.until;
}

function replaced(doc: ClaimDoc, holder: ClaimHolder): ClaimDoc {
  const others = doc.holders.filter(({ holderId }) => holderId !== holder.holderId);
  return { ...doc, rev: doc.rev + 1, holders: [...others, holder] };
}

/**
 * Takes the room for a session. Windows are raw times: back-to-back interviews do not overlap and
 * both may claim; only their requests wait for each other. A `claimed` entry past its end is no
 * obstacle: its owner died or will claim anew.
 */
export function take(
  doc: ClaimDoc,
  input: TakeInput,
  context: { now: number; times: ProtocolTimes },
): Step<TakeResult> {
  const own = holderOf(doc, input.holderId);
  if (own !== undefined) {
    const repeated = own.state === 'claimed' && own.attempt === input.attempt;
    if (isOccupied(own)) return unchanged({ kind: 'occupied', attempt: own.attempt });
    if (own.attempt >= input.attempt && !repeated) {
      return unchanged({ kind: 'superseded', attempt: own.attempt });
    }
  }
  const rival = doc.holders.find(
    (holder) =>
      holder.holderId !== input.holderId &&
      holder.state !== 'free' &&
      !isExpiredClaim(holder, context.now) &&
      overlaps(holder, input),
  );
  if (rival !== undefined) return unchanged({ kind: 'room_busy', heldBy: rival.interviewId });

  const holder: ClaimHolder = {
    ...input,
    members: [input.interviewId],
    state: 'claimed',
    claimedUntil: context.now + context.times.claimMs,
    requestDeadlineAt: null,
    requestedAt: null,
    providerBotKey: null,
    providerBotId: null,
  };
  const freed: ClaimDoc = {
    ...doc,
    holders: doc.holders
      // Only `free` entries whose window is past are pruned: an entry remembers its attempt.
      .filter((entry) => entry.state !== 'free' || entry.until > context.now)
      .map((entry) => (isExpiredClaim(entry, context.now) ? { ...entry, state: 'free' } : entry)),
  };
  return { next: replaced(freed, holder), result: { kind: 'claimed' } };
}

function isExpiredClaim(holder: ClaimHolder, now: number): boolean {
  return holder.state === 'claimed' && holder.claimedUntil <= now;
}

export type BeginResult =
  | { kind: 'begun'; holder: ClaimHolder }
  | { kind: 'room_occupied' }
  | { kind: 'claim_lost' };

/**
 * A request *begins* here: own entry `claimed` with this very attempt, no other holder of the room
 * occupied, and none before it in the room that is about to ask. A repeated call does not begin again: one attempt, one request.
 */
export function beginRequest(
  doc: ClaimDoc,
  input: { holderId: string; attempt: number; botKey: string },
  context: { now: number; times: ProtocolTimes },
): Step<BeginResult> {
  const own = holderOf(doc, input.holderId);
  if (own === undefined || own.state !== 'claimed' || own.attempt !== input.attempt) {
    return unchanged({ kind: 'claim_lost' });
  }
  const blocked = doc.holders.some(
    (holder) =>
      holder.holderId !== input.holderId &&
      (isOccupied(holder) || goesFirst(holder, own, context.now)),
  );
  if (blocked) return unchanged({ kind: 'room_occupied' });
  const holder: ClaimHolder = {
    ...own,
    state: 'requesting',
    requestedAt: context.now,
    requestDeadlineAt: context.now + context.times.requestDeadlineMs,
    providerBotKey: input.botKey,
  };
  return { next: replaced(doc, holder), result: { kind: 'begun', holder } };
}

/**
 * An earlier interview in the room that has its claim but not yet its bot: were the later one, which
 * asks minutes ahead, to be first, the earlier one would wait until it is over.
 */
function goesFirst(other: ClaimHolder, own: ClaimHolder, now: number): boolean {
  return (
    other.state === 'claimed' &&
    !isExpiredClaim(other, now) &&
    other.from < own.from &&
    other.until > now
  );
}

/** What is known about a request: enough to settle it, or not. */
export type RequestFate =
  | { kind: 'not_sent' }
  | { kind: 'refused' }
  | { kind: 'found'; botId: string; ended: boolean }
  /** A lookup that began at `lookedAt` found nothing. */
  | { kind: 'nothing_found'; lookedAt: number };

/**
 * Settles a `requesting` entry. An empty lookup proves nothing until the request can no longer
 * reach the provider (`lookupProvesMs` after the deadline); before that it changes nothing.
 */
export function settleRequest(
  doc: ClaimDoc,
  input: { holderId: string; attempt: number; fate: RequestFate },
  context: { times: ProtocolTimes },
): Step<'live' | 'free' | 'undecided' | 'not_requesting'> {
  const own = holderOf(doc, input.holderId);
  if (own === undefined || own.state !== 'requesting' || own.attempt !== input.attempt) {
    return unchanged('not_requesting');
  }
  const { fate } = input;
  if (fate.kind === 'found' && !fate.ended) {
    return {
      next: replaced(doc, { ...own, state: 'live', providerBotId: fate.botId }),
      result: 'live',
    };
  }
  const provesNothing =
    fate.kind === 'nothing_found' &&
    fate.lookedAt <= (own.requestDeadlineAt ?? 0) + context.times.lookupProvesMs;
  if (provesNothing) return unchanged('undecided');
  const botId = fate.kind === 'found' ? fate.botId : own.providerBotId;
  return {
    next: replaced(doc, { ...own, state: 'free', providerBotId: botId }),
    result: 'free',
  };
}

/** From here on anybody may settle a request: its owner may have died. */
export function maySettleByOthers(
  holder: ClaimHolder,
  context: { now: number; times: ProtocolTimes },
): boolean {
  return (
    holder.state === 'requesting' &&
    (holder.requestDeadlineAt ?? 0) + context.times.settleByOthersMs <= context.now
  );
}

/** `live` → `stopping`; the removal is asked for after this, and by anybody who finds it so. */
export function beginStop(
  doc: ClaimDoc,
  input: { holderId: string; attempt: number },
): Step<'stopping' | 'not_live'> {
  const own = holderOf(doc, input.holderId);
  if (own === undefined || own.attempt !== input.attempt) return unchanged('not_live');
  if (own.state === 'stopping') return unchanged('stopping');
  if (own.state !== 'live') return unchanged('not_live');
  return { next: replaced(doc, { ...own, state: 'stopping' }), result: 'stopping' };
}

/** The provider says that the bot is gone: only then is the room free again. */
export function confirmGone(
  doc: ClaimDoc,
  input: { holderId: string; attempt: number },
): Step<'freed' | 'unchanged'> {
  const own = holderOf(doc, input.holderId);
  const occupiedByBot = own?.state === 'live' || own?.state === 'stopping';
  if (own === undefined || own.attempt !== input.attempt || !occupiedByBot) {
    return unchanged('unchanged');
  }
  return { next: replaced(doc, { ...own, state: 'free' }), result: 'freed' };
}

/** Gives a claim back before any request began. */
export function releaseClaim(
  doc: ClaimDoc,
  input: { holderId: string; attempt: number },
): Step<'freed' | 'unchanged'> {
  const own = holderOf(doc, input.holderId);
  if (own === undefined || own.attempt !== input.attempt || own.state !== 'claimed') {
    return unchanged('unchanged');
  }
  return { next: replaced(doc, { ...own, state: 'free' }), result: 'freed' };
}

/** Frees every `claimed` entry whose end is past: a dead join must not block the room for ever. */
export function freeExpiredClaims(doc: ClaimDoc, context: { now: number }): Step<number> {
  const expired = doc.holders.filter((holder) => isExpiredClaim(holder, context.now));
  if (expired.length === 0) return unchanged(0);
  const holders = doc.holders.map((holder) =>
    isExpiredClaim(holder, context.now) ? { ...holder, state: 'free' as const } : holder,
  );
  return { next: { ...doc, rev: doc.rev + 1, holders }, result: expired.length };
}

/** Which fence an off with epoch `n` raised, and so which of a holder's epochs it is compared to. */
export type OffFence = keyof Epochs;

/**
 * What an off does to one holder. Only a holder whose stored epoch is smaller than the fence's is
 * touched, so that a late duplicate of an off harms nothing that was requested after the next on.
 */
export function offHolder(
  doc: ClaimDoc,
  input: { holderId: string; fence: OffFence; epoch: number },
): Step<
  { kind: 'freed' | 'untouched' } | { kind: 'requesting' | 'stopping'; holder: ClaimHolder }
> {
  const own = holderOf(doc, input.holderId);
  if (own === undefined || own.state === 'free' || own.epochs[input.fence] >= input.epoch) {
    return unchanged({ kind: 'untouched' });
  }
  if (own.state === 'claimed') {
    return { next: replaced(doc, { ...own, state: 'free' }), result: { kind: 'freed' } };
  }
  if (own.state === 'requesting') return unchanged({ kind: 'requesting', holder: own });
  const stopping: ClaimHolder = { ...own, state: 'stopping' };
  return {
    next: own.state === 'live' ? replaced(doc, stopping) : null,
    result: { kind: 'stopping', holder: stopping },
  };
}

/** When the bot of `holderId` must leave for the next interview in the room; null when none waits. */
export function nextStartInRoom(
  doc: ClaimDoc,
  input: { holderId: string; now: number },
): number | null {
  const own = holderOf(doc, input.holderId);
  if (own === undefined) return null;
  const waiting = doc.holders.filter(
    (holder) =>
      holder.holderId !== own.holderId &&
      holder.state === 'claimed' &&
      !isExpiredClaim(holder, input.now) &&
      holder.from >= own.until,
  );
  return waiting.length === 0 ? null : Math.min(...waiting.map((holder) => holder.from));
}

function unchanged<Result>(result: Result): Step<Result> {
  return { next: null, result };
}
