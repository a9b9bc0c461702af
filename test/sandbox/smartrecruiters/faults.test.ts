import { type Started, startWithCompany, until, wideLimits } from './started-simulator.js';

describe('faults', () => {
  let started: Started;

  beforeEach(async () => {
    started = await startWithCompany({ limits: wideLimits });
  });
  afterEach(() => started.simulator.close());

  const control = (): Started['simulator']['control'] => started.simulator.control;
  const match = { method: 'GET', pathPrefix: '/jobs' };

  it('answers 429 and 500 as often as asked, without counting them as earned', async () => {
    await control().injectFault({ match, kind: 'status429', times: 2 });
    await control().injectFault({ match, kind: 'status500', times: 1 });
    const statuses = [];
    for (let index = 0; index < 4; index += 1) statuses.push((await started.call('/jobs')).status);
    expect(statuses).toEqual([429, 429, 500, 200]);
    expect(await control().statistics()).toMatchObject({
      rateLimitedCount: 0,
      injectedFaultCount: 3,
    });
  });

  it('hits only what matches, until it is cleared', async () => {
    const fault = await control().injectFault({
      match: { ...match, credential: started.clientId },
      kind: 'status500',
    });
    const token = await started.tokenWith(['jobs_read']);
    expect((await started.call('/jobs', { token })).status).toBe(200);
    expect((await started.call('/candidates')).status).toBe(200);
    expect((await started.call('/jobs')).status).toBe(500);
    expect(await control().listFaults()).toMatchObject([{ id: fault.id, hitCount: 1 }]);
    await control().clearFaults({ faultId: fault.id });
    expect((await started.call('/jobs')).status).toBe(200);
    expect(await control().listFaults()).toEqual([]);
  });

  it('reaches the token endpoint too', async () => {
    const pathPrefix = '/identity';
    await control().injectFault({ match: { pathPrefix }, kind: 'status500', times: 1 });
    const response = await fetch(`${started.simulator.url}/identity/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    expect(response.status).toBe(500);
  });

  it('is slow by the given delay and then answers as usual', async () => {
    await control().injectFault({ match, kind: 'slow', delayMs: 150, times: 1 });
    const startedMs = performance.now();
    expect((await started.call('/jobs')).status).toBe(200);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(145);
  });

  it('breaks off in the middle of a body', async () => {
    await control().injectFault({ match, kind: 'truncated', times: 1 });
    const response = await fetch(`${started.simulator.url}/jobs`, {
      headers: { authorization: `Bearer ${await started.tokenWith(['jobs_read'])}` },
    });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
  });

  it('answers a page of HTML with status 200', async () => {
    await control().injectFault({ match, kind: 'html', times: 1 });
    const reply = await started.call('/jobs');
    expect(reply.status).toBe(200);
    expect(reply.headers.get('content-type')).toContain('text/html');
    expect(reply.body).toContain('maintenance');
  });

  it('hangs until the client gives up, and holds the place in flight until then', async () => {
    await started.simulator.close();
    started = await startWithCompany();
    await control().injectFault({ match: { pathPrefix: '/candidates' }, kind: 'hang', times: 1 });
    const token = await started.tokenWith(['candidates_read']);
    const abort = new AbortController();
    const hanging = fetch(`${started.simulator.url}/candidates`, {
      headers: { authorization: `Bearer ${token}` },
      signal: abort.signal,
    });
    const failed = hanging.catch((error: unknown) => error);
    await until(async () => (await control().statistics()).injectedFaultCount === 1);
    expect((await started.call('/candidates', { token })).status).toBe(429);
    abort.abort();
    expect(await failed).toMatchObject({ name: 'AbortError' });
    await until(async () => (await started.call('/candidates', { token })).status === 200);
  });

  it('drops a hanging connection after the delay when there is one', async () => {
    await control().injectFault({ match, kind: 'hang', delayMs: 20, times: 1 });
    await expect(started.call('/jobs')).rejects.toThrow('fetch failed');
  });

  it('resets the connection, before or after the request took effect', async () => {
    const path = `/jobs/${started.jobId}/candidates`;
    const body = { firstName: 'Rosa', lastName: 'Jansen', email: 'rosa@candidates.example' };
    const post = { method: 'POST', pathPrefix: '/jobs' };
    const known = async (): Promise<number> => {
      const { candidates } = await control().snapshot({ companyId: started.companyId });
      return candidates.filter((row) => row.email === body.email).length;
    };
    await control().injectFault({ match: post, kind: 'reset', times: 1 });
    await expect(started.call(path, { method: 'POST', body })).rejects.toThrow('fetch failed');
    expect(await known()).toBe(0);
    await control().injectFault({ match: post, kind: 'reset', afterHandling: true, times: 1 });
    await expect(started.call(path, { method: 'POST', body })).rejects.toThrow('fetch failed');
    expect(await known()).toBe(1);
  });

  it('can answer 500 although the request took effect, with and without a body', async () => {
    const { id } = await control().scheduleInterview({
      applicationId: started.applicationId,
      source: 'API',
      timeslots: [{ startsOn: '2030-01-01T09:00:00Z', endsOn: '2030-01-01T10:00:00Z' }],
    });
    const kind = 'status500';
    await control().injectFault({ match: {}, kind, afterHandling: true, times: 2 });
    const path = `/interviews-api/v201904/interviews/${id}`;
    const deleted = await started.call(path, { method: 'DELETE' });
    expect(deleted).toMatchObject({ status: 500, body: { errors: [{}] } });
    expect(await started.call('/jobs')).toMatchObject({ status: 500, body: { errors: [{}] } });
    expect((await started.call(path)).status).toBe(404);
  });

  it('redirects, and tells whether somebody followed with the bearer', async () => {
    await control().injectFault({ match, kind: 'redirect', times: 2 });
    const reply = await started.call('/jobs');
    expect(reply.status).toBe(302);
    expect(await control().statistics()).toMatchObject({ redirectsFollowed: 0 });
    await fetch(`${started.simulator.url}/jobs`, { headers: { authorization: 'Bearer x' } });
    expect(await control().statistics()).toMatchObject({
      redirectsFollowed: 1,
      redirectsFollowedWithBearer: 1,
    });
  });
});
