import { randomUUID } from 'node:crypto';
import {
  requiredScopes,
  type Scope,
  type ScopeReport,
  type ScopeStatus,
  scopeFeatures,
} from '../../workflows/contracts/scopes.js';
import type { CallOptions, SmartRecruitersClient } from './client.js';
import { isSmartRecruitersError, type SmartRecruitersError } from './errors.js';

export type ScopeProbeResult =
  | { kind: 'accepted'; scopes: ScopeReport[] }
  /** SmartRecruiters refused the client id or secret. */
  | { kind: 'rejected' }
  /** No token could be had, so nothing is known of the credential. */
  | { kind: 'unavailable' };

const longestRetryMs = 5_000;
const shortestRetryMs = 500;

class CredentialRefused extends Error {}

/** What a probe found: the status, and with it the value that later probes need. */
interface Finding<Value> {
  status: ScopeStatus;
  value: Value | null;
}

/**
 * Tries each scope with one read, in the order of dossier section 1.6. Ids come from earlier probes;
 * where the tenant has none a random one is used, whose 404 proves nothing since the vendor may look
 * for the record before it looks at the scope. Nothing is written, so the two scopes for writing
 * stay `unverified`. An answer that proves nothing is asked for once more, then is `unknown`.
 *
 * Never throws for an answer of the vendor; throws the reason of an aborted `signal`, and errors of
 * the limiter's store.
 */
export async function probeScopes(options: {
  client: SmartRecruitersClient;
  /** For one request; default 15 s. */
  timeoutMs?: number;
  /** For all of them: what was not asked by then is `unknown`. Default 60 s. */
  budgetMs?: number;
  signal?: AbortSignal;
}): Promise<ScopeProbeResult> {
  const { client, signal } = options;
  const until = Date.now() + (options.budgetMs ?? 60_000);
  const call: CallOptions = {
    lane: 'interactive',
    timeoutMs: options.timeoutMs ?? 15_000,
    ...(signal !== undefined && { signal }),
  };
  try {
    await client.authenticate(call);
  } catch (error) {
    if (isSmartRecruitersError(error, 'auth')) return { kind: 'rejected' };
    if (isSmartRecruitersError(error)) return { kind: 'unavailable' };
    throw error;
  }
  try {
    const statuses = await probeAll({ client, call, until });
    const checkedAt = Date.now();
    return {
      kind: 'accepted',
      scopes: requiredScopes.map((scope) => ({
        scope,
        status: statuses[scope],
        features: scopeFeatures[scope].features,
        checkedAt,
      })),
    };
  } catch (error) {
    if (error instanceof CredentialRefused) return { kind: 'rejected' };
    throw error;
  }
}

async function probeAll(input: {
  client: SmartRecruitersClient;
  call: CallOptions;
  until: number;
}): Promise<Record<Scope, ScopeStatus>> {
  const { client, call, until } = input;
  const turn = { until, signal: call.signal };
  const first = { ...call, pageId: null, pageSize: 1 };

  const jobs = await probe(turn, async () => await client.readJobsPage(first));
  const users = await probe(turn, async () => await client.readUsersPage(first));
  const types = await probe(turn, async () => await client.interviewTypes(call));
  const candidates = await probe(
    turn,
    async () => await client.readCandidatesPage({ ...first, jobIds: [] }),
  );

  const candidate = candidates.value?.items[0];
  const assignedJobId = candidate?.primary?.jobId ?? candidate?.secondaryJobIds[0];
  const pair =
    candidate === undefined || assignedJobId === undefined
      ? null
      : { candidateId: candidate.candidateId, jobId: assignedJobId };
  const ids = pair ?? { candidateId: randomUUID(), jobId: randomUUID() };

  const history = await probe(
    turn,
    async () => await client.getStatusHistory({ ...ids, ...call }),
    pair !== null,
  );
  const application =
    pair === null
      ? null
      : await probe(turn, async () => await client.getApplication({ ...pair, ...call }));
  const knownId = application?.value?.applicationId ?? null;
  const applicationId = knownId ?? randomUUID();
  const jobApplications = await probe(
    turn,
    async () => await client.getJobApplication({ applicationId, ...call }),
    knownId !== null,
  );
  const interviews = await probe(
    turn,
    async () => await client.listInterviews({ applicationId, ...call }),
    knownId !== null,
  );

  return {
    jobs_read: jobs.status,
    users_read: users.status,
    interview_types_read: types.status,
    candidates_read: candidates.status,
    candidate_status_read: history.status,
    job_applications_read: jobApplications.status,
    interviews_read: interviews.status,
    candidates_create: 'unverified',
    interviews_write: 'unverified',
  };
}

/** `realId` false: the id was invented, so only a 403 says something. */
async function probe<Value>(
  turn: { until: number; signal: AbortSignal | undefined },
  ask: () => Promise<Value>,
  realId = true,
): Promise<Finding<Value>> {
  for (let tries = 0; ; tries += 1) {
    if (Date.now() >= turn.until) return { status: 'unknown', value: null };
    try {
      const value = await ask();
      return { status: realId ? 'granted' : 'unverified', value };
    } catch (error) {
      if (!isSmartRecruitersError(error)) throw error;
      if (error.kind === 'auth') throw new CredentialRefused();
      const passing = error.kind === 'throttled' || error.kind === 'unavailable';
      if (!passing || tries > 0) return { status: statusOf(error), value: null };
      await pause(error.retryAfterMs, turn.signal);
    }
  }
}

function statusOf(error: SmartRecruitersError): ScopeStatus {
  switch (error.kind) {
    case 'scope':
      return 'missing';
    case 'not_found':
    case 'rejected':
      return 'unverified';
    default:
      return 'unknown';
  }
}

async function pause(retryAfterMs: number | null, signal: AbortSignal | undefined): Promise<void> {
  const ms = Math.min(longestRetryMs, Math.max(shortestRetryMs, retryAfterMs ?? 0));
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
  signal?.throwIfAborted();
}
