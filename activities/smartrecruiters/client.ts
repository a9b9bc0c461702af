import { type SmartRecruitersEndpoint, SmartRecruitersError } from './errors.js';
import { readInterviewItem, readInterviews } from './interview-schema.js';
import { type Page, pageIdOfLink, paginate, type RawPage } from './pagination.js';
import type { Lane, RateLimiter } from './rate-limiter.js';
import { isVendorId } from './schema-parts.js';
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
import {
  type ClientLogger,
  type ClientMetrics,
  createTransport,
  type GetRequest,
} from './transport.js';
import type {
  CandidatePage,
  JobPage,
  UnreadableInterview,
  UserPage,
  VendorApplication,
  VendorInterview,
  VendorInterviews,
  VendorJob,
  VendorJobApplication,
  VendorPerson,
  VendorUser,
} from './vendor-types.js';

export interface CallOptions {
  /** Default `watch`. */
  lane?: Lane;
  /** For one request with its wait for a turn; default is the client's own. */
  timeoutMs?: number;
  /** An aborted call rejects with the signal's reason. */
  signal?: AbortSignal;
}

export interface ListOptions extends CallOptions {
  /** Default and most: 100. */
  pageSize?: number;
}

/**
 * Reads from SmartRecruiters (dossier section 4). Every call throws `SmartRecruitersError` and
 * retries nothing, except once with a new token after a 401. Listings come in pages, each id once; a
 * listing that throws midway, or has `skipped` items, proves nothing about what is absent.
 */
export interface SmartRecruitersClient {
  /** Makes sure that a token can be had: `auth` when the credential is refused. */
  authenticate(input?: { signal?: AbortSignal; timeoutMs?: number }): Promise<void>;
  listJobs(input?: ListOptions): AsyncIterable<JobPage>;
  getJob(input: { jobId: string } & CallOptions): Promise<VendorJob>;
  /** One in flight for each credential. Without `jobId`: candidates of any job. */
  listCandidates(
    input: { jobId?: string; statuses?: readonly string[]; updatedAfter?: number } & ListOptions,
  ): AsyncIterable<CandidatePage>;
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
  listUsers(input?: ListOptions): AsyncIterable<UserPage>;
  getUser(input: { userId: string } & CallOptions): Promise<VendorUser>;
  interviewTypes(input?: CallOptions): Promise<string[]>;
}

export type InterviewResult =
  | { kind: 'readable'; interview: VendorInterview }
  | ({ kind: 'unreadable' } & UnreadableInterview);

/** The vendor advises at least 128 s. */
const defaultTimeoutMs = 130_000;
const mostPerPage = 100;
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
}): SmartRecruitersClient {
  const transport = createTransport({
    ...options,
    timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
  });

  async function get(
    call: CallOptions,
    endpoint: SmartRecruitersEndpoint,
    path: string,
    query?: URLSearchParams,
  ): Promise<unknown> {
    const { body } = await transport.get({
      ...turnOf(call),
      endpoint,
      path,
      ...(query && { query }),
    });
    return body;
  }

  function walk<Item>(
    call: ListOptions,
    list: {
      endpoint: SmartRecruitersEndpoint;
      path: string;
      query?: URLSearchParams;
      exclusive?: boolean;
      read: (body: unknown) => RawPage<Item>;
      idOf: (item: Item) => string;
    },
  ): AsyncGenerator<Page<Item>, void, undefined> {
    return paginate({
      endpoint: list.endpoint,
      idOf: list.idOf,
      async fetchPage(pageId) {
        const query = new URLSearchParams(list.query);
        query.set('limit', String(Math.min(mostPerPage, call.pageSize ?? mostPerPage)));
        if (pageId !== null) query.set('pageId', pageId);
        const { body, link } = await transport.get({
          ...turnOf(call),
          endpoint: list.endpoint,
          path: list.path,
          query,
          exclusive: list.exclusive ?? false,
        });
        const page = list.read(body);
        return { ...page, nextPageId: page.nextPageId ?? pageIdOfLink(link) };
      },
    });
  }

  return {
    async authenticate(input) {
      await transport.authenticate(input);
    },

    async *listJobs(input = {}) {
      const pages = walk(input, {
        endpoint: 'jobs.list',
        path: '/jobs',
        read: readJobPage,
        idOf: (job) => job.jobId,
      });
      for await (const { items, ...page } of pages) yield { jobs: items, ...page };
    },

    async getJob(input) {
      const endpoint = 'jobs.get';
      const job = readJob(await get(input, endpoint, `/jobs/${segment(endpoint, input.jobId)}`));
      return sameId(endpoint, job.jobId, input.jobId, job);
    },

    async *listCandidates(input) {
      const query = new URLSearchParams();
      if (input.jobId !== undefined) query.set('jobId', input.jobId);
      for (const status of input.statuses ?? []) query.append('status', status);
      if (input.updatedAfter !== undefined) {
        query.set('updatedAfter', new Date(input.updatedAfter).toISOString());
      }
      const pages = walk(input, {
        endpoint: 'candidates.list',
        path: '/candidates',
        query,
        exclusive: true,
        read: readCandidatePage,
        idOf: (candidate) => candidate.candidateId,
      });
      for await (const { items, ...page } of pages) yield { candidates: items, ...page };
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

    async *listUsers(input = {}) {
      const pages = walk(input, {
        endpoint: 'users.list',
        path: usersPath,
        read: readUserPage,
        idOf: (user) => user.userId,
      });
      for await (const { items, skipped } of pages) yield { users: items, skipped };
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
  };
}

function turnOf(call: CallOptions): Pick<GetRequest, 'lane' | 'timeoutMs' | 'signal'> {
  return {
    lane: call.lane ?? 'watch',
    ...(call.timeoutMs !== undefined && { timeoutMs: call.timeoutMs }),
    ...(call.signal !== undefined && { signal: call.signal }),
  };
}

/** An id as part of a path; the vendor has nothing under a word that cannot be one. */
function segment(endpoint: SmartRecruitersEndpoint, value: string): string {
  if (!isVendorId(value)) {
    throw new SmartRecruitersError({ kind: 'not_found', endpoint, reason: 'not_an_id' });
  }
  return encodeURIComponent(value);
}

/** Guards against an answer about somebody or something else. */
function sameId<Result>(
  endpoint: SmartRecruitersEndpoint,
  got: string,
  asked: string,
  result: Result,
): Result {
  if (got !== asked) throw unexpectedShape(endpoint);
  return result;
}

function unexpectedShape(endpoint: SmartRecruitersEndpoint): SmartRecruitersError {
  return new SmartRecruitersError({ kind: 'contract', endpoint, reason: 'unknown_shape' });
}
