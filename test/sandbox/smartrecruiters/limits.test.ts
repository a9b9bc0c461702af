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

describe('a limit that somebody else uses too', () => {
  let started: Started;
  afterEach(() => started.simulator.close());

  async function acceptedOf(count: number): Promise<number> {
    const statuses = [];
    for (let index = 0; index < count; index += 1) {
      statuses.push((await started.call('/jobs')).status);
    }
    return statuses.filter((status) => status === 200).length;
  }

  it('shows the foreign requests in the headers and refuses earlier', async () => {
    started = await startWithCompany();
    const { control } = started.simulator;
    const { clientId } = started;
    await control.useElsewhere({ clientId, perSecond: 8 });
    // Asking for a token shows the limit and spends nothing of it.
    await until(async () => {
      const { headers } = await fetch(`${started.simulator.url}/identity/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({ client_id: clientId, client_secret: 'wrong' }),
      });
      return headers.get('x-ratelimit-remaining') === '2';
    });
    const first = await started.call('/jobs');
    expect(first.headers.get('x-ratelimit-remaining')).toBe('1');
    expect(await acceptedOf(6)).toBeLessThan(6);
    await control.useElsewhere({ clientId, perSecond: 0 });
    await until(async () => (await started.call('/jobs')).status === 200);
  });

  it('passes as much faster as time does', async () => {
    started = await startWithCompany({ timeFactor: 1_000 });
    expect(await acceptedOf(40)).toBe(40);
  });

  it('is counted over several short seconds at once when asked to', async () => {
    started = await startWithCompany({ timeFactor: 100, shortestWindowMs: 60_000 });
    // One minute is 6,000 simulated seconds: the limit is never met, the headers stay the same.
    expect(await acceptedOf(40)).toBe(40);
    const { headers } = await started.call('/jobs');
    expect(headers.get('x-ratelimit-limit')).toBe('10');
    expect(headers.get('x-ratelimit-remaining')).toBe('9');
  });
});
