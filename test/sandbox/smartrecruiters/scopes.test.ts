import { type Scope, scopes } from '../../../sandbox/smartrecruiters/records.js';
import {
  requestToken,
  type Started,
  scheduleTwoSessions,
  startWithCompany,
  wideLimits,
} from './started-simulator.js';

const unknown = '00000000-0000-4000-8000-000000000000';
const interviews = '/interviews-api/v201904';
const users = '/user-api/v201804/users';
const applications = '/job-applications-api/v202112/job-applications';

interface Guarded {
  scope: Scope;
  method?: string;
  path: string;
}

const guarded: Guarded[] = [
  { scope: 'jobs_read', path: '/jobs' },
  { scope: 'jobs_read', path: `/jobs/${unknown}` },
  { scope: 'jobs_read', path: `/jobs/${unknown}/hiring-team` },
  { scope: 'candidates_read', path: '/candidates' },
  { scope: 'candidates_read', path: `/candidates/${unknown}` },
  { scope: 'candidates_read', path: `/candidates/${unknown}/jobs/${unknown}` },
  {
    scope: 'candidate_status_read',
    path: `/candidates/${unknown}/jobs/${unknown}/status/history`,
  },
  { scope: 'candidates_create', method: 'POST', path: '/candidates' },
  { scope: 'candidates_create', method: 'POST', path: `/jobs/${unknown}/candidates` },
  { scope: 'job_applications_read', path: `${applications}/${unknown}` },
  { scope: 'interviews_read', path: `${interviews}/interviews` },
  { scope: 'interviews_read', path: `${interviews}/interviews/${unknown}` },
  { scope: 'interviews_read', path: `${interviews}/interviews/${unknown}/timeslots/${unknown}` },
  { scope: 'interviews_write', method: 'POST', path: `${interviews}/interviews` },
  { scope: 'interviews_write', method: 'PATCH', path: `${interviews}/interviews/${unknown}` },
  { scope: 'interviews_write', method: 'DELETE', path: `${interviews}/interviews/${unknown}` },
  {
    scope: 'interviews_write',
    method: 'POST',
    path: `${interviews}/interviews/${unknown}/timeslots`,
  },
  {
    scope: 'interviews_write',
    method: 'PUT',
    path: `${interviews}/interviews/${unknown}/timeslots/${unknown}/candidateStatus`,
  },
  { scope: 'interview_types_read', path: `${interviews}/interview-types` },
  { scope: 'users_read', path: users },
  { scope: 'users_read', path: `${users}/${unknown}` },
];

describe('scopes', () => {
  let started: Started;

  beforeAll(async () => {
    started = await startWithCompany({ limits: wideLimits });
  });
  afterAll(() => started.simulator.close());

  it.each(guarded)('needs $scope for $method $path, even when it does not exist', async (row) => {
    const { scope, method = 'GET', path } = row;
    const body = method === 'GET' || method === 'DELETE' ? undefined : {};
    const without = await started.tokenWith(scopes.filter((name) => name !== scope));
    const refused = await started.call(path, { method, body, token: without });
    expect(refused.status).toBe(403);
    expect(refused.body).toEqual({
      message: expect.any(String),
      errors: [{ code: expect.any(String), message: expect.any(String) }],
    });
    const only = await started.tokenWith([scope]);
    const letThrough = await started.call(path, { method, body, token: only });
    expect([200, 400, 404]).toContain(letThrough.status);
  });

  it('takes a revoked scope away from tokens that are already out, and gives it back', async () => {
    const { control } = started.simulator;
    const scope = { clientId: started.clientId, scope: 'users_read' } as const;
    expect((await started.call(users)).status).toBe(200);
    await control.revokeScope(scope);
    expect((await started.call(users)).status).toBe(403);
    await control.restoreScope(scope);
    expect((await started.call(users)).status).toBe(200);
  });

  it('refuses users to a weak system role although the scope is there', async () => {
    const { control, url } = started.simulator;
    const weak = await control.createCredential({
      companyId: started.companyId,
      systemRole: 'STANDARD',
    });
    const token = await requestToken({ url, ...weak });
    expect((await started.call(users, { token })).status).toBe(403);
    expect((await started.call('/jobs', { token })).status).toBe(200);
  });

  it('hides jobs, candidates and interviews outside the access group without an error', async () => {
    const { control, url } = started.simulator;
    const { interviewId } = await scheduleTwoSessions(started);
    const other = await control.createJob({ companyId: started.companyId, title: 'Other' });
    const narrow = await control.createCredential({
      companyId: started.companyId,
      visibleJobIds: [other.id],
    });
    const token = await requestToken({ url, ...narrow });
    const jobs = await started.call('/jobs', { token });
    expect(jobs).toMatchObject({
      status: 200,
      body: { totalFound: 1, content: [{ id: other.id }] },
    });
    expect(await started.call('/candidates', { token })).toMatchObject({
      status: 200,
      body: { content: [] },
    });
    expect((await started.call(`${interviews}/interviews/${interviewId}`, { token })).status).toBe(
      404,
    );
  });

  it('keeps companies apart', async () => {
    const { control, url } = started.simulator;
    const stranger = await control.seedCompany({
      name: 'Stranger',
      jobs: 1,
      candidatesPerJob: 1,
      seed: 1,
    });
    const token = await requestToken({ url, ...stranger.credential });
    for (const path of [
      `/jobs/${started.jobId}`,
      `/candidates/${started.candidateId}`,
      `${applications}/${started.applicationId}`,
      `${users}/${started.userId}`,
    ]) {
      expect((await started.call(path)).status).toBe(200);
      expect((await started.call(path, { token })).status).toBe(404);
    }
  });
});
