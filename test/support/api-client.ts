import type { IdentitySimulator } from '../../sandbox/identity/simulator.js';
import type { World } from './stack.js';

export interface ApiAnswer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface CallOptions {
  body?: unknown;
  idempotencyKey?: string;
  ifMatch?: string;
  signal?: AbortSignal;
}

/** Calls the API as one person of one organization; every status is an answer. */
export interface ApiClient {
  token: string;
  /** `path` begins at the organization: `/roles`, or empty for the installation itself. */
  call<Body = Record<string, unknown>>(
    method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE',
    path: string,
    options?: CallOptions,
  ): Promise<ApiAnswer<Body>>;
  url(path: string): string;
}

export async function createApiClient(input: {
  world: Pick<World, 'apiUrl'> & { identity: Pick<IdentitySimulator, 'issueToken'> };
  orgId: string;
  role?: 'owner' | 'admin' | 'member';
}): Promise<ApiClient> {
  const { world, orgId, role = 'owner' } = input;
  const token = await world.identity.issueToken({ orgId, role, subject: `${orgId}-${role}` });
  const url = (path: string) => `${world.apiUrl}/v1/organizations/${orgId}/smartrecruiters${path}`;
  return {
    token,
    url,
    async call<Body>(method: string, path: string, options: CallOptions = {}) {
      const { body, idempotencyKey, ifMatch, signal } = options;
      const response = await fetch(url(path), {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
          ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: (text === '' ? {} : JSON.parse(text)) as Body,
      };
    },
  };
}
