import { connectedInstallation, fakeInterview, fakeRole, minute } from './support/fake-data.js';
import { barriers } from './support/page.js';
import { setStage } from './support/stage.js';

const stage = setStage();

describe('before a connection', () => {
  it('shows why SmartRecruiters refused a credential and keeps nothing of the secret', async () => {
    await stage.visit();
    await connectWith('wrong-secret');

    await stage.see('SmartRecruiters did not accept this client id and secret');
    expect(await stage.page.getByRole('textbox', { name: 'Client secret' }).inputValue()).toBe('');
    expect(await storedByPage()).not.toContain('wrong-secret');
    expect(await stage.page.content()).not.toContain('wrong-secret');
    expect(await barriers(stage.page)).toEqual([]);
  });

  it('asks for both parts of a credential before anything is sent', async () => {
    await stage.visit();
    await stage.page.getByRole('button', { name: 'Connect' }).click();

    await stage.see('Paste the client secret');
    expect(stage.api.world.calls.filter(({ method }) => method === 'PUT')).toEqual([]);
  });

  it('connects, says scope by scope what works, and asks no other origin for anything', async () => {
    stage.api.world.afterConnect = withMissingScope;
    await stage.visit();
    expect(await barriers(stage.page)).toEqual([]);
    await connectWith(stage.api.world.goodSecret);

    await stage.page.getByRole('tab', { name: 'Connection' }).click();
    const users = stage.page.getByRole('row', { name: /users_read/ });
    await users.getByText('Missing').waitFor();
    expect(await users.textContent()).toContain('E-mails to interviewers');
    await stage.page
      .getByRole('row', { name: /interviews_read/ })
      .getByText('Works')
      .waitFor();
    expect(await barriers(stage.page)).toEqual([]);
    expect([...stage.origins].sort()).toEqual([stage.api.url, stage.signIn.origin].sort());
  });

  it('sends a visitor without a Pillar session to the sign-in and back', async () => {
    stage.signIn.person = null;
    await stage.visit();

    const link = stage.page.getByRole('link', { name: 'Sign in to Pillar' });
    const href = new URL((await link.getAttribute('href')) ?? '');
    expect(href.origin).toBe(stage.signIn.origin);
    expect(href.searchParams.get('return')).toBe(`${stage.api.url}/`);
    expect(await barriers(stage.page)).toEqual([]);
  });
});

describe('the visitor’s token', () => {
  it('is renewed before it ends, until the Pillar session is over', async () => {
    stage.signIn.lifeSeconds = 2;
    await stage.visit();
    const before = stage.signIn.issued;
    await stage.page.waitForResponse(stage.signIn.tokenUrl);
    await stage.page.waitForResponse(stage.signIn.tokenUrl);
    expect(stage.signIn.issued).toBeGreaterThan(before);
    await stage.see('Not connected');

    stage.signIn.person = null;
    await stage.see('Please sign in');
  });
});

describe('jobs and settings', () => {
  beforeEach(() => {
    stage.api.world.installation = connectedInstallation();
    stage.api.world.roles = [
      fakeRole({ jobId: 'job-1', title: 'Backend Engineer', upcomingInterviews: 2 }),
      fakeRole({ jobId: 'job-2', title: 'Head of Finance', enabled: true }),
    ];
  });

  it('turns a job on after saying what that does, without its scheduled interviews', async () => {
    await stage.visit('#jobs');
    await stage.page.getByText('Backend Engineer').waitFor();
    expect(await barriers(stage.page)).toEqual([]);
    await stage.toggle('Notetaker for Backend Engineer');
    await stage.see('2 are known at the moment.');
    await stage.page.getByRole('radio', { name: 'Leave them out, join only new ones' }).check();
    expect(await barriers(stage.page)).toEqual([]);
    await stage.page.getByRole('button', { name: 'Turn on' }).click();

    await stage.see('Interviews that were already scheduled are left out.');
    expect(stage.sent('PUT')).toEqual([
      { method: 'PUT', path: '/roles/job-1', body: { enabled: true, scheduled: 'exclude' } },
    ]);
    await stage.isOn('Notetaker for Backend Engineer', true);
  });

  it('finds a job by a part of its title', async () => {
    await stage.visit('#jobs');
    await stage.page.getByText('Backend Engineer').waitFor();
    await stage.page.getByRole('textbox', { name: 'Search jobs' }).fill('finance');

    await stage.page.getByText('Backend Engineer').waitFor({ state: 'detached' });
    await stage.isOn('Notetaker for Head of Finance', true);
    expect(await stage.page.getByRole('switch').count()).toBe(1);
  });

  it('puts a switch back and says why when the change is refused', async () => {
    stage.api.world.refuseSettings = 'consent_needs_candidate_emails';
    await stage.visit('#settings');
    await stage.toggle('Mail candidates');

    await stage.see('The mode notice needs mails to candidates.');
    await stage.isOn('Mail candidates', true);
    expect(stage.sent('PATCH').map(({ body }) => body)).toEqual([
      { engagement: { candidateEmails: false } },
    ]);
  });

  it('keeps what was typed when the people to be alerted are refused', async () => {
    stage.api.world.refuseSettings = 'consent_needs_candidate_emails';
    await stage.visit('#settings');
    const address = stage.page.getByRole('textbox', { name: 'Address of a webhook' });
    await address.fill('https://alerts.example/typed');
    await stage.page.getByRole('button', { name: 'Save alerts' }).click();

    await stage.see('The mode notice needs mails to candidates.');
    expect(await address.inputValue()).toBe('https://alerts.example/typed');
    expect(await stage.page.getByRole('button', { name: 'Save alerts' }).isEnabled()).toBe(true);
  });

  it('imports everything only after it has said what that means', async () => {
    await stage.visit('#settings');
    const everything = stage.page.getByRole('radio', { name: /Import everything/ });
    await everything.click();
    await stage.see('Turn on every open job?');
    const estimate = stage.page.getByRole('group', { name: 'What has to be read' });
    await estimate.getByText('3,412', { exact: true }).waitFor();
    await estimate.getByText('16 min').waitFor();
    await estimate.getByText('Webhooks would make this faster').waitFor();
    expect(stage.sent('POST')).toEqual([
      { method: 'POST', path: '/settings/preview', body: { captureMode: 'import_all' } },
    ]);
    expect(stage.sent('PATCH')).toEqual([]);
    expect(await barriers(stage.page)).toEqual([]);
    await stage.page.getByRole('button', { name: 'Import everything' }).click();

    await stage.page.getByRole('radio', { name: /Import everything/, checked: true }).waitFor();
    expect(stage.sent('PATCH').map(({ body }) => body)).toEqual([{ captureMode: 'import_all' }]);
  });

  it('shows everything to a Member, says who can change it, and offers no way to', async () => {
    stage.signIn.person = 'member';
    stage.api.world.interviews = [
      fakeInterview({
        interviewId: 'interview-1',
        jobId: 'job-1',
        title: 'Jane D.',
        startsAt: Date.now() + 4 * minute,
      }),
    ];
    await stage.visit();
    await stage.see(/An Owner of your Pillar organization can change it/);
    await stage.page.getByRole('listitem', { name: 'Jane D.' }).waitFor();
    expect(await stage.page.getByRole('button', { name: /^(Skip|Join|Pause)/ }).count()).toBe(0);

    for (const [tab, landmark] of [
      ['Jobs', 'Backend Engineer'],
      ['Settings', 'Mail candidates'],
      ['Connection', 'jobs_read'],
    ] as const) {
      await stage.page.getByRole('tab', { name: tab }).click();
      await stage.page.getByText(landmark, { exact: true }).waitFor();
      expect(await stage.page.getByRole('switch').count()).toBe(0);
      expect(await stage.page.getByRole('radio', { name: /:/, disabled: false }).count()).toBe(0);
      expect(
        await stage.page.getByRole('button', { name: /Replace|Check|Uninstall/ }).count(),
      ).toBe(0);
      expect(await barriers(stage.page)).toEqual([]);
    }
  });
});

describe('uninstall', () => {
  it('wants a typed word, then shows progress and the receipt', async () => {
    stage.api.world.installation = connectedInstallation();
    await stage.visit('#connection');
    await stage.page.getByRole('button', { name: 'Uninstall SmartRecruiters' }).click();
    const uninstall = stage.page.getByRole('button', { name: 'Uninstall', exact: true });
    expect(await uninstall.isDisabled()).toBe(true);
    expect(await barriers(stage.page)).toEqual([]);
    await stage.page.getByRole('textbox', { name: /to confirm/ }).fill('uninstall');
    await uninstall.click();

    await stage.see('Still being carried out');
    expect(await barriers(stage.page)).toEqual([]);
    stage.api.world.receiptState = 'completed';
    stage.api.tell('installation', {
      ...stage.api.world.installation,
      state: 'not_installed',
      version: 9,
    });
    await stage.see('Completed');
    await stage.page.getByRole('link', { name: 'Save the signed receipt' }).waitFor();
    await stage.page.getByRole('button', { name: 'Connect' }).waitFor();
    expect(await barriers(stage.page)).toEqual([]);
  });
});

async function connectWith(secret: string): Promise<void> {
  await stage.page.getByRole('textbox', { name: 'Client ID' }).fill('client-1');
  await stage.page.getByRole('textbox', { name: 'Client secret' }).fill(secret);
  await stage.page.getByRole('button', { name: 'Connect' }).click();
}

/** Everything that a page can leave behind in a browser. */
function storedByPage(): Promise<string> {
  return stage.page.evaluate<string>(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
  );
}

function withMissingScope() {
  const installation = connectedInstallation();
  const scopes = installation.scopes.map((report) =>
    report.scope === 'users_read' ? { ...report, status: 'missing' } : report,
  );
  return { ...installation, scopes };
}
