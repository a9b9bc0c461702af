import type { Circuits } from './circuits.js';
import type { SmartRecruitersEndpoint } from './errors.js';
import { readInterviewItem, readInterviews } from './interview-schema.js';
import type { LimiterTimes } from './limiter-times.js';
import type { RateLimiter } from './rate-limiter.js';
import {
  type CallOptions,
  createRequester,
  type ListOptions,
  sameId,
  segment,
  unexpectedShape,
} from './requester.js';
import {
  readApplication,
  readCandidate,
  readCandidatePage,
  readInterviewTypes,
  readJob,
  readJobApplication,
  readJobPage,
  readStatusHistory,
  readUser,
  readUserPage,
} from './schemas.js';
import type { ClientCredential } from './token.js';
import { type ClientLogger, type ClientMetrics, createTransport } from './transport.js';
import type {
  ListingPage,
  UnreadableInterview,
  VendorApplication,
  VendorCandidate,
  VendorInterview,
  VendorInterviews,
  VendorJob,
  VendorJobApplication,
  VendorPerson,
  VendorUser,
} from './vendor-types.js';
import { createWebhooksClient, type WebhooksClient } from './webhooks-client.js';

export type { CallOptions, ListOptions } from './requester.js';

/**
 * Reads from SmartRecruiters (dossier section 4). Every call throws `SmartRecruitersError` and
 * retries nothing, except once with a new token after a 401. A part of the API that is down is not
 * asked for a while: kind `unavailable`, reason `circuit_open`, `retryAfterMs`. Listings come page by page; one
 * that throws midway, or has `skipped` items, proves nothing about what is absent.
 */
export interface SmartRecruitersClient {
  /** Makes sure that a token can be had: `auth` when the credential is refused. */
  authenticate(input?: { signal?: AbortSignal; timeoutMs?: number }): Promise<void>;
  /**
   * One page, so that the caller can keep the cursor. `lastActivityAfter` (epoch ms): only jobs that
   * were edited, published or got an applicant since. A cursor that the vendor no longer takes
   * throws kind `rejected` or `not_found` with reason `cursor_expired`.
   */
  readJobsPage(
    input: { pageId: string | null; lastActivityAfter?: number } & ListOptions,
  ): Promise<ListingPage<VendorJob>>;
  getJob(input: { jobId: string } & CallOptions): Promise<VendorJob>;
  /**
   * Like `readJobsPage`. Candidates with an application to any of the jobs; without jobs: to any
   * job at all. One in flight for each credential.
   */
  readCandidatesPage(
    input: {
      pageId: string | null;
      jobIds: readonly string[];
      statuses?: readonly string[];
      updatedAfter?: number;
    } & ListOptions,
  ): Promise<ListingPage<VendorCandidate>>;
  getCandidate(input: { candidateId: string } & CallOptions): Promise<VendorPerson>;
  getApplication(
    input: { candidateId: string; jobId: string } & CallOptions,
  ): Promise<VendorApplication>;
  getStatusHistory(
    input: { candidateId: string; jobId: string } & CallOptions,
  ): Promise<{ entries: number }>;
  getJobApplication(input: { applicationId: string } & CallOptions): Promise<VendorJobApplication>;
  listInterviews(input: { applicationId: string } & CallOptions): Promise<VendorInterviews>;
  /** `not_found` alone does not make an interview cancelled (`docs/protocols.md`). */
  getInterview(input: { interviewId: string } & CallOptions): Promise<InterviewResult>;
  readUsersPage(input: { pageId: string | null } & ListOptions): Promise<ListingPage<VendorUser>>;
  getUser(input: { userId: string } & CallOptions): Promise<VendorUser>;
  interviewTypes(input?: CallOptions): Promise<string[]>;
  webhooks: WebhooksClient;
}

export type InterviewResult =
  | { kind: 'readable'; interview: VendorInterview }
  | ({ kind: 'unreadable' } & UnreadableInterview);

/** The vendor advises at least 128 s. */
const defaultTimeoutMs = 130_000;
const usersPath = '/user-api/v201804/users';
const interviewsPath = '/interviews-api/v201904/interviews';
const interviewTypesPath = '/interviews-api/v201904/interview-types';
const jobApplicationsPath = '/job-applications-api/v202112/job-applications';

/**
 * A client of one credential. `apiUrl` must be https, or http on this machine; `budgetKey` names the
 * credential's budget in the limiter without naming the credential.
 */
export function createSmartRecruitersClient(options: {
  apiUrl: string;
  credential: ClientCredential;
  budgetKey: string;
  limiter: RateLimiter;
  logger?: ClientLogger;
  metrics?: ClientMetrics;
  fetch?: typeof globalThis.fetch;
  timeoutMs?: number;
  /** For the breaker; default the real ones. */
  times?: LimiterTimes;
  /** Shared with other clients of the same budget; default circuits of its own. */
  circuits?: Circuits;
}): SmartRecruitersClient {
  const transport = createTransport({
    ...options,
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
  });

  const requester = createRequester(transport);

  async function get(
    call: CallOptions,
    endpoint: SmartRecruitersEndpoint,
    path: string,
    query?: URLSearchParams,
  ): Promise<unknown> {
    return await requester.send(call, { endpoint, path, ...(query && { query }) });
  }

  return {
    async authenticate(input) {
      await transport.authenticate(input);
    },

    async readJobsPage(input) {
      const query = new URLSearchParams();
      if (input.lastActivityAfter !== undefined) {
        query.set('lastActivityAfter', new Date(input.lastActivityAfter).toISOString());
      }
      return await requester.page(input, {
        endpoint: 'jobs.list',
        path: '/jobs',
        query,
        read: readJobPage,
        pageId: input.pageId,
      });
    },

    async getJob(input) {
      const endpoint = 'jobs.get';
      const job = readJob(await get(input, endpoint, `/jobs/${segment(endpoint, input.jobId)}`));
      return sameId(endpoint, job.jobId, input.jobId, job);
    },

    async readCandidatesPage(input) {
      const query = new URLSearchParams();
      for (const jobId of input.jobIds) query.append('jobId', jobId);
      for (const status of input.statuses ?? []) query.append('status', status);
      if (input.updatedAfter !== undefined) {
        query.set('updatedAfter', new Date(input.updatedAfter).toISOString());
      }
      return await requester.page(input, {
        endpoint: 'candidates.list',
        path: '/candidates',
        query,
        exclusive: true,
        read: readCandidatePage,
        pageId: input.pageId,
      });
    },

    async getCandidate(input) {
      const endpoint = 'candidates.get';
      const path = `/candidates/${segment(endpoint, input.candidateId)}`;
      const person = readCandidate(await get(input, endpoint, path));
      return sameId(endpoint, person.candidateId, input.candidateId, person);
    },

    async getApplication(input) {
      const { candidateId, jobId } = input;
      const endpoint = 'applications.get';
      const path = `/candidates/${segment(endpoint, candidateId)}/jobs/${segment(endpoint, jobId)}`;
      return readApplication({ candidateId, jobId, body: await get(input, endpoint, path) });
    },

    async getStatusHistory(input) {
      const endpoint = 'applications.status_history';
      const candidate = segment(endpoint, input.candidateId);
      const path = `/candidates/${candidate}/jobs/${segment(endpoint, input.jobId)}/status/history`;
      return readStatusHistory(await get(input, endpoint, path));
    },

    async getJobApplication(input) {
      const { applicationId } = input;
      const endpoint = 'job_applications.get';
      const path = `${jobApplicationsPath}/${segment(endpoint, applicationId)}`;
      return readJobApplication({ applicationId, body: await get(input, endpoint, path) });
    },

    async listInterviews(input) {
      const { applicationId } = input;
      const query = new URLSearchParams({ applicationId });
      return readInterviews(await get(input, 'interviews.list', interviewsPath, query));
    },

    async getInterview(input) {
      const endpoint = 'interviews.get';
      const path = `${interviewsPath}/${segment(endpoint, input.interviewId)}`;
      const reading = readInterviewItem(await get(input, endpoint, path));
      if (reading.kind === 'skipped') throw unexpectedShape(endpoint);
      const interviewId =
        reading.kind === 'readable' ? reading.interview.interviewId : reading.interviewId;
      return sameId(endpoint, interviewId, input.interviewId, reading);
    },

    async readUsersPage(input) {
      const list = { endpoint: 'users.list', path: usersPath, read: readUserPage } as const;
      return await requester.page(input, { ...list, pageId: input.pageId });
    },

    async getUser(input) {
      const endpoint = 'users.get';
      const path = `${usersPath}/${segment(endpoint, input.userId)}`;
      const user = readUser(await get(input, endpoint, path));
      return sameId(endpoint, user.userId, input.userId, user);
    },

    async interviewTypes(input = {}) {
      return readInterviewTypes(await get(input, 'interview_types.list', interviewTypesPath));
    },

    webhooks: createWebhooksClient(requester),
  };
}
