import { createInstallationActivities } from '../../activities/installation.js';
import { createWatchActivities } from '../../activities/interview-watch.js';
import { createJoinActivities } from '../../activities/join-interview.js';
import { ensureFixedRows } from '../../activities/watching/work-list.js';
import { interviewsJoinedByChoice, readFences } from '../../common/read-model/fences.js';
import { protocolTimes, scaleTimes } from '../../workflows/contracts/protocol-times.js';
import {
  command,
  createStage,
  hour,
  openSettings,
  type Stage,
  snapshot,
  vendorInterview,
  vendorJob,
} from './stage.js';

let stage: Stage;
let activities: ReturnType<typeof createInstallationActivities>;

beforeEach(async () => {
  // A request has its time even on a busy machine: these tests are not about deadlines.
  stage = await createStage({ times: scaleTimes(protocolTimes, 0.1) });
  activities = createInstallationActivities(stage.deps);
  await stage.install();
});

afterEach(() => stage.close());

function installationDoc() {
  return stage.deps.collections.installations.findOne({ _id: stage.life.orgId }).lean();
}

function change(version: number, phase: 'active' | 'uninstalling', receiptId: string | null) {
  return activities.applyInstallationChange({
    ...stage.life,
    snapshot: snapshot({ version, phase, receiptId }),
    fence: null,
    command: command(),
    event: 'changed',
    retiredCredentialRef: null,
  });
}

describe('the erasure', () => {
  const erase = () => activities.eraseInstallation({ ...stage.life, receiptId: 'receipt-1' });

  beforeEach(() => change(2, 'uninstalling', 'receipt-1'));

  it.each(['installations', 'receipts'] as const)(
    'that dies over the %s lets the organization install again once it is repeated',
    async (name) => {
      const { collection } = stage.deps.collections[name];
      const own = name === 'installations' ? 'deleteOne' : 'updateOne';
      const original = collection[own];
      let left = name === 'installations' ? 1 : 2;
      collection[own] = (async (...args: unknown[]) => {
        left -= 1;
        if (left === 0) throw new Error('killed');
        return await Reflect.apply(original, collection, args);
      }) as never;
      await expect(erase()).rejects.toThrow('killed');
      collection[own] = original as never;

      await erase();
      expect(await installationDoc()).toBeNull();
      const receipt = await stage.deps.collections.receipts.findOne({ _id: 'receipt-1' }).lean();
      expect(receipt).toMatchObject({ state: 'completed' });
    },
  );

  it('removes the document even when the receipt is completed already', async () => {
    await stage.deps.collections.receipts.updateOne(
      { _id: 'receipt-1' },
      { $set: { state: 'completed' } },
    );
    await erase();
    expect(await installationDoc()).toBeNull();
  });

  it('is not undone by a late write of the life that it ended', async () => {
    await erase();
    await change(3, 'active', null);
    expect(await installationDoc()).toBeNull();
  });

  it('leaves nobody in the trail, not even the one who asked for the installation', async () => {
    const life = { orgId: stage.life.orgId, generation: 'life-2' };
    await activities.openInstallation({ ...life, snapshot: snapshot(), by: 'owner-7' });
    const trail = () =>
      stage.deps.collections.audit_events.find({ event: 'install_requested' }).lean();
    expect(await trail()).toMatchObject([{ by: 'owner-7', detail: {} }]);

    await erase();
    expect(JSON.stringify(await trail())).not.toContain('owner-7');
  });
});

describe('fences of an earlier life', () => {
  const before = { generation: 'life-0' };
  const fences = () =>
    readFences({ ...stage.deps, ...stage.life, jobId: 'job-1', interviewId: 'one' });

  it('of a role say nothing: what is imported in the next one is joined', async () => {
    await stage.fence({ kind: 'role', jobId: 'job-1' }, 9, true, before);
    await stage.install({
      version: 2,
      settings: { ...openSettings, captureMode: 'import_all' },
    });
    stage.deps.company.jobs = [vendorJob('job-1')];
    await ensureFixedRows(stage.deps.collections, stage.life);
    await stage.deps.run(() =>
      createWatchActivities(stage.deps).watchSlice({ ...stage.life, budgetMs: 30_000 }),
    );
    await stage.addInterview(vendorInterview('one'));
    const join = createJoinActivities(stage.deps);
    const roomKey = await stage.roomOf('one');
    const { startsAt, endsAt } = await stage.interview('one');
    await join.claimRoom({
      ...stage.session('one'),
      jobId: 'job-1',
      attempt: 1,
      window: { roomKey, startsAt, endsAt },
    });

    expect(await join.requestBot({ ...stage.session('one'), attempt: 1, roomKey })).toMatchObject({
      kind: 'sent',
    });
  });

  it('let no interview past a role that is off now, though a person had asked for it then', async () => {
    await stage.fence({ kind: 'interview', interviewId: 'one' }, 9, false, {
      ...before,
      joins: true,
    });
    await stage.fence({ kind: 'role', jobId: 'job-1' }, 10, true);

    expect((await fences()).off).toBe('role');
    expect(await interviewsJoinedByChoice({ ...stage.deps, ...stage.life })).toEqual(new Set());
  });

  it('keep a bot out of an interview that a person had skipped', async () => {
    await stage.fence({ kind: 'interview', interviewId: 'one' }, 9, true, before);
    expect((await fences()).off).toBe('interview');
  });
});

describe('the end of the joins', () => {
  const told = async (interviewId: string, endsAt: number) => {
    await stage.addInterview(vendorInterview(interviewId, { startsAt: endsAt - hour, endsAt }), {
      told: { hash: 'x', at: 1, done: true },
    });
    stage.deps.workflows.running.add(interviewId);
  };

  it('is asked of those that may still run, many at a time, and waited for', async () => {
    const ids = Array.from({ length: 45 }, (_, index) => `i${index}`);
    for (const id of ids) await told(id, Date.now() + hour);
    await told('long-over', Date.now() - 24 * hour);
    const { workflows } = stage.deps;
    const cancel = workflows.cancelJoin.bind(workflows);
    let [open, most] = [0, 0];
    workflows.cancelJoin = async (join) => {
      open += 1;
      most = Math.max(most, open);
      await new Promise((resolve) => setImmediate(resolve));
      await cancel(join);
      open -= 1;
    };

    await stage.deps.run(() => activities.closeJoins(stage.life));
    expect(most).toBe(20);
    expect([...workflows.running]).toEqual(['long-over']);
  });
});

it('a document of a life is made by its opening, once', async () => {
  const next = { orgId: stage.life.orgId, generation: 'life-2' };
  for (const version of [1, 2]) {
    await activities.openInstallation({ ...next, snapshot: snapshot({ version }), by: 'owner-1' });
  }
  expect(await installationDoc()).toMatchObject({ generation: 'life-2', version: 1 });
});

it('a resumed organization holds the notices of its roles until they are counted', async () => {
  await stage.addRole('job-1', { mailHold: null });
  await activities.applyInstallationChange({
    ...stage.life,
    snapshot: snapshot({ version: 2 }),
    fence: { kind: 'installation', off: false, epoch: 2 },
    command: command(),
    event: 'resumed',
    retiredCredentialRef: null,
  });
  const role = await stage.deps.collections.roles.findOne({ jobId: 'job-1' }).lean();
  expect(role).toMatchObject({ mailHold: 'counting' });
});
