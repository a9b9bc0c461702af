export type ProblemCode =
  | 'invalid_request'
  | 'unauthorized'
  | 'forbidden'
  | 'not_found'
  | 'key_reused'
  | 'wrong_state'
  | 'rate_limited'
  | 'capacity'
  | 'internal';

export interface FieldError {
  pointer: string;
  detail: string;
}

const statusOf: Record<ProblemCode, number> = {
  invalid_request: 422,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  key_reused: 409,
  wrong_state: 409,
  rate_limited: 429,
  capacity: 503,
  internal: 500,
};

/** An answer other than success, as the contract's `Problem` (RFC 9457). */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly retryAfterSeconds: number | null;
  readonly errors: FieldError[] | null;

  constructor(input: {
    code: ProblemCode;
    detail?: string;
    retryAfterSeconds?: number;
    errors?: FieldError[];
  }) {
    super(input.detail ?? input.code);
    this.code = input.code;
    this.status = statusOf[input.code];
    this.retryAfterSeconds = input.retryAfterSeconds ?? null;
    this.errors = input.errors ?? null;
  }

  toJSON(): Record<string, unknown> {
    return {
      type: 'about:blank',
      title: this.code.replaceAll('_', ' '),
      status: this.status,
      detail: this.message,
      code: this.code,
      ...(this.errors ? { errors: this.errors } : {}),
    };
  }
}
