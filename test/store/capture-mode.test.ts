import { createInstallationActivities } from '../../activities/installation.js';
import { createWatchActivities } from '../../activities/interview-watch.js';
import { hastenCatalogue } from '../../activities/watching/catalogue.js';
import { addApplicationRows, ensureFixedRows } from '../../activities/watching/work-list.js';
import type { RoleDoc } from '../../common/read-model/documents.js';
import { readFences } from '../../common/read-model/fences.js';
import { vendorFailure } from '../support/activity-deps.js';
import { command, createStage, openSettings, type Stage, snapshot, vendorJob } from './stage.js';

const importing = { ...openSettings, captureMode: 'import_all' as const };

let stage: Stage;
let activities: ReturnType<typeof createInstallationActivities>;

beforeEach(async () => {
  stage = await createStage();
  activities = createInstallationActivities(stage.deps);
  await stage.install();
  stage.deps.company.jobs = ['chosen', 'declined', 'new'].map((jobId) => vendorJob(jobId));
  await ensureFixedRows(stage.deps.collections, stage.life);
  await catalogueIsRead();
  await setRole('chosen', true, 2);
  await setRole('declined', true, 3);
  await setRole('declined', false, 4);
});

afterEach(() => stage.close());

/** What is due on the work list, the catalogue above all. */
async function catalogueIsRead() {
  await stage.deps.run(() =>
    createWatchActivities(stage.deps).watchSlice({ ...stage.life, budgetMs: 30_000 }),
  );
}

async function role(jobId: string): Promise<RoleDoc | null> {
  return await stage.deps.collections.roles
    .findOne({ _id: `${stage.life.orgId}/${jobId}` })
    .lean<RoleDoc | null>();
}

async function off(jobId: string) {
  const key = { ...stage.life, jobId, interviewId: 'one' };
  return (await readFences({ ...stage.deps, ...key })).off;
}

async function rowsOf(jobId: string) {
  const rows = await stage.deps.collections.applications.find({ jobId }).lean();
  return rows.map(({ kind, active }) => [kind, active]);
}

function setRole(jobId: string, enabled: boolean, epoch: number) {
  return activities.applyRoleChange({
    ...stage.life,
    jobId,
    change: { kind: 'set', enabled, scheduled: 'include' },
    epoch,
    command: command(),
  });
}

/** Change of settings, as the installation's workflow asks for it. */
function changeSettings(version: number, settings: typeof openSettings, epoch: number | null) {
  return activities.applyInstallationChange({
    ...stage.life,
    snapshot: snapshot({ version, settings }),
    fence: epoch === null ? null : { kind: 'settings', epoch },
    command: command(),
    event: 'settings_changed',
    retiredCredentialRef: null,
  });
}

async function importAll(version: number) {
  await changeSettings(version, importing, null);
  await catalogueIsRead();
}

describe('import_all', () => {
  it('is a short command: the watch turns on every open job but those that an Owner turned off', async () => {
    stage.deps.company.applicants.set('new', [{ candidateId: 'c', status: 'INTERVIEW' }]);
    stage.deps.company.applications.set('c/new', vendorFailure('unavailable', 503));
    await changeSettings(2, importing, null);
    expect(await role('new')).toBeNull();

    await catalogueIsRead();
    expect(await role('new')).toMatchObject({ enabled: true, chosen: null, mailHold: 'counting' });
    expect(await rowsOf('new')).toContainEqual(['listing', true]);
    expect(await role('chosen')).toMatchObject({ enabled: true, chosen: true });
    expect(await role('declined')).toMatchObject({ enabled: false, chosen: false });
    expect(await off('declined')).toBe('role');
  });

  it('is carried out by a slice that began before it', async () => {
    let changed = false;
    stage.deps.company.beforeAnswer = async (call) => {
      if (changed || !call.startsWith('readJobsPage')) return;
      changed = true;
      await changeSettings(2, importing, null);
    };
    await hastenCatalogue(stage.deps.collections, stage.life);
    await catalogueIsRead();

    expect(changed).toBe(true);
    expect(await role('new')).toMatchObject({ enabled: true, enabledBy: 'import_all' });
  });

  it('for a second time lets the bots in again', async () => {
    await importAll(2);
    await changeSettings(3, openSettings, 5);
    await importAll(4);

    expect(await role('new')).toMatchObject({ enabled: true });
    expect(await off('new')).toBeNull();
  });

  it('keeps a role off and fenced that an Owner turned off in it', async () => {
    await importAll(2);
    await setRole('new', false, 5);
    await changeSettings(3, openSettings, 6);
    await importAll(4);

    expect(await role('new')).toMatchObject({ enabled: false, chosen: false });
    expect(await off('new')).toBe('role');
  });

  it('leaves a role alone that an Owner turns off while the jobs are listed', async () => {
    await importAll(2);
    await changeSettings(3, openSettings, 5);
    await changeSettings(4, importing, null);
    stage.deps.company.beforeAnswer = async (call) => {
      if (call.startsWith('readJobsPage')) await setRole('new', false, 6);
    };
    await catalogueIsRead();

    expect(await role('new')).toMatchObject({ enabled: false, chosen: false, epoch: 6 });
    expect(await off('new')).toBe('role');
  });

  it('imports nothing when it ends while the jobs are listed', async () => {
    await importAll(2);
    await changeSettings(3, openSettings, 5);
    await changeSettings(4, importing, null);
    stage.deps.company.jobs = ['new', 'newest'].map((jobId) => vendorJob(jobId));
    stage.deps.company.beforeAnswer = async (call) => {
      if (call.startsWith('readJobsPage')) await changeSettings(5, openSettings, 6);
    };
    await catalogueIsRead();

    expect(await role('new')).toMatchObject({ enabled: false });
    expect(await off('new')).toBe('role');
    expect(await role('newest')).toBeNull();
  });

  it('that ends in the middle of an import leaves no role on, and all of them fenced', async () => {
    const { collection } = stage.deps.collections.roles;
    await changeSettings(2, importing, null);
    const updateOne = collection.updateOne.bind(collection);
    let ended = false;
    collection.updateOne = (async (...args: Parameters<typeof updateOne>) => {
      if (!ended) {
        ended = true;
        await changeSettings(3, openSettings, 5);
      }
      return await updateOne(...args);
    }) as typeof updateOne;
    await catalogueIsRead();

    expect(ended).toBe(true);
    expect(await role('new')).toMatchObject({ enabled: false });
    expect(await off('new')).toBe('role');
    expect(await rowsOf('new')).toEqual([['listing', false]]);
  });
});

describe('choose_jobs after it', () => {
  it('has the imported ones off and fenced, the chosen ones stay', async () => {
    await importAll(2);
    await changeSettings(3, openSettings, 5);

    expect(await role('new')).toMatchObject({ enabled: false, epoch: 5 });
    expect(await off('new')).toBe('role');
    expect(await rowsOf('new')).toEqual([['listing', false]]);
    expect(await role('chosen')).toMatchObject({ enabled: true });
    expect(await off('chosen')).toBeNull();
  });

  it('comes to the same end when the process dies once the mode is stored', async () => {
    await importAll(2);
    const { collection } = stage.deps.collections.fences;
    const bulkWrite = collection.bulkWrite.bind(collection);
    collection.bulkWrite = async () => {
      throw new Error('killed');
    };
    await expect(changeSettings(3, openSettings, 5)).rejects.toThrow('killed');
    collection.bulkWrite = bulkWrite;
    await changeSettings(3, openSettings, 5);

    expect(await role('new')).toMatchObject({ enabled: false });
    expect(await off('new')).toBe('role');
  });

  it('leaves no application on that a listing added while it ended', async () => {
    await importAll(2);
    const { collection } = stage.deps.collections.roles;
    const updateMany = collection.updateMany.bind(collection);
    collection.updateMany = (async (...args: Parameters<typeof updateMany>) => {
      await addApplicationRows(stage.deps.collections, stage.life, [
        { candidateId: 'late', jobId: 'new', status: 'NEW' },
      ]);
      return await updateMany(...args);
    }) as typeof updateMany;
    await changeSettings(3, openSettings, 5);

    expect(await rowsOf('new')).toContainEqual(['resolve', false]);
    expect((await rowsOf('new')).filter(([, active]) => active)).toEqual([]);
  });

  it('takes as many writes for a hundred roles as for one', async () => {
    stage.deps.company.jobs = Array.from({ length: 100 }, (_, index) => vendorJob(`j${index}`));
    await importAll(2);
    let single = 0;
    for (const name of ['roles', 'fences', 'applications'] as const) {
      const { collection } = stage.deps.collections[name];
      const updateOne = collection.updateOne.bind(collection);
      collection.updateOne = (async (...args: Parameters<typeof updateOne>) => {
        single += 1;
        return await updateOne(...args);
      }) as typeof updateOne;
    }
    await changeSettings(3, openSettings, 5);

    // The fence of the settings.
    expect(single).toBe(1);
    const { roles } = stage.deps.collections;
    expect(
      await roles.countDocuments({ orgId: stage.life.orgId, enabled: true, chosen: null }),
    ).toBe(0);
    expect(await off('j99')).toBe('role');
  });
});
