/** An answer of the simulated resource API that is not a success, in the vendor's body shape. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(options: { status: number; code: string; message: string }) {
    super(options.message);
    this.status = options.status;
    this.code = options.code;
  }

  toJSON(): { message: string; errors: { code: string; message: string }[] } {
    return { message: this.message, errors: [{ code: this.code, message: this.message }] };
  }
}

export function badRequest(message: string): ApiError {
  return new ApiError({ status: 400, code: 'BAD_REQUEST', message });
}

export function notFound(what: string): ApiError {
  return new ApiError({ status: 404, code: 'RESOURCE_NOT_FOUND', message: `${what} not found` });
}

export function conflict(code: string, message: string): ApiError {
  return new ApiError({ status: 409, code, message });
}

export function unprocessable(code: string, message: string): ApiError {
  return new ApiError({ status: 422, code, message });
}

export function tooManyRequests(): ApiError {
  return new ApiError({ status: 429, code: 'TOO_MANY_REQUESTS', message: 'Too many requests' });
}

/** A control call that asks for something that is not there or makes no sense. */
export class ControlError extends Error {
  readonly status: number;

  constructor(options: { status: 400 | 404 | 409; message: string }) {
    super(options.message);
    this.status = options.status;
  }
}
