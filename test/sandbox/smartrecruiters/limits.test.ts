import { type Started, startWithCompany, until } from './started-simulator.js';

describe('limits', () => {
  let started: Started;
  afterEach(() => started.simulator.close());

  it('answers 429 without Retry-After from the eleventh request in a second on', async () => {
    started = await startWithCompany();
    const replies = [];
    for (let index = 0; index < 12; index += 1) replies.push(await started.call('/jobs'));
    expect(replies.slice(0, 10).map(({ status }) => status)).toEqual(Array(10).fill(200));
    const refused = replies[10];
    expect(refused?.status).toBe(429);
    expect(refused?.body).toMatchObject({ message: expect.any(String), errors: [{}] });
    expect(refused?.headers.has('retry-after')).toBe(false);
    expect(refused?.headers.get('x-ratelimit-remaining')).toBe('0');
    const statistics = await started.simulator.control.statistics();
    expect(statistics.rateLimitedCount).toBe(2);
    expect(statistics.credentials).toMatchObject([{ rateLimitedCount: 2, maxPerSecond: 12 }]);
    await until(async () => (await started.call('/jobs')).status === 200);
  });

  it('puts the four documented headers on every answer, also 401 and tokens', async () => {
    started = await startWithCompany();
    const answers = [
      await started.call('/jobs'),
      await started.call('/jobs', { token: 'made-up' }),
      await started.call('/nowhere'),
      await fetch(`${started.simulator.url}/identity/oauth/token`, { method: 'POST' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 404, 400]);
    for (const { headers } of answers) {
      expect(headers.get('x-ratelimit-limit')).toBe('10');
      expect(headers.get('x-ratelimit-remaining')).toMatch(/^\d+$/);
      expect(headers.get('x-ratelimit-concurrent-limit')).toBe('8');
      expect(headers.get('x-ratelimit-concurrent-remaining')).toMatch(/^\d+$/);
    }
    const list = await started.call('/candidates');
    expect(list.headers.get('x-ratelimit-concurrent-limit')).toBe('1');
  });

  it('lets only one candidates list be in flight, but other requests beside it', async () => {
    started = await startWithCompany({ latencyMs: 100 });
    const replies = await Promise.all([
      started.call('/candidates'),
      started.call('/candidates'),
      started.call('/jobs'),
      started.call(`/candidates/${started.candidateId}`),
    ]);
    expect(replies.slice(2).map(({ status }) => status)).toEqual([200, 200]);
    expect(replies.filter(({ status }) => status === 429)).toHaveLength(1);
    expect((await started.call('/candidates')).status).toBe(200);
    const { credentials } = await started.simulator.control.statistics();
    expect(credentials).toMatchObject([{ maxCandidatesListsInFlight: 2, rateLimitedCount: 1 }]);
  });

  it('never refuses a client that asks for the next list as soon as it has the last one', async () => {
    started = await startWithCompany({ limits: { requestsPerSecond: 10_000 } });
    for (let index = 0; index < 100; index += 1) await started.call('/candidates');
    expect(await started.simulator.control.statistics()).toMatchObject({
      rateLimitedCount: 0,
      credentials: [{ maxInFlight: 1, maxCandidatesListsInFlight: 1 }],
    });
  });

  it('refuses the ninth request in flight of a credential, and of that credential only', async () => {
    started = await startWithCompany({ latencyMs: 200 });
    const token = await started.tokenWith(['jobs_read']);
    const replies = await Promise.all([
      ...Array.from({ length: 9 }, () => started.call('/jobs')),
      started.call('/jobs', { token }),
    ]);
    const statuses = replies.map(({ status }) => status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(1);
    expect(statuses.at(-1)).toBe(200);
    const { clientId } = started;
    const statistics = await started.simulator.control.statistics({ clientId });
    expect(statistics.credentials).toMatchObject([{ clientId, maxInFlight: 9 }]);
  });

  it('counts requests by endpoint and credential with the time of the last one', async () => {
    let now = 1_000_000;
    started = await startWithCompany({ now: () => now });
    const { control } = started.simulator;
    await control.resetStatistics();
    await started.call(`/jobs/${started.jobId}`);
    now += 500;
    await started.call('/jobs/00000000-0000-4000-8000-000000000000');
    now += 500;
    await started.call('/jobs', { token: 'made-up' });
    const { endpoints, count, lastAt } = await control.statistics();
    expect({ count, lastAt }).toEqual({ count: 3, lastAt: 1_001_000 });
    expect(endpoints).toEqual([
      {
        endpoint: 'GET /jobs/{id}',
        clientId: started.clientId,
        count: 2,
        lastAt: 1_000_500,
        statuses: { 200: 1, 404: 1 },
      },
      { endpoint: 'GET /jobs', clientId: null, count: 1, lastAt: 1_001_000, statuses: { 401: 1 } },
    ]);
  });
});
