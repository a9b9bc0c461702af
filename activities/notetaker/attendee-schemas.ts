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

/** Attendee's answers (`notetaker-providers` 2.3, 2.4, 2.7), of release 1.64. */

/** States in which a bot is not out of the meeting, or may still come. */
export const activeStates = [
  'scheduled',
  'staged',
  'ready',
  'joining',
  'waiting_room',
  'joined_not_recording',
  'joined_recording',
  'joined_recording_paused',
  'joined_recording_permission_denied',
  'joining_breakout_room',
  'leaving_breakout_room',
  'leaving',
] as const;

/** Those of breakout rooms are absent: such a bot keeps the state that its events tell. */
const states: ReadonlyMap<string, NotetakerState> = new Map([
  ['scheduled', 'scheduled'],
  ['staged', 'starting'],
  ['ready', 'starting'],
  ['joining', 'joining'],
  ['waiting_room', 'waiting_room'],
  ['joined_not_recording', 'in_call'],
  ['joined_recording', 'recording'],
  ['joined_recording_paused', 'recording'],
  ['joined_recording_permission_denied', 'in_call'],
  ['leaving', 'leaving'],
  ['post_processing', 'processing'],
  ['ended', 'ended'],
  ['fatal_error', 'ended'],
  ['data_deleted', 'ended'],
]);

const statesOfEvents: ReadonlyMap<string, NotetakerState> = new Map([
  ['staged', 'starting'],
  ['join_requested', 'joining'],
  ['put_in_waiting_room', 'waiting_room'],
  ['joined_meeting', 'in_call'],
  ['recording_permission_granted', 'recording'],
  ['recording_permission_denied', 'in_call'],
  ['recording_resumed', 'recording'],
  ['leave_requested', 'leaving'],
  ['left_meeting', 'processing'],
  ['meeting_ended', 'processing'],
  ['post_processing_completed', 'ended'],
  ['could_not_join_meeting', 'ended'],
  ['fatal_error', 'ended'],
  ['data_deleted', 'ended'],
]);

const wordsOfNotJoining: ReadonlyMap<string, LastWord> = new Map([
  ['meeting_not_started_waiting_for_host', 'meeting_not_started'],
  ['waiting_room_timeout_exceeded', 'not_admitted'],
  ['request_to_join_denied', 'not_admitted'],
]);

const mayPass: ReadonlySet<string> = new Set([
  'meeting_not_started_waiting_for_host',
  'waiting_room_timeout_exceeded',
  'zoom_sdk_internal_error',
  'zoom_meeting_status_failed',
  'heartbeat_timeout',
  'process_terminated',
  'attendee_internal_error',
  'ui_element_not_found',
  'bot_not_launched',
]);

const eventSchema = z
  .object({ type: z.string(), sub_type: z.string().nullish().catch(null), created_at: timeSchema })
  .transform(({ type, sub_type, created_at }) => ({
    type,
    subType: sub_type ?? null,
    at: created_at,
    state: statesOfEvents.get(type) ?? null,
  }));

type Event = CourseEntry & { type: string; subType: string | null };

const rawBot = z.object({
  id: botIdSchema,
  state: z.string(),
  metadata: metadataSchema,
  events: z.array(eventSchema).nullish(),
  join_at: timeSchema,
  deduplication_key: z.string().nullish().catch(null),
});

export const botSchema = rawBot.transform((bot) => snapshotOf(bot));

export const pageSchema = z.object({
  results: z.array(botSchema),
  next: z.string().nullish(),
});

function snapshotOf(bot: z.output<typeof rawBot>): BotSnapshot {
  const events = inOrderOfTime(bot.events ?? []);
  const told = courseOf(events);
  // A state that this version does not know must not pass for one in which the bot is gone.
  const state = states.get(bot.state) ?? told.state ?? 'joining';
  const course = withState(told, state, events);
  const { word, reason } = lastWordOf(events);
  const ended = state === 'ended';
  const outcome = ended ? outcomeOf({ course, word }) : null;
  return {
    botId: bot.id,
    key: bot.deduplication_key ?? '',
    state,
    outcome,
    reason,
    anotherMayHelp: ended && outcome !== 'cancelled' && mayPass.has(reason ?? ''),
    joinAt: bot.join_at,
    createdAt: events[0]?.at ?? null,
    joinedAt: course.joinedAt,
    recordingStartedAt: course.recordingStartedAt,
    recordingEndedAt: course.recordingEndedAt,
    endedAt: course.endedAt,
    removedBy: removedByOf(word),
    metadata: bot.metadata,
    version: events.length,
  };
}

/** What the bot's own state proves although its event is missing. */
function withState(told: Course, state: NotetakerState, events: readonly Event[]): Course {
  const lastAt = events.findLast(({ at }) => at !== null)?.at ?? null;
  const isIn = state === 'in_call' || state === 'recording';
  const joinedAt = told.joinedAt ?? (isIn ? lastAt : null);
  return {
    ...told,
    joinedAt,
    recordingStartedAt: told.recordingStartedAt ?? (state === 'recording' ? joinedAt : null),
    reachedLobby: told.reachedLobby || state === 'waiting_room',
    endedAt: told.endedAt ?? (state === 'ended' ? lastAt : null),
  };
}

/** Both families of failure end in `fatal_error`; the event's type tells them apart. */
function lastWordOf(events: readonly Event[]): { word: LastWord; reason: string | null } {
  const failed = events.find(
    ({ type }) => type === 'could_not_join_meeting' || type === 'fatal_error',
  );
  if (failed !== undefined) {
    const known =
      failed.type === 'fatal_error' ? null : wordsOfNotJoining.get(failed.subType ?? '');
    return { word: known ?? 'failure', reason: failed.subType ?? failed.type };
  }
  const left = events.findLast(({ type }) => type === 'leave_requested');
  if (left !== undefined) {
    const word = left.subType === 'user_requested' ? 'asked_to_leave' : 'other';
    return { word, reason: deniedBecause(events) ?? left.subType };
  }
  const ended = events.find(({ type }) => type === 'meeting_ended');
  return { word: 'other', reason: deniedBecause(events) ?? ended?.type ?? null };
}

function deniedBecause(events: readonly Event[]): string | null {
  if (events.some(({ state }) => state === 'recording')) return null;
  return events.findLast(({ type }) => type === 'recording_permission_denied')?.subType ?? null;
}

export const recordingSchema = z.object({
  url: z.string().min(1),
  start_timestamp_ms: z.number().nullish().catch(null),
});

export const transcriptSchema = z.array(
  z.object({
    speaker_name: z.string().nullish().catch(null),
    timestamp_ms: z.number(),
    duration_ms: z.number().nullish().catch(null),
    transcription: z
      .union([z.string(), z.object({ transcript: z.string() }).transform((it) => it.transcript)])
      .nullish()
      .catch(null),
  }),
);

/** Beyond it a time is one of a calendar, not of a recording. */
const epochBeginsMs = 100_000_000_000;

/** The API's times are of the wall clock; `startedAt` is that of the recording. */
export function segmentsOf(input: {
  utterances: z.output<typeof transcriptSchema>;
  startedAt: number | null;
}): TranscriptSegment[] {
  const { utterances, startedAt } = input;
  const first = Math.min(...utterances.map(({ timestamp_ms }) => timestamp_ms));
  const zero = first < epochBeginsMs ? 0 : (startedAt ?? first);
  return utterances
    .map(({ speaker_name, timestamp_ms, duration_ms, transcription }) => {
      const startMs = Math.max(0, Math.round(timestamp_ms - zero));
      return {
        speaker: speaker_name || null,
        startMs,
        endMs: startMs + Math.max(0, Math.round(duration_ms ?? 0)),
        text: transcription?.trim() ?? '',
      };
    })
    .filter(({ text }) => text !== '')
    .sort((a, b) => a.startMs - b.startMs);
}

/** `{error}`, `{detail}`, or a map of fields with what is wrong with each. */
export const errorSchema = z.union([
  z.object({ error: z.string() }).transform(({ error }) => ({ text: error, fields: false })),
  z.object({ detail: z.string() }).transform(({ detail }) => ({ text: detail, fields: false })),
  z
    .record(z.string(), z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]))
    .refine((fields) => Object.keys(fields).length > 0)
    .transform((fields) => ({ text: JSON.stringify(fields), fields: true })),
]);
