import type { BotOutcome, BotRecord, BotState, Pace, RoomScenario } from './types.js';

/** A step of a bot's life. `outcome` is given where the facts alone do not tell it. */
export interface Change {
  state: BotState;
  code?: string;
  outcome?: BotOutcome;
}

interface Situation {
  bot: BotRecord;
  scenario: RoomScenario;
  pace: Pace;
  /** Epoch ms. */
  now: number;
}

const hourMs = 3_600_000;

function meetingEndsAt({ bot, pace }: Situation): number {
  const planned = [bot.leaveAt ?? Infinity, Date.parse(bot.request.metadata.endsAt ?? '')].filter(
    (at) => !Number.isNaN(at),
  );
  const known = Math.min(...planned);
  const joinedAt = bot.facts.joinedAt ?? bot.stateSinceAt;
  if (pace.meetingMs !== undefined) {
    return Math.min(known, joinedAt + pace.meetingMs);
  }
  return known === Infinity ? joinedAt + hourMs : known;
}

function waitedFor(situation: Situation, seconds: number): boolean {
  const { bot, pace, now } = situation;
  const longestMs = Math.min(seconds * 1000, pace.longestWaitMs);
  return now >= Math.min(bot.stateSinceAt + longestMs, bot.leaveAt ?? Infinity);
}

function inJoining(situation: Situation): Change | null {
  const { bot, scenario } = situation;
  if (scenario.kind === 'bad_link') {
    return { state: 'ended', code: 'meeting_url_unusable', outcome: 'failed' };
  }
  if (scenario.kind === 'host_never_opens') {
    return waitedFor(situation, bot.request.automaticLeave.meetingNotStartedSeconds)
      ? { state: 'ended', code: 'host_never_opened', outcome: 'meeting_not_started' }
      : null;
  }
  return { state: 'waiting_room' };
}

function inWaitingRoom(situation: Situation): Change | null {
  const { bot, scenario } = situation;
  if (scenario.kind === 'deny' && !bot.admitted) {
    return { state: 'ended', code: 'denied_by_host', outcome: 'not_admitted' };
  }
  if (scenario.kind === 'never_admit' && !bot.admitted) {
    return waitedFor(situation, bot.request.automaticLeave.waitingRoomSeconds)
      ? { state: 'ended', code: 'waiting_room_timeout', outcome: 'not_admitted' }
      : null;
  }
  return { state: 'in_call' };
}

function inCall(situation: Situation): Change | null {
  const { bot, scenario, pace, now } = situation;
  if (scenario.kind === 'nobody_comes') {
    return waitedFor(situation, bot.request.automaticLeave.noOneJoinedSeconds)
      ? { state: 'leaving', code: 'nobody_came' }
      : null;
  }
  if (now >= meetingEndsAt(situation)) {
    const byPlan = bot.leaveAt !== null && now >= bot.leaveAt;
    return { state: 'leaving', code: byPlan ? 'leave_at_reached' : 'meeting_ended' };
  }
  const joinedAt = bot.facts.joinedAt ?? now;
  if (scenario.kind === 'everybody_leaves_early' && now >= joinedAt + 4 * pace.stepMs) {
    return { state: 'leaving', code: 'everyone_left' };
  }
  const wanted = bot.request.recording.record || bot.request.recording.transcribe;
  return bot.state === 'in_call' && wanted && scenario.kind !== 'recording_denied'
    ? { state: 'recording' }
    : null;
}

/** What the bot does next, or null while it stays as it is. Changes nothing. */
export function nextChange(situation: Situation): Change | null {
  const { bot, scenario, pace, now } = situation;
  if (bot.state === 'scheduled') {
    return now >= bot.joinAt ? { state: 'starting' } : null;
  }
  const lingerMs = bot.state === 'leaving' ? (scenario.removalMs ?? pace.stepMs) : pace.stepMs;
  if (now < bot.stateSinceAt + lingerMs) {
    return null;
  }
  switch (bot.state) {
    case 'starting':
      return { state: 'joining' };
    case 'joining':
      return inJoining(situation);
    case 'waiting_room':
      return inWaitingRoom(situation);
    case 'in_call':
    case 'recording':
      return inCall(situation);
    case 'leaving':
      return { state: 'processing' };
    case 'processing':
      return { state: 'ended' };
    case 'ended':
      return null;
  }
}

function outcomeOf(bot: BotRecord): BotOutcome {
  if (bot.facts.joinedAt === null) {
    return bot.facts.removedBy === 'api' ? 'cancelled' : 'failed';
  }
  if (bot.facts.removedBy === 'participant') {
    return 'removed';
  }
  if (bot.leaveCode === 'nobody_came') {
    return 'no_one_joined';
  }
  return bot.facts.recordingStartedAt === null ? 'attended_not_recorded' : 'attended_recorded';
}

/** Carries out a change on the record: state, facts, history, and the outcome at the end. */
export function applyChange({ bot, change, now }: { bot: BotRecord; change: Change; now: number }) {
  if (bot.state === 'recording') {
    bot.facts.recordingEndedAt = now;
  }
  bot.leaveCode = change.code ?? bot.leaveCode;
  bot.state = change.state;
  bot.stateSinceAt = now;
  bot.version += 1;
  bot.history.push({ state: change.state, at: now, version: bot.version });
  if (change.state === 'in_call') {
    bot.facts.joinedAt ??= now;
  }
  if (change.state === 'recording') {
    bot.facts.recordingStartedAt ??= now;
    bot.facts.recordingEndedAt = null;
  }
  if (change.state === 'ended') {
    bot.facts.endedAt = now;
    bot.outcome = change.outcome ?? outcomeOf(bot);
    bot.subCode = bot.leaveCode;
  }
}
