import { randomUUID } from 'node:crypto';
import type { LifeProfile } from '../bot-life.js';
import type { EndReason, Phase } from '../control.js';
import { readMeetingLink } from '../meeting-links.js';
import type { RecallBot, RecallOwn, RecallRecording, StatusChange } from './types.js';
import type { RecallNotices } from './webhooks.js';

const isFatal = (reason: EndReason) =>
  reason === 'fatal' || reason === 'bad_link' || reason === 'not_started';

export const recallLife: LifeProfile<RecallOwn> = {
  launch: (bot, now) => (now >= (bot.joinAt ?? 0) ? { phase: 'joining' } : null),
  joinMs: 3000,
  startRecordingMs: 1000,
  // Leaving can take up to 11 s more.
  leavingMs: 5000,
  processingMs: 5000,
  shutsDown: (_bot, reason) => !isFatal(reason),
};

const subCodes: Record<EndReason, string> = {
  meeting_ended: 'call_ended_by_host',
  everyone_left: 'timeout_exceeded_everyone_left',
  nobody_joined: 'timeout_exceeded_noone_joined',
  kicked: 'bot_kicked_from_call',
  denied: 'bot_kicked_from_waiting_room',
  lobby_timeout: 'timeout_exceeded_waiting_room',
  asked_to_leave: 'bot_received_leave_call',
  permission_denied: 'timeout_exceeded_recording_permission_denied',
  not_started: 'meeting_not_started',
  bad_link: 'meeting_not_found',
  longest_stay: 'timeout_exceeded_in_call_recording',
  launch_missed: 'failed_to_launch_in_time',
  deleted: 'bot_received_leave_call',
  fatal: 'bot_errored',
};

/** The status codes that a step to this phase appends; the last is the state. */
function codesOf(bot: RecallBot, from: Phase): { code: string; subCode: string | null }[] {
  const isZoom = readMeetingLink(bot.meetingUrl)?.platform === 'zoom';
  const ending = bot.subCode ?? (bot.endReason === null ? null : subCodes[bot.endReason]);
  switch (bot.phase) {
    case 'joining':
      return [{ code: 'joining_call', subCode: null }];
    case 'lobby':
      return [{ code: 'in_waiting_room', subCode: null }];
    case 'in_call':
      return [{ code: 'in_call_not_recording', subCode: null }];
    case 'recording':
      return [
        ...(isZoom ? [{ code: 'recording_permission_allowed', subCode: null }] : []),
        { code: 'in_call_recording', subCode: null },
      ];
    case 'denied': {
      const zoomCode = isZoom ? 'zoom_local_recording_request_denied_by_host' : null;
      return [{ code: 'recording_permission_denied', subCode: bot.subCode ?? zoomCode }];
    }
    case 'processing':
      return [{ code: 'call_ended', subCode: ending }];
    case 'ended':
      return from === 'processing'
        ? [{ code: 'done', subCode: null }]
        : [{ code: 'fatal', subCode: ending }];
    default:
      return [];
  }
}

/** Appends to what the API shows and tells the workspace. */
export function addStatus(input: {
  bot: RecallBot;
  code: string;
  subCode: string | null;
  notices: RecallNotices | null;
}): void {
  const { bot, code, subCode, notices } = input;
  const change: StatusChange = {
    code,
    sub_code: subCode,
    message: null,
    created_at: new Date().toISOString(),
  };
  bot.own.statusChanges.push(change);
  notices?.status(bot, change);
}

function startRecording(bot: RecallBot, notices: RecallNotices): void {
  const { recordingConfig } = bot.own;
  const now = Date.now();
  bot.own.recording = {
    id: randomUUID(),
    metadata: recordingConfig.metadata,
    status: 'processing',
    updatedAt: now,
    hasVideo: recordingConfig.hasVideo,
    transcripts: recordingConfig.transcribes
      ? [{ id: randomUUID(), metadata: recordingConfig.transcriptMetadata, readyAt: null }]
      : [],
    startedAt: now,
    completedAt: null,
    expiresAt: null,
  };
  notices.recording(bot, bot.own.recording);
}

function finishRecording(bot: RecallBot, recording: RecallRecording, after: After): void {
  const now = Date.now();
  const { retentionHours } = bot.own.recordingConfig;
  recording.status = 'done';
  recording.updatedAt = now;
  recording.completedAt = bot.recordingEndedAt ?? now;
  recording.expiresAt = retentionHours === null ? null : now + retentionHours * 3_600_000;
  after.notices.recording(bot, recording);
  for (const transcript of recording.transcripts) {
    after.transcribe(bot, recording, transcript);
  }
}

/** What follows from a step. `transcribe` makes a transcript ready after the vendor's time. */
export interface After {
  notices: RecallNotices;
  transcribe(
    bot: RecallBot,
    recording: RecallRecording,
    transcript: RecallRecording['transcripts'][number],
  ): void;
}

/** Carries a bot's change of phase into status codes, the recording and events. */
export function followStep(bot: RecallBot, from: Phase, after: After): void {
  for (const { code, subCode } of codesOf(bot, from)) {
    addStatus({ bot, code, subCode, notices: after.notices });
  }
  if (bot.phase === 'recording') {
    startRecording(bot, after.notices);
  }
  if (bot.phase === 'ended' && bot.own.recording !== null) {
    finishRecording(bot, bot.own.recording, after);
  }
}
