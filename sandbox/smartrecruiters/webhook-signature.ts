import { createHmac } from 'node:crypto';

/** The headers that are signed; one that is missing counts as the empty string. */
interface SignedHeaders {
  eventId?: string | undefined;
  eventName?: string | undefined;
  eventVersion?: string | undefined;
  link?: string | undefined;
}

/**
 * The value of `smartrecruiters-signature`: `v1=` and the lower-case hex HMAC-SHA256 for each key,
 * joined by `;`. Signed are timestamp (seconds), raw body, event id, name, version and link, joined
 * by `.` (source: the vendor's page on generating a secret key, with its published example).
 */
export function signatureOf(options: {
  secretKeys: readonly string[];
  timestamp: string;
  rawBody: string;
  headers: SignedHeaders;
}): string {
  const { secretKeys, timestamp, rawBody, headers } = options;
  const text = [
    timestamp,
    rawBody,
    headers.eventId ?? '',
    headers.eventName ?? '',
    headers.eventVersion ?? '',
    headers.link ?? '',
  ].join('.');
  return secretKeys
    .map((key) => `v1=${createHmac('sha256', key).update(text).digest('hex')}`)
    .join(';');
}
