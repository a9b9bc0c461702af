import { createCipheriv, createDecipheriv } from 'node:crypto';
import { z } from 'zod';
import type { KeyedHash } from './keyed-hash.js';

/** What one click may do to one interview. `undo` leaves it to the rules again. */
export type LinkAction = 'send_now' | 'skip' | 'not_this_one' | 'undo';

/** Who was given the link; the audit trail and the timeline show it as the one who decided. */
export type LinkHolder = 'link:alert' | 'interviewer';

const id = z.string().min(1).max(200);
/** Epoch ms; from then on the link is nobody's. */
const until = z.int().positive();

const payload = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('choice'),
    orgId: id,
    generation: id,
    interviewId: id,
    action: z.enum(['send_now', 'skip', 'not_this_one', 'undo']),
    by: z.enum(['link:alert', 'interviewer']),
    until,
  }),
  z.strictObject({ kind: z.literal('opt_out'), orgId: id, userHash: id, until }),
]);

/** What a signed link says. Ids only, never people. */
export type LinkPayload = z.output<typeof payload>;
export type ChoiceLink = Extract<LinkPayload, { kind: 'choice' }>;
export type OptOutLink = Extract<LinkPayload, { kind: 'opt_out' }>;

const cipherName = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;
/** Three ids of the longest kind and what is around them. */
const longestToken = 2_000;
const boundTo = Buffer.from('signed-link v1');

/**
 * The payload as a token for a URL: base64url of nonce, ciphertext and tag (AES-256-GCM under a key
 * that only this purpose has). The nonce is a keyed hash of the payload, so the same payload always
 * gives the same token: two mails about one thing carry the same link.
 */
export function signLink(keyedHash: KeyedHash, link: LinkPayload): string {
  const plaintext = JSON.stringify(canonical(payload.parse(link)));
  const iv = Buffer.from(keyedHash('signed-link/nonce', plaintext), 'hex').subarray(0, ivBytes);
  const cipher = createCipheriv(cipherName, keyOf(keyedHash), iv).setAAD(boundTo);
  const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64url');
}

/**
 * What a token says; null for one that is not ours, was changed, or has expired. Never throws.
 *
 * @param now epoch ms
 */
export function openLink(keyedHash: KeyedHash, token: string, now: number): LinkPayload | null {
  if (token.length > longestToken || !/^[A-Za-z0-9_-]+$/.test(token)) return null;
  const bytes = Buffer.from(token, 'base64url');
  // Several texts decode to the same bytes; only the canonical one is ours.
  if (bytes.length <= ivBytes + tagBytes || bytes.toString('base64url') !== token) return null;
  const iv = bytes.subarray(0, ivBytes);
  const sealed = bytes.subarray(ivBytes, -tagBytes);
  try {
    const decipher = createDecipheriv(cipherName, keyOf(keyedHash), iv)
      .setAAD(boundTo)
      .setAuthTag(bytes.subarray(-tagBytes));
    const plaintext = Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    const opened = payload.safeParse(JSON.parse(plaintext));
    return opened.success && opened.data.until > now ? opened.data : null;
  } catch {
    return null;
  }
}

/** Where a link of the alerts and of an interviewer's mail points. */
export function choiceUrl(input: {
  keyedHash: KeyedHash;
  publicUrl: string;
  link: Omit<ChoiceLink, 'kind'>;
}): string {
  const { keyedHash, publicUrl, link } = input;
  return `${publicUrl}/l/${signLink(keyedHash, { kind: 'choice', ...link })}`;
}

const optOutLinkDays = 365;
const dayMs = 24 * 3_600_000;

/**
 * An interviewer's own page to say no for good, `{publicUrl}/opt-out/{token}`; good for about a year.
 * The same address for the same person within one day, whichever mail it stands in.
 */
export function optOutUrl(input: {
  keyedHash: KeyedHash;
  publicUrl: string;
  orgId: string;
  userId: string;
  /** Epoch ms. */
  now: number;
}): string {
  const { keyedHash, publicUrl, orgId, userId, now } = input;
  const userHash = interviewerHash(keyedHash, { orgId, userId });
  const expiry = (Math.ceil(now / dayMs) + optOutLinkDays) * dayMs;
  const token = signLink(keyedHash, { kind: 'opt_out', orgId, userHash, until: expiry });
  return `${publicUrl}/opt-out/${token}`;
}

/** How an interviewer is named where their no is kept: `opt_outs._id` = orgId/this. */
export function interviewerHash(
  keyedHash: KeyedHash,
  input: { orgId: string; userId: string },
): string {
  return keyedHash('interviewer', input.orgId, input.userId);
}

function keyOf(keyedHash: KeyedHash): Buffer {
  return Buffer.from(keyedHash('signed-link/key'), 'hex');
}

/** The same text for the same payload, whatever the order of its fields. */
function canonical(link: LinkPayload): object {
  return Object.fromEntries(Object.entries(link).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
