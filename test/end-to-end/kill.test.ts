import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { CriticalStep } from '../../activities/deps.js';
import { collectionsOf } from '../../common/read-model/collections.js';
import type { AuditDoc } from '../../common/read-model/documents.js';
import { protocolTimes, scaleTimes } from '../../workflows/contracts/protocol-times.js';
import { taskQueues as defaultQueues } from '../../workflows/contracts/task-queues.js';
import { type ApiClient, createApiClient } from '../support/api-client.js';
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

/**
 * SIGKILL at each step of the way to a bot. The protocol's times are a fiftieth of the real ones,
 * in proportion; the timeouts by which a dead process is noticed are longer than that, so that a
 * busy machine is not taken for a dead one.
 */
const times = {
  ...scaleTimes(protocolTimes, 0.02),
  joinHorizonMs: protocolTimes.joinHorizonMs,
  requestEarliestMs: 4_800,
  requestLatestMs: 1_200,
  leaveAfterEndMs: protocolTimes.leaveAfterEndMs,
  lastLookMs: 3_000,
  livenessMs: 3_000,
};
const periods = { ...scaledPeriods(0.02), imminentFrom: 3_600_000 };

describe('a worker that is killed', () => {
  const taskQueues = ownTaskQueues();
  let world: World;
  let client: Client;
  let closeClient: () => Promise<void>;
  let worker: WorkerProcess;

  beforeAll(async () => {
    world = await startWorld({ stepMs: 60, meetingMs: 1_000 });
    ({ client, close: closeClient } = await connectClient(world));
    worker = await start();
  });

  afterAll(async () => {
    await worker?.stop();
    await closeClient?.();
    await world?.close();
  });

  function start(): Promise<WorkerProcess> {
    return startWorkerProcess({ world, taskQueues, times, periods });
  }

  async function installed(input: {
    jobs: number;
    candidatesPerJob: number;
  }): Promise<Organization> {
    const organization = await createOrganization({ world, client, times, taskQueues, ...input });
    await organization.connect();
    await organization.declareConsent();
    return organization;
  }

  /** Two in rooms of their own, and for some steps one that follows in the room of the first. */
  async function scheduleInterviews(input: {
    organization: Organization;
    backToBack: boolean;
  }): Promise<string[]> {
    const { organization, backToBack } = input;
    const [first = '', second = '', third = ''] =
      organization.company.jobs[0]?.applicationIds ?? [];
    const room = newMeetingLink();
    const other = newMeetingLink();
    // The next worker may take half of this until it polls.
    const now = { startsInMs: 500, lastsMs: 30_000 };
    const next = { startsInMs: 30_500, lastsMs: 30_000 };
    return [
      await organization.schedule({ applicationId: first, link: room, ...now }),
      await organization.schedule({ applicationId: second, link: other, ...now }),
      ...(backToBack
        ? [await organization.schedule({ applicationId: third, link: room, ...next })]
        : []),
    ];
  }

  it.each<CriticalStep>([
    'row_leased',
    'claimed',
    'request_begun',
    'fences_read',
    'bot_created',
    'bot_recorded',
  ])(
    'at %s leaves one bot for each interview, and every outcome',
    async (step) => {
      const organization = await installed({ jobs: 1, candidatesPerJob: 3 });
      const { orgId } = organization;
      const backToBack = step === 'request_begun';
      const scheduled = await scheduleInterviews({ organization, backToBack });
      const dying = worker;
      dying.arm(step, { kind: 'die' }, { orgId });
      const jobId = organization.company.jobs[0]?.id ?? '';
      // It may die before it has answered; then the next one answers.
      const turnedOn = organization.setRole({ jobId, enabled: true }).catch(() => undefined);
      const { signal } = await dying.exited;
      expect(signal).toBe('SIGKILL');
      worker = await start();
      await turnedOn;

      const outcomes = await eventually(
        async () => {
          const interviews = await organization.interviews();
          const sessions = interviews.flatMap((doc) => Object.values(doc.progress));
          const ended = sessions.filter(({ outcome }) => outcome !== null);
          return ended.length >= scheduled.length ? ended.map(({ outcome }) => outcome) : null;
        },
        { withinMs: 90_000, what: 'every outcome' },
      );
      expect(outcomes).toEqual(scheduled.map(() => 'captured'));
      const known = (await organization.interviews()).map((doc) => doc.interviewId);
      expect(known.sort()).toEqual([...scheduled].sort());
      await expectOneBotAtATime(organization, scheduled.length);
      await eventually(
        async () =>
          (await organization.claims())
            .flatMap(({ holders }) => holders)
            .every(({ state }) => state === 'free'),
        { what: 'free rooms' },
      );
    },
    150_000,
  );

  async function expectOneBotAtATime({ orgId }: Organization, interviews: number): Promise<void> {
    expect(await world.notetaker.control.secondBots()).toEqual([]);
    const creates = (await world.notetaker.control.creates()).filter((call) =>
      call.key?.includes(`:${orgId}:`),
    );
    const keys = creates.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(creates.filter(({ status }) => status === 201).length).toBeGreaterThanOrEqual(
      interviews,
    );
  }
});

describe('an API that is killed in the middle of a command', () => {
  it('answers the same request with the same key once it is back, and did it once', async () => {
    const world = await startWorld({ ownNamespace: true });
    const worker = await startWorkerProcess({ world, taskQueues: defaultQueues, periods });
    let api = await startApiProcess({ world });
    try {
      const orgId = `org-${randomUUID().slice(0, 8)}`;
      const { jobs, credential } = await world.smartRecruiters.control.seedCompany({
        ...{ name: orgId, seed: 1, jobs: 1, candidatesPerJob: 1 },
      });
      const owner = await createApiClient({ world, orgId });
      const { clientId, clientSecret } = credential;
      const installed = await owner.call('PUT', '', { body: { clientId, clientSecret } });
      expect(installed.status).toBe(200);

      const jobId = jobs[0]?.id ?? '';
      const idempotencyKey = randomUUID();
      const turnOn = (client: ApiClient) =>
        client.call<{ enabled: boolean; version: number }>('PUT', `/roles/${jobId}`, {
          ...{ idempotencyKey, body: { enabled: true } },
        });
      // The command stands still inside the worker while the API dies.
      worker.arm('fence_written', { kind: 'stall', ms: null }, { orgId });
      const lost = turnOn(owner).then(
        () => 'answered',
        () => 'lost',
      );
      await worker.reached('fence_written', { orgId });
      await api.kill9();
      expect(await lost).toBe('lost');
      worker.disarm();

      api = await startApiProcess({ world });
      const first = await turnOn(owner);
      const second = await turnOn(owner);
      expect(first.status).toBe(200);
      expect(first.body.enabled).toBe(true);
      expect(second).toMatchObject({ status: first.status, body: first.body });

      const { audit_events } = collectionsOf({ database: world.database });
      const events = await audit_events.find({ orgId, event: 'role_on' }).lean<AuditDoc[]>();
      expect(events).toHaveLength(1);
    } finally {
      await api.stop();
      await worker.stop();
      await world.close();
    }
  });
});
