import { z } from 'zod';
import {
  type Course,
  courseOf,
  inOrderOfTime,
  type LastWord,
  outcomeOf,
  removedByOf,
} from './bot-course.js';
import type { BotSnapshot, NotetakerState, TranscriptSegment } from './port.js';
import { timeSchema } from './provider-call.js';

/** Vexa's answers (`notetaker-providers` 3.4, 3.5, 3.7), of release 0.12. */

/** `active` is told apart by what the bot was asked to do. */
const states: ReadonlyMap<string, NotetakerState> = new Map([
  ['idle', 'scheduled'],
  ['scheduled', 'scheduled'],
  ['requested', 'starting'],
  ['joining', 'joining'],
  ['awaiting_admission', 'waiting_room'],
  ['needs_help', 'waiting_room'],
  ['needs_human_help', 'waiting_room'],
  ['stopping', 'leaving'],
  ['completed', 'ended'],
  ['failed', 'ended'],
]);

const words: ReadonlyMap<string, LastWord> = new Map([
  ['awaiting_admission_timeout', 'not_admitted'],
  ['awaiting_admission_rejected', 'not_admitted'],
  ['startup_alone', 'no_one_joined'],
  ['evicted', 'removed'],
  ['stopped', 'asked_to_leave'],
  ['stopped_before_admission', 'asked_to_leave'],
  ['stopped_with_no_audio', 'asked_to_leave'],
  ['join_failure', 'failure'],
  ['start_failed', 'failure'],
  ['validation_error', 'failure'],
  ['auth_session_missing', 'failure'],
]);

const mayPass: ReadonlySet<string> = new Set([
  'awaiting_admission_timeout',
  'join_failure',
  'start_failed',
]);

const transitionSchema = z
  .object({
    to: z.string().nullish().catch(null),
    new_status: z.string().nullish().catch(null),
    timestamp: timeSchema,
  })
  .transform(({ to, new_status, timestamp }) => ({
    status: to ?? new_status ?? '',
    at: timestamp,
  }));

const text = z.string().nullish().catch(null);
const flag = z.boolean().nullish().catch(null);

/** A full record, or a slim row of a list, which lacks the history. */
export const recordSchema = z
  .object({
    id: z.union([z.number().int(), z.string().regex(/^\d{1,20}$/)]).transform(String),
    platform: text,
    native_meeting_id: text,
    status: z.string(),
    created_at: timeSchema,
    start_time: timeSchema,
    end_time: timeSchema,
    completion_reason: text,
    failure_stage: text,
    data: z
      .object({
        status_transition: z.array(transitionSchema).nullish().catch(null),
        completion_reason: text,
        failure_stage: text,
        recording_enabled: flag,
        transcribe_enabled: flag,
      })
      .nullish()
      .catch(null),
  })
  .transform((record) => ({
    platform: record.platform ?? '',
    nativeId: record.native_meeting_id ?? '',
    bot: snapshotOf(record),
  }));

export type VexaRecord = z.output<typeof recordSchema>;

interface RawRecord {
  id: string;
  status: string;
  created_at: number | null;
  start_time: number | null;
  end_time: number | null;
  completion_reason?: string | null | undefined;
  failure_stage?: string | null | undefined;
  data?:
    | {
        status_transition?: { status: string; at: number | null }[] | null | undefined;
        completion_reason?: string | null | undefined;
        failure_stage?: string | null | undefined;
        recording_enabled?: boolean | null | undefined;
        transcribe_enabled?: boolean | null | undefined;
      }
    | null
    | undefined;
}

function snapshotOf(record: RawRecord): BotSnapshot {
  const { data } = record;
  const writesNothing = data?.recording_enabled === false && data.transcribe_enabled === false;
  const stateOf = (status: string): NotetakerState | null =>
    status === 'active' ? (writesNothing ? 'in_call' : 'recording') : (states.get(status) ?? null);
  const entries = inOrderOfTime(
    (data?.status_transition ?? []).map(({ status, at }) => ({ at, state: stateOf(status) })),
  );
  const told = courseOf(entries);
  // A status that this version does not know must not pass for one in which the bot is gone.
  const state = stateOf(record.status) ?? told.state ?? 'joining';
  const reason = record.completion_reason ?? data?.completion_reason ?? null;
  const stage = record.failure_stage ?? data?.failure_stage ?? null;
  const course = withRecord({ told, state, record, stage, writesNothing });
  const word = words.get(reason ?? '') ?? 'other';
  const ended = state === 'ended';
  const outcome = ended ? outcomeOf({ course, word }) : null;
  return {
    botId: record.id,
    key: '',
    state,
    outcome,
    reason,
    anotherMayHelp: ended && outcome !== 'cancelled' && mayPass.has(reason ?? ''),
    joinAt: null,
    createdAt: record.created_at,
    joinedAt: course.joinedAt,
    recordingStartedAt: course.recordingStartedAt,
    recordingEndedAt: course.recordingEndedAt,
    endedAt: course.endedAt,
    removedBy: ended ? removedByOf(word) : null,
    metadata: {},
    version: entries.length,
  };
}

/**
 * What the record itself proves where its history is missing: `completed` is reached from the call
 * only, and `failed` names the stage.
 */
function withRecord(input: {
  told: Course;
  state: NotetakerState;
  record: RawRecord;
  stage: string | null;
  writesNothing: boolean;
}): Course {
  const { told, state, record, stage, writesNothing } = input;
  const wasIn =
    state === 'in_call' ||
    state === 'recording' ||
    record.status === 'completed' ||
    (record.status === 'failed' && stage === 'active');
  const at = record.start_time ?? record.end_time ?? record.created_at;
  const joinedAt = told.joinedAt ?? (wasIn ? at : null);
  const endedAt = told.endedAt ?? (state === 'ended' ? record.end_time : null);
  const recordingStartedAt = told.recordingStartedAt ?? (writesNothing ? null : joinedAt);
  return {
    ...told,
    reachedLobby: told.reachedLobby || state === 'waiting_room' || stage === 'awaiting_admission',
    joinedAt,
    recordingStartedAt,
    recordingEndedAt: told.recordingEndedAt ?? (recordingStartedAt === null ? null : endedAt),
    endedAt,
  };
}

/** Lists come bare or in an envelope, by release and route. */
export const listSchema = z
  .union([
    z.array(recordSchema).transform((rows) => ({ rows, has_more: null })),
    z
      .object({ meetings: z.array(recordSchema), has_more: flag })
      .transform(({ meetings, has_more }) => ({ rows: meetings, has_more })),
    z
      .object({ bots: z.array(recordSchema), has_more: flag })
      .transform(({ bots, has_more }) => ({ rows: bots, has_more })),
    z
      .object({ items: z.array(recordSchema), has_more: flag })
      .transform(({ items, has_more }) => ({ rows: items, has_more })),
  ])
  .transform(({ rows, has_more }) => ({ rows, hasMore: has_more ?? null }));

const segment = z.object({
  start: z.number(),
  end: z.number().nullish().catch(null),
  text: z.string(),
  speaker: text,
  completed: flag,
  source: text,
});

const segmentList = z.union([
  z.array(segment),
  z.object({ segments: z.array(segment) }).transform(({ segments }) => segments),
]);

/** Times are seconds; drafts and chat messages are left out. */
export const transcriptSchema = segmentList.transform((segments): TranscriptSegment[] =>
  segments
    .filter(({ completed, source, text: said }) => {
      return completed !== false && source !== 'chat' && said.trim() !== '';
    })
    .map(({ start, end, text: said, speaker }) => ({
      speaker: speaker || null,
      startMs: Math.max(0, Math.round(start * 1000)),
      endMs: Math.max(0, Math.round(Math.max(start, end ?? start) * 1000)),
      text: said.trim(),
    }))
    .sort((a, b) => a.startMs - b.startMs),
);

export const errorSchema = z
  .object({ detail: z.unknown().refine((detail) => detail !== undefined && detail !== null) })
  .transform(({ detail }) => (typeof detail === 'string' ? detail : JSON.stringify(detail)));
