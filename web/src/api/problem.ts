import type { ProblemBody } from './types.js';

/** An answer of the API that is not a success (RFC 9457), or no answer at all (`offline`). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: string;
  readonly status: number;
  readonly requestId: string | null;
  readonly fields: { pointer: string; detail: string }[];
  readonly retryAfterSeconds: number | null;

  constructor(input: { status: number; body: ProblemBody; retryAfterSeconds?: number | null }) {
    super(input.body.detail ?? input.body.title ?? '');
    this.code = input.body.code;
    this.status = input.status;
    this.requestId = input.body.requestId ?? null;
    this.fields = input.body.errors ?? [];
    this.retryAfterSeconds = input.retryAfterSeconds ?? null;
  }
}

/** Nothing came back: the network is down or the service does not answer. */
export function offlineProblem(): ApiProblem {
  return new ApiProblem({
    status: 0,
    body: {
      code: 'offline',
      detail: 'Check your connection; nothing was changed that you cannot see here.',
    },
  });
}

/** Reads a failed response; an answer that is no problem document gets a code of its own. */
export async function problemOf(response: Response): Promise<ApiProblem> {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const body = await readBody(response);
  return new ApiProblem({
    status: response.status,
    body: body ?? { code: 'unexpected_answer', detail: `The service answered ${response.status}.` },
    retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null,
  });
}

async function readBody(response: Response): Promise<ProblemBody | null> {
  if (!(response.headers.get('content-type') ?? '').includes('json')) return null;
  const body: unknown = await response.json().catch(() => null);
  if (typeof body !== 'object' || body === null) return null;
  return typeof (body as ProblemBody).code === 'string' ? (body as ProblemBody) : null;
}
