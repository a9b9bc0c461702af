import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';

declare module 'express-serve-static-core' {
  interface Request {
    requestId: string;
  }
}

const acceptable = /^[A-Za-z0-9._-]{8,64}$/;

/** Takes a well-formed `x-request-id` of a proxy or makes one, and gives it back in the answer. */
export function requestId(): RequestHandler {
  return (req, res, next) => {
    const given = req.get('x-request-id') ?? '';
    req.requestId = acceptable.test(given) ? given : randomUUID();
    res.set('x-request-id', req.requestId);
    next();
  };
}
