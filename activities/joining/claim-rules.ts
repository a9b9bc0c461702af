import type { ClaimDoc, ClaimHolder, HolderState } from '../../common/read-model/documents.js';
import type { ProtocolTimes } from '../../workflows/contracts/protocol-times.js';
import { freed, isExpiredClaim, isHeld, spanOf, withHolder } from './claim-entries.js';

/**
 * The rules of claims (docs/protocols.md), as pure functions from one claim document to the next.
 * `claim-store.ts` applies them by compare-and-set on `rev`, so each is one atomic step; the model
 * and the property tests drive these same functions. A rule that returns `next: null` changed
 * nothing.
 *
 * A room has one document and a holder entry for each session that wants it. `requesting`, `live`
 * and `stopping` are *occupied*: a bot is or may be in the room. At most one holder is occupied.
 * Sessions that truly overlap share one bot: one of them holds it, the others are its members.
 */
export interface Step<Result> {
  next: ClaimDoc | null;
  result: Result;
}

/** The wall clock of whoever applies a rule, and the protocols' times. */
export interface RuleContext {
  now: number;
  times: ProtocolTimes;
}

const occupiedStates: readonly HolderState[] = ['requesting', 'live', 'stopping'];

export function isOccupied(holder: ClaimHolder): boolean {
  return occupiedStates.includes(holder.state);
}

export function holderOf(doc: ClaimDoc, holderId: string): ClaimHolder | undefined {
  return doc.holders.find((holder) => holder.holderId === holderId);
}

export type BeginResult =
  | { kind: 'begun'; holder: ClaimHolder }
  | { kind: 'room_occupied' }
  | { kind: 'claim_lost' };

/**
 * A request *begins* here: own entry `claimed` with this very attempt, no other holder of the room
 * occupied, and none before it in the room that is about to ask. A repeated call does not begin
 * again: one attempt, one request.
 */
export function beginRequest(
  doc: ClaimDoc,
  input: { holderId: string; attempt: number; botKey: string; sealedLink?: string },
  context: RuleContext,
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
    ...(input.sealedLink === undefined ? {} : { sealedLink: input.sealedLink }),
  };
  return { next: withHolder(doc, holder), result: { kind: 'begun', holder } };
}

/**
 * An earlier interview in the room that has its claim but not yet its bot: were the later one, which
 * asks minutes ahead, to be first, the earlier one would wait until it is over.
 */
function goesFirst(other: ClaimHolder, own: ClaimHolder, now: number): boolean {
  return (
    other.state === 'claimed' &&
    isHeld(other, now) &&
    spanOf(other).from < spanOf(own).from &&
    spanOf(other).until > now
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
      next: withHolder(doc, { ...own, state: 'live', providerBotId: fate.botId }),
      result: 'live',
    };
  }
  const provesNothing =
    fate.kind === 'nothing_found' &&
    fate.lookedAt <= (own.requestDeadlineAt ?? 0) + context.times.lookupProvesMs;
  if (provesNothing) return unchanged('undecided');
  const botId = fate.kind === 'found' ? fate.botId : own.providerBotId;
  return { next: withHolder(doc, freed({ ...own, providerBotId: botId })), result: 'free' };
}

/** From here on anybody may settle a request: its owner may have died. */
export function maySettleByOthers(holder: ClaimHolder, context: RuleContext): boolean {
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
  return { next: withHolder(doc, { ...own, state: 'stopping' }), result: 'stopping' };
}

/**
 * Before a removal is sent to a provider that addresses bots by their room: until it can no longer
 * arrive the entry stays `stopping`, since a late one would meet the next bot.
 */
export function askToLeave(
  doc: ClaimDoc,
  input: { holderId: string; attempt: number },
  context: RuleContext,
): Step<{ sendBefore: number } | 'not_stopping'> {
  const own = holderOf(doc, input.holderId);
  if (own === undefined || own.attempt !== input.attempt || own.state !== 'stopping') {
    return unchanged('not_stopping');
  }
  const sendBefore = context.now + context.times.requestDeadlineMs;
  const stopAskedUntil = sendBefore + context.times.lookupProvesMs;
  return { next: withHolder(doc, { ...own, stopAskedUntil }), result: { sendBefore } };
}

/**
 * The provider says that this bot is gone: only then is the room free again. Of another bot than the
 * entry's it proves nothing, whatever attempt whoever looked believed it to be of.
 */
export function confirmGone(
  doc: ClaimDoc,
  input: { holderId: string; attempt: number; botId: string },
  context: { now: number },
): Step<'freed' | 'unchanged'> {
  const own = holderOf(doc, input.holderId);
  const occupiedByBot = own?.state === 'live' || own?.state === 'stopping';
  if (own === undefined || own.attempt !== input.attempt || !occupiedByBot) {
    return unchanged('unchanged');
  }
  if ((own.providerBotId ?? '') !== input.botId) return unchanged('unchanged');
  if ((own.stopAskedUntil ?? 0) > context.now) return unchanged('unchanged');
  return { next: withHolder(doc, freed(own)), result: 'freed' };
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
  return { next: withHolder(doc, freed(own)), result: 'freed' };
}

/** Frees every `claimed` entry whose end is past: a dead join must not block the room for ever. */
export function freeExpiredClaims(doc: ClaimDoc, context: { now: number }): Step<number> {
  const expired = doc.holders.filter((holder) => isExpiredClaim(holder, context.now));
  if (expired.length === 0) return unchanged(0);
  const holders = doc.holders.map((holder) =>
    isExpiredClaim(holder, context.now) ? freed(holder) : holder,
  );
  return { next: { ...doc, rev: doc.rev + 1, holders }, result: expired.length };
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
      isHeld(holder, input.now) &&
      spanOf(holder).from >= spanOf(own).until,
  );
  return waiting.length === 0 ? null : Math.min(...waiting.map((holder) => spanOf(holder).from));
}

export function unchanged<Result>(result: Result): Step<Result> {
  return { next: null, result };
}
