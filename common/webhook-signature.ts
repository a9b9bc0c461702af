import { createHmac } from 'node:crypto';
import { secretsEqual } from './keyed-hash.js';

/** What a webhook of SmartRecruiters says of itself; a header that is missing is an empty text. */
export interface WebhookHeaders {
  /** `smartrecruiters-signature`: `v1=<hex>` items joined by `;`, one for each live key. */
  signature: string;
  /** `smartrecruiters-timestamp`: seconds. */
  timestamp: string;
  eventId: string;
  eventName: string;
  eventVersion: string;
  link: string;
}

/** `stale`: signed by a live key, but its time is outside of the window. */
export type SignatureVerdict = 'genuine' | 'stale' | 'forged';

/** A retry may carry the time of its first try; what is refused for that is healed from the log. */
const windowMs = 5 * 60_000;
/** The vendor keeps up to 16 live keys; more items than that are nobody's signature. */
const mostItems = 32;

/**
 * Checks a webhook of SmartRecruiters against the secrets that are good now.
 *
 * HMAC-SHA256 in lower-case hex over timestamp, raw body, event id, name, version and link, joined
 * by `.` (vendor's page "Webhooks: generate secret key"; dossier 4.13). The bytes are those that
 * came: JSON that is written anew has another signature.
 */
export function verifyWebhook(input: {
  secrets: readonly string[];
  headers: WebhookHeaders;
  body: Uint8Array;
  now: number;
}): SignatureVerdict {
  const { secrets, headers, body, now } = input;
  if (!/^\d{1,12}$/.test(headers.timestamp)) return 'forged';
  const given = headers.signature
    .split(';', mostItems + 1)
    .map((item) => item.trim())
    .filter((item) => /^v1=[0-9a-f]{64}$/.test(item));
  if (given.length === 0 || given.length > mostItems) return 'forged';
  const isGenuine = secrets.some((secret) => {
    const expected = `v1=${signWebhook({ secret, headers, body })}`;
    return given.some((item) => secretsEqual(item, expected));
  });
  if (!isGenuine) return 'forged';
  return Math.abs(now - Number(headers.timestamp) * 1000) > windowMs ? 'stale' : 'genuine';
}

/** The hex of one key over one webhook. */
export function signWebhook(input: {
  secret: string;
  headers: Omit<WebhookHeaders, 'signature'>;
  body: Uint8Array;
}): string {
  const { timestamp, eventId, eventName, eventVersion, link } = input.headers;
  // Node reads header bytes as Latin-1, so written as Latin-1 they are the bytes that came.
  return createHmac('sha256', Buffer.from(input.secret, 'utf8'))
    .update(`${timestamp}.`, 'latin1')
    .update(input.body)
    .update(`.${eventId}.${eventName}.${eventVersion}.${link}`, 'latin1')
    .digest('hex');
}
