import { z } from 'zod';
import { parseUrl } from '../../common/parse-url.js';
import { type HttpMethod, type HttpOutcome, requestJson } from './http.js';
import { NotetakerError, type NotetakerErrorKind } from './port.js';

export type Operation = 'create' | 'move' | 'remove' | 'get' | 'list' | 'recording' | 'transcript';

export interface ProviderAnswer {
  status: number;
  /** Null: a success without a body. */
  json: unknown;
}

/** An error answer of the provider itself, put in the port's words. */
export interface Verdict {
  /** `no_proof`: nobody knows what became of the request. */
  kind: NotetakerErrorKind | 'no_proof';
  code?: string;
}

/**
 * Reads a vendor's error answer. Null: it has not the form of this vendor's errors, so something in
 * between may have written it, after the request was taken.
 */
export type Classify = (input: {
  operation: Operation;
  status: number;
  json: unknown;
  retryAfterMs: number | null;
}) => Verdict | null;

export type ProviderCall = (input: {
  operation: Operation;
  method: HttpMethod;
  /** Appended to the base as it is. */
  path: string;
  query?: Iterable<[string, string]> | undefined;
  headers?: Record<string, string> | undefined;
  body?: object | undefined;
  timeoutMs?: number | undefined;
}) => Promise<ProviderAnswer>;

export interface ProviderOptions {
  /** NOTETAKER_API_URL, with its version path. */
  apiUrl: string;
  /** NOTETAKER_API_KEY. */
  apiKey: string;
  /** For every call except `create`, which brings its own. */
  callTimeoutMs?: number | undefined;
}

export const defaultCallTimeoutMs = 15_000;

/**
 * Calls of one vendor: one HTTP request each, a success or a `NotetakerError`. What proves nothing
 * is `unknown_outcome` for a create and `unavailable` for every call that may be repeated.
 */
export function createProviderCall(input: {
  options: ProviderOptions;
  headers: Record<string, string>;
  classify: Classify;
}): ProviderCall {
  const { options, headers, classify } = input;
  const base = options.apiUrl.replace(/\/*$/, '');
  const usualTimeoutMs = options.callTimeoutMs ?? defaultCallTimeoutMs;

  return async ({ operation, method, path, query, body, timeoutMs, headers: own }) => {
    const search = query === undefined ? '' : `?${new URLSearchParams([...query]).toString()}`;
    const outcome = await requestJson({
      method,
      url: new URL(`${base}${path}${search}`),
      headers: { ...headers, ...own },
      body,
      timeoutMs: timeoutMs ?? usualTimeoutMs,
    });
    if (outcome.kind === 'answer' && outcome.status >= 200 && outcome.status < 300) {
      return { status: outcome.status, json: outcome.json };
    }
    throw errorOf({ operation, outcome, classify });
  };
}

function errorOf(input: {
  operation: Operation;
  outcome: HttpOutcome;
  classify: Classify;
}): NotetakerError {
  const { operation, outcome, classify } = input;
  const unproven = kindWithoutProof(operation);
  if (outcome.kind === 'no_answer') {
    return new NotetakerError({ kind: unproven, operation, why: outcome.why });
  }
  const { status } = outcome;
  if (outcome.kind === 'unusable') {
    return new NotetakerError({ kind: unproven, operation, status, why: outcome.why });
  }
  const { json, retryAfterMs } = outcome;
  const verdict = classify({ operation, status, json, retryAfterMs });
  if (verdict === null) return unreadable({ operation, status });
  return new NotetakerError({
    kind: verdict.kind === 'no_proof' ? unproven : verdict.kind,
    operation,
    status,
    code: verdict.code ?? null,
    retryAfterMs,
  });
}

/** Of an answer that has not the form it should have. */
export function unreadable({ operation, status }: { operation: Operation; status: number }) {
  return new NotetakerError({
    kind: kindWithoutProof(operation),
    operation,
    status,
    why: 'unreadable answer',
  });
}

export function kindWithoutProof(operation: Operation): NotetakerErrorKind {
  return operation === 'create' ? 'unknown_outcome' : 'unavailable';
}

/** Parses a success, or throws as for an answer that proves nothing. */
export function readAnswer<S extends z.ZodType>(input: {
  schema: S;
  operation: Operation;
  answer: ProviderAnswer;
}): z.output<S> {
  const { schema, operation, answer } = input;
  const parsed = schema.safeParse(answer.json);
  if (!parsed.success) throw unreadable({ operation, status: answer.status });
  return parsed.data;
}

/** Null when there is no such bot; an id that is none counts as that. */
export async function unlessGone<Answer>(calling: () => Promise<Answer>): Promise<Answer | null> {
  try {
    return await calling();
  } catch (error) {
    if (error instanceof NotetakerError && error.kind === 'gone') return null;
    throw error;
  }
}

/**
 * Page after page, each named by the one before. One that names a page for the second time is an
 * error: the list would never end.
 *
 * @throws {NotetakerError} `unavailable`
 */
export async function* pagesOf<Item>(
  readPage: (cursor: string | null) => Promise<{ items: readonly Item[]; next: string | null }>,
): AsyncGenerator<Item> {
  const seen = new Set<string>();
  for (let cursor: string | null = null; ; ) {
    const page: { items: readonly Item[]; next: string | null } = await readPage(cursor);
    yield* page.items;
    cursor = page.next;
    if (cursor === null) return;
    if (seen.has(cursor)) {
      throw new NotetakerError({ kind: 'unavailable', operation: 'list', why: 'pages repeat' });
    }
    seen.add(cursor);
  }
}

/** What a list's `next` says of the next page; the address itself is never followed. Null: the last one. */
export function namedInNext(next: string | null | undefined, parameter: string): string | null {
  return parseUrl(next ?? '')?.searchParams.get(parameter) ?? null;
}

/** True unless what was called is the wrong verb for the state that the bot is in. */
export async function isRightVerb(calling: () => Promise<unknown>): Promise<boolean> {
  try {
    await unlessGone(calling);
    return true;
  } catch (error) {
    if (error instanceof NotetakerError && (error.status === 405 || error.status === 400)) {
      return false;
    }
    throw error;
  }
}

/** A bot's id as a path segment; one that is no id names no bot. */
export function segmentOf({ operation, botId }: { operation: Operation; botId: string }): string {
  // Dots survive the escaping and would lead to the collection.
  if (/^\.*$/.test(botId)) throw new NotetakerError({ kind: 'gone', operation, why: 'no bot id' });
  return encodeURIComponent(botId);
}

/** Goes into a path: only dots would mean another resource. */
export const botIdSchema = z.string().regex(/^(?!\.+$).{1,200}$/);

/** Epoch ms of an ISO time; one without a zone is UTC. Null for anything else. */
export const timeSchema = z
  .unknown()
  .optional()
  .transform((value): number | null => (typeof value === 'string' ? epochOf(value) : null));

function epochOf(text: string): number | null {
  const at = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
  return Number.isNaN(at) ? null : at;
}

/** Metadata as it was given; what is no text is left out. */
export const metadataSchema = z
  .record(z.string(), z.unknown())
  .nullish()
  .catch(null)
  .transform((given): Record<string, string> => {
    const texts = Object.entries(given ?? {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    );
    return Object.fromEntries(texts);
  });
