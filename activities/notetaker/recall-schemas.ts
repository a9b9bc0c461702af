import { z } from 'zod';
import {
  type Course,
  type CourseEntry,
  courseOf,
  inOrderOfTime,
  type LastWord,
  outcomeOf,
  removedByOf,
} from './bot-course.js';
import type { BotSnapshot, NotetakerState, TranscriptSegment } from './port.js';
import { botIdSchema, metadataSchema, timeSchema } from './provider-call.js';

/**
 * Recall.ai's answers (`notetaker-providers` 1.5, 1.6, 1.9). Its codes are no closed lists: one that
 * is not in these tables is information and moves nothing.
 */

/** Our key among the metadata: what a bot is found by after its create's answer was lost. */
export const keyInMetadata = 'key';

const states: ReadonlyMap<string, NotetakerState> = new Map([
  ['joining_call', 'joining'],
  ['in_waiting_room', 'waiting_room'],
  ['in_call_not_recording', 'in_call'],
  ['recording_permission_allowed', 'in_call'],
  ['recording_permission_denied', 'in_call'],
  ['in_call_recording', 'recording'],
  ['call_ended', 'processing'],
  ['done', 'ended'],
  ['fatal', 'ended'],
]);

const wordsOfCallEnded: ReadonlyMap<string, LastWord> = new Map([
  ['timeout_exceeded_waiting_room', 'not_admitted'],
  ['call_ended_by_platform_waiting_room_timeout', 'not_admitted'],
  ['bot_kicked_from_waiting_room', 'not_admitted'],
  ['timeout_exceeded_noone_joined', 'no_one_joined'],
  ['bot_kicked_from_call', 'removed'],
  ['bot_received_leave_call', 'asked_to_leave'],
]);

const notStarted = [
  'meeting_not_started',
  'microsoft_teams_event_not_started_for_external',
  'google_meet_meeting_room_not_ready',
];

/** Of the groups "timing" and "provider or platform fault". */
const mayPass: ReadonlySet<string> = new Set([
  ...notStarted,
  'zoom_another_meeting_in_progress',
  'bot_errored',
  'failed_to_launch_in_time',
  'google_meet_internal_error',
  'google_meet_video_error',
  'zoom_internal_error',
  'zoom_join_timeout',
  'zoom_connection_failed',
  'microsoft_teams_internal_error',
  'microsoft_teams_call_dropped',
]);

const changeSchema = z
  .object({ code: z.string(), sub_code: z.string().nullish().catch(null), created_at: timeSchema })
  .transform(({ code, sub_code, created_at }) => ({
    code,
    subCode: sub_code ?? null,
    at: created_at,
    state: states.get(code) ?? null,
  }));

type Change = CourseEntry & { code: string; subCode: string | null };

const urlOf = z
  .object({ data: z.object({ download_url: z.string().nullish() }).nullish() })
  .nullish()
  .catch(null)
  .transform((media) => media?.data?.download_url ?? null);

const recordingSchema = z
  .object({
    started_at: timeSchema,
    media_shortcuts: z.object({ video_mixed: urlOf, transcript: urlOf }).nullish().catch(null),
  })
  .transform(({ started_at, media_shortcuts }) => ({
    startedAt: started_at,
    videoUrl: media_shortcuts?.video_mixed ?? null,
    transcriptUrl: media_shortcuts?.transcript ?? null,
  }));

const rawBot = z.object({
  id: botIdSchema,
  join_at: timeSchema,
  metadata: metadataSchema,
  status_changes: z.array(changeSchema).nullish(),
  recordings: z.array(recordingSchema).nullish().catch(null),
});

export const botSchema = rawBot.transform((bot) => snapshotOf(bot));

export const pageSchema = z.object({
  results: z.array(botSchema),
  next: z.string().nullish(),
});

/** Media of the bot's recordings, in the order of the call. */
export const mediaSchema = rawBot.transform(({ recordings }) =>
  [...(recordings ?? [])].sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0)),
);

function snapshotOf({
  id,
  join_at,
  metadata,
  status_changes,
}: z.output<typeof rawBot>): BotSnapshot {
  const changes = inOrderOfTime(status_changes ?? []);
  const course = courseOf(changes);
  const last = lastWordOf(changes, course);
  const ended = course.state === 'ended';
  const outcome = ended ? outcomeOf({ course, word: last.word }) : null;
  const { [keyInMetadata]: key = '', ...own } = metadata;
  return {
    botId: id,
    key,
    state: course.state ?? (join_at !== null && join_at > Date.now() ? 'scheduled' : 'starting'),
    outcome,
    reason: last.reason,
    anotherMayHelp:
      ended && outcome !== 'cancelled' && outcome !== 'removed' && mayPass.has(last.reason ?? ''),
    joinAt: join_at,
    createdAt: changes[0]?.at ?? null,
    joinedAt: course.joinedAt,
    recordingStartedAt: course.recordingStartedAt,
    recordingEndedAt: course.recordingEndedAt,
    endedAt: course.endedAt,
    removedBy: removedByOf(last.word),
    metadata: own,
    version: changes.length,
  };
}

/** Of the first end: a `done` after `fatal` says nothing new. */
function lastWordOf(
  changes: readonly Change[],
  course: Course,
): { word: LastWord; reason: string | null } {
  const end = changes.find(({ code }) => code === 'call_ended' || code === 'fatal');
  if (end === undefined) return { word: 'other', reason: null };
  const { code, subCode } = end;
  if (code === 'fatal') {
    const word = notStarted.includes(subCode ?? '') ? 'meeting_not_started' : 'failure';
    return { word, reason: subCode };
  }
  const fatal = changes.find((change) => change.code === 'fatal');
  const word = wordsOfCallEnded.get(subCode ?? '') ?? (fatal === undefined ? 'other' : 'failure');
  return { word, reason: deniedBecause(changes, course) ?? subCode ?? fatal?.subCode ?? null };
}

/** Why nothing was recorded says more than that the bot left for it. */
function deniedBecause(changes: readonly Change[], course: Course): string | null {
  if (course.recordingStartedAt !== null) return null;
  const denied = changes.findLast(({ code }) => code === 'recording_permission_denied');
  return denied?.subCode ?? null;
}

const seconds = z.object({ relative: z.number() }).nullish().catch(null);

/** The file behind `transcript.data.download_url`; times in it are seconds. */
export const transcriptSchema = z
  .array(
    z.object({
      participant: z.object({ name: z.string().nullish() }).nullish().catch(null),
      words: z.array(
        z.object({ text: z.string(), start_timestamp: seconds, end_timestamp: seconds }),
      ),
    }),
  )
  .transform((turns): TranscriptSegment[] =>
    turns
      .filter(({ words }) => words.length > 0)
      .map(({ participant, words }) => {
        const start = words[0]?.start_timestamp?.relative ?? 0;
        const end = words.at(-1)?.end_timestamp?.relative ?? start;
        return {
          speaker: participant?.name || null,
          startMs: Math.round(start * 1000),
          endMs: Math.round(Math.max(start, end) * 1000),
          text: words.map(({ text }) => text.trim()).join(' '),
        };
      })
      .sort((a, b) => a.startMs - b.startMs),
  );

/** `{code, detail}` of the API, or a map of fields with what is wrong with each. */
export const errorSchema = z.union([
  z.object({ code: z.string(), detail: z.unknown().optional() }),
  z.object({ detail: z.string(), code: z.undefined().optional() }),
  z
    .record(z.string(), z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]))
    .refine((fields) => Object.keys(fields).length > 0)
    .transform(() => ({ code: 'invalid_request', detail: null })),
]);
