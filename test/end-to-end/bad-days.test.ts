import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import type { InstallationDoc, RoleDoc } from '../../common/read-model/documents.js';
import { type RunningMongodb, startMongodb } from '../../sandbox/servers/mongodb.js';
import { type RunningTemporal, startTemporal } from '../../sandbox/servers/temporal.js';
import type { FaultKind } from '../../sandbox/smartrecruiters/control-inputs.js';
import { protocolTimes, scaleTimes } from '../../workflows/contracts/protocol-times.js';
import { searchAttributeList } from '../../workflows/contracts/search-attributes.js';
import { taskQueues as defaultQueues } from '../../workflows/contracts/task-queues.js';
import { createApiClient } from '../support/api-client.js';
import { startApiProcess } from '../support/api-process.js';
import { eventually } from '../support/eventually.js';
import { newMeetingLink } from '../support/meeting-room.js';
import { createOrganization, type Organization } from '../support/organization.js';
import {
  connectClient,
  ownTaskQueues,
  scaledPeriods,
  startWorld,
  type World,
} from '../support/stack.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

const times = {
  ...scaleTimes(protocolTimes, 0.02),
  joinHorizonMs: protocolTimes.joinHorizonMs,
  lastLookMs: 3_000,
  livenessMs: 9_000,
};
/** Every tier is read again every second or two. */
const periods = {
  ...scaledPeriods(0.02),
  ...{ imminentFrom: 3_600_000, warm: 1_500, cold: 1_500, hot: 1_500, listing: 1_500 },
};
const hourMs = 3_600_000;

describe('a vendor that has a bad day', () => {
  const taskQueues = ownTaskQueues();
  let world: World;
  let client: Client;
  let closeClient: () => Promise<void>;
  let worker: WorkerProcess;
  let organization: Organization;

  beforeAll(async () => {
    world = await startWorld({});
    ({ client, close: closeClient } = await connectClient(world));
    worker = await startWorkerProcess({ world, taskQueues, times, periods });
    organization = await createOrganization({
      ...{ world, client, times, taskQueues, candidatesPerJob: 2, jobs: 1 },
    });
  });

  afterAll(async () => {
    await worker?.stop();
    await closeClient?.();
    await world?.close();
  });

  const job = () => ({ jobId: organization.company.jobs[0]?.id ?? '', enabled: true });

  function schedule(): Promise<string> {
    const [applicationId = ''] = organization.company.jobs[0]?.applicationIds ?? [];
    return organization.schedule({
      ...{ applicationId, link: newMeetingLink(), startsInMs: 24 * hourMs, lastsMs: hourMs },
    });
  }

  async function isKnown(interviewId: string): Promise<boolean> {
    const interviews = await organization.interviews();
    return interviews.some((doc) => doc.interviewId === interviewId && doc.goneAt === null);
  }

  async function hitBy(kind: FaultKind): Promise<void> {
    const { clientId } = organization.company.credential;
    const { id } = await world.smartRecruiters.control.injectFault({
      ...{ match: { credential: clientId }, kind, delayMs: 800 },
    });
    await eventually(
      async () => {
        const faults = await world.smartRecruiters.control.listFaults();
        return faults.some((fault) => fault.id === id && fault.hitCount >= 2);
      },
      { withinMs: 30_000, what: `requests that meet ${kind}` },
    );
  }

  it('is found out of order during the discovery, which goes on afterwards', async () => {
    await organization.connect();
    const first = await schedule();
    await organization.setRole(job());
    await hitBy('status500');
    await world.smartRecruiters.control.clearFaults();
    await eventually(() => isKnown(first), { withinMs: 40_000, what: 'the first interview' });
    expect(await organization.interviews()).toHaveLength(1);
  });

  it.each<FaultKind>(['status500', 'slow', 'status429', 'html', 'truncated'])(
    'loses and cancels nothing while the vendor answers with %s',
    async (kind) => {
      const before = (await organization.interviews()).map((doc) => doc.interviewId);
      const during = await schedule();
      await hitBy(kind);
      for (const interviewId of before) expect(await isKnown(interviewId)).toBe(true);
      await world.smartRecruiters.control.clearFaults();
      await eventually(() => isKnown(during), { withinMs: 50_000, what: 'the new interview' });
      for (const interviewId of before) expect(await isKnown(interviewId)).toBe(true);
    },
  );

  it('asks for a new credential when one is revoked, and wakes up with it', async () => {
    const { orgId, collections, company } = organization;
    const before = (await organization.interviews()).map((doc) => doc.interviewId);
    const attention = async () =>
      (await collections.installations.findOne({ _id: orgId }).lean<InstallationDoc | null>())
        ?.attentions[0]?.code ?? null;
    const { clientId } = company.credential;
    await world.smartRecruiters.control.revokeCredential({ clientId });
    // Tokens that were granted before stay good; a new process needs a new one.
    await worker.stop();
    worker = await startWorkerProcess({ world, taskQueues, times, periods });
    await eventually(async () => (await attention()) === 'credentials_rejected', {
      ...{ withinMs: 30_000, what: 'the attention' },
    });
    const role = await collections.roles.findOne({ orgId }).lean<RoleDoc | null>();
    expect(role).toMatchObject({ enabled: true });
    for (const interviewId of before) expect(await isKnown(interviewId)).toBe(true);

    const during = await schedule();
    await world.smartRecruiters.control.restoreCredential({ clientId });
    const replacedAt = Date.now();
    await organization.connect();
    await eventually(() => isKnown(during), { withinMs: 30_000, what: 'the new interview' });
    expect(Date.now() - replacedAt).toBeLessThan(20_000);
    await eventually(async () => (await attention()) === null, { what: 'no attention' });
  });
});

describe('servers of our own that go away', () => {
  const orgId = `org-${randomUUID().slice(0, 8)}`;
  const closers: (() => Promise<unknown>)[] = [];
  const progress = () => undefined;
  let folder: string;
  let mongodb: RunningMongodb;
  let temporal: RunningTemporal;
  let world: World;
  let applicationId: string;
  let jobId: string;

  const startOwnMongodb = (port?: number) =>
    startMongodb({
      ...{ dataFolder: join(folder, 'data'), progress },
      ...(port === undefined ? {} : { port }),
    });
  const startOwnTemporal = (port?: number) =>
    startTemporal({
      ...{ databaseFile: join(folder, 'temporal.db'), headless: true, progress },
      searchAttributes: [...searchAttributeList],
      ...(port === undefined ? {} : { port }),
    });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pillar-bad-days-'));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    mongodb = await startOwnMongodb();
    closers.push(() => mongodb.stop());
    temporal = await startOwnTemporal();
    closers.push(() => temporal.stop());
    world = await startWorld({ servers: { mongodb: mongodb.uri, temporal: temporal.address } });
    closers.push(() => world.close());
    const company = await world.smartRecruiters.control.seedCompany({
      ...{ name: orgId, seed: 1, jobs: 1, candidatesPerJob: 1 },
    });
    jobId = company.jobs[0]?.id ?? '';
    applicationId = company.jobs[0]?.applicationIds[0] ?? '';
    const worker = await startWorkerProcess({ world, taskQueues: defaultQueues, periods });
    closers.push(() => worker.stop());
    const api = await startApiProcess({ world });
    closers.push(() => api.stop());
    const owner = await createApiClient({ world, orgId });
    const { clientId, clientSecret } = company.credential;
    await owner.call('PUT', '', { body: { clientId, clientSecret } });
  }, 120_000);

  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  }, 60_000);

  const owner = () => createApiClient({ world, orgId });

  async function findsAnotherInterview(): Promise<void> {
    const startsAt = Date.now() + 24 * hourMs;
    // Whom the seed made over is not watched, and would not be invited.
    const status = 'INTERVIEW' as const;
    await world.smartRecruiters.control.changeApplicationStatus({ applicationId, status });
    const { id } = await world.smartRecruiters.control.scheduleInterview({
      ...{ applicationId, location: newMeetingLink() },
      timeslots: [
        {
          startsOn: new Date(startsAt).toISOString(),
          endsOn: new Date(startsAt + hourMs).toISOString(),
        },
      ],
    });
    await eventually(
      async () => (await (await owner()).call('GET', `/interviews/${id}`)).status === 200,
      { withinMs: 60_000, everyMs: 200, what: 'an interview scheduled afterwards' },
    );
  }

  it('says 503 and when to come back while MongoDB is away, and goes on afterwards', async () => {
    const person = await owner();
    const on = await person.call('PUT', `/roles/${jobId}`, { body: { enabled: true } });
    expect(on.status).toBe(200);
    await findsAnotherInterview();

    process.kill(mongodb.pid ?? 0, 'SIGKILL');
    const away = await eventually(
      async () => {
        const answer = await person.call('GET', '');
        return answer.status === 503 ? answer : null;
      },
      { withinMs: 30_000, what: '503' },
    );
    expect(Number(away.headers.get('retry-after'))).toBeGreaterThan(0);

    mongodb = await startOwnMongodb(Number(new URL(mongodb.uri).port));
    await eventually(async () => (await person.call('GET', '')).status === 200, {
      ...{ withinMs: 30_000, what: 'answers again' },
    });
    const role = await person.call('GET', `/roles/${jobId}`);
    expect(role.body).toMatchObject({ enabled: true });
    await findsAnotherInterview();
  }, 180_000);

  it('answers reads and refuses commands while Temporal is away, and goes on afterwards', async () => {
    const person = await owner();
    process.kill(temporal.pid ?? 0, 'SIGKILL');
    expect((await person.call('GET', '')).status).toBe(200);
    const refused = await person.call('PUT', `/roles/${jobId}`, { body: { enabled: true } });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

    temporal = await startOwnTemporal(Number(temporal.address.split(':')[1]));
    await eventually(
      async () =>
        (await person.call('PUT', `/roles/${jobId}`, { body: { enabled: true } })).status === 200,
      { withinMs: 60_000, everyMs: 500, what: 'a command that is taken' },
    );
    await findsAnotherInterview();
  }, 180_000);
});

describe.each(['api/main.ts', 'worker/main.ts'])('%s with half an environment', (main) => {
  it('names every fault and exits with 78', async () => {
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, ['--import', 'tsx', main], {
      env: { PATH, MONGODB_URI: 'not-a-uri', VAULT_KEYS: 'k1:short', PUBLIC_URL: 'nowhere' },
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).toBe(78);
    for (const variable of ['MONGODB_URI', 'VAULT_KEYS', 'PUBLIC_URL', 'CODEC_KEYS']) {
      expect(said).toContain(variable);
    }
    // What was set may be a secret.
    expect(said).not.toContain('short');
  });
});
