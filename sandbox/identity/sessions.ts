import type { Request, Response } from 'express';
import { jwtVerify, SignJWT } from 'jose';
import type { Person } from './people.js';
import { algorithm, type SigningKey } from './signing-key.js';

const cookieName = 'pillar_sandbox_session';
const signedOut = 'signed-out';
const audience = 'sandbox-session';
const cookie = { httpOnly: true, sameSite: 'lax', path: '/', maxAge: 30 * 24 * 3_600_000 } as const;

export interface Sessions {
  signIn(response: Response, person: Person): Promise<void>;
  signOut(response: Response): void;
  /** Null: signed out, or a stranger where nobody is signed in by default. */
  visitor(request: Request): Promise<Person | null>;
}

function cookieOf(request: Request): string | null {
  const parts = (request.get('cookie') ?? '').split(';').map((part) => part.trim().split('='));
  return parts.find(([name]) => name === cookieName)?.[1] ?? null;
}

/** Sessions that live in a signed cookie, so that they outlive a restart as the key does. */
export function createSessions(input: {
  key: SigningKey;
  people: Person[];
  signInByDefault: boolean;
}): Sessions {
  const { key, people } = input;
  const defaultVisitor = input.signInByDefault ? (people[0] ?? null) : null;
  return {
    async signIn(response, person) {
      const value = await new SignJWT({ sub: person.subject, aud: audience })
        .setProtectedHeader({ alg: algorithm, kid: key.keyId })
        .setExpirationTime('30d')
        .sign(key.privateKey);
      response.cookie(cookieName, value, cookie);
    },
    signOut(response) {
      response.cookie(cookieName, signedOut, cookie);
    },
    async visitor(request) {
      const value = cookieOf(request);
      if (value === null) {
        return defaultVisitor;
      }
      if (value === signedOut) {
        return null;
      }
      try {
        const { payload } = await jwtVerify(value, key.publicJwk, {
          algorithms: [algorithm],
          audience,
        });
        return people.find((person) => person.subject === payload.sub) ?? null;
      } catch {
        // A cookie of an earlier sandbox with another key is no cookie at all.
        return defaultVisitor;
      }
    },
  };
}
