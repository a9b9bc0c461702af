import { timingSafeEqual } from 'node:crypto';
import express, { type Request, type Response, Router } from 'express';
import { countRequest, passFaults } from '../access.js';
import { type Scope, scopes } from '../records.js';
import type { Simulation } from '../simulation.js';
import { issueToken } from '../tokens.js';

interface ClientKeys {
  clientId: string;
  clientSecret: string;
}

interface Refusal {
  status: 400 | 401;
  error: 'invalid_request' | 'invalid_client' | 'unsupported_grant_type' | 'invalid_scope';
  description: string;
}

function formValue(request: Request, name: string): string | undefined {
  const form = (request.body ?? {}) as Record<string, unknown>;
  const value = form[name];
  return typeof value === 'string' ? value : undefined;
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    return part;
  }
}

/** Client keys from HTTP Basic (form-encoded parts, RFC 6749 2.3.1) or from the form body. */
function readKeys(request: Request): ClientKeys | undefined {
  const basic = /^Basic (\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
  if (basic !== undefined) {
    const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(basic, 'base64').toString()) ?? [];
    if (id === undefined || secret === undefined) return undefined;
    return { clientId: decodePart(id), clientSecret: decodePart(secret) };
  }
  const clientId = formValue(request, 'client_id');
  const clientSecret = formValue(request, 'client_secret');
  if (clientId === undefined || clientSecret === undefined) return undefined;
  return { clientId, clientSecret };
}

function sameSecret(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function refuse(response: Response, refusal: Refusal): void {
  if (refusal.status === 401) response.set('WWW-Authenticate', 'Basic');
  response
    .status(refusal.status)
    .json({ error: refusal.error, error_description: refusal.description });
}

/** `scope` may be left out; when it is there it must name scopes that the credential has. */
function readScopes(requested: string | undefined, allowed: Scope[]): Scope[] | null | 'invalid' {
  if (requested === undefined) return null;
  const names = requested.split(' ').filter((name) => name !== '');
  const known = scopes.filter((scope) => names.includes(scope) && allowed.includes(scope));
  return names.length === 0 || known.length !== names.length ? 'invalid' : known;
}

/** `POST /identity/oauth/token`, the client credentials grant. It uses up none of the limits. */
export function tokenRoutes(simulation: Simulation): Router {
  const { world, limiter } = simulation;
  const router = Router();
  router.post(
    '/identity/oauth/token',
    express.urlencoded({ extended: false }),
    async (request, response, next) => {
      const named = readKeys(request)?.clientId;
      const clientId = named !== undefined && world.credentials.has(named) ? named : undefined;
      countRequest({ simulation, request, response, clientId: clientId ?? null });
      limiter.describe({ response, clientId, candidatesList: false });
      await passFaults({ simulation, request, response, clientId: clientId ?? null, next });
    },
    (request, response) => {
      response.set('Cache-Control', 'no-store');
      const grantType = formValue(request, 'grant_type');
      if (grantType === undefined) {
        refuse(response, {
          status: 400,
          error: 'invalid_request',
          description: 'grant_type is missing; the body must be form-encoded',
        });
        return;
      }
      if (grantType !== 'client_credentials') {
        refuse(response, {
          status: 400,
          error: 'unsupported_grant_type',
          description: 'Only client_credentials is supported',
        });
        return;
      }
      const keys = readKeys(request);
      const credential = world.credentials.get(keys?.clientId ?? '');
      if (
        keys === undefined ||
        credential === undefined ||
        !sameSecret(credential.clientSecret, keys.clientSecret) ||
        !credential.active
      ) {
        refuse(response, {
          status: 401,
          error: 'invalid_client',
          description: 'Bad client credentials',
        });
        return;
      }
      const narrowedTo = readScopes(formValue(request, 'scope'), credential.scopes);
      if (narrowedTo === 'invalid') {
        refuse(response, {
          status: 400,
          error: 'invalid_scope',
          description: 'scope is empty or names a scope that the credential does not have',
        });
        return;
      }
      const lifetimeSeconds = simulation.tokenLifetimeSeconds;
      const token = issueToken({ world, credential, narrowedTo, lifetimeSeconds });
      response.json({
        access_token: token.accessToken,
        token_type: 'bearer',
        expires_in: lifetimeSeconds,
      });
    },
  );
  return router;
}
