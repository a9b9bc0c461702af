import { randomBytes } from 'node:crypto';
import type { Credential, Scope, Token } from './records.js';
import type { World } from './world.js';

/** A bearer that was accepted: whose it is and what it may do right now. */
export interface Grant {
  credential: Credential;
  scopes: ReadonlySet<Scope>;
}

/** Issues an opaque token. Older tokens of the same credential stay valid until they expire. */
export function issueToken(options: {
  world: World;
  credential: Credential;
  narrowedTo: Scope[] | null;
  lifetimeSeconds: number;
}): Token {
  const { world, credential, narrowedTo, lifetimeSeconds } = options;
  const token: Token = {
    accessToken: randomBytes(32).toString('base64url'),
    clientId: credential.clientId,
    narrowedTo,
    expiresAt: world.now() + lifetimeSeconds * 1_000,
  };
  world.addToken(token);
  return token;
}

/**
 * The grant behind an `Authorization` header, or undefined when it is missing, unknown or expired.
 * A revoked credential does not end its tokens; a revoked scope takes effect at once.
 */
export function readGrant(options: {
  world: World;
  authorization: string | undefined;
}): Grant | undefined {
  const { world, authorization } = options;
  const accessToken = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
  const token = accessToken === undefined ? undefined : world.tokens.get(accessToken);
  if (token === undefined || token.expiresAt <= world.now()) return undefined;
  const credential = world.credentials.get(token.clientId);
  if (credential === undefined) return undefined;
  const { narrowedTo } = token;
  const granted = credential.scopes.filter((scope) => narrowedTo?.includes(scope) ?? true);
  return { credential, scopes: new Set(granted) };
}
