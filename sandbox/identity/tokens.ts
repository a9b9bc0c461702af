import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import type { Role } from './people.js';
import { algorithm, type SigningKey } from './signing-key.js';

/** What is wrong with a token that must be refused. */
export type TokenFault =
  | 'expired'
  | 'no_expiry'
  | 'wrong_issuer'
  | 'wrong_audience'
  | 'wrong_key'
  | 'wrong_algorithm'
  | 'unsigned'
  | 'no_organization'
  | 'unknown_role';

export const tokenFaults: readonly [TokenFault, ...TokenFault[]] = [
  'expired',
  'no_expiry',
  'wrong_issuer',
  'wrong_audience',
  'wrong_key',
  'wrong_algorithm',
  'unsigned',
  'no_organization',
  'unknown_role',
];

export interface TokenRequest {
  orgId: string;
  role: Role;
  /** `{orgId}-{role}` unless given. */
  subject?: string | undefined;
  /** For display only. */
  name?: string | undefined;
  /** Negative: expired already. */
  expiresInSeconds?: number | undefined;
  fault?: TokenFault | undefined;
}

export interface TokenIssuer {
  issuer: string;
  audience: string;
  key: SigningKey;
  tokenSeconds: number;
}

type Claims = Record<string, string | number>;

const hourSeconds = 3600;

function claimsOf(from: TokenIssuer, request: TokenRequest): Claims {
  const issuedAt = Math.floor(Date.now() / 1000);
  const expiresIn = request.expiresInSeconds ?? from.tokenSeconds;
  const claims: Claims = {
    sub: request.subject ?? `${request.orgId}-${request.role}`,
    org: request.orgId,
    role: request.role,
    iss: from.issuer,
    aud: from.audience,
    iat: issuedAt,
    exp: issuedAt + expiresIn,
    ...(request.name === undefined ? {} : { name: request.name }),
  };
  switch (request.fault) {
    case 'expired':
      return { ...claims, iat: issuedAt - 2 * hourSeconds, exp: issuedAt - hourSeconds };
    case 'wrong_issuer':
      return { ...claims, iss: 'https://somebody-else.example' };
    case 'wrong_audience':
      return { ...claims, aud: 'another-service' };
    case 'unknown_role':
      return { ...claims, role: 'emperor' };
    case 'no_expiry':
      delete claims.exp;
      return claims;
    case 'no_organization':
      delete claims.org;
      return claims;
    default:
      return claims;
  }
}

/** Signs a token of Pillar, or one with the wanted fault. */
export async function signToken(from: TokenIssuer, request: TokenRequest): Promise<string> {
  const claims = claimsOf(from, request);
  const { keyId } = from.key;
  switch (request.fault) {
    case 'unsigned':
      return new UnsecuredJWT(claims).encode();
    case 'wrong_algorithm': {
      // The classic confusion: the public key taken for a shared secret.
      const secret = new TextEncoder().encode(JSON.stringify(from.key.publicJwk));
      return await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: keyId })
        .sign(secret);
    }
    case 'wrong_key': {
      const { privateKey } = await generateKeyPair(algorithm);
      return await new SignJWT(claims)
        .setProtectedHeader({ alg: algorithm, kid: keyId })
        .sign(privateKey);
    }
    default:
      return await new SignJWT(claims)
        .setProtectedHeader({ alg: algorithm, kid: keyId, typ: 'JWT' })
        .sign(from.key.privateKey);
  }
}
