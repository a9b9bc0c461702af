import type { SmartRecruitersClient } from '../../activities/smartrecruiters/client.js';
import { SmartRecruitersError } from '../../activities/smartrecruiters/errors.js';
import type {
  ListingPage,
  VendorCallback,
  VendorCandidate,
  VendorInterview,
  VendorJob,
  VendorSubscription,
} from '../../activities/smartrecruiters/vendor-types.js';
import type { WebhooksClient } from '../../activities/smartrecruiters/webhooks-client.js';

export function vendorFailure(
  kind: SmartRecruitersError['kind'],
  status: number | null = null,
): SmartRecruitersError {
  return new SmartRecruitersError({ kind, status, endpoint: 'interviews.get' });
}

/** What SmartRecruiters has; a value that is an error is thrown instead of answered. */
export interface FakeCompany {
  jobs: VendorJob[] | SmartRecruitersError;
  /**
   * By jobId: who applied, and with which status. A candidate's first one that is not `secondary` is
   * the primary assignment of the pages; without `updatedAt` no `updatedAfter` finds it.
   */
  applicants: Map<
    string,
    { candidateId: string; status: string; updatedAt?: number; secondary?: boolean }[]
  >;
  /** By candidateId/jobId. Absent: 404. Also what a job application is found by. */
  applications: Map<string, string | null | SmartRecruitersError>;
  /** By applicationId. */
  lists: Map<string, VendorInterview[] | SmartRecruitersError>;
  unreadable: { interviewId: string; reason: 'unknown_shape' }[];
  /** Items without an id, in every list. */
  skipped: number;
  /** By interviewId; absent: 404. */
  interviews: Map<string, VendorInterview | 'unreadable' | SmartRecruitersError>;
  people: Map<
    string,
    { email: string | null; firstName: string | null; active?: boolean } | SmartRecruitersError
  >;
  /** Of the jobs and candidates that are read page by page. */
  pageSize: number;
  /** Thrown instead of that page (0 is the first) until the test takes it away. */
  failingPage: null | { list: 'jobs' | 'candidates'; page: number; error: SmartRecruitersError };
  /** Another number: every cursor given out before has expired. */
  cursorEpoch: number;
  webhooks: FakeWebhooks;
  authentication: null | SmartRecruitersError;
  calls: string[];
  /** Awaited before an answer is given. */
  beforeAnswer: (call: string) => Promise<void>;
}

/** The webhooks of the fake company. */
export interface FakeWebhooks {
  /** By subscriptionId. */
  subscriptions: Map<string, VendorSubscription & { secretKeys: string[] }>;
  /** Newest first; `pageSize` of the company holds here too. */
  callbacks: VendorCallback[];
  /** Thrown by every call, as a 403 without the scope. */
  failure: null | SmartRecruitersError;
  /** Awaited before a subscription becomes active; may throw. */
  onActivate: (subscription: VendorSubscription) => Promise<void>;
}

/** Nobody and nothing yet. */
export function newCompany(): FakeCompany {
  return {
    jobs: [],
    applicants: new Map(),
    applications: new Map(),
    lists: new Map(),
    unreadable: [],
    skipped: 0,
    interviews: new Map(),
    people: new Map(),
    pageSize: 100,
    failingPage: null,
    cursorEpoch: 0,
    webhooks: {
      subscriptions: new Map(),
      callbacks: [],
      failure: null,
      onActivate: async () => undefined,
    },
    authentication: null,
    calls: [],
    beforeAnswer: async () => undefined,
  };
}

function answered<Found>(found: Found | SmartRecruitersError | undefined): Found {
  if (found === undefined) throw vendorFailure('not_found', 404);
  if (found instanceof SmartRecruitersError) throw found;
  return found;
}

function cursorExpired(list: 'jobs.list' | 'candidates.list' | 'webhooks.callbacks_log') {
  return new SmartRecruitersError({
    kind: 'rejected',
    status: 400,
    endpoint: list,
    reason: 'cursor_expired',
  });
}

/** The page that a cursor names; cursors are `epoch:index`. */
function pageOf<Item>(
  company: FakeCompany,
  list: 'jobs' | 'candidates' | 'callbacks',
  all: readonly Item[],
  pageId: string | null,
): ListingPage<Item> {
  const [epoch, index] = (pageId ?? `${company.cursorEpoch}:0`).split(':').map(Number);
  const page = index ?? 0;
  if (epoch !== company.cursorEpoch) {
    throw cursorExpired(list === 'callbacks' ? 'webhooks.callbacks_log' : `${list}.list`);
  }
  const failing = company.failingPage;
  if (failing !== null && failing.list === list && failing.page === page) throw failing.error;
  const from = page * company.pageSize;
  const to = from + company.pageSize;
  return {
    items: all.slice(from, to),
    nextPageId: to < all.length ? `${company.cursorEpoch}:${page + 1}` : null,
    total: all.length,
    skipped: 0,
  };
}

/** What the candidates list says of everybody who applied, in the order of `applicants`. */
function candidatesOf(company: FakeCompany): (VendorCandidate & { jobIds: string[] })[] {
  const found = new Map<string, VendorCandidate & { jobIds: string[] }>();
  for (const [jobId, applicants] of company.applicants) {
    for (const { candidateId, status, updatedAt = null, secondary = false } of applicants) {
      const candidate = found.get(candidateId) ?? {
        candidateId,
        primary: null,
        secondaryJobIds: [],
        updatedAt: null,
        jobIds: [],
      };
      found.set(candidateId, candidate);
      candidate.jobIds.push(jobId);
      if (candidate.primary === null && !secondary) candidate.primary = { jobId, status };
      else candidate.secondaryJobIds.push(jobId);
      if (updatedAt !== null) {
        candidate.updatedAt = Math.max(updatedAt, candidate.updatedAt ?? updatedAt);
      }
    }
  }
  return [...found.values()];
}

function webhooksOf(company: FakeCompany, called: (call: string) => Promise<void>): WebhooksClient {
  const { webhooks } = company;
  let made = 0;
  const asked = async (call: string) => {
    await called(call);
    if (webhooks.failure !== null) throw webhooks.failure;
  };
  const shown = ({
    secretKeys: _keys,
    ...subscription
  }: VendorSubscription & { secretKeys: string[] }) => structuredClone(subscription);
  return {
    async listSubscriptions() {
      await asked('listSubscriptions');
      return [...webhooks.subscriptions.values()].map(shown);
    },
    async createSubscription({ callbackUrl, events }) {
      await asked('createSubscription');
      made += 1;
      const subscription = {
        subscriptionId: `subscription-${made}`,
        callbackUrl,
        status: 'inactive',
        events: [...events],
        secretKeys: [],
      };
      webhooks.subscriptions.set(subscription.subscriptionId, subscription);
      return shown(subscription);
    },
    async getSubscription({ subscriptionId }) {
      await asked(`getSubscription ${subscriptionId}`);
      return shown(answered(webhooks.subscriptions.get(subscriptionId)));
    },
    async activateSubscription({ subscriptionId }) {
      await asked(`activateSubscription ${subscriptionId}`);
      const subscription = answered(webhooks.subscriptions.get(subscriptionId));
      await webhooks.onActivate(shown(subscription));
      subscription.status = 'active';
    },
    async deleteSubscription({ subscriptionId }) {
      await asked(`deleteSubscription ${subscriptionId}`);
      webhooks.subscriptions.delete(subscriptionId);
    },
    async createSecretKey({ subscriptionId }) {
      await asked(`createSecretKey ${subscriptionId}`);
      const { secretKeys } = answered(webhooks.subscriptions.get(subscriptionId));
      const secretKey = `secret-${subscriptionId}-${secretKeys.length + 1}`;
      secretKeys.unshift(secretKey);
      return { secretKey };
    },
    async readCallbacksLogPage({ subscriptionId, callbackStatus, after, before, pageId }) {
      await asked(`readCallbacksLogPage ${subscriptionId} ${pageId ?? 'first'}`);
      answered(webhooks.subscriptions.get(subscriptionId));
      const logged = webhooks.callbacks.filter(
        ({ status, at }) =>
          (callbackStatus === undefined || status === callbackStatus) &&
          (after === undefined || at >= after) &&
          (before === undefined || at <= before),
      );
      return pageOf(company, 'callbacks', logged, pageId);
    },
  };
}

/** What reads and changes it as the real client does. */
export function clientOf(company: FakeCompany): SmartRecruitersClient {
  const called = async (call: string) => {
    company.calls.push(call);
    await company.beforeAnswer(call);
  };
  const notFaked = async (): Promise<never> => {
    throw vendorFailure('rejected', 400);
  };
  return {
    async authenticate() {
      await called('authenticate');
      if (company.authentication !== null) throw company.authentication;
    },
    async getJob({ jobId }) {
      await called(`getJob ${jobId}`);
      return answered(answered(company.jobs).find((job) => job.jobId === jobId));
    },
    async readJobsPage({ pageId, lastActivityAfter }) {
      await called(`readJobsPage ${pageId ?? 'first'}`);
      const jobs = answered(company.jobs).filter(
        ({ lastActivityAt }) =>
          lastActivityAfter === undefined || (lastActivityAt ?? 0) >= lastActivityAfter,
      );
      return { ...pageOf(company, 'jobs', jobs, pageId), skipped: company.skipped };
    },
    async readCandidatesPage({ pageId, jobIds, statuses, updatedAfter }) {
      await called(`readCandidatesPage ${jobIds.join(',')} ${pageId ?? 'first'}`);
      const candidates = candidatesOf(company).filter(
        ({ jobIds: applied, primary, updatedAt }) =>
          (jobIds.length === 0 || applied.some((jobId) => jobIds.includes(jobId))) &&
          (statuses === undefined || statuses.includes(primary?.status ?? '')) &&
          (updatedAfter === undefined || (updatedAt ?? 0) >= updatedAfter),
      );
      const page = pageOf(company, 'candidates', candidates, pageId);
      return { ...page, items: page.items.map(({ jobIds: _jobIds, ...candidate }) => candidate) };
    },
    async getCandidate({ candidateId }) {
      await called(`getCandidate ${candidateId}`);
      return { candidateId, ...answered(company.people.get(candidateId)) };
    },
    async getApplication({ candidateId, jobId }) {
      await called(`getApplication ${candidateId}/${jobId}`);
      const applicationId = answered(company.applications.get(`${candidateId}/${jobId}`));
      const applicants = company.applicants.get(jobId) ?? [];
      const status = applicants.find((one) => one.candidateId === candidateId)?.status;
      return { candidateId, jobId, applicationId, status: status ?? 'INTERVIEW' };
    },
    getStatusHistory: notFaked,
    async getJobApplication({ applicationId }) {
      await called(`getJobApplication ${applicationId}`);
      const found = [...company.applications].find(([, id]) => id === applicationId);
      const [candidateId = '', jobId = ''] = answered(found?.[0]).split('/');
      const applicants = company.applicants.get(jobId) ?? [];
      const status = applicants.find((one) => one.candidateId === candidateId)?.status;
      return { applicationId, candidateId, jobId, status: status ?? 'INTERVIEW' };
    },
    async listInterviews({ applicationId }) {
      await called(`listInterviews ${applicationId}`);
      const { unreadable, skipped } = company;
      const interviews = answered(company.lists.get(applicationId) ?? []);
      return { interviews, unreadable, skipped };
    },
    async getInterview({ interviewId }) {
      await called(`getInterview ${interviewId}`);
      const found = answered(company.interviews.get(interviewId));
      return found === 'unreadable'
        ? { kind: 'unreadable', interviewId, reason: 'unknown_shape' }
        : { kind: 'readable', interview: found };
    },
    async readUsersPage() {
      await called('readUsersPage');
      return { items: [], nextPageId: null, total: null, skipped: 0 };
    },
    async getUser({ userId }) {
      await called(`getUser ${userId}`);
      return { userId, active: true, ...answered(company.people.get(userId)) };
    },
    async interviewTypes() {
      await called('interviewTypes');
      return [];
    },
    webhooks: webhooksOf(company, called),
  };
}
