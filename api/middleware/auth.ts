import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import { Problem } from '../errors.js';
import type { Caller } from '../route.js';

/** Throws `Problem` `unauthenticated`, or `sign_in_unavailable` when no key can be had. */
export interface TokenVerifier {
  verify(input: { token: string }): Promise<Caller>;
}

const algorithms = ['RS256', 'ES256', 'EdDSA'];
const toleranceSeconds = 30;

const claims = z.object({
  sub: z.string().min(1).max(200),
  org: z.string().min(1).max(200),
  role: z.enum(['owner', 'admin', 'member']),
  exp: z.number(),
});

/** Keys of a sign-in, fetched when an unknown key id appears, at most once in 30 s. */
export function remoteKeys({ url }: { url: string }): JWTVerifyGetKey {
  return createRemoteJWKSet(new URL(url), {
    timeoutDuration: 5_000,
    cooldownDuration: 30_000,
    cacheMaxAge: 600_000,
  });
}

/** Checks signature, issuer, audience, times and the claims that this API rests on. */
export function createTokenVerifier({
  keys,
  issuer,
  audience,
  now = Date.now,
}: {
  keys: JWTVerifyGetKey;
  issuer: string;
  audience: string;
  now?: () => number;
}): TokenVerifier {
  return {
    async verify({ token }) {
      try {
        const { payload } = await jwtVerify(token, keys, {
          issuer,
          audience,
          algorithms,
          clockTolerance: toleranceSeconds,
          currentDate: new Date(now()),
          requiredClaims: ['sub', 'org', 'role', 'exp'],
        });
        const { sub, org, role, exp } = claims.parse(payload);
        return { subject: sub, orgId: org, role, tokenExpiresAt: exp * 1000 };
      } catch (error) {
        throw new Problem({
          code: saysNothingAboutTheToken(error) ? 'sign_in_unavailable' : 'unauthenticated',
          cause: error,
        });
      }
    },
  };
}

function saysNothingAboutTheToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return true;
  // jose reports an answer other than 200 with its base class.
  if (error instanceof errors.JOSEError) return error.code === 'ERR_JOSE_GENERIC';
  // The words of `fetch` for a connection that failed.
  return (error as { message?: unknown } | null)?.message === 'fetch failed';
}

/** The token of an `Authorization` header. */
export function bearerOf({ header }: { header: string | undefined }): string {
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(header ?? '')?.[1];
  if (token === undefined) throw new Problem({ code: 'unauthenticated' });
  return token;
}
