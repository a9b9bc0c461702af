import { z } from 'zod';
import { bodyOf, notAnObject, Refusal, type VendorCall } from '../answers.js';
import type { LeavePolicy } from '../bot-record.js';
import { normalizeLink } from './links.js';

const threeYearsMs = 3 * 365 * 24 * 3_600_000;

const meetingUrl = z.string().refine((text) => normalizeLink(text) !== null, 'Invalid meeting URL');
const botName = z
  .string()
  .min(1)
  .refine((text) => !/[\u{10000}-\u{10ffff}]/u.test(text), 'Bot name cannot contain emojis.');
const joinAt = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .refine((at) => at >= Date.now(), 'join_at cannot be in the past')
  .refine((at) => at <= Date.now() + threeYearsMs, 'join_at cannot be more than 3 years ahead');
const metadata = z
  .record(z.string(), z.string())
  .refine((values) => Object.keys(values).length > 0, 'Metadata must have at least one key')
  .refine((values) => JSON.stringify(values).length <= 1000, 'Metadata is too long');
const positive = z.int().positive();
const leave = z.strictObject({
  silence_timeout_seconds: positive.default(600),
  silence_activate_after_seconds: positive.default(1200),
  only_participant_in_meeting_timeout_seconds: positive.default(60),
  wait_for_host_to_start_meeting_timeout_seconds: positive.default(600),
  waiting_room_timeout_seconds: positive.default(900),
  authorized_user_not_in_meeting_timeout_seconds: positive.default(600),
  max_uptime_seconds: positive.nullish(),
  enable_closed_captions_timeout_seconds: positive.nullish(),
  bot_keywords: z.array(z.string()).nullish(),
});
const recording = z.looseObject({ format: z.enum(['mp4', 'mp3', 'none']).default('mp4') });
const anything = z.looseObject({}).nullish();

const createBody = (plainHttpWebhooks: boolean) =>
  z.strictObject({
    meeting_url: meetingUrl,
    bot_name: botName,
    join_at: joinAt.nullish(),
    deduplication_key: z.string().max(1024).nullish(),
    metadata: metadata.nullish(),
    webhooks: z
      .array(
        z.strictObject({
          url: z
            .url()
            .refine((url) => plainHttpWebhooks || url.startsWith('https://'), 'URL must use HTTPS'),
          triggers: z.array(z.string()).min(1),
        }),
      )
      .max(2)
      .nullish(),
    calendar_event_id: z.never('Cannot be set together with meeting_url.').optional(),
    recording_settings: recording.nullish(),
    transcription_settings: anything,
    automatic_leave_settings: leave.nullish(),
    google_meet_settings: anything,
    teams_settings: anything,
    zoom_settings: anything,
    callback_settings: anything,
    bot_image: anything,
    bot_chat_message: anything,
    voice_agent_settings: anything,
    external_media_storage_settings: anything,
    debug_settings: anything,
    rtmp_settings: anything,
    websocket_settings: anything,
  });
const patchBody = z.object({
  meeting_url: meetingUrl.optional(),
  bot_name: botName.optional(),
  join_at: joinAt.optional(),
  recording_settings: recording.optional(),
  metadata: metadata.optional(),
});

export type CreateBody = z.output<ReturnType<typeof createBody>>;
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
  const add = (name: string, message: string) => {
    errors[name] = [...(errors[name] ?? []), message];
  };
  for (const issue of result.error.issues) {
    const name = issue.path[0];
    if (name !== undefined) {
      add(String(name), String(name) in body ? issue.message : 'This field is required.');
    } else if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        add(key, 'Unexpected field.');
      }
    }
  }
  throw new Refusal({ status: 400, body: errors });
}

/** @throws {Refusal} 400 with a map of fields, as does the one below */
export const parseCreate = (
  call: VendorCall,
  options: { plainHttpWebhooks: boolean },
): CreateBody => parse(createBody(options.plainHttpWebhooks), call);
/** Fields that are unknown or cannot be changed are ignored silently. */
export const parsePatch = (call: VendorCall): PatchBody => parse(patchBody, call);

/** "No one joined" and "everyone left" are one setting here; nothing leaves because of a denial. */
export function leavePolicyOf(given: CreateBody['automatic_leave_settings']): LeavePolicy {
  const policy = leave.parse(given ?? {});
  const aloneMs = policy.only_participant_in_meeting_timeout_seconds * 1000;
  return {
    lobbyMs: policy.waiting_room_timeout_seconds * 1000,
    notStartedMs: policy.wait_for_host_to_start_meeting_timeout_seconds * 1000,
    nobodyJoinedMs: aloneMs,
    everyoneLeftMs: aloneMs,
    permissionDeniedMs: Number.POSITIVE_INFINITY,
    longestMs: policy.max_uptime_seconds ? policy.max_uptime_seconds * 1000 : null,
  };
}
