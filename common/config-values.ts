import { z } from 'zod';
import { parseUrl } from './parse-url.js';

/** Keys of one purpose. New things are sealed or signed with `current`, old ones opened with `all` by key id. */
export type KeyRing = {
  readonly current: { readonly id: string; readonly key: Buffer };
  readonly all: ReadonlyMap<string, Buffer>;
};

export const isLoopback = (url: URL): boolean =>
  url.hostname === 'localhost' || url.hostname === '[::1]' || /^127(\.\d+){3}$/.test(url.hostname);

export const required = z.string('is missing');

export const webUrl = required.transform((value, context) => {
  const fault = (message: string) => {
    context.issues.push({ code: 'custom', message, input: value });
    return z.NEVER;
  };
  const url = parseUrl(value);
  if (url === null) return fault('is not a URL');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return fault('must be an https URL');
  if (url.protocol === 'http:' && !isLoopback(url)) return fault('must be https unless loopback');
  if (url.username || url.password) return fault('must not hold a user name or a password');
  if (url.hash) return fault('must not hold a fragment');
  return value;
});

/** A URL that paths are appended to: without query and trailing slash. */
export const baseUrl = webUrl
  .refine((value) => !value.includes('?'), 'must not hold a query')
  .transform((value) => value.replace(/\/+$/, ''));

export const urlWithScheme = (schemes: readonly string[]) =>
  required.refine(
    (value) => schemes.includes(parseUrl(value)?.protocol ?? ''),
    `must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
  );

// A list of hosts (replica set) is no URL to the WHATWG parser, so only the form is checked here.
export const mongodbUri = required.regex(
  /^mongodb(\+srv)?:\/\/[^\s/]+/,
  'must begin with mongodb:// or mongodb+srv://',
);

const keyId = /^[A-Za-z0-9_-]{1,32}$/;
const keyBase64 = /^[A-Za-z0-9+/]{43}=$/;

export const keyRing = required.transform((value, context): KeyRing => {
  const all = new Map<string, Buffer>();
  const addKey = (entry: string): string | null => {
    const [, id, base64] = /^\s*([^:]*):(.*?)\s*$/.exec(entry) ?? [];
    if (id === undefined || base64 === undefined) return 'is not of the form keyId:base64';
    if (!keyId.test(id)) return 'has an id that is not [A-Za-z0-9_-]{1,32}';
    if (all.has(id)) return 'repeats the id of an earlier key';
    if (!keyBase64.test(base64)) return 'is not the base64 of exactly 32 bytes';
    all.set(id, Buffer.from(base64, 'base64'));
    return null;
  };
  for (const [index, entry] of value.split(',').entries()) {
    const problem = addKey(entry);
    if (problem) {
      context.issues.push({
        code: 'custom',
        message: `key ${index + 1} ${problem}`,
        input: value,
      });
    }
  }
  const first = all.entries().next().value;
  if (!first) return z.NEVER;
  return { current: { id: first[0], key: first[1] }, all };
});

export const hostList = z
  .string()
  .default('')
  .transform((value, context) => {
    const hosts = value
      .split(',')
      .map((host) => host.trim().toLowerCase())
      .filter((host) => host !== '');
    for (const [index, host] of hosts.entries()) {
      if (!/^[a-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-f:]+\](:\d{1,5})?$/.test(host)) {
        context.issues.push({
          code: 'custom',
          message: `entry ${index + 1} is not host or host:port`,
          input: value,
        });
      }
    }
    return hosts;
  });

export const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port number')
  .transform(Number)
  .refine((value) => value >= 1 && value <= 65_535, 'must be between 1 and 65535');

export const secret = required.min(16, 'must have at least 16 characters');

export const origin = z
  .string()
  .refine(
    (value) => parseUrl(value)?.origin === value,
    'must be an origin: scheme, host and port, nothing else',
  )
  .refine((value) => {
    const url = parseUrl(value);
    return url === null || isLoopback(url);
  }, 'must be loopback');
