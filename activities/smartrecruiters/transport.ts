import { type Answer, answerOf, observedIn } from './answers.js';
import { type Circuits, createCircuits } from './circuits.js';
import {
  isSmartRecruitersError,
  reasonOfNetworkError,
  type SmartRecruitersEndpoint,
  SmartRecruitersError,
  type SmartRecruitersErrorKind,
} from './errors.js';
import type { LimiterTimes } from './limiter-times.js';
import type { Lane, Lease, Observed, RateLimiter } from './rate-limiter.js';
import { type ClientCredential, createTokenSource, isLoopback } from './token.js';

/** The part of a pino logger that the client uses. Only names, statuses and times are logged. */
export interface ClientLogger {
  debug(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface ClientMetrics {
  /**
   * `outcome` is `ok` or the kind of error; `durationMs` includes the wait for a turn. `status` is
   * the vendor's when it refused: a call that our own limiter or breaker held back has none.
   */
  requestEnded(input: {
    endpoint: SmartRecruitersEndpoint;
    status: number | null;
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
  /** For the breaker; the limiter has its own. */
  times?: LimiterTimes;
  /** Those of the budget; default circuits of this transport alone. */
  circuits?: Circuits;
}

export interface VendorRequest {
  /** Default GET. */
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Sent as JSON. */
  body?: object;
  endpoint: SmartRecruitersEndpoint;
  path: string;
  query?: URLSearchParams;
  lane: Lane;
  exclusive?: boolean;
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface Transport {
  /**
   * Throws `SmartRecruitersError`, or the reason of the caller's own `signal`. Retries nothing: a
   * request is sent a second time only after a 401, which did nothing at the vendor.
   */
  send(request: VendorRequest): Promise<Answer>;
  /** Makes sure that a token can be had. */
  authenticate(input?: { signal?: AbortSignal }): Promise<void>;
}

const userAgent = 'pillar-smartrecruiters/1';

interface Deadline {
  signal: AbortSignal;
  dispose(): void;
}

/** Authorized requests within the credential's budget. */
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

  const circuits = options.circuits ?? createCircuits(options);

  /** One request with one token. Answers null when the token was refused. */
  async function attempt(request: VendorRequest, token: string, signal: AbortSignal) {
    const lease = await takeTurn(request, signal);
    let observed: Observed | undefined;
    try {
      return await circuits.run(request, async () => {
        try {
          const response = await ask(request, token, signal);
          observed = observedIn(response);
          return await answerOf(request.endpoint, response);
        } catch (error) {
          throw isSmartRecruitersError(error) || request.signal?.aborted === true
            ? error
            : noAnswer(request.endpoint, signal, error);
        }
      });
    } finally {
      await lease.release(observed);
    }
  }

  async function ask(request: VendorRequest, token: string, signal: AbortSignal) {
    const url = new URL(request.path, apiUrl);
    url.search = request.query?.toString() ?? '';
    return await fetchNow(url, {
      method: request.method ?? 'GET',
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'user-agent': userAgent,
        ...(request.body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(request.body !== undefined && { body: JSON.stringify(request.body) }),
      redirect: 'manual',
      signal,
    });
  }

  async function takeTurn(request: VendorRequest, signal: AbortSignal): Promise<Lease> {
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
  async function authorized(request: VendorRequest, signal: AbortSignal): Promise<Answer> {
    const { endpoint } = request;
    circuits.check(request);
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
    const ended = (
      outcome: Parameters<ClientMetrics['requestEnded']>[0]['outcome'],
      status: number | null = null,
    ) => {
      const durationMs = Math.round(performance.now() - startedAt);
      options.metrics?.requestEnded({ endpoint, status, outcome, durationMs });
      return { endpoint, status, outcome, durationMs };
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
        : noAnswer(endpoint, deadline.signal, error);
      const fields = { ...ended(failure.kind, failure.status), reason: failure.reason };
      // What opened the circuit was said; a line for each call until it closes would drown it.
      if (failure.reason === 'circuit_open') {
        options.logger?.debug(fields, 'a call to SmartRecruiters was held back');
      } else {
        options.logger?.warn(fields, 'a call to SmartRecruiters failed');
      }
      throw failure;
    } finally {
      deadline.dispose();
    }
  }

  return {
    async send(request) {
      return await observe(request, async (signal) => await authorized(request, signal));
    },
    async authenticate(input) {
      await observe({ ...input, endpoint: 'token' }, async (signal) => {
        await abortable(tokens.current(), signal);
      });
    },
  };
}

function noAnswer(
  endpoint: SmartRecruitersEndpoint,
  signal: AbortSignal,
  error: unknown,
): SmartRecruitersError {
  const reason = signal.aborted ? 'timeout' : reasonOfNetworkError(error);
  return new SmartRecruitersError({ kind: 'unavailable', endpoint, reason });
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
