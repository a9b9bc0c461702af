import { type Started, startWithCompany, wideLimits } from './started-simulator.js';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

interface Content {
  totalFound: number;
  content: Record<string, unknown>[];
}

describe('jobs and candidates', () => {
  let started: Started;
  let now = Date.parse('2030-01-01T00:00:00Z');

  beforeEach(async () => {
    now = Date.parse('2030-01-01T00:00:00Z');
    started = await startWithCompany({ limits: wideLimits, now: () => now });
  });
  afterEach(() => started.simulator.close());

  async function contentOf(path: string): Promise<Record<string, unknown>[]> {
    const { status, body } = await started.call(path);
    expect(status).toBe(200);
    return (body as Content).content;
  }

  it('refuses filters with unknown values or times in another format', async () => {
    for (const path of [
      '/jobs?status=OPEN',
      '/jobs?postingStatus=HIDDEN',
      '/jobs?updatedAfter=2030-01-01',
      '/jobs?lastActivityAfter=2030-01-01T00:00:00Z',
      '/candidates?status=interview',
      '/candidates?updatedAfter=yesterday',
    ]) {
      expect(await started.call(path)).toMatchObject({ status: 400 });
    }
  });

  it('filters jobs by every documented filter', async () => {
    const { control } = started.simulator;
    now += 1_000;
    const sales = await control.createJob({
      companyId: started.companyId,
      title: 'Account Executive',
      department: 'Sales',
      city: 'Kraków',
      status: 'ON_HOLD',
      postingStatus: 'INTERNAL',
    });
    for (const filter of [
      'q=account',
      'department=Sales',
      'city=Krak%C3%B3w',
      'status=ON_HOLD',
      'postingStatus=INTERNAL',
      'updatedAfter=2030-01-01T00:00:00.000Z',
      'lastActivityAfter=2030-01-01T01:00:00.000%2B01:00',
    ]) {
      expect((await contentOf(`/jobs?${filter}`)).map((job) => job.id)).toEqual([sales.id]);
    }
    expect(await contentOf('/jobs?department=sales')).toEqual([]);
    expect(await contentOf('/jobs?department=Sales&department=Engineering')).toHaveLength(2);
  });

  it('moves lastActivityOn of a job, and nothing else of it, when somebody applies', async () => {
    now += 60_000;
    const candidate = await started.call(`/jobs/${started.jobId}/candidates`, {
      method: 'POST',
      body: { firstName: 'Uma', lastName: 'Petrov', email: 'uma@candidates.example' },
    });
    expect(candidate.status).toBe(201);
    expect((await started.call(`/jobs/${started.jobId}`)).body).toMatchObject({
      lastActivityOn: '2030-01-01T00:01:00.000Z',
      updatedOn: '2030-01-01T00:00:00.000Z',
    });
    expect(await contentOf('/jobs?lastActivityAfter=2030-01-01T00:00:59.999Z')).toHaveLength(1);
  });

  it('shows a closed job with its new status, still readable', async () => {
    const { control } = started.simulator;
    await control.closeJob({ jobId: started.jobId });
    const filled = await started.call(`/jobs/${started.jobId}`);
    expect(filled).toMatchObject({ status: 200, body: { status: 'FILLED' } });
    await control.reopenJob({ jobId: started.jobId });
    expect((await started.call(`/jobs/${started.jobId}`)).body).toMatchObject({
      status: 'SOURCING',
    });
  });

  it('names the hiring team by user id and leaves names to the users API', async () => {
    const { body } = await started.call(`/jobs/${started.jobId}/hiring-team`);
    expect(body).toEqual({
      totalFound: 1,
      content: [{ id: started.userId, role: 'RECRUITER', actions: {} }],
    });
    expect(started.userId).toMatch(/^[0-9a-f]{24}$/);
    const users = '/user-api/v201804/users';
    const [listed] = await contentOf(users);
    expect(listed).toMatchObject({ id: started.userId, systemRole: { id: 'STANDARD' } });
    expect((await started.call(`${users}/${started.userId}`)).body).toMatchObject({
      systemRole: { id: 'STANDARD', name: 'Standard' },
    });
  });

  it('tells no application id in lists, and no status or title for secondary jobs', async () => {
    const { control } = started.simulator;
    const other = await control.createJob({ companyId: started.companyId, title: 'Other' });
    await control.createApplication({
      candidateId: started.candidateId,
      jobId: other.id,
      status: 'OFFERED',
    });
    const [item] = await contentOf(`/candidates?jobId=${other.id}&status=NEW`);
    expect(item).toMatchObject({
      id: expect.stringMatching(uuid),
      updatedOn: expect.stringMatching(isoTime),
      primaryAssignment: { job: { id: started.jobId, title: 'Backend Engineer' }, status: 'NEW' },
    });
    expect(item?.secondaryAssignments).toEqual([
      { job: { id: other.id, actions: expect.anything() } },
    ]);
    const { body: details } = await started.call(`/candidates/${started.candidateId}`);
    expect(details).toMatchObject({
      secondaryAssignments: [{ job: { id: other.id, title: 'Other' }, status: 'OFFERED' }],
    });
    expect(JSON.stringify([item, details])).not.toContain('applicationId');
  });

  it('tells the application id for candidate and job, and 404 for a job not applied to', async () => {
    const path = `/candidates/${started.candidateId}/jobs/${started.jobId}`;
    expect((await started.call(path)).body).toMatchObject({
      applicationId: started.applicationId,
      status: 'NEW',
    });
    const { control } = started.simulator;
    const other = await control.createJob({ companyId: started.companyId, title: 'Other' });
    const none = await started.call(`/candidates/${started.candidateId}/jobs/${other.id}`);
    expect(none.status).toBe(404);
    await control.setQuirks({
      companyId: started.companyId,
      quirks: { omitApplicationId: true },
    });
    expect((await started.call(path)).body).not.toHaveProperty('applicationId');
  });

  it('follows a status change in the history, the application and updatedOn', async () => {
    now += 5_000;
    await started.simulator.control.changeApplicationStatus({
      applicationId: started.applicationId,
      status: 'INTERVIEW',
      subStatus: 'Phone',
    });
    const path = `/candidates/${started.candidateId}/jobs/${started.jobId}/status/history`;
    expect((await started.call(path)).body).toMatchObject({
      totalFound: 2,
      content: [
        { status: 'NEW', changedOn: '2030-01-01T00:00:00.000Z' },
        { status: 'INTERVIEW', subStatus: 'Phone', changedOn: '2030-01-01T00:00:05.000Z' },
      ],
    });
    const application = await started.call(
      `/job-applications-api/v202112/job-applications/${started.applicationId}`,
    );
    expect(application.body).toEqual({
      status: 'INTERVIEW',
      subStatus: 'Phone',
      sourceIdentifier: 'Career Site',
      createDate: '2030-01-01T00:00:00.000Z',
      profileId: started.candidateId,
      jobId: started.jobId,
    });
    expect(await contentOf('/candidates?updatedAfter=2030-01-01T00:00:04.000Z')).toHaveLength(1);
    expect(await contentOf('/candidates?updatedAfter=2030-01-01T00:00:05.000Z')).toEqual([]);
  });

  it('keeps people without an application out of the list', async () => {
    const created = await started.call('/candidates', {
      method: 'POST',
      body: { firstName: 'Tove', lastName: 'Haddad', email: 'tove@candidates.example' },
    });
    expect(created.status).toBe(201);
    expect(created.body).not.toHaveProperty('primaryAssignment');
    expect(await contentOf('/candidates?q=tove')).toEqual([]);
    expect(await contentOf('/candidates?q=JONAS.SILVA%40candidates.example')).toHaveLength(1);
  });

  it('answers 400 for an incomplete candidate and 409 for a known e-mail and last name', async () => {
    const path = `/jobs/${started.jobId}/candidates`;
    expect((await started.call(path, { method: 'POST', body: {} })).status).toBe(400);
    const same = {
      firstName: 'Jonas',
      lastName: 'Silva',
      email: 'jonas.silva@candidates.example',
    };
    expect(await started.call(path, { method: 'POST', body: same })).toMatchObject({
      status: 409,
      body: { errors: [{ code: 'CANDIDATE_DATA_CONFLICT' }] },
    });
    await started.simulator.control.setQuirks({
      companyId: started.companyId,
      quirks: { duplicateCandidates: 'merge' },
    });
    expect(await started.call(path, { method: 'POST', body: same })).toMatchObject({
      status: 201,
      body: { id: started.candidateId, secondaryAssignments: [] },
    });
  });
});
