import { iso } from '../answers.js';
import { readMeetingLink } from '../meeting-links.js';
import { spokenWords } from '../spoken-words.js';
import type { RecallBot, RecallRecording, RecallTranscript } from './types.js';

/** How long a download link works; epoch ms are in its `expires`. */
const downloadMs = 6 * 3_600_000;

/** The parsed object that the API returns instead of the link; members that do not apply are null. */
function meetingUrlView(meetingUrl: string): Record<string, unknown> {
  const link = readMeetingLink(meetingUrl);
  if (link === null) {
    return { platform: null };
  }
  const { platform, id, passcode, teams } = link;
  switch (platform) {
    case 'zoom':
      return { platform, meeting_id: id, meeting_password: passcode };
    case 'microsoft_teams': {
      const isPersonal = new URL(meetingUrl).hostname === 'teams.live.com';
      const short = teams === null;
      return {
        platform: isPersonal ? 'microsoft_teams_live' : platform,
        thread_id: short ? null : id,
        message_id: teams?.messageId ?? null,
        tenant_id: teams?.tenantId ?? null,
        organizer_id: teams?.organizerId ?? null,
        meeting_id: isPersonal ? id : null,
        meeting_password: isPersonal ? passcode : null,
        business_meeting_id: short && !isPersonal ? id : null,
        business_meeting_password: short && !isPersonal ? passcode : null,
      };
    }
    case 'webex':
      return {
        platform,
        meeting_subdomain: new URL(meetingUrl).hostname.split('.')[0],
        meeting_mtid: id,
        meeting_path: null,
      };
    default:
      return { platform, meeting_id: id };
  }
}

/** A short-lived link to a file, which needs no key. */
function downloadUrl(origin: string, kind: string, id: string): string {
  return `${origin}/download/${kind}/${id}?expires=${Date.now() + downloadMs}`;
}

const status = (code: string, at: number) => ({
  code,
  sub_code: null,
  updated_at: iso(at),
});

export function transcriptView(input: {
  transcript: RecallTranscript;
  recording: RecallRecording;
  origin: string;
}): Record<string, unknown> {
  const { transcript, recording, origin } = input;
  const isReady = transcript.readyAt !== null && recording.status !== 'deleted';
  return {
    id: transcript.id,
    created_at: iso(recording.startedAt),
    status: status(isReady ? 'done' : 'processing', transcript.readyAt ?? recording.updatedAt),
    metadata: transcript.metadata,
    data: {
      download_url: isReady ? downloadUrl(origin, 'transcript', transcript.id) : null,
      provider_data_download_url: null,
    },
    diarization: null,
  };
}

function recordingView(recording: RecallRecording, origin: string): Record<string, unknown> {
  const isDone = recording.status === 'done';
  const transcript = recording.transcripts.at(-1);
  const isDeleted = recording.status === 'deleted';
  return {
    id: recording.id,
    created_at: iso(recording.startedAt),
    started_at: iso(recording.startedAt),
    completed_at: iso(recording.completedAt),
    expires_at: iso(recording.expiresAt),
    status: status(recording.status, recording.updatedAt),
    media_shortcuts: {
      video_mixed:
        recording.hasVideo && !isDeleted
          ? {
              id: recording.id,
              created_at: iso(recording.startedAt),
              status: status(isDone ? 'done' : 'processing', recording.updatedAt),
              metadata: {},
              data: { download_url: isDone ? downloadUrl(origin, 'video', recording.id) : null },
              format: 'mp4',
            }
          : null,
      transcript:
        transcript === undefined || isDeleted
          ? null
          : transcriptView({ transcript, recording, origin }),
      participant_events: null,
      meeting_metadata: null,
    },
    metadata: recording.metadata,
  };
}

/** The Bot object. `join_at` is readable only until the bot joins. */
export function botView(bot: RecallBot, origin: string): Record<string, unknown> {
  const { own } = bot;
  return {
    id: bot.id,
    meeting_url: meetingUrlView(bot.meetingUrl),
    bot_name: bot.name,
    join_at: bot.phase === 'scheduled' ? iso(bot.joinAt) : null,
    status_changes: own.statusChanges,
    recordings: own.recording === null ? [] : [recordingView(own.recording, origin)],
    automatic_leave: own.automaticLeave,
    metadata: bot.metadata,
  };
}

/** The file behind a transcript's download link. */
export function transcriptFile(): unknown[] {
  const names = [...new Set(spokenWords.map((said) => said.speaker))];
  return spokenWords.map((said) => {
    const words = said.text.split(' ');
    const wordMs = (said.endMs - said.startMs) / words.length;
    const at = (ms: number) => ({ relative: ms / 1000 });
    return {
      participant: { id: 100 + names.indexOf(said.speaker), name: said.speaker },
      words: words.map((text, index) => ({
        text,
        start_timestamp: at(said.startMs + index * wordMs),
        end_timestamp: at(said.startMs + (index + 1) * wordMs),
      })),
    };
  });
}
