import type { Scope } from '../../workflows/contracts/scopes.js';

/**
 * `auth`: the credential is refused. `scope`: 403, a scope is missing or the system role too weak.
 * `not_found`: 404 or 410. `rejected`: any other 4xx. `throttled`: 429, or our own limiter would
 * wait too long. `unavailable`: no answer, or one that proves nothing (5xx, redirect, HTML, cut
 * off). `contract`: an answer in a shape that we do not know.
 */
export type SmartRecruitersErrorKind =
  | 'auth'
  | 'scope'
  | 'not_found'
  | 'rejected'
  | 'throttled'
  | 'unavailable'
  | 'contract';

/** The kinds of call, as they appear in errors, logs and metrics: never a URL, which holds ids. */
export type SmartRecruitersEndpoint =
  | 'token'
  | 'limiter'
  | 'jobs.list'
  | 'jobs.get'
  | 'users.list'
  | 'users.get'
  | 'interview_types.list'
  | 'candidates.list'
  | 'candidates.get'
  | 'applications.get'
  | 'applications.status_history'
  | 'job_applications.get'
  | 'interviews.list'
  | 'interviews.get'
  | 'webhooks.list'
  | 'webhooks.create'
  | 'webhooks.get'
  | 'webhooks.delete'
  | 'webhooks.activate'
  | 'webhooks.secret_key'
  | 'webhooks.callbacks_log';

/** The scope of the nine that each call needs (dossier section 1.6); webhooks have one of their own. */
const scopeOfEndpoint: Record<SmartRecruitersEndpoint, Scope | null> = {
  token: null,
  limiter: null,
  'jobs.list': 'jobs_read',
  'jobs.get': 'jobs_read',
  'users.list': 'users_read',
  'users.get': 'users_read',
  'interview_types.list': 'interview_types_read',
  'candidates.list': 'candidates_read',
  'candidates.get': 'candidates_read',
  'applications.get': 'candidates_read',
  'applications.status_history': 'candidate_status_read',
  'job_applications.get': 'job_applications_read',
  'interviews.list': 'interviews_read',
  'interviews.get': 'interviews_read',
  'webhooks.list': null,
  'webhooks.create': null,
  'webhooks.get': null,
  'webhooks.delete': null,
  'webhooks.activate': null,
  'webhooks.secret_key': null,
  'webhooks.callbacks_log': null,
};

/** What SmartRecruiters, or the way to it, answered. Holds no URL, header, body or person. */
export class SmartRecruitersError extends Error {
  override readonly name = 'SmartRecruitersError';
  readonly kind: SmartRecruitersErrorKind;
  readonly status: number | null;
  readonly endpoint: SmartRecruitersEndpoint;
  readonly retryAfterMs: number | null;
  /** For kind `scope`: the scope that the call needs; a weak system role looks the same. */
  readonly scope: Scope | null;
  /** A short word on the cause that is safe to log, such as `ECONNRESET` or `html`. */
  readonly reason: string | null;

  constructor(options: {
    kind: SmartRecruitersErrorKind;
    endpoint: SmartRecruitersEndpoint;
    status?: number | null;
    retryAfterMs?: number | null;
    reason?: string | null;
  }) {
    const parts = [options.status ?? null, options.reason ?? null].filter((part) => part !== null);
    super(
      `SmartRecruiters ${options.endpoint}: ${options.kind}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`,
    );
    this.kind = options.kind;
    this.endpoint = options.endpoint;
    this.status = options.status ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.scope = options.kind === 'scope' ? scopeOfEndpoint[options.endpoint] : null;
    this.reason = options.reason ?? null;
  }
}

/** True for errors of this vendor; `kind` narrows further. */
export function isSmartRecruitersError(
  error: unknown,
  kind?: SmartRecruitersErrorKind,
): error is SmartRecruitersError {
  return error instanceof SmartRecruitersError && (kind === undefined || error.kind === kind);
}

/** The kind of an HTTP status that is not 2xx; the table is dossier section 1.4. */
export function kindOfStatus(status: number): SmartRecruitersErrorKind {
  if (status === 401) return 'auth';
  if (status === 403) return 'scope';
  if (status === 404 || status === 410) return 'not_found';
  if (status === 429) return 'throttled';
  if (status === 408 || status === 425) return 'unavailable';
  if (status >= 400 && status < 500) return 'rejected';
  return 'unavailable';
}

const safeCode = /^[A-Za-z][\w.-]{0,63}$/;

/**
 * Names why a request failed before it had an answer: the code of Node's network error, else the
 * error's name. Works without `instanceof`, since errors of Node's own realm are not instances of
 * the `Error` that jest gives to a test.
 */
export function reasonOfNetworkError(error: unknown): string {
  const seen = error as { name?: unknown; cause?: { code?: unknown; name?: unknown } } | null;
  for (const word of [seen?.cause?.code, seen?.name]) {
    if (typeof word === 'string' && safeCode.test(word)) return word;
  }
  return 'network';
}
