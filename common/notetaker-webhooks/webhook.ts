import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { secretsEqual } from '../keyed-hash.js';

/** What came in, as it came. */
export interface IncomingWebhook {
  /** Value of a header by its lower-case name; empty when it is absent. */
  header: (name: string) => string;
  body: Uint8Array;
  /** As the provider shows them; more than one while a secret is rotated. */
  secrets: readonly string[];
  /** Epoch ms. */
  now: number;
}

/** A hint that something happened to a bot; what became of it is read from the provider. */
export interface BotHint {
  /** The same in every repetition of one event. */
  eventId: string;
  botId: string;
  /** Our key; null: events of this provider do not carry it. */
  botKey: string | null;
  /** What we put on the bot; null: events of this provider do not carry it. */
  metadata: Record<string, unknown> | null;
  /** Epoch ms; null: the event does not say. */
  occurredAt: number | null;
}

export type WebhookReading =
  /** Not signed by any of the secrets, or of another time. */
  | { kind: 'refused' }
  | { kind: 'malformed' }
  /** Signed, but not of the form that such an event has. */
  | { kind: 'invalid'; pointer: string; detail: string }
  /** Signed, and about something that is of no use here. */
  | { kind: 'ignored' }
  | { kind: 'event'; hint: BotHint };

export type WebhookReader = (webhook: IncomingWebhook) => WebhookReading;

export const eventIdSchema = z.string().min(1).max(200);
export const botIdSchema = z
  .union([z.string().min(1).max(200), z.number().int()])
  .transform((id) => String(id));
export const metadataSchema = z.record(z.string(), z.unknown()).nullish().catch(null);

/** Undefined: not JSON in UTF-8. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

export function invalid(error: z.ZodError): WebhookReading {
  const [issue] = error.issues;
  const path = (issue?.path ?? []).map((part) => `/${String(part).slice(0, 100)}`).join('');
  return { kind: 'invalid', pointer: path, detail: issue?.message ?? 'does not fit' };
}

/** Epoch ms of an ISO time, one without a zone being UTC; null for anything else. */
export function epochOf(text: unknown): number | null {
  if (typeof text !== 'string') return null;
  const at = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
  return Number.isNaN(at) ? null : at;
}

/** Whether any of the given signatures is that of any secret over the parts, in constant time. */
export function isSignedBy(input: {
  keys: readonly (Uint8Array | string)[];
  parts: readonly (Uint8Array | string)[];
  encoding: 'hex' | 'base64';
  given: readonly string[];
}): boolean {
  return input.keys.some((key) => {
    const hmac = createHmac('sha256', key);
    for (const part of input.parts) hmac.update(part);
    const expected = hmac.digest(input.encoding);
    return input.given.some((value) => secretsEqual(value, expected));
  });
}
