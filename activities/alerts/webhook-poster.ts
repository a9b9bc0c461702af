import { createHmac } from 'node:crypto';
import { lookup as systemLookup } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { callbackify } from 'node:util';
import { isPublicAddress, publicWebUrl } from '../../common/public-address.js';

export type PostResult =
  | { kind: 'accepted' }
  /** The address is none to which anything is sent: another try would be refused too. */
  | { kind: 'refused'; why: 'not_public' }
  | { kind: 'failed'; why: 'timeout' | 'network' | `status_${number}` };

export interface WebhookPost {
  /** Names this event: the same in every repetition. */
  id: string;
  body: object;
}

/** Sends events out. Repeats nothing, follows no redirect, never throws. */
export interface WebhookPoster {
  /** To an address that came from settings: a public https host, whatever its name leads to. */
  toCustomer(input: WebhookPost & { url: string }): Promise<PostResult>;
  /** To Pillar, signed. Null: nobody listens there. */
  toPillar: null | ((input: WebhookPost) => Promise<PostResult>);
}

/** All addresses of a name. */
export type ResolveHost = (hostname: string) => Promise<{ address: string; family: number }[]>;

const userAgent = 'pillar-smartrecruiters/1';
const defaultTimeoutMs = 10_000;

export function createWebhookPoster(options: {
  /** `PILLAR_WEBHOOK_URL` and its secret. */
  pillar: { url: string; secret: string } | null;
  /** For the whole call, its answer included. */
  timeoutMs?: number;
  resolve?: ResolveHost;
}): WebhookPoster {
  const { pillar, timeoutMs = defaultTimeoutMs } = options;
  const resolve = options.resolve ?? ((hostname) => systemLookup(hostname, { all: true }));

  return {
    async toCustomer({ url, id, body }) {
      const target = publicWebUrl(url);
      if (target === null) return { kind: 'refused', why: 'not_public' };
      const text = JSON.stringify(body);
      const headers = { 'webhook-id': id, 'webhook-timestamp': String(secondsNow()) };
      return await post({ target, text, headers, timeoutMs, lookup: publicLookup(resolve) });
    },
    toPillar:
      pillar === null
        ? null
        : async ({ id, body }) => {
            const text = JSON.stringify(body);
            const headers = standardHeaders({
              secret: pillar.secret,
              id,
              timestamp: secondsNow(),
              text,
            });
            return await post({ target: new URL(pillar.url), text, headers, timeoutMs });
          },
  };
}

/**
 * The headers of Standard Webhooks 1.0.0: HMAC-SHA256 in base64 over `id.timestamp.body`. A secret
 * that begins with `whsec_` is base64, any other is taken as it is.
 */
export function standardHeaders(input: {
  secret: string;
  id: string;
  /** Seconds. */
  timestamp: number;
  text: string;
}): Record<string, string> {
  const { secret, id, timestamp, text } = input;
  const prefix = 'whsec_';
  const key = secret.startsWith(prefix)
    ? Buffer.from(secret.slice(prefix.length), 'base64')
    : Buffer.from(secret, 'utf8');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${text}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${signature}`,
  };
}

function secondsNow(): number {
  return Math.floor(Date.now() / 1000);
}

class NotPublic extends Error {}

/**
 * Looks a name up for the very connection that is made, so that no second answer of the name server
 * can lead elsewhere. One address that is not public spoils the name.
 */
function publicLookup(resolve: ResolveHost): LookupFunction {
  const lookUp = callbackify(async (hostname: string) => {
    const found = await resolve(hostname);
    const [first] = found;
    if (first === undefined || found.some(({ address }) => !isPublicAddress(address))) {
      throw new NotPublic('the name leads to an address that is not public');
    }
    return { found, first };
  });
  return (hostname, options, callback) => {
    lookUp(hostname, (error, looked) => {
      if (error !== null) callback(error, '');
      else if (options.all === true) callback(null, looked.found);
      else callback(null, looked.first.address, looked.first.family);
    });
  };
}

/** One POST of JSON on a connection of its own; of the answer only the status counts. */
function post(input: {
  target: URL;
  text: string;
  headers: Record<string, string>;
  timeoutMs: number;
  lookup?: LookupFunction;
}): Promise<PostResult> {
  const { target, text, headers, timeoutMs, lookup } = input;
  const signal = AbortSignal.timeout(timeoutMs);
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((settle) => {
    const request = send(target, {
      method: 'POST',
      agent: false,
      signal,
      ...(lookup === undefined ? {} : { lookup }),
      headers: {
        ...headers,
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(text)),
        'user-agent': userAgent,
      },
    });
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      // What else the other side has to say is not read: it could be without end.
      response.destroy();
      settle(
        status >= 200 && status < 300
          ? { kind: 'accepted' }
          : { kind: 'failed', why: `status_${status}` },
      );
    });
    request.on('error', (error) => {
      if (error instanceof NotPublic) settle({ kind: 'refused', why: 'not_public' });
      else settle({ kind: 'failed', why: signal.aborted ? 'timeout' : 'network' });
    });
    request.end(text);
  });
}
