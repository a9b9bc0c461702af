import { requestToken, type Started, scheduleTwoSessions, until } from './started-simulator.js';
import { type Subscribed, startWithSubscriber } from './subscriber.js';

const dayMs = 86_400_000;
const list = '/interviews-api/v201904/interviews?applicationId=';

describe('a seeded world', () => {
  let world: Subscribed;
  beforeEach(async () => {
    world = await startWithSubscriber({ timeFactor: 60 });
  });
  afterEach(() => world.end());

  const control = (): Started['simulator']['control'] => world.simulator.control;
  const small = {
    name: 'Globe',
    seed: 5,
    roles: 5,
    applicationsPerRole: 20,
    mix: { hot: 1, warm: 1, cold: 2 },
    interviews: 10,
  };

  it('refuses more interviews than hot applications, and an empty mix', async () => {
    await expect(control().seedWorld({ ...small, interviews: 26 })).rejects.toThrow('fewer hot');
    const mix = { hot: 0, warm: 0, cold: 0 };
    await expect(control().seedWorld({ ...small, mix })).rejects.toThrow('empty');
  });

  it('has the asked mix, and every application can be found by candidate and job', async () => {
    const { credential, company, applicationIds } = await control().seedWorld(small);
    const { hot, warm, cold } = applicationIds;
    expect([hot.length, warm.length, cold.length]).toEqual([25, 25, 50]);
    const { applications, candidates, interviews } = await control().snapshot({
      companyId: company.id,
    });
    const token = await requestToken({ url: world.simulator.url, ...credential });
    for (const { id, candidateId, jobId } of applications) {
      const { body } = await world.call(`/candidates/${candidateId}/jobs/${jobId}`, { token });
      expect(body).toMatchObject({ applicationId: id });
    }
    const coldPeople = new Set(
      applications.filter(({ id }) => cold.includes(id)).map((row) => row.candidateId),
    );
    const agesMs = (isCold: boolean): number[] =>
      candidates
        .filter(({ id }) => coldPeople.has(id) === isCold)
        .map(({ updatedAt }) => Date.now() - updatedAt);
    expect(Math.min(...agesMs(true))).toBeGreaterThanOrEqual(40 * dayMs);
    expect(Math.max(...agesMs(true))).toBeLessThan(301 * dayMs);
    expect(Math.max(...agesMs(false))).toBeLessThan(dayMs);
    expect(new Set(interviews.map((row) => row.applicationId)).size).toBe(10);
    for (const { applicationId } of interviews) expect(hot).toContain(applicationId);
    // 72 simulated hours are 72 real minutes here.
    for (const { timeslots } of interviews) {
      expect(timeslots[0]?.startsAt).toBeLessThan(Date.now() + 73 * 60_000);
    }
  });

  it('is the same for the same name and seed, and made once', async () => {
    const one = await control().seedWorld(small);
    expect(await control().seedWorld(small)).toEqual(one);
    const { jobs } = await control().seedWorld({ ...small, seed: 6 });
    expect(jobs[0]?.id).not.toBe(one.jobs[0]?.id);
  });

  it('has 10,000 applications within three seconds', async () => {
    const startedMs = performance.now();
    const { applicationIds } = await control().seedWorld({
      ...small,
      roles: 50,
      applicationsPerRole: 200,
      interviews: 500,
    });
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    expect(Object.values(applicationIds).flat()).toHaveLength(10_000);
  });
});

describe('a script', () => {
  let world: Subscribed;
  beforeEach(async () => {
    // An hour takes a second.
    world = await startWithSubscriber({ timeFactor: 3_600 });
  });
  afterEach(() => world.end());

  const control = (): Started['simulator']['control'] => world.simulator.control;
  const ended = (): Promise<void> =>
    until(async () => {
      const state = await control().scriptState({ companyId: world.companyId });
      return state?.state === 'ended';
    });

  it('is refused while another one of the company runs', async () => {
    await world.script();
    await expect(world.script()).rejects.toThrow('running');
    expect(await control().stopScript({ companyId: world.companyId })).toMatchObject({
      state: 'stopped',
    });
    await expect(world.script({ companyId: 'unknown' })).rejects.toThrow('No such company');
    expect(await world.script()).toMatchObject({ state: 'running' });
  });

  it('notes all it did, and the world and the webhooks show the same', async () => {
    const { companyId } = world;
    await world.subscribe({
      events: ['interview.created', 'interview.updated', 'interview.canceled'],
    });
    const updatedAt = async (): Promise<number | undefined> =>
      (await control().snapshot({ companyId })).candidates[0]?.updatedAt;
    const before = await updatedAt();
    await world.script();
    await ended();
    const ledger = await control().ledger({ companyId });
    const { counts } = (await control().scriptState({ companyId })) ?? { counts: null };
    const total = Object.values(counts ?? {}).reduce((sum, count) => sum + count, 0);
    expect(ledger).toHaveLength(total);
    expect(counts?.schedule).toBeGreaterThan(5);
    const { interviews } = await control().snapshot({ companyId });
    expect(interviews).toHaveLength(counts?.schedule ?? 0);
    const ofKind = (kind: string): typeof ledger => ledger.filter((row) => row.kind === kind);
    expect(interviews.filter((row) => row.cancelledAt !== null)).toHaveLength(
      ofKind('cancel').length,
    );
    for (const { at, startsAt } of ofKind('schedule')) {
      // 60 to 600 simulated minutes.
      expect(startsAt - at).toBeGreaterThanOrEqual(990);
      expect(startsAt - at).toBeLessThanOrEqual(10_010);
    }
    await until(async () => world.subscriber.received.length === total);
    expect(await updatedAt()).toBe(before);
  });

  it('schedules in the given tiers only, and can move updatedOn', async () => {
    const { companyId } = world;
    await world.script({ tiers: ['hot'] });
    await ended();
    expect(await control().ledger({ companyId })).toEqual([]);
    const before = (await control().snapshot({ companyId })).candidates[0]?.updatedAt ?? 0;
    await world.script({ tiers: ['warm'], updatedOnMoves: true });
    await ended();
    const ledger = await control().ledger({ companyId });
    expect(new Set(ledger.map(({ tier }) => tier))).toEqual(new Set(['warm']));
    const after = (await control().snapshot({ companyId })).candidates[0]?.updatedAt;
    expect(after).toBeGreaterThan(before);
  });

  it('tells when the change was first listed, and never by an answer that was lost', async () => {
    const { companyId, applicationId, call } = world;
    await world.script({ perHour: { schedule: 60, move: 0, cancel: 0, reply: 0 } });
    await until(async () => (await control().ledger({ companyId })).length > 0);
    await control().stopScript({ companyId });
    await control().injectFault({ match: {}, kind: 'status500', afterHandling: true, times: 1 });
    await control().injectFault({ match: {}, kind: 'html', times: 1 });
    expect((await call(list + applicationId)).status).toBe(500);
    expect((await call(list + applicationId)).status).toBe(200);
    expect(await control().reads({ companyId })).toEqual([]);
    expect((await control().ledger({ companyId }))[0]?.firstListedAt).toBeNull();
    await call(list + applicationId);
    await call(list + applicationId);
    await until(async () => (await control().reads({ companyId }))[0]?.count === 2);
    const [entry] = await control().ledger({ companyId });
    const [read] = await control().reads({ companyId });
    expect(entry?.firstListedAt).toBeGreaterThanOrEqual(entry?.at ?? 0);
    expect(read?.applicationId).toBe(applicationId);
    expect(read?.lastListedAt).toBeGreaterThanOrEqual(entry?.firstListedAt ?? 0);
  });

  it('stands on the page with the webhooks, which can be suspended there', async () => {
    const id = await world.subscribe();
    await world.script();
    const html = await (await fetch(`${world.simulator.url}/_control/`)).text();
    expect(html).toContain(world.subscriber.url);
    expect(html).toContain('Script until');
    await fetch(`${world.simulator.url}/_control/page/suspend`, {
      method: 'POST',
      body: new URLSearchParams({ subscriptionId: id }),
      redirect: 'manual',
    });
    expect((await world.manage(`/${id}`)).body).toMatchObject({ status: 'suspended' });
  });
});

describe('what changes behind a watcher', () => {
  let world: Subscribed;
  beforeEach(async () => {
    world = await startWithSubscriber();
  });
  afterEach(() => world.end());

  const control = (): Started['simulator']['control'] => world.simulator.control;

  it.each([400, 404, 410, 422] as const)('expires cursors with %i', async (status) => {
    const { companyId, call } = world;
    await control().createJob({ companyId, title: 'Second' });
    const page = (await call('/jobs?limit=1')).body as { nextPageId: string };
    const next = `/jobs?limit=1&pageId=${encodeURIComponent(page.nextPageId)}`;
    expect((await call(next)).status).toBe(200);
    await control().expireCursors({ status });
    expect((await call(next)).status).toBe(status);
    expect((await call('/jobs?limit=1')).status).toBe(200);
  });

  it('hides jobs from one credential and shows them again', async () => {
    const { clientId, jobId, call, token } = world;
    await control().hideJobs({ clientId, jobIds: [jobId] });
    expect((await call('/jobs')).body).toMatchObject({ content: [] });
    expect((await call(`/jobs/${jobId}`)).status).toBe(404);
    expect((await call('/jobs', { token })).body).toMatchObject({ content: [{ id: jobId }] });
    await control().hideJobs({ clientId, jobIds: [] });
    expect((await call(`/jobs/${jobId}`)).status).toBe(200);
  });

  it('merges candidates: new ids for what moved, the old ones are gone', async () => {
    const { companyId, jobId, candidateId, applicationId, call } = world;
    const { interviewId } = await scheduleTwoSessions(world);
    await control().setQuirks({ companyId, quirks: { unknownApplication: 'not_found' } });
    const into = await control().createCandidate({
      companyId,
      firstName: 'Jonas',
      lastName: 'Silva',
      email: 'jonas@elsewhere.example',
    });
    await control().mergeCandidates({ candidateId, intoCandidateId: into.id });
    expect((await call(`/candidates/${candidateId}`)).status).toBe(404);
    expect((await call(list + applicationId)).status).toBe(404);
    const moved = await call(`/candidates/${into.id}/jobs/${jobId}`);
    const { applicationId: newId } = moved.body as { applicationId: string };
    expect(newId).not.toBe(applicationId);
    expect((await call(list + newId)).body).toMatchObject({
      content: [{ id: interviewId, candidate: { id: into.id } }],
    });
    expect((await call(`/candidates?jobId=${jobId}`)).body).toMatchObject({
      content: [{ id: into.id }],
    });
  });

  it('gives the interviews to the application that stays when both applied', async () => {
    const { companyId, jobId, candidateId, applicationId } = world;
    const { interviewId } = await scheduleTwoSessions(world);
    const into = await control().createCandidate({
      companyId,
      firstName: 'J',
      lastName: 'Silva',
      email: 'j@elsewhere.example',
    });
    const stays = await control().createApplication({ candidateId: into.id, jobId });
    await control().mergeCandidates({ candidateId, intoCandidateId: into.id });
    const { applications, interviews } = await control().snapshot({ companyId });
    expect(applications).toMatchObject([{ id: stays.id }]);
    expect(interviews).toMatchObject([{ id: interviewId, applicationId: stays.id }]);
    expect((await world.call(list + applicationId)).body).toEqual({ content: [] });
  });
});
