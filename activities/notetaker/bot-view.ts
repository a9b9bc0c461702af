import type { BotView } from '../../workflows/contracts/activities.js';
import type { BotSnapshot } from './port.js';

/** What a provider's bot alone tells; the rest of a `BotView` is known by the store. */
export type BotViewCore = Omit<BotView, 'stopping' | 'leaveForNext'>;

/**
 * A bot in the words of the workflows. `ended` means that the outcome is known, which for a bot that
 * has recorded is as soon as it is out of the meeting. `removed` means that *we* took it back before
 * it was in the call: such a session may be joined anew, one from which a participant threw the bot
 * out never.
 */
export function snapshotToView(snapshot: BotSnapshot): BotViewCore {
  const { joinedAt, recordingStartedAt, endedAt } = snapshot;
  return {
    state: stateOf(snapshot),
    ...verdictOf(snapshot),
    joinedAt,
    recordingStartedAt,
    endedAt,
  };
}

function stateOf(snapshot: BotSnapshot): BotViewCore['state'] {
  switch (snapshot.state) {
    case 'scheduled':
    case 'starting':
    case 'joining':
      return 'requested';
    case 'waiting_room':
      return 'lobby';
    case 'in_call':
      return 'joined';
    case 'recording':
      return 'recording';
    case 'leaving':
      return lastStepOf(snapshot);
    case 'processing':
      return snapshot.recordingStartedAt === null ? lastStepOf(snapshot) : 'ended';
    case 'ended':
      return 'ended';
  }
}

function lastStepOf({ joinedAt, recordingStartedAt }: BotSnapshot): BotViewCore['state'] {
  return recordingStartedAt !== null ? 'recording' : joinedAt !== null ? 'joined' : 'requested';
}

/** From evidence of joining and recording, never from "ended" (`docs/design.md` 5). */
function verdictOf(snapshot: BotSnapshot): Pick<BotViewCore, 'outcome' | 'reason'> {
  if (stateOf(snapshot) !== 'ended') {
    return { outcome: null, reason: null };
  }
  const word = reasonOf(snapshot);
  if (snapshot.outcome === 'cancelled') {
    return { outcome: 'removed', reason: word ?? 'cancelled' };
  }
  if (snapshot.recordingStartedAt !== null || snapshot.outcome === 'attended_recorded') {
    return { outcome: 'captured', reason: null };
  }
  switch (snapshot.outcome) {
    case 'not_admitted':
    case 'no_one_joined':
    case 'meeting_not_started':
      return { outcome: 'missed', reason: snapshot.outcome };
    case 'attended_not_recorded':
      return { outcome: 'missed', reason: 'not_recorded' };
    case 'removed':
      return { outcome: 'missed', reason: 'removed_by_participant' };
    case 'failed':
    case null:
      return { outcome: 'missed', reason: word ?? 'failed' };
  }
}

/** Only a word that looks like a code: it is shown, stored and counted. */
function reasonOf({ reason }: BotSnapshot): string | null {
  return reason !== null && /^[a-z][a-z0-9_]{0,63}$/.test(reason) ? reason : null;
}
