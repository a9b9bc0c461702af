import {
  isSmartRecruitersError,
  kindOfStatus,
  reasonOfNetworkError,
  type SmartRecruitersEndpoint,
  SmartRecruitersError,
  type SmartRecruitersErrorKind,
} from './errors.js';
import type { Lane, Lease, Observed, RateLimiter } from './rate-limiter.js';
import { type ClientCredential, createTokenSource, isLoopback } from './token.js';

/** The part of a pino logger that the client uses. Only names, statuses and times are logged. */
export interface ClientLogger {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface ClientMetrics {
  /** `outcome` is `ok` or the kind of error; `durationMs` includes the wait for a turn. */
  requestEnded(input: {
    endpoint: SmartRecruitersEndpoint;
    outcome: 'ok' | 'aborted' | SmartRecruitersErrorKind;
    durationMs: number;
  }): void;
}

export interface TransportOptions {
  /** `https`, or `http` on this machine for a simulator. */
  apiUrl: string;
  credential: ClientCredential;
  budgetKey: string;
  limiter: RateLimiter;
  logger?: ClientLogger;
  metrics?: ClientMetrics;
  fetch?: typeof globalThis.fetch;
  /** For the whole of one call: turn, token and answer. */
  timeoutMs: number;
}

export interface GetRequest {
  endpoint: SmartRecruitersEndpoint;
  path: string;
  query?: URLSearchParams;
  lane: Lane;
  exclusive?: boolean;
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface Answer {
  body: unknown;
  link: string | null;
}

export interface Transport {
  /** Throws `SmartRecruitersError`, or the reason of the caller's own `signal`. Never retries. */
  get(request: GetRequest): Promise<Answer>;
  /** Makes sure that a token can be had. */
  authenticate(input?: { signal?: AbortSignal }): Promise<void>;
}

const mostBytes = 5 * 1024 * 1024;
const userAgent = 'pillar-smartrecruiters/1';

interface Deadline {
  signal: AbortSignal;
  dispose(): void;
}

/** Authorized GET requests within the credential's budget. */
export function createTransport(options: TransportOptions): Transport {
  const apiUrl = new URL(options.apiUrl);
  if (apiUrl.protocol !== 'https:' && !(apiUrl.protocol === 'http:' && isLoopback(apiUrl))) {
    throw new TypeError('the address of SmartRecruiters must begin with https');
  }
  const fetchNow = options.fetch ?? globalThis.fetch;
  const tokens = createTokenSource({
    apiUrl: options.apiUrl,
    credential: options.credential,
    fetch: fetchNow,
  });

  /** One request with one token. Answers null when the token was refused. */
  async function attempt(request: GetRequest, token: string, signal: AbortSignal) {
    const { endpoint } = request;
    const lease = await takeTurn(request, signal);
    let observed: Observed | undefined;
    try {
      const url = new URL(request.path, apiUrl);
      url.search = request.query?.toString() ?? '';
      const response = await fetchNow(url, {
        headers: {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          'user-agent': userAgent,
        },
        redirect: 'manual',
        signal,
      });
      observed = observedIn(response);
      return await answerOf(endpoint, response);
    } finally {
      await lease.release(observed);
    }
  }

  async function takeTurn(request: GetRequest, signal: AbortSignal): Promise<Lease> {
    try {
      return await options.limiter.acquire({
        budgetKey: options.budgetKey,
        lane: request.lane,
        exclusive: request.exclusive ?? false,
        signal,
      });
    } catch (error) {
      if (!isSmartRecruitersError(error)) throw error;
      const { kind, retryAfterMs } = error;
      throw new SmartRecruitersError({
        kind,
        endpoint: request.endpoint,
        retryAfterMs,
        reason: 'limiter',
      });
    }
  }

  /** Asks once more with a new token after a 401. */
  async function authorized(request: GetRequest, signal: AbortSignal): Promise<Answer> {
    const { endpoint } = request;
    for (let tries = 0; tries < 2; tries += 1) {
      const token = await abortable(tokens.current(), signal);
      const answer = await attempt(request, token, signal);
      if (answer !== null) return answer;
      tokens.refuse(token);
    }
    throw new SmartRecruitersError({ kind: 'auth', endpoint, status: 401 });
  }

  /** Runs a call under its deadline, and gives what went wrong a name. */
  async function observe<Result>(
    call: { endpoint: SmartRecruitersEndpoint; timeoutMs?: number; signal?: AbortSignal },
    run: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const { endpoint } = call;
    const startedAt = performance.now();
    const deadline = deadlineOf(call.timeoutMs ?? options.timeoutMs, call.signal);
    const ended = (outcome: Parameters<ClientMetrics['requestEnded']>[0]['outcome']) => {
      const durationMs = Math.round(performance.now() - startedAt);
      options.metrics?.requestEnded({ endpoint, outcome, durationMs });
      return { endpoint, outcome, durationMs };
    };
    try {
      const result = await run(deadline.signal);
      options.logger?.debug(ended('ok'), 'SmartRecruiters answered');
      return result;
    } catch (error) {
      if (call.signal?.aborted === true) {
        ended('aborted');
        throw call.signal.reason;
      }
      if (isStoreError(error)) throw error;
      const failure = isSmartRecruitersError(error)
        ? error
        : new SmartRecruitersError({
            kind: 'unavailable',
            endpoint,
            reason: deadline.signal.aborted ? 'timeout' : reasonOfNetworkError(error),
          });
      const { status, reason } = failure;
      options.logger?.warn(
        { ...ended(failure.kind), status, reason },
        'a call to SmartRecruiters failed',
      );
      throw failure;
    } finally {
      deadline.dispose();
    }
  }

  return {
    async get(request) {
      return await observe(request, async (signal) => await authorized(request, signal));
    },
    async authenticate(input) {
      await observe({ ...input, endpoint: 'token' }, async (signal) => {
        await abortable(tokens.current(), signal);
      });
    },
  };
}

function deadlineOf(timeoutMs: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  const abort = () => controller.abort(outer?.reason);
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  if (outer?.aborted === true) abort();
  outer?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    dispose() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', abort);
    },
  };
}

/** Stops waiting when the signal aborts; the work itself, which others may share, goes on. */
async function abortable<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return await new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The limiter's database is not the vendor: its errors keep their own names. */
function isStoreError(error: unknown): boolean {
  const name = (error as { name?: unknown } | null)?.name;
  return typeof name === 'string' && name.startsWith('Mongo');
}

/** The JSON of a 2xx answer, or null for a 401; else throws what the answer means. */
async function answerOf(
  endpoint: SmartRecruitersEndpoint,
  response: Response,
): Promise<Answer | null> {
  const { status } = response;
  const html = response.headers.get('content-type')?.toLowerCase().includes('html') === true;
  if (status === 401) {
    await response.body?.cancel();
    return null;
  }
  if (status !== 429 && html) {
    // A page of a proxy or firewall: its 403 or 404 says nothing about scopes or interviews.
    await response.body?.cancel();
    throw new SmartRecruitersError({ kind: 'unavailable', endpoint, status, reason: 'html' });
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new SmartRecruitersError({
      kind: kindOfStatus(status),
      endpoint,
      status,
      retryAfterMs: retryAfterMsOf(response.headers.get('retry-after')),
    });
  }
  const text = await textOf(endpoint, response);
  try {
    return { body: JSON.parse(text), link: response.headers.get('link') };
  } catch {
    throw new SmartRecruitersError({ kind: 'unavailable', endpoint, status, reason: 'not_json' });
  }
}

async function textOf(endpoint: SmartRecruitersEndpoint, response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > mostBytes) {
      throw new SmartRecruitersError({
        kind: 'contract',
        endpoint,
        status: response.status,
        reason: 'too_large',
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function observedIn(response: Response): Observed {
  return {
    remaining: countIn(response.headers.get('x-ratelimit-remaining')),
    concurrentRemaining: countIn(response.headers.get('x-ratelimit-concurrent-remaining')),
    throttled: response.status === 429,
    retryAfterMs: retryAfterMsOf(response.headers.get('retry-after')),
  };
}

function countIn(header: string | null): number | null {
  return header !== null && /^\d{1,9}$/.test(header.trim()) ? Number(header) : null;
}

/** `Retry-After` in either of its forms (RFC 9110, 10.2.3), as a time from now. */
export function retryAfterMsOf(header: string | null, now = Date.now()): number | null {
  if (header === null) return null;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
