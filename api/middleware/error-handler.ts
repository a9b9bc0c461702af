import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { Problem, problemBody, problemRow } from '../errors.js';
import { StoreUnavailableError } from '../queries/read-model.js';

/** The last middleware, and the only writer of error answers. */
export function errorHandler({ logger }: { logger: Logger }): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const problem = problemOf(error);
    const { status, retryAfterSeconds } = problemRow({ code: problem.code });
    if (status >= 500) {
      logger.error({ err: error, code: problem.code, requestId: req.requestId }, 'request failed');
    }
    if (res.headersSent) {
      next(error);
      return;
    }
    if (retryAfterSeconds !== undefined) res.set('retry-after', String(retryAfterSeconds));
    if (status === 401) res.set('www-authenticate', 'Bearer');
    res
      .status(status)
      .set('cache-control', 'no-store')
      .type('application/problem+json')
      .send(
        JSON.stringify(
          problemBody({ code: problem.code, requestId: req.requestId, errors: problem.errors }),
        ),
      );
  };
}

/** What no route has taken. */
export function notFound(): RequestHandler {
  return (_req, _res, next) => next(new Problem({ code: 'not_found' }));
}

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof StoreUnavailableError) {
    return new Problem({ code: 'store_unavailable', cause: error });
  }
  return new Problem({ code: codeOfParserError(error), cause: error });
}

/** Express and its body parsers put a `type` and a `status` on the errors that callers cause. */
function codeOfParserError(error: unknown): Problem['code'] {
  if (!(error instanceof Error)) return 'internal_error';
  const { type, status } = error as { type?: unknown; status?: unknown };
  if (type === 'entity.too.large') return 'body_too_large';
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') {
    return 'unsupported_media_type';
  }
  if (typeof status !== 'number' || status < 400 || status > 499) return 'internal_error';
  // A path that cannot be decoded has no type; every body fault has one.
  return type === undefined ? 'not_found' : 'malformed_json';
}
