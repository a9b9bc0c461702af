import type { Client } from '@temporalio/client';
import { protocolTimes } from '../../workflows/contracts/protocol-times.js';
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

const second = 1_000;
const minute = 60 * second;

describe('an interview of several timeslots in one room', () => {
  const taskQueues = ownTaskQueues();
  const times = { ...protocolTimes, followEveryMs: 2 * second, stopCheckEveryMs: 300 };
  let world: World;
  let client: Client;
  let closeClient: () => Promise<void>;
  let worker: WorkerProcess;
  let organization: Organization;

  beforeAll(async () => {
    world = await startWorld({});
    ({ client, close: closeClient } = await connectClient(world));
    const periods = { ...scaledPeriods(0.02), imminentFrom: 60 * minute };
    worker = await startWorkerProcess({ world, taskQueues, times, periods });
    organization = await createOrganization({
      ...{ world, client, times, taskQueues, candidatesPerJob: 2 },
    });
    await organization.connect();
    await organization.declareConsent();
    const jobId = organization.company.jobs[0]?.id ?? '';
    await organization.setRole({ jobId, enabled: true });
  });

  afterAll(async () => {
    await worker?.stop();
    await closeClient?.();
    await world?.close();
  });

  /** Timeslots from and until so many seconds from now. */
  async function schedule(index: number, link: string, slots: readonly [number, number][]) {
    const { control } = world.smartRecruiters;
    const applicationId = organization.company.jobs[0]?.applicationIds[index] ?? '';
    await control.changeApplicationStatus({ applicationId, status: 'INTERVIEW' });
    const at = (seconds: number) => new Date(Date.now() + seconds * second).toISOString();
    const timeslots = slots.map(([from, until]) => ({
      ...{ startsOn: at(from), endsOn: at(until) },
      interviewers: organization.company.userIds.slice(0, 1),
    }));
    return await control.scheduleInterview({ applicationId, location: link, timeslots });
  }

  const doc = async (interviewId: string) =>
    (await organization.interviews()).find((one) => one.interviewId === interviewId);
  const bots = (meetingUrl: string) => world.notetaker.control.bots({ meetingUrl });
  const isRecorded = (link: string) => async () =>
    (await bots(link)).some(({ state }) => state === 'recording');

  it('keeps the bot that is in the call when the timeslot that names its session is deleted', async () => {
    const link = newMeetingLink();
    await world.notetaker.control.setScenario({ meetingUrl: link, scenario: { kind: 'admit' } });
    const { id, timeslots } = await schedule(0, link, [
      [5, 4 * 60],
      [4 * 60, 20 * 60],
    ]);
    await eventually(isRecorded(link), { what: 'a recording', withinMs: 90 * second });

    const [timeslotId = ''] = timeslots.map((timeslot) => timeslot.id).sort();
    expect((await doc(id))?.plan).toMatchObject([{ sessionId: timeslotId }]);
    await world.smartRecruiters.control.removeTimeslot({ interviewId: id, timeslotId });
    await eventually(async () => (await doc(id))?.timeslots.length === 1, {
      ...{ what: 'the shorter interview', withinMs: 60 * second },
    });
    await eventually(async () => (await doc(id))?.told?.done === true);
    // Looks at the bot, each of which would have taken it out.
    const looks = async () => (await world.notetaker.control.statistics()).calls['get 200'] ?? 0;
    const before = await looks();
    await eventually(async () => (await looks()) >= before + 3, { withinMs: 30 * second });
    const there = await bots(link);
    expect(there.map(({ state }) => state)).toEqual(['recording']);
    expect(Object.keys((await doc(id))?.progress ?? {})).toEqual([timeslotId]);
  }, 180_000);

  it('sends another bot to a timeslot that begins after everybody had left', async () => {
    const link = newMeetingLink();
    await world.notetaker.control.setScenario({
      ...{ meetingUrl: link, scenario: { kind: 'everybody_leaves_early' } },
    });
    const { id, timeslots } = await schedule(1, link, [
      [5, 90],
      // Sooner than the last minute at which a bot is asked for: it is asked for at once.
      [110, 20 * 60],
    ]);
    const outcomes = async () =>
      Object.values((await doc(id))?.progress ?? {}).map(({ outcome }) => outcome);
    await eventually(async () => (await outcomes()).includes('captured'), {
      ...{ what: 'the first outcome', withinMs: 90 * second },
    });
    await eventually(async () => (await bots(link)).length === 2, {
      ...{ what: 'a second bot', withinMs: 60 * second },
    });
    expect(await world.notetaker.control.secondBots()).toEqual([]);
    const plan = (await doc(id))?.plan.map(({ timeslotIds }) => timeslotIds);
    expect(plan).toEqual(timeslots.map((timeslot) => [timeslot.id]));
  }, 180_000);
});
