import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { NotetakerProvider } from '../../activities/notetaker/port.js';
import { startAttendeeSimulator } from '../../sandbox/notetaker-vendors/attendee/simulator.js';
import { defaultApiKey, type VendorSimulator } from '../../sandbox/notetaker-vendors/control.js';
import { startRecallSimulator } from '../../sandbox/notetaker-vendors/recall/simulator.js';
import { startVexaSimulator } from '../../sandbox/notetaker-vendors/vexa/simulator.js';
import { protocolTimes } from '../../workflows/contracts/protocol-times.js';
import { type ApiProcess, startApiProcess } from '../support/api-process.js';
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

type Vendor = Exclude<NotetakerProvider, 'pillar'>;

/** Secrets as each vendor shows them. */
const secrets: Record<Vendor, string> = {
  recall: `whsec_${randomBytes(24).toString('base64')}`,
  attendee: randomBytes(32).toString('base64'),
  vexa: randomBytes(24).toString('hex'),
};
const starts: Record<Vendor, (options: { webhookSecret: string }) => Promise<VendorSimulator>> = {
  recall: (options) => startRecallSimulator({ ...options, timeFactor: 20 }),
  attendee: (options) => startAttendeeSimulator({ ...options, timeFactor: 20 }),
  vexa: (options) => startVexaSimulator({ ...options, timeFactor: 20 }),
};
const words: Record<Vendor, string> = {
  recall: 'bot_kicked_from_waiting_room',
  attendee: 'request_to_join_denied',
  vexa: 'awaiting_admission_rejected',
};

/**
 * The product's own processes with the notetakers of other vendors, simulated from their
 * documentation. Pillar's own is the one of every other end-to-end test.
 */
describe.each<Vendor>(['recall', 'attendee', 'vexa'])('with the notetaker of %s', (vendor) => {
  const taskQueues = ownTaskQueues();
  const times = { ...protocolTimes, followEveryMs: 2_000, stopCheckEveryMs: 300 };
  let simulator: VendorSimulator;
  let world: World;
  let client: Client;
  let closeClient: () => Promise<void>;
  let worker: WorkerProcess;
  let api: ApiProcess;
  let organization: Organization;

  beforeAll(async () => {
    const webhookSecret = secrets[vendor];
    simulator = await starts[vendor]({ webhookSecret });
    const { apiUrl } = simulator;
    world = await startWorld({
      notetaker: { provider: vendor, apiUrl, apiKey: defaultApiKey, webhookSecret },
    });
    simulator.control.webhooks({ url: `${world.apiUrl}/v1/webhooks/notetaker/${vendor}` });
    ({ client, close: closeClient } = await connectClient(world));
    const periods = { ...scaledPeriods(0.02), imminentFrom: 3_600_000 };
    worker = await startWorkerProcess({ world, taskQueues, times, periods });
    api = await startApiProcess({ world });
    organization = await createOrganization({
      ...{ world, client, times, taskQueues, candidatesPerJob: 3 },
    });
    await organization.connect();
    await organization.declareConsent();
    await organization.setRole({ jobId: jobOf(organization), enabled: true });
  });

  afterAll(async () => {
    await api?.stop();
    await worker?.stop();
    await closeClient?.();
    await world?.close();
    await simulator?.close();
  });

  const jobOf = ({ company }: Organization) => company.jobs[0]?.id ?? '';

  async function schedule(index: number, link: string): Promise<string> {
    const applicationId = organization.company.jobs[0]?.applicationIds[index] ?? '';
    return await organization.schedule({
      ...{ applicationId, link, startsInMs: 3_000, lastsMs: 10 * 60_000 },
    });
  }

  async function session(interviewId: string) {
    const docs = await organization.interviews();
    const doc = docs.find((one) => one.interviewId === interviewId);
    return doc === undefined ? null : (Object.values(doc.progress)[0] ?? null);
  }

  const untilOutcome = (interviewId: string) =>
    eventually(
      async () => {
        const found = await session(interviewId);
        return found?.outcome === null ? null : found;
      },
      { what: 'an outcome', withinMs: 60_000 },
    );

  it('an interview is recorded by one bot, and its outcome says so', async () => {
    const link = newMeetingLink();
    simulator.control.setRoom(link, { kind: 'admit', afterMs: 2_000, meetingEndsAfterMs: 60_000 });
    const interviewId = await schedule(0, link);

    expect(await untilOutcome(interviewId)).toMatchObject({ outcome: 'captured' });
    expect(simulator.control.bots({ meetingUrl: link })).toHaveLength(1);
    expect(simulator.control.secondBots()).toEqual([]);
    const claims = await eventually(async () => {
      const holders = (await organization.claims()).flatMap((room) => room.holders);
      return holders.every(({ state }) => state === 'free') ? holders : null;
    });
    expect(claims).toHaveLength(1);
  });

  it('a bot that is turned away is a miss in the words of its vendor', async () => {
    const link = newMeetingLink();
    simulator.control.setRoom(link, { kind: 'deny', afterMs: 1_000 });
    const interviewId = await schedule(1, link);

    expect(await untilOutcome(interviewId)).toMatchObject({
      outcome: 'missed',
      reason: words[vendor],
    });
    expect(simulator.control.bots({ meetingUrl: link })).toHaveLength(1);
  });

  it('a bot that records leaves when its role is turned off', async () => {
    const link = newMeetingLink();
    simulator.control.setRoom(link, { kind: 'admit', afterMs: 1_000 });
    const interviewId = await schedule(2, link);
    await eventually(async () => (await session(interviewId))?.state === 'recording', {
      ...{ what: 'a recording', withinMs: 60_000 },
    });
    await organization.setRole({ jobId: jobOf(organization), enabled: false });

    await eventually(() => simulator.control.bots({ meetingUrl: link })[0]?.phase === 'ended', {
      what: 'a bot that is gone',
      withinMs: 30_000,
    });
    const [bot] = simulator.control.bots({ meetingUrl: link });
    expect(bot?.endReason).toBe('asked_to_leave');
    expect(simulator.control.secondBots()).toEqual([]);
  });
});
