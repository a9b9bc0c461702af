import { iso } from '../answers.js';
import { isInRoom } from '../bot-record.js';
import { spokenWords } from '../spoken-words.js';
import { statusOf } from './life.js';
import type { VexaBot } from './types.js';

/** A row of a list. */
export function rowView(bot: VexaBot): Record<string, unknown> {
  const { own } = bot;
  return {
    id: own.numericId,
    platform: own.platform,
    native_meeting_id: own.nativeId,
    constructed_meeting_url: bot.meetingUrl,
    status: statusOf(bot),
    bot_container_id: isInRoom(bot) ? `bot-${own.sessionUid}` : null,
    start_time: iso(bot.joinedAt),
    end_time: iso(bot.endedAt),
    completion_reason: own.completionReason,
    failure_stage: own.failureStage,
    title: own.title,
    scheduled_at: iso(bot.joinAt),
    created_at: iso(bot.createdAt),
    updated_at: iso(bot.phaseSinceAt),
  };
}

/** The full record. */
export function meetingView(bot: VexaBot): Record<string, unknown> {
  const { own } = bot;
  return {
    ...rowView(bot),
    user_id: 1,
    data: {
      status_transition: own.transitions,
      sessions: bot.phase === 'scheduled' ? [] : [{ session_uid: own.sessionUid }],
      recording_enabled: own.isRecorded,
      transcribe_enabled: own.isTranscribed,
    },
  };
}

export const recordingIdOf = (bot: VexaBot): number => 500_000 + bot.own.numericId;
const mediaIdOf = (bot: VexaBot): number => 700_000 + bot.own.numericId;

export const hasRecording = (bot: VexaBot): boolean =>
  bot.own.isRecorded && bot.recordingStartedAt !== null && !bot.own.isErased;

export function recordingView(bot: VexaBot): Record<string, unknown> {
  return {
    id: recordingIdOf(bot),
    meeting_id: bot.own.numericId,
    user_id: 1,
    session_uid: bot.own.sessionUid,
    source: 'bot',
    status: bot.phase === 'ended' ? 'completed' : 'in_progress',
    error_message: null,
    created_at: iso(bot.recordingStartedAt),
    completed_at: iso(bot.endedAt),
    media_files:
      bot.phase === 'ended'
        ? [
            {
              id: mediaIdOf(bot),
              type: 'audio',
              format: 'webm',
              storage_backend: 's3',
              file_size_bytes: 17,
              duration_seconds: 9.8,
              metadata: {},
              created_at: iso(bot.endedAt),
            },
          ]
        : [],
  };
}

/** `GET /recordings/{id}/master`; the link in it needs the key. */
export function masterView(bot: VexaBot): Record<string, unknown> {
  const recordingId = recordingIdOf(bot);
  return {
    id: recordingId,
    type: 'audio',
    storage_path: `recordings/1/${recordingId}/master.webm`,
    media_file_id: mediaIdOf(bot),
    raw_url: `/recordings/${recordingId}/media/${mediaIdOf(bot)}/raw?type=audio`,
    duration_seconds: 9.8,
  };
}

/** Segments in seconds from the beginning; the last one's speaker is not known. */
export function transcriptView(bot: VexaBot): Record<string, unknown> {
  const startedAt = bot.joinedAt;
  const isThere = startedAt !== null && bot.own.isTranscribed && !bot.own.isErased;
  return {
    ...meetingView(bot),
    recordings: hasRecording(bot) ? [recordingView(bot)] : [],
    segments: isThere
      ? spokenWords.map((said, index) => ({
          start: said.startMs / 1000,
          end: said.endMs / 1000,
          text: said.text,
          speaker: index === spokenWords.length - 1 ? '' : said.speaker,
          language: 'en',
          completed: true,
          absolute_start_time: iso(startedAt + said.startMs),
          absolute_end_time: iso(startedAt + said.endMs),
        }))
      : [],
  };
}
