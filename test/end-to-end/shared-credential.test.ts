import type { Client } from '@temporalio/client';
import { protocolTimes, scaleTimes } from '../../workflows/contracts/protocol-times.js';
import { eventually } from '../support/eventually.js';
import { createOrganization, type Organization } from '../support/organization.js';
import {
  connectClient,
  ownTaskQueues,
  scaledPeriods,
  startWorld,
  type World,
} from '../support/stack.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

/** At the vendor's real pace: what is shared is its limit. */
const times = { ...scaleTimes(protocolTimes, 0.02), livenessMs: 3_000 };
const periods = scaledPeriods(1);
const withinMs = 180_000;

describe('two organizations with one credential', () => {
  let world: World;
  let client: Client;
  let closeClient: () => Promise<void>;
  let organizations: Organization[];
  /** Each watches one of them: their queues are their own. */
  let workers: WorkerProcess[];

  beforeAll(async () => {
    world = await startWorld({});
    ({ client, close: closeClient } = await connectClient(world));
    const queues = [ownTaskQueues(), ownTaskQueues()] as const;
    workers = await Promise.all(
      queues.map((taskQueues) => startWorkerProcess({ world, taskQueues, times, periods })),
    );
    const first = await createOrganization({
      ...{ world, client, times, taskQueues: queues[0] },
      ...{ jobs: 1, candidatesPerJob: 30, interviewsPerJob: 10 },
    });
    const { company } = first;
    const second = await createOrganization({
      ...{ world, client, times, taskQueues: queues[1], company },
    });
    organizations = [first, second];
    for (const organization of organizations) await organization.connect();
  }, withinMs);

  afterAll(async () => {
    for (const worker of workers ?? []) await worker.stop();
    await closeClient?.();
    await world?.close();
  });

  it(
    'are read by two processes within the limit of that credential',
    async () => {
      const { control } = world.smartRecruiters;
      const [{ company } = { company: null }] = organizations;
      const [job] = company?.jobs ?? [];
      const { clientId = '' } = company?.credential ?? {};
      await control.resetStatistics();
      await Promise.all(
        organizations.map((one) => one.setRole({ jobId: job?.id ?? '', enabled: true })),
      );
      const wanted = job?.interviewIds.length ?? 0;
      expect(wanted).toBe(10);
      for (const one of organizations) {
        await eventually(async () => (await one.interviews()).length === wanted, {
          ...{ withinMs: 120_000, what: 'every interview' },
        });
      }

      const { credentials } = await control.statistics({ clientId });
      const [used] = credentials;
      expect(used?.rateLimitedCount).toBe(0);
      expect(used?.maxPerSecond).toBeLessThanOrEqual(10);
      expect(used?.maxInFlight).toBeLessThanOrEqual(8);
      expect(used?.maxCandidatesListsInFlight).toBe(1);
      for (const [index, { orgId }] of organizations.entries()) {
        const read = workers[index]?.steps.filter(({ step }) => step === 'row_leased') ?? [];
        expect(read.filter((one) => one.orgId === orgId).length).toBeGreaterThan(20);
      }
    },
    withinMs,
  );
});
