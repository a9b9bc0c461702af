import { connectedInstallation, fakeImport, fakeRole, minute } from './support/fake-data.js';
import { barriers } from './support/page.js';
import { setStage } from './support/stage.js';

const stage = setStage();

beforeEach(() => {
  stage.api.world.installation = connectedInstallation();
  stage.api.world.roles = [
    fakeRole({ jobId: 'job-1', title: 'Backend Engineer' }),
    fakeRole({ jobId: 'job-2', title: 'Head of Finance', enabled: true }),
    fakeRole({ jobId: 'job-3', title: 'Designer' }),
  ];
});

describe('the first import', () => {
  it('shows stage, counts, pace and what is left, follows events, and goes away at the end', async () => {
    stage.api.world.installation = { ...connectedInstallation(), import: fakeImport() };
    await stage.visit();
    await stage.see('Reading SmartRecruiters for the first time');
    await stage.see(/412 of 1,480, about 3 min to go, 6.4 requests a second/);
    const bar = stage.page.getByRole('progressbar', { name: 'Progress of the import' });
    expect(await bar.getAttribute('aria-valuenow')).toBe('28');
    const now = stage.page.getByRole('listitem').and(stage.page.locator('[aria-current=step]'));
    expect(await now.textContent()).toBe('Interviews 412');
    expect(await barriers(stage.page)).toEqual([]);

    const later = { done: 1_480, etaSeconds: 0 };
    stage.api.tell('import', { ...fakeImport(), ...later });
    await stage.see(/1,480 of 1,480/);
    stage.api.tell('import', null);
    await bar.waitFor({ state: 'detached' });
  });
});

describe('how fresh it is', () => {
  it('is drawn by tier against its target, and says which one is behind', async () => {
    await stage.visit();
    const tier = (name: RegExp) => stage.page.getByRole('img', { name });
    await tier(/^About to start: 41 s old, promised 60 s$/).waitFor();
    await tier(/^Interviewing: 4 min old, promised 5 min$/).waitFor();
    await tier(/^In review: 38 min old, promised 30 min/).waitFor();
    await stage.see(/behind the promised 30 min/);
    expect(await stage.page.getByText('times later than promised').count()).toBe(0);
  });

  it('says by what factor everything is late, and what would help', async () => {
    const installation = connectedInstallation();
    const load = { neededPerSecond: 12.6, budgetPerSecond: 7, latenessFactor: 1.8 };
    stage.api.world.installation = { ...installation, load: { ...load, byWebhook: false } };
    await stage.visit();
    await stage.see('Everything is read 1.8 times later than promised');
    await stage.see(/12.6 requests a second are needed, 7.0 are to be had. Webhooks/);
    expect(await barriers(stage.page)).toEqual([]);
  });

  it('has a banner of its own when it stays late, with the way to webhooks', async () => {
    stage.api.world.installation = {
      ...connectedInstallation(),
      attention: {
        code: 'watch_stale',
        explanation: 'Changes reach Pillar later than they should.',
        remedy: 'Add the scope webhooks_manage.',
        since: Date.now() - 20 * minute,
      },
    };
    await stage.visit();
    await stage.see('Changes reach Pillar late');
    await stage.page.getByRole('link', { name: 'How to add webhooks' }).click();
    await stage.page.getByRole('heading', { name: 'Webhooks' }).waitFor();
    expect(await barriers(stage.page)).toEqual([]);
  });
});

describe('webhooks', () => {
  it('say what the scope would bring and the steps to it', async () => {
    stage.api.world.installation = {
      ...connectedInstallation(),
      webhooks: {
        state: 'no_scope',
        since: null,
        explanation: 'The credential may not use webhooks.',
        remedy: 'Add the scope webhooks_manage to the credential.',
      },
    };
    await stage.visit('#connection');
    const section = stage.page.getByRole('region', { name: 'Webhooks' });
    await section.getByText('Not used').waitFor();
    await section.getByText('The credential may not use webhooks.').waitFor();
    expect(await section.getByRole('listitem').count()).toBe(3);
    expect(await barriers(stage.page)).toEqual([]);
  });

  it('say that they are active, and ask for nothing then', async () => {
    await stage.visit('#connection');
    const section = stage.page.getByRole('region', { name: 'Webhooks' });
    await section.getByText('Active', { exact: true }).waitFor();
    expect(await section.getByRole('listitem').count()).toBe(0);
  });
});

describe('several jobs', () => {
  it('are turned on with one command, after the estimate was shown', async () => {
    await stage.visit('#jobs');
    await stage.page.getByRole('button', { name: 'Change several' }).click();
    await stage.page.getByRole('checkbox', { name: 'Tick all 3 that are shown' }).check();
    await stage.see('3 jobs are ticked.');
    await stage.page.getByRole('checkbox', { name: 'Tick Head of Finance' }).uncheck();
    await stage.see('2 jobs are ticked.');
    expect(await barriers(stage.page)).toEqual([]);
    await stage.page.getByRole('button', { name: 'Turn on…' }).click();
    await stage.page.getByRole('group', { name: 'What has to be read' }).waitFor();
    await stage.page.getByRole('radio', { name: 'Leave them out, join only new ones' }).check();
    expect(await barriers(stage.page)).toEqual([]);
    await stage.page.getByRole('button', { name: 'Turn on', exact: true }).click();

    await stage.isOn('Notetaker for Designer', true);
    await stage.isOn('Notetaker for Backend Engineer', true);
    const jobIds = ['job-1', 'job-3'];
    expect(stage.sent('POST').map(({ path, body }) => [path, body])).toEqual([
      ['/roles/bulk/preview', { jobIds, enabled: true }],
      ['/roles/bulk', { jobIds, enabled: true, scheduled: 'exclude' }],
    ]);
  });

  it('can be turned on although SmartRecruiters does not say how much there is to read', async () => {
    stage.api.world.load = null;
    await stage.visit('#jobs');
    await stage.page.getByRole('button', { name: 'Change several' }).click();
    await stage.page.getByRole('checkbox', { name: 'Tick Designer' }).check();
    await stage.page.getByRole('button', { name: 'Turn on…' }).click();
    await stage.see('How much there is to read is not known right now');
    await stage.page.getByRole('button', { name: 'Turn on', exact: true }).click();
    await stage.isOn('Notetaker for Designer', true);
    expect(stage.sent('POST').at(-1)).toMatchObject({ path: '/roles/bulk' });
  });
});
