import type { Subscription } from './records.js';
import { signatureOf } from './webhook-signature.js';

/** The documentation names the first five and the end: 24 hours after the ninth. */
const retryMinutes = [1, 3, 10, 45, 120, 240, 480, 720, 1_080, 1_440];
const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
export const eventVersion = 'v201910';

/** One event on its way to one subscriber. */
export interface Delivery {
  subscription: Subscription;
  body: string;
  eventId: string;
  name: string;
  version: string;
  link: string | undefined;
  attempts: number;
  /** Signed with keys that nobody has. */
  corrupt: boolean;
}

/** One row of the callbacks log: one attempt. */
export interface CallbackRow {
  id: string;
  sequence: number;
  status: 'successful' | 'failed';
  at: number;
  url: string;
  body: string;
  headers: Record<string, string>;
}

/** The pause after so many failed attempts (ms); null when it was the last one. */
export function retryAfterMs(attempts: number): number | null {
  const minutes = retryMinutes[attempts - 1];
  return minutes === undefined ? null : minutes * minuteMs;
}

/** The newest key and those replaced less than 24 hours ago, oldest first. */
export function liveKeys(options: {
  subscription: Subscription;
  now: number;
  timeFactor: number;
}): string[] {
  const { subscription, now, timeFactor } = options;
  return subscription.secretKeys
    .filter(({ replacedAt }) => replacedAt === null || replacedAt > now - dayMs / timeFactor)
    .map(({ secretKey }) => secretKey);
}

/** Signed anew at each attempt, with the time of the attempt and the keys that live then. */
export function deliveryHeaders(options: {
  delivery: Delivery;
  now: number;
  secretKeys: readonly string[];
}): Record<string, string> {
  const { delivery, now, secretKeys } = options;
  const { subscription, eventId, name, version, link, body: rawBody } = delivery;
  const timestamp = String(Math.floor(now / 1_000));
  const signature = signatureOf({
    secretKeys: secretKeys.map((key) => (delivery.corrupt ? `${key}, but wrong` : key)),
    timestamp,
    rawBody,
    headers: { eventId, eventName: name, eventVersion: version, link },
  });
  return {
    'content-type': 'application/json',
    'event-id': eventId,
    'event-name': name,
    'event-version': version,
    ...(link === undefined ? {} : { link }),
    ...(signature === '' ? {} : { 'smartrecruiters-signature': signature }),
    'smartrecruiters-timestamp': timestamp,
    ...authenticationHeaders(subscription),
  };
}

function authenticationHeaders({ callbackAuthentication }: Subscription): Record<string, string> {
  if (callbackAuthentication === null) return {};
  if (callbackAuthentication.type === 'header') {
    return { [callbackAuthentication.headerName]: callbackAuthentication.headerValue };
  }
  const { username, password } = callbackAuthentication;
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
}
