import { readFile } from 'node:fs/promises';
import { decisionFor } from '../../workflows/contracts/decision.js';
import { connectedInstallation, fakeInterview, fakeRole, minute } from './support/fake-data.js';
import { barriers } from './support/page.js';
import { setStage } from './support/stage.js';

const stage = setStage();

describe('the details of an interview', () => {
  beforeEach(() => {
    stage.api.world.installation = connectedInstallation();
    stage.api.world.roles = [
      fakeRole({ jobId: 'job-1', title: 'Backend Engineer', enabled: true }),
    ];
  });

  it('say why it was missed and what to do about it', async () => {
    stage.api.world.interviews = [
      over({ outcome: 'missed', reason: 'meeting_requires_sign_in' }, [
        event(-20, 'planned', 'The notetaker is planned for this session.'),
        event(-6, 'requested', 'The notetaker was asked for.'),
        event(-2, 'lobby', 'The notetaker waits to be admitted.'),
        event(5, 'missed', 'The interview was not captured.'),
      ]),
    ];
    await stage.visit();
    await open('Jane D.');
    const details = stage.page.getByRole('dialog');
    await details.getByText('The meeting lets in only people who are signed in.').waitFor();
    await details.getByText('Let guests join this meeting without it').waitFor();
    expect(await details.getByRole('button', { name: 'Recording' }).count()).toBe(0);
    const entries = await details.locator('ol').last().getByRole('listitem').allInnerTexts();
    expect(entries[0]).toMatch(/not captured/);
    expect(entries.at(-1)).toMatch(/Found in SmartRecruiters|planned/);
    expect(await barriers(stage.page)).toEqual([]);
  });

  it('lead to the recording while its link works, and say when it is not ready', async () => {
    stage.api.world.interviews = [captured()];
    await stage.visit();
    await open('Jane D.');
    await stage.page.getByRole('button', { name: 'Recording' }).click();
    await stage.see('Not ready yet');

    stage.api.world.recordings = {
      sessions: [
        {
          sessionId: 'interview-1-1',
          url: 'https://media.example/1?signature=x',
          expiresAt: Date.now() + 10 * minute,
          startedAt: null,
        },
      ],
      missing: [],
    };
    await stage.page.getByRole('button', { name: 'Try again' }).click();
    const link = stage.page.getByRole('link', { name: 'Watch the recording' });
    expect(await link.getAttribute('href')).toBe('https://media.example/1?signature=x');
    expect(await link.getAttribute('rel')).toBe('noopener noreferrer');
    await stage.see(/The link works until \d\d:\d\d/);
    expect(await barriers(stage.page)).toEqual([]);
  });

  it('let people read the transcript, find words in it and save it', async () => {
    stage.api.world.interviews = [captured()];
    stage.api.world.transcripts = {
      sessions: [
        {
          sessionId: 'interview-1-1',
          startedAt: null,
          segments: [
            { speaker: 'Jane D.', start: 1, end: 3, text: 'Good morning.' },
            { speaker: 'Jane D.', start: 3.5, end: 6, text: 'I build <b>databases</b>.' },
            { speaker: null, start: 65, end: 70, text: 'Tell me more.' },
          ],
        },
      ],
      missing: [],
    };
    stage.api.world.vtt = 'WEBVTT\n\n00:00:01.000 --> 00:00:03.000\nGood morning.\n';
    await stage.visit();
    await open('Jane D.');
    await stage.page.getByRole('button', { name: 'Transcript' }).click();
    const reader = stage.page.getByRole('dialog', { name: 'Transcript of Jane D.' });
    const turns = reader.getByRole('listitem');
    await reader.getByText('Good morning. I build <b>databases</b>.').waitFor();
    expect(await turns.allInnerTexts()).toEqual([
      expect.stringMatching(/^Jane D\.\s+00:01/),
      expect.stringMatching(/^Somebody\s+01:05/),
    ]);
    expect(await barriers(stage.page)).toEqual([]);

    await reader.getByRole('textbox', { name: 'Find in the transcript' }).fill('MORE');
    await reader.locator('mark').getByText('more').waitFor();
    expect(await turns.count()).toBe(1);

    const saved = stage.page.waitForEvent('download');
    await reader.getByRole('button', { name: 'Save as WebVTT' }).click();
    const file = await saved;
    expect(file.suggestedFilename()).toBe('transcript.vtt');
    expect(await readFile(await file.path(), 'utf8')).toBe(stage.api.world.vtt);
  });

  it('offer what a person may still choose, and nothing that a restriction forbids', async () => {
    stage.api.world.interviews = [
      fakeInterview({ ...soon, interviewId: 'a', title: 'Free' }),
      fakeInterview({
        ...{ ...soon, interviewId: 'b', title: 'Private' },
        decision: decisionFor('confidential'),
      }),
      fakeInterview({
        ...{ ...soon, interviewId: 'c', title: 'Skipped before' },
        decision: decisionFor('skipped_by_person'),
      }),
    ];
    await stage.visit();
    const choices = async (name: string) => {
      await open(name);
      const details = stage.page.getByRole('dialog', { name });
      await details.getByText('Will it join, and why?').waitFor();
      const found = await details
        .getByRole('button')
        .filter({ hasText: /^(Join|Skip|Undo choice)$/ })
        .allInnerTexts();
      await stage.page.keyboard.press('Escape');
      await details.waitFor({ state: 'hidden' });
      return found;
    };
    expect(await choices('Free')).toEqual(['Skip']);
    expect(await choices('Private')).toEqual([]);
    expect(await choices('Skipped before')).toEqual(['Join', 'Undo choice']);
  });
});

const soon = { jobId: 'job-1', startsAt: Date.now() + 40 * minute };
const start = () => Date.now() - 60 * minute;

function event(minutes: number, kind: string, detail: string) {
  return { at: start() + minutes * minute, kind, detail, by: 'pillar' };
}

function over(
  session: { outcome: string; reason?: string; joinedAt?: number; endedAt?: number },
  timeline: ReturnType<typeof event>[],
) {
  const interview = fakeInterview({
    interviewId: 'interview-1',
    jobId: 'job-1',
    title: 'Jane D.',
    startsAt: start(),
    session: { state: 'ended', ...session },
  });
  return { ...interview, timeline: [...interview.timeline, ...timeline] };
}

function captured() {
  const times = { joinedAt: start() + minute, endedAt: start() + 44 * minute };
  return over({ outcome: 'captured', ...times }, [
    event(-20, 'planned', 'The notetaker is planned for this session.'),
    event(-5, 'requested', 'The notetaker was asked for.'),
    event(0, 'lobby', 'The notetaker waits to be admitted.'),
    event(1, 'joined', 'The notetaker is in the call.'),
    event(1, 'recording', 'The notetaker records.'),
    event(44, 'captured', 'The interview was captured.'),
  ]);
}

async function open(name: string): Promise<void> {
  const recent = name === 'Jane D.';
  if (recent) await stage.page.getByText('Last 7 days', { exact: true }).click();
  await stage.page.getByRole('button', { name: `Details of ${name}` }).click();
}
