import { randomUUID } from 'node:crypto';
import type { World } from './world.js';

/** Calls the API as an Owner of one organization. Rejects on any answer but 200 and 202. */
export type ApiCaller = (
  method: 'GET' | 'PUT' | 'PATCH' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
) => Promise<unknown>;

/** `path` begins at the organization: `/roles`, or empty for the installation itself. */
export async function createApiCaller(input: {
  world: Pick<World, 'apiUrl' | 'identity'>;
  orgId: string;
}): Promise<ApiCaller> {
  const { world, orgId } = input;
  const subject = `owner-${orgId}`;
  const token = await world.identity.issueToken({ orgId, role: 'owner', subject });
  return async (method, path, body) => {
    const url = `${world.apiUrl}/v1/organizations/${orgId}/smartrecruiters${path}`;
    const response = await fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        'idempotency-key': randomUUID(),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status !== 200 && response.status !== 202) {
      throw new Error(`${method} ${path}: ${response.status} ${text}`);
    }
    return text === '' ? null : JSON.parse(text);
  };
}

/**
 * Connects an organization as an Owner does on the page: credential, consent declared, nobody mailed,
 * every role on.
 */
export async function connectThroughApi(input: {
  call: ApiCaller;
  credential: { clientId: string; clientSecret: string };
  jobIds: readonly string[];
}): Promise<void> {
  const { call, credential, jobIds } = input;
  const { clientId, clientSecret } = credential;
  await call('PUT', '', { clientId, clientSecret });
  await call('PATCH', '/settings', {
    engagement: { candidateEmails: false, interviewerEmails: false },
    consent: { mode: 'external' },
  });
  for (const jobId of jobIds) await call('PUT', `/roles/${jobId}`, { enabled: true });
}
