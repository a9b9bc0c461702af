import type { LifeProfile, Step } from '../bot-life.js';
import { isInCall } from '../bot-record.js';
import type { EndReason, Phase } from '../control.js';
import type { VexaBot, VexaOwn } from './types.js';

const startingMs = 2000;
const autoJoinLeadMs = 120_000;
const autoJoinLateMs = 600_000;

/** A plan's bot goes 120 s before its time and never later than 600 s after. */
function launchOf(bot: VexaBot, now: number, timeFactor: number): Step | null {
  if (bot.phase === 'staged') {
    return now >= bot.phaseSinceAt + startingMs / timeFactor ? { phase: 'joining' } : null;
  }
  if (bot.joinAt === null || !bot.own.autoJoin) {
    return null;
  }
  const isDue = now >= bot.joinAt - autoJoinLeadMs / timeFactor;
  return isDue && now <= bot.joinAt + autoJoinLateMs / timeFactor ? { phase: 'staged' } : null;
}

export const vexaLife = (timeFactor: number): LifeProfile<VexaOwn> => ({
  launch: (bot, now) => launchOf(bot, now, timeFactor),
  joinMs: 3000,
  startRecordingMs: 0,
  leavingMs: 3000,
  processingMs: 0,
  shutsDown: () => false,
});

const neverJoined: Record<EndReason, string> = {
  denied: 'awaiting_admission_rejected',
  lobby_timeout: 'awaiting_admission_timeout',
  asked_to_leave: 'stopped',
  meeting_ended: 'awaiting_admission_timeout',
  not_started: 'join_failure',
  bad_link: 'join_failure',
  fatal: 'join_failure',
  launch_missed: 'start_failed',
  deleted: 'stopped',
  everyone_left: 'join_failure',
  nobody_joined: 'join_failure',
  kicked: 'join_failure',
  permission_denied: 'join_failure',
  longest_stay: 'join_failure',
};

const joined: Partial<Record<EndReason, string>> = {
  meeting_ended: 'left_alone',
  everyone_left: 'left_alone',
  nobody_joined: 'startup_alone',
  kicked: 'evicted',
  asked_to_leave: 'stopped',
  longest_stay: 'max_bot_time_exceeded',
};

/** The phase that an ended bot came from, leaving aside. */
function lastPhaseOf(bot: VexaBot): Phase {
  const before = bot.history.filter(
    ({ phase }) => !['leaving', 'processing', 'ended'].includes(phase),
  );
  return before.at(-1)?.phase ?? 'staged';
}

const isFailed = (bot: VexaBot) => bot.joinedAt === null || bot.endReason === 'fatal';

function statusIn(phase: Phase, bot: VexaBot): string {
  switch (phase) {
    case 'scheduled':
      return bot.joinAt === null ? 'idle' : 'scheduled';
    case 'staged':
      return 'requested';
    case 'joining':
      return 'joining';
    case 'lobby':
      return 'awaiting_admission';
    case 'in_call':
    case 'denied':
    case 'recording':
      return 'active';
    case 'leaving':
    case 'processing':
      return 'stopping';
    case 'ended':
      return isFailed(bot) ? 'failed' : 'completed';
  }
}

/** The status that the API shows. */
export const statusOf = (bot: VexaBot): string => bot.own.stateOverride ?? statusIn(bot.phase, bot);

/** The status before a step. */
export const statusBefore = (bot: VexaBot, from: Phase): string =>
  bot.own.stateOverride ?? statusIn(from, bot);

/** Writes why it was over; for a bot that has just ended. */
export function setCompletion(bot: VexaBot): void {
  const reason = bot.endReason ?? 'fatal';
  const known = bot.joinedAt === null ? neverJoined[reason] : joined[reason];
  bot.own.completionReason = bot.subCode ?? known ?? 'validation_error';
  if (isFailed(bot)) {
    const last = lastPhaseOf(bot);
    bot.own.failureStage = isInCall({ phase: last }) ? 'active' : statusIn(last, bot);
  }
}
