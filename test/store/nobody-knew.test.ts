import { createAuditorActivities } from '../../activities/auditor.js';
import { NotetakerError } from '../../activities/notetaker/port.js';
import type { AlertDoc, WatchReportDoc } from '../../common/read-model/documents.js';
import { defaultSettings } from '../../workflows/contracts/settings.js';
import { createStage, hour, minute, type Stage, vendorInterview } from './stage.js';

let stage: Stage;

beforeEach(async () => {
  stage = await createStage();
  stage.deps.times = { ...stage.deps.times, watchIdleMs: 15 * minute };
  await stage.install({ settings: defaultSettings });
  await stage.addRole('job-1');
  stage.deps.workflows.watching = true;
});

afterEach(() => stage.close());

const auditor = () => createAuditorActivities(stage.deps);
const audit = (by = auditor()) => stage.deps.run(() => by.audit({}));
async function alerts(): Promise<string[]> {
  const docs = await stage.deps.collections.alerts.find().sort({ _id: 1 }).lean<AlertDoc[]>();
  return docs.map(({ kind, reason }) => `${kind} ${reason}`);
}
/** As if the installation had not changed for so long. */
const installedAgo = (ms: number) =>
  stage.deps.collections.installations.updateOne(
    { _id: stage.life.orgId },
    { $set: { updatedAt: Date.now() - ms } },
  );
const reported = async (ago: number, change: Partial<WatchReportDoc> = {}) => {
  const report: WatchReportDoc = {
    _id: stage.life.orgId,
    ...stage.life,
    at: Date.now() - ago,
    freshness: {},
    load: {
      neededPerSecond: 0,
      budgetPerSecond: 7,
      latenessFactor: 1,
      spareFactor: 1,
      byWebhook: false,
    },
    import: null,
    staleSince: null,
    requests: 0,
    ...change,
  };
  await stage.deps.collections.watch_reports.collection.insertOne(report as never);
};

describe('a watch', () => {
  it('that does not run is started again, and people are told once a day', async () => {
    await installedAgo(hour);
    stage.deps.workflows.watching = false;
    expect(await audit()).toMatchObject({ watchesMended: 1 });
    expect(stage.deps.workflows.watches).toEqual(['started']);
    stage.deps.workflows.watching = false;
    await audit();
    expect(await alerts()).toEqual(['finding watch_not_running']);
  });

  it('is not started for a life that ends meanwhile', async () => {
    await installedAgo(hour);
    stage.deps.workflows.watching = false;
    stage.deps.workflows.startWatch = async (life) => {
      stage.deps.workflows.watches.push('started');
      await stage.deps.collections.installations.updateOne(
        { _id: life.orgId },
        { $set: { phase: 'uninstalling' } },
      );
    };
    expect(await audit()).toMatchObject({ watchesMended: 0 });
    expect(stage.deps.workflows.watches).toEqual(['started', 'cancelled']);
    expect(await alerts()).toEqual([]);
  });

  it('is not started while its installation is paused', async () => {
    await installedAgo(hour);
    stage.deps.workflows.watching = false;
    await stage.deps.collections.installations.updateOne({}, { $set: { phase: 'paused' } });
    await audit();
    expect(stage.deps.workflows.watches).toEqual([]);
  });

  it('that has said nothing for three periods is woken', async () => {
    await reported(46 * minute);
    expect(await audit()).toMatchObject({ watchesMended: 1 });
    expect(stage.deps.workflows.watches).toEqual(['nudged']);
    expect(await alerts()).toEqual(['finding watch_silent']);
  });

  it('that only ever is refused is told of, though it goes on reporting', async () => {
    const at = Date.now();
    await reported(minute, {
      setback: { kind: 'refused', credentialRef: 'credential-1', at, since: at - hour },
    });
    await audit();
    expect(await alerts()).toEqual(['finding watch_refused']);
  });

  it('that works is left alone', async () => {
    await installedAgo(hour);
    await reported(40 * minute);
    expect(await audit()).toMatchObject({ watchesMended: 0 });
    expect([stage.deps.workflows.watches, await alerts()]).toEqual([[], []]);
  });

  it('is looked at every five minutes only', async () => {
    await reported(minute);
    const one = auditor();
    await audit(one);
    stage.deps.workflows.watching = false;
    await audit(one);
    expect(stage.deps.workflows.watches).toEqual([]);
  });
});

describe('a notice that is owed', () => {
  const planned = async (ago: number) => {
    await stage.addInterview(vendorInterview('one', { startsAt: Date.now() + 72 * hour }), {
      firstSeenAt: Date.now() - ago,
    });
    await stage.deps.collections.interviews.updateOne(
      { interviewId: 'one' },
      { $set: { told: { hash: 'x', at: Date.now() - ago, done: true } } },
    );
    stage.deps.workflows.told.length = 0;
  };

  it('makes its join be told again, and people hear of it', async () => {
    await planned(20 * minute);
    await stage.deps.collections.interviews.updateOne(
      { interviewId: 'one' },
      { $set: { 'decision.code': 'notice_pending' } },
    );
    expect(await audit()).toMatchObject({ noticesMended: 1 });
    expect(stage.deps.workflows.told).toMatchObject([
      { interviewId: 'one', start: true, desired: { mailDue: true } },
    ]);
    expect(await alerts()).toEqual(['finding notice_owed']);
  });

  it('is given its time first', async () => {
    await planned(5 * minute);
    expect(await audit()).toMatchObject({ noticesMended: 0 });
  });

  it('is no finding while the organization has sent its mails of the hour', async () => {
    await planned(20 * minute);
    await stage.deps.collections.notifications.collection.insertMany(
      Array.from({ length: 500 }, (_, n) => ({
        _id: `mail-${n}` as never,
        ...stage.life,
        at: Date.now(),
      })),
    );
    expect(await audit()).toMatchObject({ noticesMended: 0 });
    expect(await alerts()).toEqual([]);
  });
});

describe('a session that began', () => {
  const begun = (change: { progress?: object } = {}) =>
    stage.addInterview(vendorInterview('one', { startsAt: Date.now() - 4 * minute }), {
      notice: { state: 'accepted', acceptedAt: Date.now() - 48 * hour },
      firstSeenAt: Date.now() - 72 * hour,
      ...change,
    } as never);

  it('with nothing behind it raises the alarm once, and its join is told again', async () => {
    await begun();
    stage.deps.workflows.told.length = 0;
    expect(await audit()).toMatchObject({ alarmsRaised: 1 });
    expect(await audit()).toMatchObject({ alarmsRaised: 0 });
    expect(await alerts()).toEqual(['missing not_requested']);
    expect(stage.deps.workflows.told[0]).toMatchObject({ interviewId: 'one', start: true });
  });

  it('is left alone when its bot was asked for, or its role is off', async () => {
    const doc = await begun();
    const [session] = doc.plan;
    const progress = {
      'slot-one': { sessionId: 'slot-one', startsAt: session?.startsAt, requestedAt: Date.now() },
    };
    await stage.deps.collections.interviews.updateOne(
      { interviewId: 'one' },
      { $set: { progress } },
    );
    await stage.addInterview(
      vendorInterview('off', { startsAt: Date.now() - 4 * minute, jobId: 'job-2' }),
    );
    expect(await audit()).toMatchObject({ alarmsRaised: 0 });
    expect(await alerts()).toEqual([]);
  });
});

describe('bots that carry no keys', () => {
  beforeEach(() => {
    stage.deps.notetaker.capabilities = {
      ...stage.deps.notetaker.capabilities,
      carriesKeys: false,
      addressesRooms: true,
    };
    stage.deps.notetaker.listActive = async function* () {
      yield* [...stage.deps.notetaker.bots.values()].filter(({ state }) => state !== 'ended');
    };
  });

  const hold = (state: string, providerBotId: string | null) =>
    stage.deps.collections.claims.collection.insertOne({
      _id: `${stage.life.orgId}/room` as never,
      orgId: stage.life.orgId,
      roomKey: 'room',
      rev: 1,
      holders: [
        {
          ...{ holderId: 'life-1/slot-one', interviewId: 'one', sessionId: 'slot-one' },
          ...{ jobId: 'job-1', generation: 'life-1', members: [], attempt: 1 },
          ...{
            from: Date.now(),
            until: Date.now() + hour,
            claimedUntil: 0,
            requestedAt: Date.now(),
          },
          epochs: { installation: 1, settings: 0, role: 0, interview: 0 },
          requestDeadlineAt: Date.now() + minute,
          ...{ state, providerBotId, providerBotKey: 'test:one' },
        },
      ],
    });

  it('are spared while a request is under way: one of them may be its', async () => {
    stage.deps.notetaker.add({ key: '', botId: 'unknown' });
    await hold('requesting', null);
    expect(await audit()).toMatchObject({ orphansRemoved: 0 });
  });

  it('are told by their ids else', async () => {
    stage.deps.notetaker.add({ key: '', botId: 'unknown' });
    stage.deps.notetaker.add({ key: '', botId: 'known' });
    await hold('live', 'known');
    stage.deps.workflows.running.add('one');
    expect(await audit()).toMatchObject({ orphansRemoved: 1 });
    expect(stage.deps.notetaker.removed).toEqual(['unknown']);
  });
});

describe('a provider that does not answer', () => {
  it('fails the sweep at its end, after everything else was looked at', async () => {
    await installedAgo(hour);
    stage.deps.workflows.watching = false;
    stage.deps.notetaker.onCall = async () => {
      throw new NotetakerError({ kind: 'unavailable', operation: 'list' });
    };
    await expect(audit()).rejects.toThrow('notetaker list');
    expect(stage.deps.workflows.watches).toEqual(['started']);
    expect(await alerts()).toEqual(['finding watch_not_running']);
  });
});
