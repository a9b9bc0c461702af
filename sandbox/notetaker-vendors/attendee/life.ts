import type { LifeProfile, Step } from '../bot-life.js';
import type { EndReason, Phase } from '../control.js';
import type { AttendeeBot, AttendeeOwn } from './types.js';

const minuteMs = 60_000;

/**
 * The scheduler looks every minute and stages what joins within five minutes of now; a staged bot
 * starts up to 10 s before `join_at`. What it missed by more is marked an hour later.
 */
export function createLaunch(input: { timeFactor: number; everyMs: number }): {
  launch: (bot: AttendeeBot, now: number) => Step | null;
  pass: (now: number) => number;
} {
  const { timeFactor, everyMs } = input;
  const startedAt = Date.now();
  const vendorMs = (ms: number) => ms / timeFactor;
  const pass = (now: number) => Math.floor((now - startedAt) / vendorMs(everyMs));
  return {
    pass,
    launch(bot, now) {
      const joinAt = bot.joinAt ?? now;
      if (bot.phase === 'staged') {
        return now >= joinAt - vendorMs(bot.own.launchLeadMs) ? { phase: 'joining' } : null;
      }
      const window = vendorMs(5 * minuteMs);
      if (now > joinAt + vendorMs(60 * minuteMs)) {
        return { phase: 'ended', reason: 'launch_missed' };
      }
      if (pass(now) === bot.own.seenPass) {
        return null;
      }
      bot.own.seenPass = pass(now);
      return Math.abs(joinAt - now) <= window ? { phase: 'staged' } : null;
    },
  };
}

const inOrder: ReadonlySet<EndReason> = new Set([
  'meeting_ended',
  'kicked',
  'asked_to_leave',
  'everyone_left',
  'nobody_joined',
  'permission_denied',
  'longest_stay',
]);

export function attendeeLife(launch: LifeProfile<AttendeeOwn>['launch']): LifeProfile<AttendeeOwn> {
  return {
    launch,
    joinMs: 3000,
    startRecordingMs: 1000,
    leavingMs: 3000,
    processingMs: 5000,
    shutsDown: (_bot, reason) => inOrder.has(reason),
  };
}

/** The state that the API shows. */
export function stateOf(bot: AttendeeBot): string {
  if (bot.own.stateOverride !== null) {
    return bot.own.stateOverride;
  }
  switch (bot.phase) {
    case 'lobby':
      return 'waiting_room';
    case 'in_call':
      return 'joined_not_recording';
    case 'recording':
      return 'joined_recording';
    case 'denied':
      return 'joined_recording_permission_denied';
    case 'processing':
      return 'post_processing';
    case 'ended':
      return bot.endReason === null || inOrder.has(bot.endReason) ? 'ended' : 'fatal_error';
    default:
      return bot.phase;
  }
}

const fatalSubTypes: ReadonlySet<string> = new Set([
  'heartbeat_timeout',
  'process_terminated',
  'attendee_internal_error',
  'ui_element_not_found',
  'bot_not_launched',
  'out_of_credits',
  'rtmp_connection_failed',
  'global_runtime_timeout',
]);

const endSubTypes: Partial<Record<EndReason, string>> = {
  denied: 'request_to_join_denied',
  lobby_timeout: 'waiting_room_timeout_exceeded',
  not_started: 'meeting_not_started_waiting_for_host',
  bad_link: 'meeting_not_found',
  launch_missed: 'bot_not_launched',
  fatal: 'attendee_internal_error',
};

const leaveSubTypes: Partial<Record<EndReason, string>> = {
  asked_to_leave: 'user_requested',
  everyone_left: 'auto_leave_only_participant_in_meeting',
  nobody_joined: 'auto_leave_only_participant_in_meeting',
  longest_stay: 'auto_leave_max_uptime_exceeded',
};

/** The event that brought the bot where it is now. */
export function eventOf(bot: AttendeeBot, from: Phase): { type: string; subType: string | null } {
  switch (bot.phase) {
    case 'staged':
      return { type: 'staged', subType: null };
    case 'lobby':
      return { type: 'put_in_waiting_room', subType: null };
    case 'in_call':
      return { type: 'joined_meeting', subType: null };
    case 'recording':
      return { type: 'recording_permission_granted', subType: null };
    case 'denied':
      return {
        type: 'recording_permission_denied',
        subType: bot.subCode ?? 'host_denied_permission',
      };
    case 'leaving': {
      const subType = bot.endReason === null ? null : (leaveSubTypes[bot.endReason] ?? null);
      return { type: 'leave_requested', subType };
    }
    case 'processing':
      return { type: from === 'leaving' ? 'left_meeting' : 'meeting_ended', subType: null };
    case 'ended': {
      if (from === 'processing') {
        return { type: 'post_processing_completed', subType: null };
      }
      const subType = bot.subCode ?? endSubTypes[bot.endReason ?? 'fatal'] ?? null;
      const isFatal = bot.joinedAt !== null || (subType !== null && fatalSubTypes.has(subType));
      return { type: isFatal ? 'fatal_error' : 'could_not_join_meeting', subType };
    }
    default:
      return { type: 'join_requested', subType: null };
  }
}
