import {
  isSmartRecruitersError,
  type SmartRecruitersError,
} from '../../../activities/smartrecruiters/errors.js';
import { limiterTimes } from '../../../activities/smartrecruiters/limiter-times.js';
import { createMemoryRateLimiter } from '../../../activities/smartrecruiters/rate-limiter.js';
import type {
  ListingPage,
  VendorCandidate,
  VendorJob,
} from '../../../activities/smartrecruiters/vendor-types.js';
import { eventually } from '../../support/eventually.js';
import { endsOn, type SimulatedCompany, simulateCompany, startsOn } from './simulated-company.js';

let company: SimulatedCompany;

beforeEach(async () => {
  company = await simulateCompany();
});

afterEach(async () => {
  await company.simulator.close();
});

/** Everything that a program could print of an error. */
function printed(error: unknown): string {
  const { message, stack, cause } = error as Error;
  return `${JSON.stringify(error)} ${message} ${stack?.split('\n')[0]} ${JSON.stringify(cause)} ${String(cause)}`;
}

async function failureOf(call: Promise<unknown>): Promise<SmartRecruitersError> {
  const outcome = await call.then(
    () => null,
    (error: unknown) => error,
  );
  if (!isSmartRecruitersError(outcome))
    throw new Error(`not a SmartRecruitersError: ${String(outcome)}`);
  return outcome;
}

describe('credentials', () => {
  it('a wrong secret is auth, and the secret stays out of the error', async () => {
    const client = company.client({
      credential: { clientId: company.clientId, clientSecret: 'not-the-secret' },
    });
    const error = await failureOf(client.getJob({ jobId: company.jobId }));
    expect(error).toMatchObject({ kind: 'auth', endpoint: 'token' });
    expect(printed(error)).not.toMatch(/not-the-secret/);
    expect(printed(error)).not.toContain(company.clientId);
  });

  it('an ended token is renewed once, and the call succeeds', async () => {
    const client = company.client();
    await client.getJob({ jobId: company.jobId });
    company.advance(24 * 3_600_000);
    await expect(client.getJob({ jobId: company.jobId })).resolves.toMatchObject({
      title: 'Engineer',
    });
    expect(await tokensGiven()).toBe(2);
  });

  it('calls at once share one token, and one renewal', async () => {
    const client = company.client();
    const ask = async () =>
      Promise.all(
        Array.from({ length: 4 }, async () =>
          client.getJob({ jobId: company.jobId, lane: 'join' }),
        ),
      );
    await ask();
    expect(await tokensGiven()).toBe(1);
    company.advance(24 * 3_600_000);
    await ask();
    expect(await tokensGiven()).toBe(2);
  });

  it('a credential that is revoked midway becomes auth', async () => {
    const client = company.client();
    await client.getJob({ jobId: company.jobId });
    await company.simulator.control.revokeCredential({ clientId: company.clientId });
    company.advance(24 * 3_600_000);
    const error = await failureOf(client.getJob({ jobId: company.jobId }));
    expect(error.kind).toBe('auth');
  });

  it('a missing scope is scope, and is named', async () => {
    await company.simulator.control.revokeScope({
      clientId: company.clientId,
      scope: 'users_read',
    });
    const error = await failureOf(company.client().getUser({ userId: company.userId }));
    expect(error).toMatchObject({ kind: 'scope', status: 403, scope: 'users_read' });
  });

  async function tokensGiven(): Promise<number> {
    const { endpoints } = await company.simulator.control.statistics();
    return endpoints
      .filter((row) => row.endpoint.includes('/identity/oauth/token'))
      .reduce((sum, row) => sum + row.count, 0);
  }
});

describe('an answer that is none', () => {
  it.each(['status500', 'html', 'truncated', 'reset', 'redirect'] as const)(
    '%s is unavailable and leaks nothing',
    async (kind) => {
      const client = company.client();
      await client.authenticate();
      await company.simulator.control.injectFault({ match: {}, kind });
      const error = await failureOf(client.getCandidate({ candidateId: company.candidateId }));
      expect(error).toMatchObject({ kind: 'unavailable', endpoint: 'candidates.get' });
      expect(printed(error)).not.toMatch(/Ada|Lovelace|people\.example|Bearer|127\.0\.0\.1/);
      expect(printed(error)).not.toContain(company.candidateId);
      const statistics = await company.simulator.control.statistics();
      expect(statistics.redirectsFollowed).toBe(0);
    },
  );

  it.each(['hang', 'slow'] as const)('%s ends at the time-out', async (kind) => {
    const client = company.client({ timeoutMs: 5_000 });
    await client.authenticate();
    await company.simulator.control.injectFault({ match: {}, kind, delayMs: 20_000 });
    const startedAt = Date.now();
    const error = await failureOf(
      client.getInterview({ interviewId: company.interviewId, lane: 'join', timeoutMs: 400 }),
    );
    expect(error).toMatchObject({ kind: 'unavailable', reason: 'timeout' });
    expect(Date.now() - startedAt).toBeLessThan(3_000);
  });

  it('a token endpoint that is down is unavailable, not auth', async () => {
    await company.simulator.control.injectFault({
      match: { pathPrefix: '/identity' },
      kind: 'status500',
    });
    const error = await failureOf(company.client().getJob({ jobId: company.jobId }));
    expect(error).toMatchObject({ kind: 'unavailable', endpoint: 'token' });
  });

  it('nothing listens: unavailable', async () => {
    const client = company.client({ apiUrl: 'http://127.0.0.1:9' });
    const error = await failureOf(client.getJob({ jobId: company.jobId }));
    expect(error).toMatchObject({ kind: 'unavailable' });
  });

  it('429 is throttled, and holds back the calls behind it', async () => {
    const client = company.client();
    await client.authenticate();
    await company.simulator.control.injectFault({ match: {}, kind: 'status429', times: 1 });
    const error = await failureOf(client.getJob({ jobId: company.jobId }));
    expect(error).toMatchObject({ kind: 'throttled', status: 429 });
    const startedAt = Date.now();
    await client.getJob({ jobId: company.jobId });
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(900);
  });

  it('an abort rejects with its own reason', async () => {
    const client = company.client();
    await client.authenticate();
    await company.simulator.control.injectFault({ match: {}, kind: 'hang' });
    const controller = new AbortController();
    const reason = new Error('cancelled');
    setTimeout(() => controller.abort(reason), 50);
    await expect(client.getJob({ jobId: company.jobId, signal: controller.signal })).rejects.toBe(
      reason,
    );
  });

  it('a failed call gives its slot back', async () => {
    const client = company.client();
    await client.authenticate();
    await company.simulator.control.injectFault({ match: {}, kind: 'reset', times: 8 });
    for (let tries = 0; tries < 8; tries += 1) {
      await failureOf(client.getJob({ jobId: company.jobId, lane: 'join' }));
    }
    await expect(client.getJob({ jobId: company.jobId, lane: 'join' })).resolves.toBeDefined();
  });
});

describe('reading', () => {
  it('refuses an address that would send the token in the clear', () => {
    expect(() => company.client({ apiUrl: 'http://api.example.com' })).toThrow('https');
  });

  it('an id that cannot be one is not found, without a request', async () => {
    const error = await failureOf(company.client().getJob({ jobId: '../users' }));
    expect(error).toMatchObject({ kind: 'not_found', status: null });
    expect((await company.simulator.control.statistics()).count).toBe(0);
  });

  it('reads each thing once round', async () => {
    const client = company.client();
    const { candidateId, jobId, applicationId, interviewId, userId } = company;
    expect(await client.getJob({ jobId })).toMatchObject({ jobId, title: 'Engineer', open: true });
    expect(await client.getApplication({ candidateId, jobId })).toEqual({
      candidateId,
      jobId,
      applicationId,
      status: 'INTERVIEW',
    });
    expect(await client.getJobApplication({ applicationId })).toEqual({
      applicationId,
      candidateId,
      jobId,
      status: 'INTERVIEW',
    });
    expect((await client.getStatusHistory({ candidateId, jobId })).entries).toBeGreaterThan(0);
    expect(await client.getCandidate({ candidateId })).toEqual({
      candidateId,
      email: 'ada@people.example',
      firstName: 'Ada',
    });
    expect(await client.getUser({ userId })).toEqual({
      userId,
      email: 'uma@acme.example',
      firstName: 'Uma',
      active: true,
    });
    expect(await client.interviewTypes()).toEqual(['Phone']);
    const list = await client.listInterviews({ applicationId });
    expect(list).toMatchObject({
      interviews: [
        {
          interviewId,
          jobId,
          location: 'https://zoom.us/j/99',
          timeslots: [
            {
              startsAt: Date.parse(startsOn),
              endsAt: Date.parse(endsOn),
              interviewers: [{ userId }],
            },
          ],
        },
      ],
      unreadable: [],
      skipped: 0,
    });
    const one = await client.getInterview({ interviewId, lane: 'join' });
    expect(one).toEqual({ kind: 'readable', interview: list.interviews[0] });
  });

  it('a cancelled interview is absent from the list and not found by id', async () => {
    const client = company.client();
    await company.simulator.control.cancelInterview({ interviewId: company.interviewId });
    const list = await client.listInterviews({ applicationId: company.applicationId });
    expect(list).toEqual({ interviews: [], unreadable: [], skipped: 0 });
    const error = await failureOf(client.getInterview({ interviewId: company.interviewId }));
    expect(error.kind).toBe('not_found');
  });

  it('an application without its id in the answer has none', async () => {
    await company.simulator.control.setQuirks({
      companyId: company.companyId,
      quirks: { omitApplicationId: true },
    });
    const { candidateId, jobId } = company;
    const application = await company.client().getApplication({ candidateId, jobId });
    expect(application.applicationId).toBeNull();
  });
});

describe('a vendor that is down', () => {
  const statistics = async () => {
    const { credentials } = await company.simulator.control.statistics();
    return credentials.find((row) => row.clientId === company.clientId);
  };

  it('is asked by nobody but last looks until a probe goes through, and then without a storm', async () => {
    const times = { ...limiterTimes, firstOpenMs: 1_500 };
    const client = company.client({ times });
    await client.authenticate();
    await company.simulator.control.injectFault({ match: {}, kind: 'status500' });
    const { jobId } = company;
    for (let count = 0; count < 5; count += 1) await failureOf(client.getJob({ jobId }));
    const asked = (await statistics())?.count ?? 0;
    for (let count = 0; count < 20; count += 1) {
      const error = await failureOf(client.getJob({ jobId }));
      expect(error).toMatchObject({ kind: 'unavailable', reason: 'circuit_open', status: null });
      expect(error.retryAfterMs).toBeLessThanOrEqual(1_500);
    }
    expect(await failureOf(client.getJob({ jobId, lane: 'join' }))).toMatchObject({ status: 500 });
    expect((await statistics())?.count).toBe(asked + 1);
    // Another part of the API is asked as ever.
    const ofCandidate = { candidateId: company.candidateId };
    expect(await failureOf(client.getCandidate(ofCandidate))).toMatchObject({ status: 500 });

    await company.simulator.control.clearFaults({});
    await eventually(() => client.getJob({ jobId }).catch(() => null), { everyMs: 20 });
    await Promise.all(Array.from({ length: 15 }, async () => client.getJob({ jobId })));
    expect(await statistics()).toMatchObject({ rateLimitedCount: 0 });
    expect((await statistics())?.maxPerSecond).toBeLessThanOrEqual(9);
  });
});

describe('page by page', () => {
  async function seed() {
    const seeded = await company.simulator.control.seedCompany({
      name: 'Globex',
      jobs: 5,
      candidatesPerJob: 12,
      seed: 1,
    });
    const { clientId, clientSecret } = seeded.credential;
    const jobIds = seeded.jobs.map((job) => job.id);
    return { client: company.client({ credential: { clientId, clientSecret } }), jobIds };
  }

  it('jobs: the caller keeps the cursor and goes on from it', async () => {
    const { client, jobIds } = await seed();
    const found: string[] = [];
    let pageId: string | null = null;
    do {
      const page: ListingPage<VendorJob> = await client.readJobsPage({ pageId, pageSize: 2 });
      expect(page).toMatchObject({ total: 5, skipped: 0 });
      found.push(...page.items.map((job) => job.jobId));
      pageId = page.nextPageId;
    } while (pageId !== null);
    expect(found.sort()).toEqual(jobIds.sort());
  });

  it('jobs: only those with activity since', async () => {
    const { client } = await seed();
    const since = async (lastActivityAfter: number) =>
      (await client.readJobsPage({ pageId: null, lastActivityAfter })).items.length;
    expect(await since(Date.now() + 3_600_000)).toBe(0);
    expect(await since(0)).toBe(5);
  });

  it('candidates: of several jobs in one listing', async () => {
    const { client, jobIds } = await seed();
    const some = jobIds.slice(0, 3);
    const page = await client.readCandidatesPage({ pageId: null, jobIds: some });
    expect(page).toMatchObject({ total: page.items.length, nextPageId: null });
    expect(page.items.length).toBeGreaterThanOrEqual(36);
    for (const { primary, secondaryJobIds } of page.items) {
      const applied = [primary?.jobId ?? '', ...secondaryJobIds];
      expect(applied.some((jobId) => some.includes(jobId))).toBe(true);
    }
    const future = { pageId: null, jobIds: some, updatedAfter: Date.now() + 3_600_000 };
    expect((await client.readCandidatesPage(future)).items).toEqual([]);
  });

  it('a cursor that the vendor does not take is named, a page that fails is not', async () => {
    const { client, jobIds } = await seed();
    const foreign = { pageId: 'cursor-of-another-time', jobIds };
    const error = await failureOf(client.readCandidatesPage(foreign));
    expect(error).toMatchObject({ kind: 'rejected', reason: 'cursor_expired' });
    await company.simulator.control.injectFault({ match: {}, kind: 'status500', times: 1 });
    expect(await failureOf(client.readCandidatesPage(foreign))).toMatchObject({
      kind: 'unavailable',
      reason: null,
    });
  });
});

describe('many', () => {
  async function seed() {
    const seeded = await company.simulator.control.seedCompany({
      name: 'Globex',
      jobs: 1,
      candidatesPerJob: 250,
      seed: 1,
    });
    const { clientId, clientSecret } = seeded.credential;
    const job = seeded.jobs[0];
    if (job === undefined) throw new Error('no job was seeded');
    return { client: company.client({ credential: { clientId, clientSecret } }), job, clientId };
  }

  it('lists 250 candidates in pages, each once', async () => {
    const { client, job } = await seed();
    const ids: string[] = [];
    const sizes: number[] = [];
    let pageId: string | null = null;
    do {
      const page: ListingPage<VendorCandidate> = await client.readCandidatesPage({
        pageId,
        jobIds: [job.id],
      });
      expect(page).toMatchObject({ skipped: 0, total: 250 });
      sizes.push(page.items.length);
      ids.push(...page.items.map((candidate) => candidate.candidateId));
      pageId = page.nextPageId;
    } while (pageId !== null);
    expect(sizes).toEqual([100, 100, 50]);
    expect(new Set(ids).size).toBe(250);
  });

  it('filters by status and time', async () => {
    const { client, job } = await seed();
    const count = async (filter: { statuses?: string[]; updatedAfter?: number }) =>
      (await client.readCandidatesPage({ pageId: null, jobIds: [job.id], ...filter })).total;
    const interviewing = await count({ statuses: ['INTERVIEW', 'OFFERED'] });
    expect(interviewing).toBeGreaterThan(0);
    expect(interviewing).toBeLessThan(250);
    expect(await count({ updatedAfter: Date.now() + 3_600_000 })).toBe(0);
  });

  it('a hundred calls at once earn no 429', async () => {
    const limiter = createMemoryRateLimiter();
    const client = company.client({ limiter });
    const patiently = async (call: () => Promise<unknown>): Promise<void> => {
      for (;;) {
        try {
          await call();
          return;
        } catch (error) {
          if (!isSmartRecruitersError(error, 'throttled') || error.status !== null) throw error;
          await new Promise((resolve) => {
            setTimeout(resolve, error.retryAfterMs ?? 1_000);
          });
        }
      }
    };
    const firstCandidates = async () => {
      const page = await client.readCandidatesPage({ pageId: null, jobIds: [company.jobId] });
      expect(page.items).toHaveLength(1);
    };
    const { jobId, interviewId } = company;
    await Promise.all(
      Array.from({ length: 100 }, async (_, index) =>
        patiently(
          index % 10 === 0
            ? firstCandidates
            : index % 10 === 1
              ? async () => client.getInterview({ interviewId, lane: 'join' })
              : async () => client.getJob({ jobId }),
        ),
      ),
    );
    const statistics = await company.simulator.control.statistics();
    const mine = statistics.credentials.find((row) => row.clientId === company.clientId);
    expect(statistics.rateLimitedCount).toBe(0);
    expect(mine?.maxInFlight).toBeLessThanOrEqual(7);
    expect(mine?.maxCandidatesListsInFlight).toBe(1);
    expect(mine?.count).toBeGreaterThanOrEqual(100);
  });
});

it('logs and counts without persons or ids', async () => {
  const lines: string[] = [];
  const outcomes: string[] = [];
  const log = (fields: object, message: string) =>
    lines.push(`${JSON.stringify(fields)} ${message}`);
  const client = company.client({
    logger: { debug: log, warn: log },
    metrics: { requestEnded: ({ endpoint, outcome }) => outcomes.push(`${endpoint} ${outcome}`) },
  });
  await client.getCandidate({ candidateId: company.candidateId });
  await company.simulator.control.deleteCandidate({ candidateId: company.candidateId });
  await failureOf(client.getCandidate({ candidateId: company.candidateId }));
  expect(outcomes).toEqual(['candidates.get ok', 'candidates.get not_found']);
  expect(lines).toHaveLength(2);
  expect(lines.join('\n')).not.toMatch(/Ada|example|Bearer/);
  expect(lines.join('\n')).not.toContain(company.candidateId);
});
