import type { Role } from './types.js';

export interface Identity {
  orgId: string;
  role: Role;
}

export type SessionStatus =
  | { kind: 'starting' }
  | { kind: 'signed_in'; identity: Identity }
  | { kind: 'signed_out'; signInUrl: string }
  | { kind: 'failed' };

/** The visitor's bearer token: kept in memory only, fetched anew before it expires. */
export interface Session {
  status: () => SessionStatus;
  subscribe: (listener: () => void) => () => void;
  start: () => Promise<void>;
  /** A token that is still good for a while; rejects when the visitor must sign in. */
  token: () => Promise<string>;
  /** Fetches a new token although the old one looked good: the API refused it. */
  renew: () => Promise<string>;
}

const renewBeforeMs = 60_000;
const usableBeforeMs = 15_000;
const retryMs = 10_000;

interface HeldToken {
  value: string;
  expiresAt: number;
}

export function createSession(): Session {
  const listeners = new Set<() => void>();
  let status: SessionStatus = { kind: 'starting' };
  let tokenUrl: URL | null = null;
  let held: HeldToken | null = null;
  let pending: Promise<string> | null = null;
  let timer: number | undefined;

  const become = (next: SessionStatus) => {
    status = next;
    for (const listener of listeners) listener();
  };

  const plan = (delayMs: number) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => renew().catch(() => undefined), delayMs);
  };

  const fetchToken = async (): Promise<string> => {
    tokenUrl ??= await readTokenUrl();
    const response = await fetch(tokenUrl, { credentials: 'include', cache: 'no-store' });
    if (response.status === 401) {
      held = null;
      become({ kind: 'signed_out', signInUrl: signInUrlOf(tokenUrl) });
      throw new Error('signed out');
    }
    if (!response.ok) throw new Error('the sign-in does not answer');
    const { token, expiresIn } = (await response.json()) as { token: string; expiresIn: number };
    const lifeMs = expiresIn * 1000;
    held = { value: token, expiresAt: Date.now() + lifeMs };
    plan(Math.max(lifeMs - renewBeforeMs, lifeMs / 2));
    const identity = identityOf(token);
    if (status.kind !== 'signed_in' || !sameIdentity(status.identity, identity)) {
      become({ kind: 'signed_in', identity });
    }
    return token;
  };

  const renew = (): Promise<string> => {
    pending ??= fetchToken()
      .catch((error: unknown) => {
        if (status.kind === 'starting') become({ kind: 'failed' });
        else if (status.kind === 'signed_in') plan(retryMs);
        throw error;
      })
      .finally(() => {
        pending = null;
      });
    return pending;
  };

  return {
    status: () => status,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start: async () => {
      if (status.kind === 'failed') become({ kind: 'starting' });
      await renew().catch(() => undefined);
    },
    token: async () =>
      held !== null && held.expiresAt - Date.now() > usableBeforeMs ? held.value : renew(),
    renew,
  };
}

async function readTokenUrl(): Promise<URL> {
  const response = await fetch('/page-config.json');
  if (!response.ok) throw new Error('the page is not configured');
  const { tokenUrl } = (await response.json()) as { tokenUrl: string };
  return new URL(tokenUrl, window.location.href);
}

function signInUrlOf(tokenUrl: URL): string {
  const url = new URL('/', tokenUrl.origin);
  url.searchParams.set('return', window.location.href);
  return url.href;
}

function sameIdentity(a: Identity, b: Identity): boolean {
  return a.orgId === b.orgId && a.role === b.role;
}

/** Claims of a token, decoded only: the API is who verifies them. */
function identityOf(token: string): Identity {
  const claims = decodePayload(token) as { org?: unknown; role?: unknown };
  const { org, role } = claims;
  if (typeof org !== 'string') throw new Error('the token names no organization');
  return { orgId: org, role: role === 'owner' || role === 'admin' ? role : 'member' };
}

/** The payload of a compact JWS, without looking at its signature. */
function decodePayload(jws: string): unknown {
  const payload = jws.split('.')[1] ?? '';
  const binary = atob(payload.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}
