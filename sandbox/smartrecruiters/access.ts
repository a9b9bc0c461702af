import { setTimeout as delay } from 'node:timers/promises';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { ApiError, tooManyRequests } from './errors.js';
import { applyFault } from './faults.js';
import type { Scope } from './records.js';
import type { Simulation } from './simulation.js';
import { endpointName } from './statistics.js';
import { type Grant, readGrant } from './tokens.js';

const grants = new WeakMap<Request, Grant>();
const arrivals = new WeakMap<Request, number>();

/** When the request came (epoch ms), before any delay; for requests that passed `admitRequests`. */
export function arrivalOf(request: Request): number {
  const at = arrivals.get(request);
  if (at === undefined) throw new Error('The route is outside the API');
  return at;
}

/** The grant of a request that passed `requireScope`. */
export function grantOf(request: Request): Grant {
  const grant = grants.get(request);
  if (grant === undefined) throw new Error('The route has no requireScope');
  return grant;
}

function onceAnswered(response: Response, done: () => void): void {
  const end = response.end.bind(response);
  // Before the last byte leaves: a client that reacts at once must find its place free.
  response.end = ((...parts: Parameters<typeof end>) => {
    done();
    return end(...parts);
  }) as typeof response.end;
  response.once('close', done);
}

/** Notes one request and its answer, wherever it ends. */
export function countRequest(options: {
  simulation: Simulation;
  request: Request;
  response: Response;
  clientId: string | null;
}): void {
  const { simulation, request, response, clientId } = options;
  const { statistics } = simulation;
  const row = statistics.arrived({
    endpoint: endpointName({ method: request.method, path: request.path }),
    clientId,
  });
  response.once('finish', () => statistics.answered({ row, status: response.statusCode }));
}

/** Applies the fault that fits this request, or lets it pass. */
export async function passFaults(options: {
  simulation: Simulation;
  request: Request;
  response: Response;
  clientId: string | null;
  next: NextFunction;
}): Promise<void> {
  const { simulation, request, response, clientId, next } = options;
  const fault = simulation.faults.take({ method: request.method, path: request.path, clientId });
  if (fault === undefined) {
    next();
    return;
  }
  simulation.statistics.faultInjected();
  await applyFault({ fault, request, response, next });
}

/**
 * Everything that happens before a resource route: the request is counted, its bearer is read
 * (401), the limits are applied (429), and an injected fault may take over.
 */
export function admitRequests(simulation: Simulation): RequestHandler {
  const { world, limiter, statistics } = simulation;
  return async (request, response, next) => {
    arrivals.set(request, world.now());
    const grant = readGrant({ world, authorization: request.get('authorization') });
    const clientId = grant?.credential.clientId;
    countRequest({ simulation, request, response, clientId: clientId ?? null });
    const candidatesList = request.method === 'GET' && /^\/candidates\/?$/.test(request.path);
    if (grant === undefined || clientId === undefined) {
      limiter.describe({ response, clientId, candidatesList });
    } else {
      grants.set(request, grant);
      const admission = limiter.admit({ clientId, candidatesList });
      statistics.loaded({ clientId, ...admission });
      limiter.describe({ response, clientId, candidatesList });
      if (!admission.admitted) throw tooManyRequests();
      onceAnswered(response, () => admission.release());
      await delay(simulation.latencyMs, undefined, { ref: false });
    }
    await passFaults({
      simulation,
      request,
      response,
      clientId: clientId ?? null,
      next: () => {
        if (grant !== undefined) {
          next();
          return;
        }
        response.set('WWW-Authenticate', 'Bearer');
        next(
          new ApiError({
            status: 401,
            code: 'UNAUTHORIZED',
            message: 'No valid access token was provided',
          }),
        );
      },
    });
  };
}

/** 403 unless the grant has the scope. Runs before any look at ids, so 403 beats 404. */
export function requireScope(scope: Scope): RequestHandler {
  return (request, _response, next) => {
    if (!grantOf(request).scopes.has(scope)) {
      throw new ApiError({
        status: 403,
        code: 'OAuthPermissionsException',
        message: `The access token lacks the scope ${scope}`,
      });
    }
    next();
  };
}

/** 403 unless the credential acts with an administrator's rights. */
export function requireAdministrator(): RequestHandler {
  return (request, _response, next) => {
    if (grantOf(request).credential.systemRole !== 'ADMINISTRATOR') {
      throw new ApiError({
        status: 403,
        code: 'ACCESS_DENIED',
        message: 'The system role of this credential does not allow this',
      });
    }
    next();
  };
}
