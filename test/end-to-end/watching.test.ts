import type { Client } from '@temporalio/client';
import type { CriticalStep } from '../../activities/deps.js';
import {
  limiterTimes as realLimiterTimes,
  scaleLimiterTimes,
} from '../../activities/smartrecruiters/limiter-state.js';
import type {
  SubscriptionDoc,
  VendorEventDoc,
  WatchReportDoc,
  WorkRow,
} from '../../common/read-model/documents.js';
import { protocolTimes, scaleTimes } from '../../workflows/contracts/protocol-times.js';
import { type ApiProcess, startApiProcess } from '../support/api-process.js';
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

/**
 * The watch over real processes. The vendor's limits and ours pass ten times faster, in proportion;
 * periods are shortened alike.
 */
const timeFactor = 10;
const times = {
  ...scaleTimes(protocolTimes, 0.02),
  joinHorizonMs: protocolTimes.joinHorizonMs,
  lastLookMs: 3_000,
  livenessMs: 3_000,
};
const periods = {
  ...scaledPeriods(1 / timeFactor),
  ...{ hot: 8_000, imminentFrom: 60_000, lease: 2_000 },
};
const limiterTimes = scaleLimiterTimes(realLimiterTimes, 1 / timeFactor);
/** Workers die and begin again, on machines that do other things as well. */
const withinMs = 420_000;

describe('the watch', () => {
  const taskQueues = ownTaskQueues();
  let world: World;
  let client: Client;
  let closeClient: () => Promise<void>;
  let api: ApiProcess;
  let worker: WorkerProcess;

  beforeAll(async () => {
    world = await startWorld({ stepMs: 60, meetingMs: 1_000, timeFactor });
    ({ client, close: closeClient } = await connectClient(world));
    [api, worker] = await Promise.all([startApiProcess({ world }), start()]);
  });

  afterAll(async () => {
    await worker?.stop();
    await api?.stop();
    await closeClient?.();
    await world?.close();
  });

  function start(): Promise<WorkerProcess> {
    return startWorkerProcess({ world, taskQueues, times, periods, limiterTimes });
  }

  async function installed(input: {
    candidatesPerJob: number;
    interviewsPerJob: number;
    webhooks?: boolean;
  }): Promise<Organization> {
    const { webhooks = false, ...seed } = input;
    const organization = await createOrganization({
      ...{ world, client, times, taskQueues, jobs: 1 },
      ...seed,
    });
    if (webhooks) await allowWebhooks(organization);
    await organization.connect();
    await organization.declareConsent();
    return organization;
  }

  async function allowWebhooks({ company }: Organization): Promise<void> {
    const { clientId } = company.credential;
    await world.smartRecruiters.control.restoreScope({ clientId, scope: 'webhooks_manage' });
  }

  const jobOf = ({ company }: Organization) => company.jobs[0] ?? { id: '', applicationIds: [] };
  const turnOn = (organization: Organization) =>
    organization.setRole({ jobId: jobOf(organization).id, enabled: true });

  function rowsOf({ orgId, collections }: Organization): Promise<WorkRow[]> {
    return collections.applications.find({ orgId }).lean<WorkRow[]>();
  }

  /** What the simulator has, against what the product knows of it. */
  async function expectAllKnown(organization: Organization): Promise<void> {
    const { control } = world.smartRecruiters;
    const { interviews } = await control.snapshot({ companyId: organization.company.company.id });
    const truth = interviews.flatMap(({ id, timeslots, cancelledAt }) =>
      cancelledAt === null ? [{ id, at: timeslots[0]?.startsAt }] : [],
    );
    await eventually(
      async () => {
        const known = (await organization.interviews()).filter(({ goneAt }) => goneAt === null);
        const seen = new Map(known.map((doc) => [doc.interviewId, doc.startsAt]));
        return seen.size === truth.length && truth.every(({ id, at }) => seen.get(id) === at);
      },
      { withinMs: 240_000, what: 'every interview as it is' },
    );
  }

  /** Who is over when first seen costs no row. */
  async function applicationsInPlay({ company }: Organization): Promise<number> {
    const { control } = world.smartRecruiters;
    const { applications } = await control.snapshot({ companyId: company.company.id });
    return applications.filter(({ status }) => status !== 'REJECTED').length;
  }

  async function importEnds({ orgId, collections }: Organization): Promise<void> {
    await eventually(
      async () => {
        const report = await collections.watch_reports
          .findOne({ _id: orgId })
          .lean<WatchReportDoc | null>();
        return report !== null && report.import === null;
      },
      { withinMs: 120_000, what: 'the end of the import' },
    );
  }

  it.each<[CriticalStep, number, number]>([
    ['row_leased', 1, 20],
    ['page_read', 3, 110],
    ['row_leased', 60, 50],
  ])(
    'loses nothing when it is killed in the first import (%s, time %i, %i people)',
    async (step, nth, candidatesPerJob) => {
      const organization = await installed({ candidatesPerJob, interviewsPerJob: 10 });
      const { orgId } = organization;
      const dying = worker;
      dying.arm(step, { kind: 'die' }, { orgId, nth });
      // It may die before it has answered; then the next one answers.
      const turnedOn = turnOn(organization).catch(() => undefined);
      expect((await dying.exited).signal).toBe('SIGKILL');
      worker = await start();
      await turnedOn;

      await expectAllKnown(organization);
      const inPlay = await applicationsInPlay(organization);
      await eventually(
        async () => {
          const rows = (await rowsOf(organization)).filter((row) => row.candidateId !== null);
          const resolved = rows.filter(({ applicationId }) => applicationId !== null);
          expect([rows.length, resolved.length]).toEqual([inPlay, inPlay]);
          return true;
        },
        { withinMs: 240_000, what: 'every application' },
      );
      await importEnds(organization);
    },
    withinMs,
  );

  it(
    'loses no change when it is killed in a sweep',
    async () => {
      const organization = await installed({ candidatesPerJob: 30, interviewsPerJob: 10 });
      const { orgId } = organization;
      await turnOn(organization);
      await expectAllKnown(organization);

      const { control } = world.smartRecruiters;
      const [moved, cancelled] = await organization.interviews();
      const dying = worker;
      dying.arm('row_leased', { kind: 'die' }, { orgId, nth: 5 });
      await control.moveInterview({
        interviewId: moved?.interviewId ?? '',
        byMinutes: 90,
      });
      await control.cancelInterview({ interviewId: cancelled?.interviewId ?? '' });
      expect((await dying.exited).signal).toBe('SIGKILL');
      worker = await start();

      await expectAllKnown(organization);
      const gone = (await organization.interviews()).filter(({ goneAt }) => goneAt !== null);
      expect(gone.map(({ interviewId }) => interviewId)).toEqual([cancelled?.interviewId]);
    },
    withinMs,
  );

  it.each<CriticalStep>(['events_hinted', 'row_leased'])(
    'follows an event that was answered 202 before it was killed at %s',
    async (step) => {
      const organization = await installed({
        ...{ candidatesPerJob: 5, interviewsPerJob: 2, webhooks: true },
      });
      const { orgId, collections } = organization;
      await turnOn(organization);
      await expectAllKnown(organization);
      await eventually(
        async () =>
          (await collections.subscriptions.findOne({ orgId }).lean<SubscriptionDoc | null>())
            ?.state === 'active',
        { withinMs: 30_000, what: 'an active subscription' },
      );
      const [doc] = await organization.interviews();
      const dying = worker;
      dying.arm(step, { kind: 'die' }, { orgId });
      await world.smartRecruiters.control.moveInterview({
        interviewId: doc?.interviewId ?? '',
        byMinutes: 90,
      });
      expect((await dying.exited).signal).toBe('SIGKILL');
      worker = await start();

      await expectAllKnown(organization);
      await eventually(
        async () => {
          const events = await collections.vendor_events.find({ orgId }).lean<VendorEventDoc[]>();
          return events.length > 0 && events.every(({ followedAt }) => followedAt !== null);
        },
        { withinMs: 30_000, what: 'that every event was followed' },
      );
    },
    withinMs,
  );
});
