import { createWatchActivities } from '../../activities/interview-watch.js';
import {
  holdMailOfEnabledRoles,
  releaseCountedHolds,
} from '../../activities/watching/mail-hold.js';
import { setRoleRows } from '../../activities/watching/work-list.js';
import { vendorFailure } from '../support/activity-deps.js';
import { createStage, hour, minute, type Stage, vendorInterview, vendorJob } from './stage.js';

const attention = { explanation: '', remedy: '', since: 1 };

let stage: Stage;

beforeEach(async () => {
  stage = await createStage();
  await stage.install();
  await stage.addRole('job-1');
  stage.deps.company.jobs = [vendorJob('job-1')];
  stage.deps.company.webhooks.failure = vendorFailure('scope', 403);
});

afterEach(() => stage.close());

async function slice() {
  return await stage.deps.run(() =>
    createWatchActivities(stage.deps).watchSlice({ ...stage.life, budgetMs: 30_000 }),
  );
}

describe('the hold on mails of interviews already scheduled', () => {
  beforeEach(async () => {
    await stage.deps.collections.roles.updateOne(
      { _id: `${stage.life.orgId}/job-1` },
      { $set: { mailHold: 'counting' } },
    );
    await setRoleRows(stage.deps.collections, { ...stage.life, jobId: 'job-1', active: true });
  });

  function candidates(count: number): void {
    const all = Array.from({ length: count }, (_, index) => `candidate-${index}`);
    stage.deps.company.applicants.set(
      'job-1',
      all.map((candidateId) => ({ candidateId, status: 'INTERVIEW' })),
    );
    for (const candidateId of all) {
      stage.deps.company.applications.set(`${candidateId}/job-1`, `application-${candidateId}`);
      const interview = vendorInterview(`of-${candidateId}`, { candidateId });
      stage.deps.company.lists.set(`application-${candidateId}`, [interview]);
    }
  }

  const hold = async () =>
    (await stage.deps.collections.roles.findOne({ _id: `${stage.life.orgId}/job-1` }).lean())
      ?.mailHold;

  it('ends by itself for 25 people', async () => {
    candidates(25);
    await slice();
    expect(await hold()).toBeNull();
    expect(stage.deps.workflows.attentions).toEqual([]);
  });

  it('waits for an Owner for 26', async () => {
    candidates(26);
    await slice();
    expect(await hold()).toBe('waiting');
    expect(stage.deps.workflows.attentions).toEqual([{ code: 'mail_confirmation', open: true }]);
  });

  it('is still counting while an application could not be read for now', async () => {
    candidates(2);
    stage.deps.company.lists.set(
      'application-candidate-1',
      vendorFailure('unavailable', 503) as never,
    );
    await slice();
    expect(await hold()).toBe('counting');
  });

  it('holds what is found after a pause until all was read again', async () => {
    candidates(2);
    await slice();
    expect(await hold()).toBeNull();

    await stage.deps.collections.applications.updateMany(
      {},
      { $set: { lastReadAt: Date.now() - minute } },
    );
    await holdMailOfEnabledRoles(stage.deps, stage.life);
    expect(await hold()).toBe('counting');
    await releaseCountedHolds(stage.deps, stage.life);
    expect(await hold()).toBe('counting');
    candidates(26);
    await slice();
    expect(await hold()).toBe('waiting');

    await holdMailOfEnabledRoles(stage.deps, stage.life);
    expect(await hold()).toBe('waiting');
  });

  it('is not ended by an answer from before the role was on', async () => {
    candidates(1);
    await slice();
    await stage.deps.collections.applications.updateOne(
      { candidateId: 'candidate-0' },
      { $set: { lastResult: 'scope', lastReadAt: null } },
    );
    await holdMailOfEnabledRoles(stage.deps, stage.life);
    await stage.deps.collections.applications.updateOne(
      { kind: 'listing' },
      { $set: { lastReadAt: Date.now() + 1, nextCheckAt: Date.now() + hour } },
    );
    await releaseCountedHolds(stage.deps, stage.life);
    expect(await hold()).toBe('counting');
  });

  it.each([
    [
      'makes the reading itself fail',
      () =>
        stage.deps.company.lists.set('application-candidate-1', new TypeError('a bug') as never),
    ],
    ['is gone', () => stage.deps.company.applications.delete('candidate-1/job-1')],
    ['has no id', () => stage.deps.company.applications.set('candidate-1/job-1', null)],
    [
      'may not be read',
      () =>
        stage.deps.company.lists.set(
          'application-candidate-1',
          vendorFailure('scope', 403) as never,
        ),
    ],
  ])('is not kept up for ever by an application that %s', async (_what, prepare) => {
    candidates(2);
    prepare();
    await slice();
    expect(await hold()).toBeNull();
  });
});

describe('the attention about mails that wait', () => {
  const waits = () =>
    stage.deps.collections.roles.updateOne({ jobId: 'job-1' }, { $set: { mailHold: 'waiting' } });
  const shown = { ...attention, code: 'mail_confirmation' as const };

  it('is opened by the next slice when its report was lost', async () => {
    await waits();
    await slice();
    expect(stage.deps.workflows.attentions).toEqual([{ code: 'mail_confirmation', open: true }]);
  });

  it('is not reported again while it is shown, and closed when nothing waits', async () => {
    await waits();
    await stage.install({ attentions: [shown], version: 2 });
    await slice();
    expect(stage.deps.workflows.attentions).toEqual([]);

    await stage.deps.collections.roles.updateOne({ jobId: 'job-1' }, { $set: { mailHold: null } });
    await slice();
    expect(stage.deps.workflows.attentions).toEqual([{ code: 'mail_confirmation', open: false }]);
  });
});
