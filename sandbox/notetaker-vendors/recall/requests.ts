import { z } from 'zod';
import { bodyOf, notAnObject, Refusal, type VendorCall } from '../answers.js';
import type { LeavePolicy } from '../bot-record.js';
import { readMeetingLink } from '../meeting-links.js';
import type { RecordingConfig } from './types.js';

const seconds = z.number().min(1);
const leave = z.looseObject({
  waiting_room_timeout: seconds.default(1200),
  noone_joined_timeout: seconds.default(1200),
  everyone_left_timeout: z
    .union([seconds, z.looseObject({ timeout: seconds.default(2) })])
    .default({ timeout: 2 }),
  in_call_not_recording_timeout: seconds.default(3600),
  in_call_recording_timeout: seconds.nullish(),
  recording_permission_denied_timeout: seconds.default(30),
});

const texts = z.record(z.string(), z.string());
const recordingConfig = z.looseObject({
  transcript: z.looseObject({ provider: z.looseObject({}), metadata: texts.default({}) }).nullish(),
  video_mixed_mp4: z.looseObject({}).nullish(),
  start_recording_on: z.string().nullish(),
  retention: z.looseObject({ type: z.string(), hours: z.number().optional() }).nullish(),
  metadata: texts.default({}),
});

const fields = {
  meeting_url: z
    .string()
    .refine((text) => readMeetingLink(text) !== null, 'Unrecognised meeting link.'),
  join_at: z.iso.datetime({ offset: true, error: 'Datetime has wrong format.' }).nullish(),
  bot_name: z.string().min(1).max(100).optional(),
  metadata: texts.nullish(),
  recording_config: recordingConfig.nullish(),
  automatic_leave: leave.nullish(),
};
const createBody = z.looseObject(fields);
const patchBody = z.looseObject({ ...fields, meeting_url: fields.meeting_url.optional() });

export type CreateBody = z.output<typeof createBody>;
export type PatchBody = z.output<typeof patchBody>;

function parse<T>(schema: z.ZodType<T>, call: VendorCall): T {
  const body = bodyOf(call);
  if (body === notAnObject) {
    throw new Refusal({ status: 400, body: { detail: 'JSON parse error' } });
  }
  const result = schema.safeParse(body);
  if (result.success) {
    return result.data;
  }
  const errors: Record<string, string[]> = {};
  for (const issue of result.error.issues) {
    const name = String(issue.path[0] ?? 'non_field_errors');
    const isMissing = !(name in body);
    errors[name] = [...(errors[name] ?? []), isMissing ? 'This field is required.' : issue.message];
  }
  throw new Refusal({ status: 400, body: errors });
}

/** @throws {Refusal} 400 with field errors, as does the one below */
export const parseCreate = (call: VendorCall): CreateBody => parse(createBody, call);
export const parsePatch = (call: VendorCall): PatchBody => parse(patchBody, call);

/** With the documented defaults for what is not given. */
export function leavePolicyOf(given: CreateBody['automatic_leave']): LeavePolicy {
  const policy = leave.parse(given ?? {});
  const everyoneLeft = policy.everyone_left_timeout;
  const longest = policy.in_call_recording_timeout ?? null;
  return {
    lobbyMs: policy.waiting_room_timeout * 1000,
    notStartedMs: policy.waiting_room_timeout * 1000,
    nobodyJoinedMs: policy.noone_joined_timeout * 1000,
    everyoneLeftMs: (typeof everyoneLeft === 'number' ? everyoneLeft : everyoneLeft.timeout) * 1000,
    permissionDeniedMs: policy.recording_permission_denied_timeout * 1000,
    longestMs: longest === null ? null : longest * 1000,
  };
}

export function recordingConfigOf(given: CreateBody['recording_config']): RecordingConfig {
  const retention = given?.retention;
  return {
    transcribes: given?.transcript !== undefined && given.transcript !== null,
    transcriptMetadata: given?.transcript?.metadata ?? {},
    hasVideo: given?.video_mixed_mp4 !== null,
    startsByHand: given?.start_recording_on === 'manual',
    metadata: given?.metadata ?? {},
    retentionHours: retention?.type === 'forever' ? null : (retention?.hours ?? 168),
  };
}
