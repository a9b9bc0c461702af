import type { BotView } from '../../workflows/contracts/activities.js';
import { sentAwayReasons } from '../../workflows/contracts/provider-reasons.js';
import type { BotSnapshot } from './port.js';

/** What a provider's bot alone tells; the rest of a `BotView` is known by the store. */
export type BotViewCore = Omit<BotView, 'stopping' | 'leaveForNext' | 'neededUntil'>;

/**
 * A bot in the words of the workflows. `ended` means that the outcome is known, which for a bot that
 * has recorded is as soon as it is out of the meeting. `removed` means that *we* took it back before
 * it was in the call: such a session may be joined anew, one from which a participant threw the bot
 * out never.
 */
export function snapshotToView(snapshot: BotSnapshot): BotViewCore {
  const { joinedAt, recordingStartedAt, recordingEndedAt } = snapshot;
  const state = stateOf(snapshot);
  // Out of the meeting it may still write its files, and has no end of its own yet.
  const endedAt = snapshot.endedAt ?? (state === 'ended' ? recordingEndedAt : null);
  return {
    state,
    ...verdictOf(snapshot),
    joinedAt,
    recordingStartedAt,
    endedAt,
    anotherMayHelp: snapshot.anotherMayHelp,
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

/**
 * From evidence of joining and recording, never from "ended". The reason is the provider's own word
 * where there is one; the contracts' `reason-words` say it in a sentence.
 */
function verdictOf(snapshot: BotSnapshot): Pick<BotViewCore, 'outcome' | 'reason'> {
  if (stateOf(snapshot) !== 'ended') {
    return { outcome: null, reason: null };
  }
  const word = reasonOf(snapshot);
  const missed = (fallback: string) => ({ outcome: 'missed' as const, reason: word ?? fallback });
  if (snapshot.outcome === 'cancelled') {
    return { outcome: 'removed', reason: word ?? 'cancelled' };
  }
  // A provider that says so has recorded an empty room at most.
  if (snapshot.outcome === 'no_one_joined') {
    return missed('no_one_joined');
  }
  if (snapshot.recordingStartedAt !== null || snapshot.outcome === 'attended_recorded') {
    return { outcome: 'captured', reason: wordOfFarewell(snapshot, word) };
  }
  switch (snapshot.outcome) {
    case 'not_admitted':
    case 'meeting_not_started':
      return missed(snapshot.outcome);
    case 'attended_not_recorded':
      return missed('not_recorded');
    case 'removed':
      return missed('removed_by_participant');
    case 'failed':
    case null:
      return missed('failed');
  }
}

/** That people sent away a bot which had recorded: it is not to come again for what they add. */
function wordOfFarewell({ outcome, removedBy }: BotSnapshot, word: string | null): string | null {
  if (word !== null && sentAwayReasons.has(word)) return word;
  return outcome === 'removed' || removedBy === 'participant' ? 'removed_by_participant' : null;
}

/** Only a word that looks like a code: it is shown, stored and counted. */
function reasonOf({ reason }: BotSnapshot): string | null {
  return reason !== null && /^[a-z][a-z0-9_]{0,63}$/.test(reason) ? reason : null;
}
