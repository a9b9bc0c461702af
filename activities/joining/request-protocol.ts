import type { ClaimHolder } from '../../common/read-model/documents.js';
import type { ClaimResult, RequestResult } from '../../workflows/contracts/activities.js';
import { isOutOfMeeting } from '../notetaker/port.js';
import type { Window } from './claim-entries.js';
import type { RequestFate } from './claim-rules.js';
import type { TakeInput, TakeResult } from './claim-take.js';
import {
  change,
  type HolderKey,
  type ProtocolInput,
  type ProviderTraits,
  perform,
  type RoomBot,
  type RoomProtocol,
  type SessionOfRoom,
} from './room-protocol.js';

/**
 * How far the provider's clock may be behind ours. A room is looked into before the request, so that
 * a bot that is found there later is no older one.
 */
const clockToleranceMs = 10_000;

/**
 * Claims the room. The epochs are read *before* the claim is written, so that an off whose fence is
 * newer finds this claim when it lists the holders, or is found when the request compares epochs.
 * Interviews that forbid are looked for after it is written: of a claim and a no that come together,
 * one sees the other.
 */
export function* claimProtocol(
  input: ProtocolInput & { session: Omit<TakeInput, 'epochs' | 'attempt' | 'holderId'> },
): RoomProtocol<TakeResult | Extract<ClaimResult, { kind: 'room_forbidden' }>> {
  const { key, session, times, rules } = input;
  const { holderId, attempt } = key;
  const { epochs } = yield* perform('readFences', { room: key, session });
  const taken = yield* change(key, (doc, now) =>
    rules.take(doc, { ...session, holderId, attempt, epochs }, { now, times }),
  );
  if (taken.kind !== 'claimed' && taken.kind !== 'shared') return taken;
  if (!(yield* isForbidden(key, session, session))) return taken;
  if (taken.kind === 'claimed') yield* change(key, (doc) => rules.releaseClaim(doc, key));
  else yield* change(key, (doc) => rules.leave(doc, { ...key, heirs: [] }));
  return { kind: 'room_forbidden' };
}

/**
 * The request: compare-and-set to `requesting`, **then** the fences and who forbids, **then** the
 * clocks, then the provider, once. Whatever is unclear afterwards stays `requesting` and is looked
 * up.
 */
export function* requestProtocol(
  input: ProtocolInput & { botKey: string; sealedLink?: string },
): RoomProtocol<RequestResult> {
  const { key, botKey, sealedLink, provider, times, rules } = input;
  const request = { ...key, botKey, ...(sealedLink === undefined ? {} : { sealedLink }) };
  const { monotonic: startedAt } = yield* perform('clocks', null);
  const begun = yield* change(key, (doc, now) => rules.beginRequest(doc, request, { now, times }));
  if (begun.kind === 'room_occupied') return begun;
  if (begun.kind === 'claim_lost') return { kind: 'not_sent', why: 'claim_lost' };
  const { holder } = begun;

  const fences = yield* perform('readFences', { room: key, session: holder });
  const forbidden =
    !rules.maySend(fences, holder.epochs) || (yield* isForbidden(key, holder, holder));
  if (forbidden) return yield* notSent(input, 'fenced');
  // Bots that are known by their room alone could not be told from each other.
  const hasCompany = provider.addressesRooms && (yield* isInCompany(key, holder));
  if (hasCompany) return yield* notSent(input, 'claim_lost');
  // Both clocks: the wall clock may have been set back, the monotonic one stands still in a pause.
  const { now, monotonic } = yield* perform('clocks', null);
  const late =
    now >= (holder.requestDeadlineAt ?? 0) || monotonic - startedAt >= times.requestDeadlineMs;
  if (late) return yield* notSent(input, 'late');

  const sent = yield* perform('send', { holder });
  switch (sent.kind) {
    case 'made': {
      const settled = yield* settle(input, { kind: 'found', botId: sent.botId, ended: false });
      // Somebody was quicker, and may have sent it away: what became of it is looked up.
      return settled === 'live' ? { kind: 'sent', botId: sent.botId } : { kind: 'unknown' };
    }
    case 'refused':
      yield* settle(input, { kind: 'refused' });
      return sent.answer;
    case 'unknown':
      return { kind: 'unknown' };
  }
}

/**
 * By the session's own window: a member whose time meets an interview that forbids finds it out by
 * itself, and goes alone.
 */
function* isForbidden(
  key: HolderKey,
  session: SessionOfRoom,
  window: Window,
): RoomProtocol<boolean> {
  const { from, until } = window;
  return yield* perform('isForbidden', { room: key, session, window: { from, until } });
}

function* isInCompany(key: HolderKey, holder: ClaimHolder): RoomProtocol<boolean> {
  const found = yield* perform('findRequested', { room: key, holder, createdAfter: 0 });
  return found !== null && !isOutOfMeeting(found);
}

function* notSent(
  input: ProtocolInput,
  why: 'fenced' | 'late' | 'claim_lost',
): RoomProtocol<RequestResult> {
  yield* settle(input, { kind: 'not_sent' });
  return { kind: 'not_sent', why };
}

function* settle(
  input: ProtocolInput,
  fate: RequestFate,
): RoomProtocol<'live' | 'free' | 'undecided' | 'not_requesting'> {
  const { key, times, rules } = input;
  return yield* change(key, (doc) => rules.settleRequest(doc, { ...key, fate }, { times }));
}

/** The entry of exactly this attempt; null when there is none, or a later one. */
export function* readHolder({ key }: Pick<ProtocolInput, 'key'>): RoomProtocol<ClaimHolder | null> {
  const { holders } = yield* perform('readRoom', key);
  return (
    holders.find(({ holderId, attempt }) => holderId === key.holderId && attempt === key.attempt) ??
    null
  );
}

/**
 * Looks a request up and settles it as far as that proves anything: a bot that is found makes the
 * holder `live` (or `free` when it has ended); nothing found counts only once the request can no
 * longer reach the provider. Whoever finds the bot live while it is forbidden starts its removal.
 */
export function* lookUpProtocol(
  input: ProtocolInput,
): RoomProtocol<'live' | 'free' | 'undecided' | 'not_requesting'> {
  const { key, provider, rules } = input;
  const { now: lookedAt } = yield* perform('clocks', null);
  const holder = yield* readHolder(input);
  if (holder === null || holder.state !== 'requesting') return 'not_requesting';
  const found = yield* perform('findRequested', {
    room: key,
    holder,
    createdAfter: (holder.requestedAt ?? 0) - clockToleranceMs,
  });
  const fate: RequestFate =
    found === null || !isOfThisRequest(found, holder, provider)
      ? { kind: 'nothing_found', lookedAt }
      : { kind: 'found', botId: found.botId, ended: isOutOfMeeting(found) };
  const result = yield* settle(input, fate);
  if (result === 'live') {
    const { off } = yield* perform('readFences', { room: key, session: holder });
    if (off !== null || (yield* isForbidden(key, holder, holder))) {
      yield* change(key, (doc) => rules.beginStop(doc, key));
    }
  }
  return result;
}

/**
 * Where the key names the room, the bot that is found may be another's: only the metadata tell. Such
 * a bot proves nothing about this request, which may still arrive once that bot is gone.
 */
export function isOfThisRequest(
  bot: RoomBot,
  holder: ClaimHolder,
  provider: ProviderTraits,
): boolean {
  if (provider.keyScope === 'attempt') return true;
  const { generation, sessionId, attempt } = bot.metadata;
  return (
    generation === holder.generation &&
    sessionId === holder.sessionId &&
    attempt === String(holder.attempt)
  );
}
