import express, { type Express, type Request, type RequestHandler } from 'express';
import { z } from 'zod';
import type { ApiDeps } from './deps.js';
import { Problem } from './errors.js';
import { bearerOf } from './middleware/auth.js';
import { readCommandHeaders } from './middleware/idempotency-key.js';
import { parsePart } from './middleware/validate.js';
import { type Caller, expressPath, mayDo, type Route } from './route.js';

const jsonTypes = ['application/json', 'application/merge-patch+json'];
const bodyLimit = '256kb';

const noBody = z.strictObject({});

/** Nobody: the caller of a route without a token. */
const nobody: Caller = { orgId: '', subject: '', role: 'member', tokenExpiresAt: 0 };

/**
 * Puts a route into the app. The order is part of the contract: token (401), limit (429),
 * organization (404), permission (403), headers and query (400), body (400, 415, 422), handler.
 */
export function mountRoute({
  app,
  route,
  deps,
  rateLimit,
}: {
  app: Express;
  route: Route;
  deps: Pick<ApiDeps, 'tokens' | 'metrics'>;
  rateLimit: RequestHandler;
}): void {
  const callers = new WeakMap<Request, Caller>();

  const authenticate: RequestHandler = async (req, _res, next) => {
    const token = bearerOf({ header: req.get('authorization') });
    callers.set(req, await deps.tokens.verify({ token }));
    next();
  };

  const authorize: RequestHandler = (req, _res, next) => {
    const caller = callers.get(req) ?? nobody;
    if (caller.orgId !== req.params.orgId) throw new Problem({ code: 'not_found' });
    if (route.permission === null || !mayDo({ role: caller.role, permission: route.permission })) {
      throw new Problem({ code: 'forbidden' });
    }
    next();
  };

  const handle: RequestHandler = async (req, res) => {
    // An answer is of one moment and of one person.
    res.set('cache-control', 'no-store');
    const answer = await route.handle({
      caller: callers.get(req) ?? nobody,
      params:
        route.params && parsePart({ schema: route.params, value: req.params, code: 'not_found' }),
      query:
        route.query && parsePart({ schema: route.query, value: req.query, code: 'invalid_query' }),
      command: route.isCommand
        ? readCommandHeaders({ req })
        : { idempotencyKey: null, ifVersion: null },
      body: route.rawBody ? null : parseBody({ route, req }),
      method: req.method,
      path: req.path.replace(/\/+$/, ''),
      req,
      res,
    });
    if (answer === null) return;
    res
      .status(answer.status)
      .set(answer.headers ?? {})
      .json(answer.body);
  };

  app[route.method](
    expressPath(route),
    countAnswers({ route, metrics: deps.metrics }),
    ...(route.permission === null ? [] : [authenticate, rateLimit, authorize]),
    ...bodyReaders(route),
    handle,
  );
}

function bodyReaders(route: Route): RequestHandler[] {
  if (route.rawBody) return [express.raw({ type: () => true, limit: bodyLimit, inflate: false })];
  return takesJson(route)
    ? [express.json({ type: jsonTypes, limit: bodyLimit, inflate: false })]
    : [];
}

/** Commands, and questions that need a body. */
function takesJson(route: Route): boolean {
  return route.isCommand || route.body !== null;
}

function parseBody({ route, req }: { route: Route; req: Request }) {
  if (!takesJson(route)) return null;
  // A body of another type was not read: it must not pass for an empty one.
  const isEmpty = req.get('content-length') === '0';
  if (!isEmpty && req.is(jsonTypes) === false)
    throw new Problem({ code: 'unsupported_media_type' });
  const value: unknown = req.body ?? {};
  if (route.body !== null) return parsePart({ schema: route.body, value, code: 'invalid_body' });
  parsePart({ schema: noBody, value, code: 'invalid_body' });
  return null;
}

function countAnswers({
  route,
  metrics,
}: {
  route: Route;
  metrics: ApiDeps['metrics'];
}): RequestHandler {
  const method = route.method.toUpperCase();
  return (_req, res, next) => {
    const startedAt = performance.now();
    res.on('close', () => {
      metrics.httpRequests.labels(method, route.path, String(res.statusCode)).inc();
      // A stream is as long as its token, which says nothing about the API.
      if (res.get('content-type')?.startsWith('text/event-stream')) return;
      metrics.httpRequestSeconds
        .labels(method, route.path)
        .observe((performance.now() - startedAt) / 1000);
    });
    next();
  };
}
