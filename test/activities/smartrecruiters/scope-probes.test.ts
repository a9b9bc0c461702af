import { createMemoryRateLimiter } from '../../../activities/smartrecruiters/rate-limiter.js';
import { probeScopes } from '../../../activities/smartrecruiters/scope-probes.js';
import { requiredScopes, type Scope } from '../../../workflows/contracts/scopes.js';
import { type SimulatedCompany, simulateCompany } from './simulated-company.js';

const readScopes = requiredScopes.filter((scope) => scope.endsWith('_read'));
let company: SimulatedCompany;

beforeAll(async () => {
  company = await simulateCompany();
});

afterAll(async () => {
  await company.simulator.close();
});

afterEach(async () => {
  await company.simulator.control.clearFaults();
});

async function probeWith(
  options: { scopes?: Scope[]; companyId?: string; timeoutMs?: number } = {},
) {
  const credential = await company.simulator.control.createCredential({
    companyId: options.companyId ?? company.companyId,
    ...(options.scopes && { scopes: options.scopes }),
  });
  const client = company.client({ credential, limiter: createMemoryRateLimiter() });
  const result = await probeScopes({ client, timeoutMs: options.timeoutMs ?? 5_000 });
  return { result, credential, statuses: statusesOf(result) };
}

function statusesOf(
  result: Awaited<ReturnType<typeof probeScopes>>,
): Partial<Record<Scope, string>> {
  if (result.kind !== 'accepted') return {};
  return Object.fromEntries(result.scopes.map(({ scope, status }) => [scope, status]));
}

it('all nine: seven granted, the two for writing unverified, nothing written', async () => {
  const before = await company.simulator.control.snapshot({ companyId: company.companyId });
  const { statuses, result } = await probeWith();
  expect(statuses).toEqual({
    ...Object.fromEntries(readScopes.map((scope) => [scope, 'granted'])),
    candidates_create: 'unverified',
    interviews_write: 'unverified',
  });
  expect(result).toMatchObject({ kind: 'accepted' });
  const after = await company.simulator.control.snapshot({ companyId: company.companyId });
  expect({ ...after, credentials: [] }).toEqual({ ...before, credentials: [] });
});

it.each(readScopes)('without %s it is missing, and only it', async (scope) => {
  const { statuses } = await probeWith({ scopes: requiredScopes.filter((each) => each !== scope) });
  expect(statuses[scope]).toBe('missing');
  const others = readScopes.filter((each) => each !== scope);
  expect(others.filter((each) => statuses[each] === 'missing')).toEqual([]);
});

it('a tenant without candidates leaves the deeper scopes unverified', async () => {
  const { id: companyId } = await company.simulator.control.createCompany({ name: 'Empty' });
  const { statuses } = await probeWith({ companyId });
  expect(statuses).toMatchObject({
    jobs_read: 'granted',
    candidates_read: 'granted',
    candidate_status_read: 'unverified',
    job_applications_read: 'unverified',
    interviews_read: 'unverified',
  });
});

it('a refused secret is rejected', async () => {
  const client = company.client({
    credential: { clientId: company.clientId, clientSecret: 'wrong' },
  });
  expect(await probeScopes({ client })).toEqual({ kind: 'rejected' });
});

it.each(['status500', 'html', 'reset', 'hang'] as const)(
  'a token endpoint with %s is unavailable',
  async (kind) => {
    await company.simulator.control.injectFault({ match: { pathPrefix: '/identity' }, kind });
    const client = company.client({ timeoutMs: 500 });
    expect(await probeScopes({ client, timeoutMs: 500 })).toEqual({ kind: 'unavailable' });
  },
);

it('an endpoint that stays down is unknown, one that recovers is granted', async () => {
  const { control } = company.simulator;
  await control.injectFault({ match: { pathPrefix: '/user-api' }, kind: 'status500' });
  await control.injectFault({ match: { pathPrefix: '/jobs' }, kind: 'status429', times: 1 });
  const { statuses } = await probeWith();
  expect(statuses).toMatchObject({
    users_read: 'unknown',
    jobs_read: 'granted',
    interviews_read: 'granted',
  });
});

it('a credential that is revoked between the probes is rejected', async () => {
  const { control } = company.simulator;
  const credential = await control.createCredential({ companyId: company.companyId });
  const client = company.client({ credential });
  await client.authenticate();
  await control.revokeCredential({ clientId: credential.clientId });
  company.advance(24 * 3_600_000);
  expect(await probeScopes({ client })).toEqual({ kind: 'rejected' });
});

it('a vendor that hangs costs no more than the budget', async () => {
  const client = company.client();
  await client.authenticate();
  await company.simulator.control.injectFault({ match: {}, kind: 'hang' });
  const startedAt = Date.now();
  const result = await probeScopes({ client, timeoutMs: 300, budgetMs: 500 });
  expect(Date.now() - startedAt).toBeLessThan(3_000);
  expect(Object.values(statusesOf(result))).toEqual([
    ...readScopes.map(() => 'unknown'),
    'unverified',
    'unverified',
  ]);
});
