import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { VendorEventDoc } from './read-model/documents.js';

/**
 * Events that the subscription asks for (dossier 5.4); any other is counted and ignored. Scheduling
 * is told by `interview.*` alone; the others spare a listing.
 */
export const vendorEventNames = [
  'interview.created',
  'interview.updated',
  'interview.canceled',
  'application.created',
  'application.status.updated',
  'job.created',
  'job.status.updated',
  'candidate.deleted',
] as const;

type VendorEventName = (typeof vendorEventNames)[number];

function isVendorEventName(name: string): name is VendorEventName {
  return (vendorEventNames as readonly string[]).includes(name);
}

const callbackFolder = '/v1/webhooks/smartrecruiters/';

/** Where the vendor is asked to send to. The key is a secret: whoever has it can have 401s of ours. */
export function callbackUrlOf(input: { publicUrl: string; key: string }): string {
  return `${input.publicUrl}${callbackFolder}${input.key}`;
}

/** The key in a callback's address, and whether that address is under `publicUrl`; null: not one of ours. */
export function keyOfCallback(input: {
  publicUrl: string;
  callbackUrl: string;
}): { key: string; isHere: boolean } | null {
  const at = input.callbackUrl.lastIndexOf(callbackFolder);
  if (at < 0) return null;
  const key = input.callbackUrl.slice(at + callbackFolder.length);
  if (!subscriptionKeyPattern.test(key)) return null;
  return { key, isHere: input.callbackUrl === callbackUrlOf({ ...input, key }) };
}

/** 256 bits in base64url. */
export const subscriptionKeyPattern = /^[A-Za-z0-9_-]{43}$/;

/** What is kept of a key: enough to know it again, not to call with it. */
export function subscriptionKeyHash(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** A receipt outlives every retry that still has a fresh time, and an hour-long outage of the watch. */
const keptMs = 48 * 3_600_000;

const printable = /^[\x21-\x7e]{1,200}$/;
const id = z
  .string()
  .regex(/^[\w.~-]{1,200}$/)
  .nullish()
  .catch(null);

const payload = z.object({
  id,
  interview_id: id,
  application_id: id,
  candidate_id: id,
  job_id: id,
});

/**
 * The receipt of one event: its ids, nothing else of its body. `unreadable`: not JSON, or without an
 * id by which the event or its subject could be told. `ignored`: an event nobody asked for.
 */
export function readVendorEvent(input: {
  orgId: string;
  generation: string;
  eventId: string;
  eventName: string;
  body: Uint8Array;
  now: number;
}): { kind: 'event'; event: VendorEventDoc } | { kind: 'unreadable' | 'ignored' } {
  const { orgId, generation, eventId, eventName, now } = input;
  if (!isVendorEventName(eventName)) return { kind: 'ignored' };
  const parsed = payload.safeParse(parseJson(input.body));
  if (!parsed.success || !printable.test(eventId)) return { kind: 'unreadable' };
  const { data } = parsed;
  const [subject] = eventName.split('.');
  // Events of jobs and candidates call their own id just `id`.
  const own = (of: string) => (subject === of ? (data.id ?? null) : null);
  const ids = {
    interviewId: data.interview_id ?? own('interview'),
    applicationId: data.application_id ?? own('application'),
    candidateId: data.candidate_id ?? own('candidate'),
    jobId: data.job_id ?? own('job'),
  };
  if (Object.values(ids).every((value) => value === null)) return { kind: 'unreadable' };
  return {
    kind: 'event',
    event: {
      _id: `${orgId}/${generation}/${eventId}`,
      orgId,
      generation,
      eventId,
      eventName,
      ...ids,
      receivedAt: now,
      followedAt: null,
      retryAt: null,
      expiresAt: new Date(now + keptMs),
    },
  };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}
