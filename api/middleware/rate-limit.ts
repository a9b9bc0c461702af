import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { Problem } from '../errors.js';

/** Counts the requests of each token, by its hash, in this process. */
export function rateLimitPerToken({ perMinute }: { perMinute: number }): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: 'token',
    keyGenerator: (req) =>
      createHash('sha256')
        .update(req.get('authorization') ?? '')
        .digest('base64url'),
    handler: (_req, _res, next) => next(new Problem({ code: 'slow_down' })),
  });
}
