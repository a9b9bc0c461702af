import type { Client } from '@temporalio/client';
import {
  limiterTimes,
  scaleLimiterTimes,
} from '../../../activities/smartrecruiters/limiter-times.js';
import { protocolTimes } from '../../../workflows/contracts/protocol-times.js';
import { eventually } from '../../support/eventually.js';
import { newMeetingLink } from '../../support/meeting-room.js';
import { createOrganization, type Organization } from '../../support/organization.js';
import {
  connectClient,
  type InProcessWorker,
  ownTaskQueues,
  scaledPeriods,
  startWorker,
  startWorld,
  type World,
} from '../../support/stack.js';
import { pillarRooms, type RoomBot, type Rooms, startVendor, vendorRooms } from './rooms.js';
import {
  type Action,
  type BotState,
  botStates,
  type Change,
  changes,
  expected,
  providers,
} from './table.js';

const minute = 60_000;
const hour = 60 * minute;
/** Of the simulated SmartRecruiters and of our limiter alike: the cells are read often. */
const paceFactor = 12;

/** When an interview begins so that its bot gets to that state, from now. */
const startsInMs: Record<string, Record<BotState, number>> = {
  pillar: { waiting: hour, requested: 100_000, frozen: 0, lobby: 2_000, recording: 2_000 },
  recall: {
    ...{ waiting: hour, requested: 4 * minute, frozen: 28_000 },
    ...{ lobby: 2_000, recording: 2_000 },
  },
  attendee: { waiting: hour, requested: 2_000, frozen: 0, lobby: 2_000, recording: 2_000 },
  vexa: { waiting: hour, requested: 2_000, frozen: 0, lobby: 2_000, recording: 2_000 },
};
const placeOf: Record<Exclude<BotState, 'waiting'>, string> = {
  ...{ requested: 'before', frozen: 'before' },
  ...{ lobby: 'lobby', recording: 'recording' },
};

const isGone = ({ place }: RoomBot) => place === 'gone';

interface Cell {
  state: BotState;
  change: Change;
  organization: Organization;
  jobId: string;
  interviewId: string;
  link: string;
  newLink: string;
  lastsMs: number;
}

describe.each(providers)('a change while the notetaker is that of %s', (provider) => {
  const taskQueues = ownTaskQueues();
  const times = {
    ...protocolTimes,
    ...{ followEveryMs: 1_000, stopCheckEveryMs: 200, roomWaitMs: 1_000, occupiedRetryMs: 500 },
    // Where a removal names the room, the room waits until no late one can reach it.
    ...{ requestHttpMs: 8_000, requestDeadlineMs: 10_000, lookupProvesMs: 5_000 },
  };
  const cells: Cell[] = [];
  const together: ReadonlySet<Change> = new Set<Change>(['role_off', 'uninstalled']);
  /** The bot that was there when the change came. */
  let before = new Map<Cell, string | null>();
  let world: World;
  let rooms: Rooms;
  let client: Client;
  let closeClient: () => Promise<void>;
  let worker: InProcessWorker;

  const cellOf = (state: BotState, change: Change) => {
    const found = cells.find((cell) => cell.state === state && cell.change === change);
    if (found === undefined) throw new Error('there is no such cell');
    return found;
  };

  beforeAll(async () => {
    const vendor = provider === 'pillar' ? null : await startVendor(provider);
    world = await startWorld({
      timeFactor: paceFactor,
      ...(vendor === null ? {} : { notetaker: vendor.notetaker }),
    });
    rooms = vendor === null ? pillarRooms(world) : vendorRooms(vendor.simulator);
    ({ client, close: closeClient } = await connectClient(world));
    worker = await startWorker({
      ...{ world, times, taskQueues },
      periods: { ...scaledPeriods(0.02), imminentFrom: hour },
      overrides: { limiterTimes: scaleLimiterTimes(limiterTimes, 1 / paceFactor) },
    });
    const organizations = await Promise.all([open(2), open(1)]);
    const [staying, leaving] = organizations;
    if (staying === undefined || leaving === undefined) throw new Error('nobody is connected');
    for (const change of changes) {
      const organization = change === 'uninstalled' ? leaving : staying;
      for (const state of botStates) await schedule(organization, state, change);
    }
    await Promise.all(cells.map(untilInState));
    before = new Map(
      await Promise.all(
        cells.map(async (cell) => [cell, (await rooms.botsIn(cell.link))[0]?.id ?? null] as const),
      ),
    );
    // One command turns the role off, and one uninstalls, for all of their cells.
    const once = cells.filter(
      ({ change }, index) =>
        !together.has(change) || cells.findIndex((cell) => cell.change === change) === index,
    );
    await Promise.all(once.map(apply));
  }, 240_000);

  afterAll(async () => {
    await worker?.stop();
    await closeClient?.();
    await rooms?.close();
    await world?.close();
  });

  /** Jobs: one, and one that will be turned off. */
  async function open(jobs: number): Promise<Organization> {
    const organization = await createOrganization({
      ...{ world, client, times, taskQueues, jobs },
      candidatesPerJob: botStates.length * (changes.length - 2),
    });
    await organization.connect();
    await organization.declareConsent();
    // Before the first listing of a role, so that nobody is found only by a later one.
    for (const { applicationIds } of organization.company.jobs) {
      for (const applicationId of applicationIds) {
        const status = 'INTERVIEW';
        await world.smartRecruiters.control.changeApplicationStatus({ applicationId, status });
      }
    }
    for (const { id } of organization.company.jobs) {
      await organization.setRole({ jobId: id, enabled: true });
    }
    return organization;
  }

  async function schedule(
    organization: Organization,
    state: BotState,
    change: Change,
  ): Promise<void> {
    if (expected(provider, state, change) === 'never_frozen') return;
    const job = organization.company.jobs[change === 'role_off' ? 1 : 0];
    const link = newMeetingLink();
    await rooms.prepare(link, state);
    const ofJob = cells.filter((cell) => cell.jobId === job?.id).length;
    const lastsMs = 30 * minute;
    const interviewId = await organization.schedule({
      applicationId: job?.applicationIds[ofJob] ?? '',
      ...{ link, startsInMs: startsInMs[provider]?.[state] ?? 0, lastsMs },
    });
    cells.push({
      ...{ state, change, organization, interviewId, link, lastsMs },
      ...{ jobId: job?.id ?? '', newLink: newMeetingLink() },
    });
  }

  async function docOf({ organization, interviewId }: Cell) {
    return (await organization.interviews()).find((doc) => doc.interviewId === interviewId);
  }

  async function untilInState(cell: Cell): Promise<void> {
    const { state, link } = cell;
    await eventually(
      async () => {
        if (state === 'waiting') return (await docOf(cell))?.decision.verdict === 'join';
        return (await rooms.botsIn(link)).some(({ place }) => place === placeOf[state]);
      },
      { what: `a bot that is ${state}`, withinMs: 120_000 },
    );
  }

  const moveTo = (cell: Cell, startsAt: number) =>
    world.smartRecruiters.control.moveInterview({
      interviewId: cell.interviewId,
      startsOn: new Date(startsAt).toISOString(),
      endsOn: new Date(startsAt + cell.lastsMs).toISOString(),
    });

  async function apply(cell: Cell): Promise<void> {
    const { change, organization, interviewId, jobId, newLink } = cell;
    const { control } = world.smartRecruiters;
    const startsAt = (await docOf(cell))?.startsAt ?? Date.now();
    switch (change) {
      case 'moved_far':
        await moveTo(cell, startsAt + 5 * hour);
        return;
      case 'moved_a_little':
        await moveTo(cell, startsAt + minute);
        return;
      case 'new_link':
        await rooms.prepare(newLink, cell.state);
        await control.changeLink({ interviewId, location: newLink });
        return;
      case 'cancelled':
        await control.cancelInterview({ interviewId });
        return;
      case 'role_off':
        await organization.setRole({ jobId, enabled: false });
        return;
      case 'skipped':
        await organization.choose({ interviewId, action: 'skip' });
        return;
      case 'uninstalled':
        await organization.uninstall();
    }
  }

  /** What came about so far, in the words of the table; `other` when it is none of them. */
  async function seen({ link, newLink }: Cell, botId: string | null): Promise<Action | 'other'> {
    const [inOld, inNew] = [await rooms.botsIn(link), await rooms.botsIn(newLink)];
    const all = [...inOld, ...inNew];
    const active = all.filter(({ place }) => place !== 'gone');
    if (all.length === 0) return 'no_bot';
    if (all.length === 1) return active.length === 1 ? 'stays' : 'removed';
    const isAnew = active.length === 1 && active[0]?.id !== botId;
    return isAnew && (inNew.length === 0 || inOld.every(isGone))
      ? 'removed_and_asked_anew'
      : 'other';
  }

  /** Waits for what should come about, and tells what did. */
  async function actionOf(cell: Cell, wanted: Action): Promise<Action | 'other'> {
    const botId = before.get(cell) ?? null;
    const isHeard = async () => {
      const doc = await docOf(cell);
      return doc === undefined || doc.timeline.some(({ kind }) => kind === 'moved');
    };
    await eventually(
      async () => (await seen(cell, botId)) === wanted && (wanted !== 'stays' || (await isHeard())),
      { what: wanted, withinMs: 90_000 },
    );
    return await seen(cell, botId);
  }

  for (const change of changes) {
    for (const state of botStates) {
      const wanted = expected(provider, state, change);
      if (wanted === 'never_frozen') continue;
      it(`${state}, ${change}: ${wanted}`, async () => {
        const cell = cellOf(state, change);
        expect(await actionOf(cell, wanted)).toBe(wanted);
        expect(await rooms.secondBots()).toBe(0);
      }, 150_000);
    }
  }
});
