import { connectedInstallation, fakeInterview, fakeRole, minute } from './support/fake-data.js';
import { barriers } from './support/page.js';
import { setStage } from './support/stage.js';

const stage = setStage();

describe('interviews on the page', () => {
  beforeEach(() => {
    stage.api.world.installation = connectedInstallation();
    stage.api.world.roles = [
      fakeRole({ jobId: 'job-1', title: 'Backend Engineer', enabled: true }),
    ];
    stage.api.world.interviews = [soon()];
  });

  it('follows a notetaker from waiting to captured without a reload', async () => {
    await stage.visit();
    const row = stage.page.getByRole('listitem', { name: 'Jane D.' });
    await row.getByRole('status').getByText('Waiting for its time').waitFor();
    expect(await barriers(stage.page)).toEqual([]);

    tellSession({ state: 'recording' });
    await row.getByRole('status').getByText('Recording').waitFor();
    await stage.page.getByRole('heading', { name: 'Now' }).waitFor();
    tellSession({ state: 'ended', outcome: 'captured' });
    await row.getByText('Captured').waitFor();
    expect(await row.getByRole('list', { name: 'Progress of the notetaker' }).count()).toBe(0);
  });

  it('continues after the stream broke, from the last event it saw', async () => {
    await stage.visit();
    const row = stage.page.getByRole('listitem', { name: 'Jane D.' });
    tellSession({ state: 'lobby' });
    await row.getByRole('status').getByText('In the lobby').waitFor();
    stage.api.dropStreams();

    await stage.page.getByRole('status').getByText('Reconnecting…').waitFor();
    await stage.page.getByRole('status').getByText('Live', { exact: true }).waitFor();
    expect(stage.api.world.lastEventIds).toEqual([null, '1']);
    tellSession({ state: 'joined' });
    await row.getByRole('status').getByText('In the meeting').waitFor();
  });

  it('reads everything anew when the stream says that it cannot continue', async () => {
    await stage.visit();
    await stage.page.getByRole('listitem', { name: 'Jane D.' }).waitFor();
    stage.api.world.interviews = [{ ...soon(), title: 'Omar K.', version: 2 }];
    await stage.page.getByRole('status').getByText('Live', { exact: true }).waitFor();
    stage.api.tell('reset', {});

    await stage.page.getByRole('listitem', { name: 'Omar K.' }).waitFor();
    expect(await stage.page.getByRole('listitem', { name: 'Jane D.' }).count()).toBe(0);
  });

  it('keeps the notetaker out with a reason, which the details tell', async () => {
    await stage.visit();
    await stage.page.getByRole('button', { name: 'Skip: Jane D.' }).click();
    await stage.page.getByRole('textbox', { name: 'Reason (optional)' }).fill('Internal candidate');
    await stage.page.getByRole('button', { name: 'Keep it out' }).click();

    await stage.see('A person asked the notetaker to stay out.');
    expect(stage.sent('POST')).toEqual([
      {
        method: 'POST',
        path: '/interviews/interview-1/skip',
        body: { reason: 'Internal candidate' },
      },
    ]);
    await stage.page.getByRole('button', { name: 'Details of Jane D.' }).click();
    await stage.see(/“Internal candidate”/);
    await stage.see('Found in SmartRecruiters.');
    expect(await barriers(stage.page)).toEqual([]);
  });

  it('says the start on the interview’s clock and on the visitor’s', async () => {
    const tomorrow = new Date(Date.now() + 24 * 60 * minute);
    const startsAt = tomorrow.setUTCHours(15, 0, 0, 0);
    stage.api.world.interviews = [
      { ...soon(), startsAt, endsAt: startsAt + 30 * minute, timezone: 'Asia/Tokyo' },
    ];
    await stage.visit();

    const row = stage.page.getByRole('listitem', { name: 'Jane D.' });
    expect(await row.locator('time').textContent()).toBe('00:00');
    expect(await row.textContent()).toMatch(/1[67]:00 for you/);
  });
});

function soon() {
  return fakeInterview({
    interviewId: 'interview-1',
    jobId: 'job-1',
    title: 'Jane D.',
    startsAt: Date.now() + 4 * minute,
  });
}

function tellSession(change: { state: string; outcome?: string }): void {
  const interview = stage.api.world.interviews[0];
  if (interview === undefined) throw new Error('the world has no interview');
  const sessions = interview.sessions.map((session) => ({ ...session, ...change }));
  stage.api.tell('interview', { ...interview, sessions, version: interview.version + 1 });
}
