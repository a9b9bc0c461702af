import { type BotRecord, isInCall } from './bot-record.js';
import type { EndReason, Phase, RoomBehaviour } from './control.js';

/** A step of a bot's life; `reason` comes with the step that begins its end. */
export interface Step {
  phase: Phase;
  reason?: EndReason;
  subCode?: string | undefined;
}

/** How a vendor's bots live. Lengths are milliseconds of the vendor's time. */
export interface LifeProfile<Own> {
  /** What becomes now of a bot that waits for its time; null: nothing yet. */
  launch(bot: BotRecord<Own>, now: number): Step | null;
  joinMs: number;
  startRecordingMs: number;
  leavingMs: number;
  processingMs: number;
  /** Whether a bot that ends so is shut down in order (`processing`) or is simply over. */
  shutsDown(bot: BotRecord<Own>, reason: EndReason): boolean;
}

interface Situation<Own> {
  bot: BotRecord<Own>;
  behaviour: RoomBehaviour;
  profile: LifeProfile<Own>;
  now: number;
  timeFactor: number;
}

const defaultLobbyMs = 2000;

/** Whether so much of the vendor's time has passed since then. */
function passed(situation: Situation<unknown>, since: number, vendorMs: number): boolean {
  return situation.now >= since + vendorMs / situation.timeFactor;
}

function over<Own>(situation: Situation<Own>, reason: EndReason, subCode?: string): Step {
  const { bot, profile } = situation;
  const phase = profile.shutsDown(bot, reason) ? 'processing' : 'ended';
  return { phase, reason, subCode };
}

function inJoining<Own>(situation: Situation<Own>): Step | null {
  const { bot, behaviour, profile } = situation;
  if (!passed(situation, bot.phaseSinceAt, profile.joinMs)) {
    return null;
  }
  switch (behaviour.kind) {
    case 'bad_link':
      return over(situation, 'bad_link');
    case 'not_started':
      return passed(situation, bot.phaseSinceAt, bot.leave.notStartedMs)
        ? over(situation, 'not_started')
        : null;
    case 'fatal':
      if ((behaviour.during ?? 'joining') === 'joining') {
        return passed(situation, bot.phaseSinceAt, behaviour.afterMs ?? 0)
          ? over(situation, 'fatal', behaviour.subCode)
          : null;
      }
      return { phase: 'lobby' };
    case 'admit':
      return { phase: behaviour.afterMs === 0 ? 'in_call' : 'lobby' };
    default:
      return { phase: 'lobby' };
  }
}

/** A step and how long after the entry into lobby or call it comes. */
interface Planned {
  afterMs: number;
  step: Step;
}

/**
 * The one that comes first, as soon as it is due: a simulator whose process stood still for a while
 * must not let what was to happen later overtake.
 */
function firstDue(situation: Situation<unknown>, since: number, plans: Planned[]): Step | null {
  const [first] = plans.toSorted((one, other) => one.afterMs - other.afterMs);
  return first !== undefined && passed(situation, since, first.afterMs) ? first.step : null;
}

function fateInLobby<Own>(situation: Situation<Own>): Planned[] {
  const { behaviour } = situation;
  switch (behaviour.kind) {
    case 'lobby':
      return [];
    case 'deny':
      return [{ afterMs: behaviour.afterMs ?? defaultLobbyMs, step: over(situation, 'denied') }];
    case 'fatal':
      return behaviour.during === 'lobby'
        ? [
            {
              afterMs: behaviour.afterMs ?? 0,
              step: over(situation, 'fatal', behaviour.subCode),
            },
          ]
        : [{ afterMs: defaultLobbyMs, step: { phase: 'in_call' } }];
    default: {
      const afterMs = behaviour.kind === 'admit' ? behaviour.afterMs : undefined;
      return [{ afterMs: afterMs ?? defaultLobbyMs, step: { phase: 'in_call' } }];
    }
  }
}

function inLobby<Own>(situation: Situation<Own>): Step | null {
  const { bot } = situation;
  if (bot.admitted) {
    return { phase: 'in_call' };
  }
  return firstDue(situation, bot.phaseSinceAt, [
    ...fateInLobby(situation),
    { afterMs: bot.leave.lobbyMs, step: over(situation, 'lobby_timeout') },
  ]);
}

function fateInCall<Own>(situation: Situation<Own>): Planned[] {
  const { bot, behaviour } = situation;
  switch (behaviour.kind) {
    case 'admit':
      return behaviour.meetingEndsAfterMs === undefined
        ? []
        : [{ afterMs: behaviour.meetingEndsAfterMs, step: over(situation, 'meeting_ended') }];
    case 'kick':
      return [{ afterMs: behaviour.afterMs, step: over(situation, 'kicked') }];
    case 'nobody_joins':
      return [
        { afterMs: bot.leave.nobodyJoinedMs, step: { phase: 'leaving', reason: 'nobody_joined' } },
      ];
    case 'everyone_leaves':
      return [
        {
          afterMs: behaviour.afterMs + bot.leave.everyoneLeftMs,
          step: { phase: 'leaving', reason: 'everyone_left' },
        },
      ];
    case 'recording_denied':
      return bot.phase === 'denied'
        ? [
            {
              afterMs: bot.leave.permissionDeniedMs,
              step: { phase: 'leaving', reason: 'permission_denied' },
            },
          ]
        : [];
    case 'fatal':
      return [
        { afterMs: behaviour.afterMs ?? 0, step: over(situation, 'fatal', behaviour.subCode) },
      ];
    default:
      return [];
  }
}

function inCall<Own>(situation: Situation<Own>): Step | null {
  const { bot, behaviour, profile } = situation;
  const plans = fateInCall(situation);
  if (bot.leave.longestMs !== null) {
    plans.push({
      afterMs: bot.leave.longestMs,
      step: { phase: 'leaving', reason: 'longest_stay' },
    });
  }
  if (bot.phase === 'in_call' && behaviour.kind === 'recording_denied') {
    const step: Step = { phase: 'denied', subCode: behaviour.subCode };
    plans.push({ afterMs: profile.startRecordingMs, step });
  } else if (bot.phase === 'in_call' && bot.records) {
    plans.push({ afterMs: profile.startRecordingMs, step: { phase: 'recording' } });
  }
  return firstDue(situation, bot.joinedAt ?? situation.now, plans);
}

/** What the bot does next, or null while it stays as it is. Changes nothing. */
export function nextStep<Own>(situation: Situation<Own>): Step | null {
  const { bot, profile } = situation;
  switch (bot.phase) {
    case 'scheduled':
    case 'staged':
      return profile.launch(bot, situation.now);
    case 'joining':
      return inJoining(situation);
    case 'lobby':
      return inLobby(situation);
    case 'in_call':
    case 'denied':
    case 'recording':
      return inCall(situation);
    case 'leaving':
      return passed(situation, bot.phaseSinceAt, profile.leavingMs)
        ? { phase: 'processing' }
        : null;
    case 'processing':
      return passed(situation, bot.phaseSinceAt, profile.processingMs) ? { phase: 'ended' } : null;
    case 'ended':
      return null;
  }
}

/** Carries out a step on the record: phase, facts and history. */
export function applyStep<Own>(bot: BotRecord<Own>, step: Step, now: number): void {
  if (bot.phase === 'recording' && !isInCall(step)) {
    bot.recordingEndedAt = now;
  }
  bot.phase = step.phase;
  bot.phaseSinceAt = now;
  if (step.reason !== undefined) {
    bot.endReason = step.reason;
  }
  if (step.reason !== undefined || step.phase === 'denied') {
    bot.subCode = step.subCode ?? null;
  }
  bot.history.push({ phase: step.phase, at: now });
  if (step.phase === 'in_call') {
    bot.joinedAt ??= now;
  }
  if (step.phase === 'recording') {
    bot.recordingStartedAt ??= now;
  }
  if (step.phase === 'ended') {
    bot.endedAt = now;
  }
}
