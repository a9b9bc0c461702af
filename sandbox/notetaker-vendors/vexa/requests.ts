import { z } from 'zod';
import { bodyOf, notAnObject, Refusal, type VendorCall } from '../answers.js';
import type { LeavePolicy } from '../bot-record.js';
import { platforms, type VexaRoom, vexaRoomOf } from './links.js';

const positive = z.int().positive();
const leave = z.strictObject({
  max_wait_for_admission: positive.optional(),
  max_time_left_alone: positive.optional(),
  no_one_joined_timeout: positive.optional(),
  waiting_room_timeout: positive.optional(),
  everyone_left_timeout: positive.optional(),
  max_bot_time: positive.optional(),
});

/** Neither plain http nor an address within somebody's own network. */
const isPublicHttps = (text: string): boolean => {
  const url = new URL(text);
  const isAddress = /^[\d.]+$|^\[/.test(url.hostname) || url.hostname === 'localhost';
  return url.protocol === 'https:' && !isAddress;
};

const botBody = z.looseObject({
  platform: z.enum(platforms).optional(),
  native_meeting_id: z
    .string()
    .min(1)
    .max(255)
    .refine((id) => !/[?#&=/\s\p{Cc}]/u.test(id), 'Invalid native_meeting_id')
    .optional(),
  meeting_url: z.url().refine(isPublicHttps, 'meeting_url is not allowed').optional(),
  passcode: z.string().nullish(),
  bot_name: z.string().nullish(),
  language: z.string().nullish(),
  task: z.enum(['transcribe', 'translate']).nullish(),
  transcribe_enabled: z.boolean().optional(),
  recording_enabled: z.boolean().optional(),
  automatic_leave: leave.nullish(),
  continue_meeting: z.boolean().optional(),
});
const planBody = z.looseObject({
  title: z.string().nullish(),
  scheduled_at: z.iso.datetime({ offset: true }).nullish(),
  meeting_url: z.string().nullish(),
  auto_join: z.boolean().optional(),
});
const webhookBody = z.looseObject({
  webhook_url: z.url(),
  webhook_secret: z.string().nullish(),
  webhook_events: z.record(z.string(), z.boolean()).optional(),
});

export type BotBody = z.output<typeof botBody>;
export type PlanBody = z.output<typeof planBody>;
export type WebhookBody = z.output<typeof webhookBody>;

/** FastAPI's list of what is wrong. */
export function invalid(path: (string | number)[], message: string): Refusal {
  const detail = [{ type: 'value_error', loc: ['body', ...path], msg: message }];
  return new Refusal({ status: 422, body: { detail } });
}

function parse<T>(schema: z.ZodType<T>, call: VendorCall): T {
  const body = bodyOf(call);
  if (body === notAnObject) {
    throw invalid([], 'JSON decode error');
  }
  const result = schema.safeParse(body);
  if (result.success) {
    return result.data;
  }
  const detail = result.error.issues.map((issue) => ({
    type: 'value_error',
    loc: ['body', ...issue.path.map(String)],
    msg: issue.message,
  }));
  throw new Refusal({ status: 422, body: { detail } });
}

/** @throws {Refusal} 422, as do the two below */
export const parseBot = (call: VendorCall): BotBody => parse(botBody, call);
export const parsePlan = (call: VendorCall): PlanBody => parse(planBody, call);
export const parseWebhook = (call: VendorCall): WebhookBody => parse(webhookBody, call);

/** @throws {Refusal} 422 when room and link disagree, or one that is needed is missing */
export function roomOfBody(body: BotBody): VexaRoom {
  const derived = body.meeting_url === undefined ? null : vexaRoomOf(body.meeting_url);
  const { platform, native_meeting_id: nativeId } = body;
  const isUnlike =
    derived !== null &&
    ((platform !== undefined && platform !== derived.platform) ||
      (nativeId !== undefined && nativeId !== derived.nativeId));
  if (isUnlike) {
    throw invalid(['meeting_url'], 'platform and native_meeting_id do not match meeting_url');
  }
  if (derived !== null) {
    return derived;
  }
  if (platform === undefined || nativeId === undefined || body.meeting_url !== undefined) {
    throw invalid(['meeting_url'], 'Could not recognise the meeting URL');
  }
  if (platform === 'zoom' || platform === 'jitsi') {
    throw invalid(['meeting_url'], `meeting_url is required for ${platform}`);
  }
  return { platform, nativeId };
}

/** Given in milliseconds; `max_bot_time` is accepted and goes nowhere. */
export function leavePolicyOf(given: BotBody['automatic_leave']): LeavePolicy {
  const lobbyMs = given?.max_wait_for_admission ?? given?.waiting_room_timeout ?? 900_000;
  return {
    lobbyMs,
    notStartedMs: lobbyMs,
    nobodyJoinedMs: given?.no_one_joined_timeout ?? 600_000,
    everyoneLeftMs: given?.max_time_left_alone ?? given?.everyone_left_timeout ?? 600_000,
    permissionDeniedMs: Number.POSITIVE_INFINITY,
    longestMs: null,
  };
}
