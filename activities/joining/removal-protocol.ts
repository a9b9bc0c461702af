import { isOutOfMeeting } from '../notetaker/port.js';
import type { LeaveResult } from './claim-members.js';
import { lookUpProtocol, readHolder } from './request-protocol.js';
import { change, type ProtocolInput, perform, type RoomProtocol } from './room-protocol.js';

export type RemovalState = 'requesting' | 'stopping' | 'gone';

/**
 * Brings a holder one step nearer to `free`: `live` begins to stop, a bot that is to leave is told
 * so, a bot that is gone frees its room. Returns the holder's state afterwards, `gone` for free or
 * somebody else's. Anybody may carry it out, again and again.
 */
export function* removalProtocol(input: ProtocolInput): RoomProtocol<RemovalState> {
  const { key, rules } = input;
  let holder = yield* readHolder(input);
  if (holder?.state === 'requesting') {
    const { now } = yield* perform('clocks', null);
    if (!rules.maySettleByOthers(holder, { now, times: input.times })) return 'requesting';
    yield* lookUpProtocol(input);
    holder = yield* readHolder(input);
    if (holder?.state === 'requesting') return 'requesting';
  }
  if (holder === null || holder.state === 'free' || holder.state === 'claimed') return 'gone';
  const begun = yield* change(key, (doc) => rules.beginStop(doc, key));
  // Left to an heir, or settled by somebody else: this attempt has no bot any more.
  if (begun === 'not_live') return 'gone';
  return yield* removeBot(input, holder.providerBotId ?? '');
}

function* removeBot(input: ProtocolInput, botId: string): RoomProtocol<RemovalState> {
  const { key, provider, times, rules } = input;
  const bot = yield* perform('getBot', { botId });
  if (bot === null || isOutOfMeeting(bot)) {
    const ended = yield* change(key, (doc, now) =>
      rules.confirmGone(doc, { ...key, botId }, { now }),
    );
    if (ended === 'freed') return 'gone';
    const after = yield* readHolder(input);
    return after?.state === 'stopping' ? 'stopping' : 'gone';
  }
  if (bot.state === 'leaving') return 'stopping';
  if (provider.addressesRooms) {
    const { monotonic: startedAt } = yield* perform('clocks', null);
    const asked = yield* change(key, (doc, now) => rules.askToLeave(doc, key, { now, times }));
    if (asked === 'not_stopping') return 'gone';
    const { now, monotonic } = yield* perform('clocks', null);
    const late = now >= asked.sendBefore || monotonic - startedAt >= times.requestDeadlineMs;
    if (late) return 'stopping';
  }
  yield* perform('removeBot', { botId });
  return 'stopping';
}

/** A session leaves the room: its bot goes on for those who share it and still want it. */
export function* leaveProtocol(input: ProtocolInput): RoomProtocol<LeaveResult> {
  const { key, rules } = input;
  const holder = yield* readHolder(input);
  const shares = holder?.state === 'live' && holder.members.length > 0;
  const heirs = shares ? yield* perform('findHeirs', { room: key, holder }) : [];
  return yield* change(key, (doc) => rules.leave(doc, { ...key, heirs }));
}
