import { connectedInstallation, fakeRole } from './support/fake-data.js';
import { barriers } from './support/page.js';
import { setStage } from './support/stage.js';

const stage = setStage();

beforeEach(() => {
  const installation = connectedInstallation();
  stage.api.world.installation = {
    ...installation,
    settings: {
      ...installation.settings,
      restrictions: [{ field: 'department', match: 'Legal' }],
    },
  };
  stage.api.world.roles = [
    fakeRole({ jobId: 'job-1', title: 'Backend Engineer', department: 'Engineering' }),
  ];
});

/** The page shows a change before the API has heard of it. */
const saved = () => stage.page.getByText('Saved', { exact: true }).waitFor();
const patches = () => stage.sent('PATCH').map(({ body }) => body);

describe('restrictions on the page', () => {
  it('are saved only after the page has said what they would do', async () => {
    stage.api.world.preview = {
      ...{ considered: 42, isPartial: false },
      noLonger: { count: 102, byCode: { restricted: 102 } },
      newly: { count: 0, byCode: {} },
      changed: [
        {
          ...{ interviewId: 'int-1', jobId: 'job-1', startsAt: Date.now() + 3_600_000 },
          ...{ before: 'will_join', after: 'restricted' },
        },
      ],
    };
    await stage.visit('#settings');
    await stage.page.getByText('Department is “Legal”').waitFor();
    expect(await barriers(stage.page)).toEqual([]);
    await stage.page.getByRole('combobox', { name: 'Words' }).fill('chief of staff');
    await stage.page.getByRole('button', { name: 'See what this changes…' }).click();

    await stage.see('102 interviews would no longer be joined');
    await stage.see(/Backend Engineer: will join → stays out/);
    await stage.see('and 101 more');
    const restrictions = [
      { field: 'department', match: 'Legal' },
      { field: 'title', match: 'chief of staff' },
    ];
    expect(stage.sent('POST')).toEqual([
      { method: 'POST', path: '/settings/preview', body: { restrictions } },
    ]);
    expect(patches()).toEqual([]);
    expect(await barriers(stage.page)).toEqual([]);
    await stage.page.getByRole('button', { name: 'Save', exact: true }).click();

    await stage.page.getByText('Title says “chief of staff”').waitFor();
    await saved();
    expect(patches()).toEqual([{ restrictions }]);
  });

  it('are removed in the same way, and left when one thinks better of it', async () => {
    await stage.visit('#settings');
    await stage.page.getByRole('button', { name: 'Remove: Department is “Legal”' }).click();
    await stage.see('None of them would change');
    await stage.page.getByRole('button', { name: 'Cancel' }).click();
    expect(patches()).toEqual([]);
    await stage.page.getByRole('button', { name: 'Remove: Department is “Legal”' }).click();
    await stage.page.getByRole('button', { name: 'Save', exact: true }).click();
    await stage.see('There are no restrictions.');
    await saved();
    expect(patches()).toEqual([{ restrictions: [] }]);
  });

  it('can be saved while what they would do cannot be said', async () => {
    stage.api.world.load = null;
    await stage.visit('#settings');
    await stage.page.getByRole('combobox', { name: 'Words' }).fill('secret');
    await stage.page.getByRole('button', { name: 'See what this changes…' }).click();
    await stage.see('SmartRecruiters does not answer right now');
    await stage.page.getByRole('button', { name: 'Save', exact: true }).click();
    await stage.page.getByText('Title says “secret”').waitFor();
    await saved();
    expect(patches().length).toBe(1);
  });

  it('that could not match are not asked about', async () => {
    await stage.visit('#settings');
    await stage.page.getByRole('button', { name: 'See what this changes…' }).click();
    await stage.see('Type a letter or a digit at least');
    expect(stage.sent('POST')).toEqual([]);
    expect(await barriers(stage.page)).toEqual([]);
  });

  it('and alerts are shown to a Member, without a way to change them', async () => {
    stage.signIn.person = 'member';
    await stage.visit('#settings');
    await stage.page.getByText('Department is “Legal”').waitFor();
    await stage.see('Nobody is told so far.');
    const ways = stage.page.getByRole('button', { name: /Remove|See what|Save/ });
    expect(await ways.count()).toBe(0);
    expect(await barriers(stage.page)).toEqual([]);
  });
});

describe('alerts on the page', () => {
  it('go to the addresses that are typed, with one change', async () => {
    await stage.visit('#settings');
    const save = stage.page.getByRole('button', { name: 'Save alerts' });
    expect(await save.isDisabled()).toBe(true);
    const emails = stage.page.getByRole('combobox', { name: 'E-mail addresses' });
    await emails.fill('ops@acme.com');
    await emails.press('Enter');
    const url = stage.page.getByRole('textbox', { name: 'Address of a webhook' });
    await url.fill('https://hooks.acme.com/pillar');
    expect(await barriers(stage.page)).toEqual([]);
    await save.click();
    await saved();
    expect(patches()).toEqual([
      { alerts: { emails: ['ops@acme.com'], webhookUrl: 'https://hooks.acme.com/pillar' } },
    ]);
    expect(await save.isDisabled()).toBe(true);
  });
});
