import type { Payload, PayloadCodec } from '@temporalio/common';
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  Router,
} from 'express';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import { z } from 'zod';
import { PayloadDecryptionError } from './encryption-codec.js';
import { secretsEqual } from './keyed-hash.js';
import { bearerToken } from './operations-server.js';

const base64 = z
  .string()
  .regex(/^[A-Za-z0-9+/_-]*={0,2}$/)
  .transform((value) => new Uint8Array(Buffer.from(value, 'base64')));

/** Payloads as proto3 JSON: every `bytes` field, the values of `metadata` included, is base64. */
const bodySchema = z.object({
  payloads: z
    .array(
      z.object({
        metadata: z.record(z.string(), base64).nullish(),
        data: base64.nullish(),
      }),
    )
    .default([]),
});

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const toJson = ({ metadata, data }: Payload) => ({
  metadata: Object.fromEntries(
    Object.entries(metadata ?? {}).map(([name, value]) => [name, toBase64(value)]),
  ),
  data: toBase64(data ?? new Uint8Array()),
});

/** A page of history, each payload at most 2 MB on the server, a third larger as base64. */
const bodyLimit = '32mb';

const loopbackAddresses = /^(::1|(::ffff:)?127(\.\d+){3})$/;

type Verdict = 'allowed' | 'refused' | 'cannot_tell';

/** Verifies the access token that a Temporal UI with sign-in forwards. */
const createAccessTokenCheck = (jwksUrl: string) => {
  const keys = createRemoteJWKSet(new URL(jwksUrl), { cooldownDuration: 30_000 });
  return async (token: string): Promise<Verdict> => {
    try {
      await jwtVerify(token, keys, {
        algorithms: ['RS256', 'ES256', 'EdDSA'],
        requiredClaims: ['exp'],
        clockTolerance: 30,
      });
      return 'allowed';
    } catch (error) {
      const isTokensFault =
        error instanceof errors.JWTExpired ||
        error instanceof errors.JWTClaimValidationFailed ||
        error instanceof errors.JWTInvalid ||
        error instanceof errors.JWSInvalid ||
        error instanceof errors.JWSSignatureVerificationFailed ||
        error instanceof errors.JOSEAlgNotAllowed ||
        error instanceof errors.JOSENotSupported ||
        error instanceof errors.JWKSNoMatchingKey ||
        error instanceof errors.JWKSMultipleMatchingKeys;
      return isTokensFault ? 'refused' : 'cannot_tell';
    }
  };
};

/**
 * Temporal's codec server protocol (`POST /encode`, `POST /decode`, https://docs.temporal.io/codec-server)
 * for the operators' port, so that the Temporal UI and CLI can show what is encrypted.
 *
 * Lets in: `operationsToken` as bearer; an access token signed by a key of `jwksUrl`; and, for the
 * sandbox, requests without a token from this machine whose `Origin` is `allowAnonymousFrom`.
 * Cookies are never looked at, so a browser's origin alone opens nothing else.
 *
 * Answers 401 without permission, 503 when the keys of `jwksUrl` cannot be had, 400 for a body that
 * is not the protocol's, 422 for a payload that cannot be decrypted.
 */
export const createCodecEndpoint = ({
  codec,
  operationsToken,
  jwksUrl,
  allowAnonymousFrom,
}: {
  codec: PayloadCodec;
  operationsToken: string | null;
  jwksUrl: string | null;
  allowAnonymousFrom: string | null;
}): Router => {
  const checkAccessToken = jwksUrl === null ? null : createAccessTokenCheck(jwksUrl);

  const permission = async (request: Request): Promise<Verdict> => {
    const { authorization, origin } = request.headers;
    const token = bearerToken(authorization);
    if (token === null) {
      const isLocalPage =
        authorization === undefined &&
        allowAnonymousFrom !== null &&
        origin === allowAnonymousFrom &&
        loopbackAddresses.test(request.socket.remoteAddress ?? '');
      return isLocalPage ? 'allowed' : 'refused';
    }
    if (operationsToken !== null && secretsEqual(token, operationsToken)) return 'allowed';
    return checkAccessToken ? checkAccessToken(token) : 'refused';
  };

  const crossOrigin: RequestHandler = (request, response, next) => {
    response.vary('Origin').set('Cache-Control', 'no-store');
    const { origin } = request.headers;
    // With a sign-in the token is the permission, wherever the operators' UI is served from.
    if (origin && (jwksUrl !== null || origin === allowAnonymousFrom)) {
      response.set({
        'Access-Control-Allow-Origin': origin,
        'Access-Control-Allow-Methods': 'POST, OPTIONS',
        'Access-Control-Allow-Headers': 'Authorization, Content-Type, X-Namespace',
        'Access-Control-Max-Age': '600',
        'Cross-Origin-Resource-Policy': 'cross-origin',
      });
    }
    if (request.method === 'OPTIONS') response.status(204).end();
    else next();
  };

  const authorise: RequestHandler = async (request, response, next) => {
    const verdict = await permission(request);
    if (verdict === 'allowed') next();
    else if (verdict === 'refused') {
      response.status(401).set('WWW-Authenticate', 'Bearer').json({ message: 'not signed in' });
    } else {
      response
        .status(503)
        .set('Retry-After', '30')
        .json({ message: 'the keys of the sign-in cannot be had' });
    }
  };

  const convert =
    (operation: 'encode' | 'decode'): RequestHandler =>
    async (request, response) => {
      const body = bodySchema.safeParse(request.body);
      if (!body.success) {
        response.status(400).json({ message: 'the body is not { payloads: [] }' });
        return;
      }
      const payloads = body.data.payloads.map(({ metadata, data }) => ({
        metadata: metadata ?? {},
        data: data ?? new Uint8Array(),
      }));
      response.json({ payloads: (await codec[operation](payloads)).map(toJson) });
    };

  const answerFault: ErrorRequestHandler = (error, _request, response, next) => {
    if (response.headersSent) next(error);
    else if (error instanceof PayloadDecryptionError) {
      response.status(422).json({ message: error.message });
    } else if (z.object({ type: z.literal('entity.too.large') }).safeParse(error).success) {
      response.status(413).json({ message: 'the body is too large' });
    } else if (error instanceof SyntaxError) {
      response.status(400).json({ message: 'the body is not JSON' });
    } else next(error);
  };

  const router = Router();
  router.use(['/encode', '/decode'], crossOrigin, authorise, express.json({ limit: bodyLimit }));
  router.post('/encode', convert('encode'));
  router.post('/decode', convert('decode'));
  router.use(answerFault);
  return router;
};
