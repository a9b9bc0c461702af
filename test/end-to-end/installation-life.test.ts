import { randomUUID } from 'node:crypto';
import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import type { CompanySnapshot, SeededCompany } from '../../sandbox/smartrecruiters/control.js';
import { taskQueues } from '../../workflows/contracts/task-queues.js';
import { openStream } from '../api/support/event-stream.js';
import { type ApiClient, createApiClient } from '../support/api-client.js';
import { type ApiProcess, startApiProcess } from '../support/api-process.js';
import { eventually } from '../support/eventually.js';
import { newMeetingLink } from '../support/meeting-room.js';
import { scaledPeriods, startWorld, type World } from '../support/stack.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

/** Longer than the shortest period of the watch below, after which somebody would call. */
const quietMs = 3_000;

interface InterviewBody {
  interviewId: string;
  decision: { verdict: string; code: string };
  consent: { mode: string; state: string };
  sessions: { state: string; outcome: string | null }[];
}

interface Page<Item> {
  items: Item[];
}

/**
 * One organization from its first, mistyped secret to its second installation, over real processes:
 * the API, a worker, and the simulators of everything outside.
 */
describe('the life of an installation', () => {
  const orgId = `org-${randomUUID().slice(0, 8)}`;
  let world: World;
  let worker: WorkerProcess;
  let api: ApiProcess;
  let owner: ApiClient;
  let company: SeededCompany;
  let known: CompanySnapshot;

  beforeAll(async () => {
    world = await startWorld({ ownNamespace: true, stepMs: 80 });
    company = await world.smartRecruiters.control.seedCompany({
      ...{ name: orgId, seed: 1, jobs: 3, candidatesPerJob: 2 },
    });
    known = await world.smartRecruiters.control.snapshot({ companyId: company.company.id });
    const periods = { ...scaledPeriods(0.02), imminentFrom: 3_600_000 };
    worker = await startWorkerProcess({ world, taskQueues, periods });
    api = await startApiProcess({ world });
    owner = await createApiClient({ world, orgId });
  });

  afterAll(async () => {
    await api?.stop();
    await worker?.stop();
    await world?.close();
  });

  function connect(clientSecret = company.credential.clientSecret) {
    const { clientId } = company.credential;
    return owner.call<{ state: string }>('PUT', '', { body: { clientId, clientSecret } });
  }

  async function stateNow(): Promise<unknown> {
    return (await owner.call('GET', '')).body.state;
  }

  async function jobsListed(): Promise<string[]> {
    const jobs = await owner.call<Page<{ jobId: string }>>('GET', '/jobs');
    return jobs.body.items.map(({ jobId }) => jobId);
  }

  /** Documents of any collection in which this text stands, as `collection: id`. */
  async function documentsWith(text: string): Promise<string[]> {
    const { db } = world.database;
    if (db === undefined) throw new Error('the database is not connected');
    const found: string[] = [];
    for (const { name } of await db.listCollections().toArray()) {
      for (const doc of await db.collection(name).find().toArray()) {
        if (JSON.stringify(doc).includes(text)) found.push(`${name}: ${String(doc._id)}`);
      }
    }
    return found;
  }

  it('stores nothing for a wrong secret', async () => {
    const refused = await connect('not-the-secret');
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ code: 'credentials_rejected' });
    expect(await stateNow()).toBe('not_installed');
    expect(await world.database.collection('credentials').countDocuments()).toBe(0);
    expect(await world.database.collection('installations').countDocuments()).toBe(0);
  });

  it('is installed with the right secret, and lists the jobs', async () => {
    const installed = await connect();
    expect(installed.status).toBe(200);
    expect(installed.body.state).toBe('active');
    const jobs = await eventually(async () => {
      const listed = await jobsListed();
      return listed.length === 3 ? listed : null;
    });
    expect(jobs.sort()).toEqual(company.jobs.map(({ id }) => id).sort());
  });

  it('finds, announces, joins, records and reports an interview, and tells the page', async () => {
    const stream = await openStream({ url: owner.url('/events'), token: owner.token });
    const settings = await owner.call('PATCH', '/settings', {
      body: { consent: { mode: 'external' } },
    });
    expect(settings.status).toBe(200);
    const job = company.jobs[0];
    const [applicationId = ''] = job?.applicationIds ?? [];
    // Whom the seed made over is not watched, and would not be invited.
    const status = 'INTERVIEW' as const;
    await world.smartRecruiters.control.changeApplicationStatus({ applicationId, status });
    const role = await owner.call('PUT', `/roles/${job?.id}`, { body: { enabled: true } });
    expect(role.status).toBe(200);

    const startsAt = Date.now() + 8_000;
    const { id: interviewId } = await world.smartRecruiters.control.scheduleInterview({
      applicationId,
      location: newMeetingLink(),
      timeslots: [
        {
          startsOn: new Date(startsAt).toISOString(),
          endsOn: new Date(startsAt + 3_000).toISOString(),
          interviewers: company.userIds.slice(0, 1),
        },
      ],
    });
    expect((await owner.call('POST', `/roles/${job?.id}/refresh`)).status).toBe(202);
    const interview = () => owner.call<InterviewBody>('GET', `/interviews/${interviewId}`);

    const before = await eventually(async () => {
      const { status, body } = await interview();
      return status === 200 ? body : null;
    });
    expect(Date.now()).toBeLessThan(startsAt);
    expect(before.decision).toMatchObject({ verdict: 'join', code: 'will_join' });
    expect(before.consent).toEqual({ mode: 'external', state: 'external' });

    const states = new Set<string>();
    const after = await eventually(
      async () => {
        const { body } = await interview();
        for (const session of body.sessions) states.add(session.state);
        return body.sessions.some(({ outcome }) => outcome !== null) ? body : null;
      },
      { withinMs: 40_000, what: 'an outcome' },
    );
    expect(after.sessions.map(({ outcome }) => outcome)).toEqual(['captured']);
    expect(states).toContain('recording');
    expect(await world.notetaker.control.secondBots()).toEqual([]);
    expect(await world.notetaker.control.bots()).toHaveLength(1);

    const { candidateId } =
      known.applications.find(({ id }) => id === applicationId) ?? ({} as { candidateId?: string });
    const candidate = known.candidates.find(({ id }) => id === candidateId);
    const interviewer = known.users.find(({ id }) => id === company.userIds[0]);
    const mailed = world.mail.messages().flatMap(({ to }) => to);
    expect(new Set(mailed)).toEqual(new Set([candidate?.email, interviewer?.email]));
    expect(mailed).toHaveLength(2);

    const kinds = () => new Set(stream.told.map(({ event }) => event));
    await eventually(() => kinds().has('interview') && kinds().has('role'), {
      what: 'changes in the stream',
    });
    stream.close();
  });

  it('turns the role off at once', async () => {
    const job = company.jobs[0];
    const off = await owner.call('PUT', `/roles/${job?.id}`, { body: { enabled: false } });
    expect(off.status).toBe(200);
    expect(off.body).toMatchObject({ enabled: false, stopping: [] });
  });

  it('leaves a receipt, nobody’s name, and nobody who calls', async () => {
    const removed = await owner.call<{ receiptId: string }>('DELETE', '');
    expect(removed.status).toBe(202);
    const { receiptId } = removed.body;
    const receipt = await eventually(
      async () => {
        const { body } = await owner.call<{ state: string; jws: string; completedAt: number }>(
          'GET',
          `/receipts/${receiptId}`,
        );
        return body.state === 'completed' ? body : null;
      },
      { withinMs: 30_000, what: 'a completed receipt' },
    );

    const keys = (await (await fetch(`${world.apiUrl}/.well-known/jwks.json`)).json()) as unknown;
    const verified = await compactVerify(receipt.jws, createLocalJWKSet(keys as JSONWebKeySet));
    const payload = JSON.parse(new TextDecoder().decode(verified.payload)) as object;
    expect(payload).toMatchObject({ receiptId, orgId });
    expect(await stateNow()).toBe('not_installed');

    const callsBefore = await world.notetaker.control.statistics();
    await new Promise((resolve) => setTimeout(resolve, quietMs));
    const { lastAt } = await world.smartRecruiters.control.statistics();
    expect(lastAt).toBeLessThanOrEqual(receipt.completedAt);
    // The auditor goes on: it lists what nobody else may have noticed.
    const withoutLists = (calls: Record<string, number>) =>
      Object.entries(calls).filter(([name]) => !name.startsWith('list'));
    const { calls } = await world.notetaker.control.statistics();
    expect(withoutLists(calls)).toEqual(withoutLists(callsBefore.calls));

    for (const { email, lastName } of [...known.candidates, ...known.users]) {
      expect(await documentsWith(email)).toEqual([]);
      expect(await documentsWith(`"${lastName}"`)).toEqual([]);
    }
  });

  it('can be installed again', async () => {
    const installed = await connect();
    expect(installed.status).toBe(200);
    expect(installed.body.state).toBe('active');
    await eventually(async () => (await jobsListed()).length === 3);
    const roles = await owner.call<Page<{ enabled: boolean }>>('GET', '/roles');
    expect(roles.body.items.filter(({ enabled }) => enabled)).toEqual([]);
  });
});
