import { attendMoment } from '../../activities/alerts/attend-moment.js';
import { MailUnavailable } from '../../activities/mail/mailer.js';
import { NotetakerError } from '../../activities/notetaker/port.js';
import type { AlertDoc, ClaimHolder } from '../../common/read-model/documents.js';
import { openLink } from '../../common/signed-links.js';
import type { SessionMoment } from '../../workflows/contracts/activities.js';
import { holderIdOf } from '../../workflows/contracts/ids.js';
import { createStage, hour, minute, openSettings, type Stage, vendorInterview } from './stage.js';

let stage: Stage;
let startsAt: number;

beforeEach(async () => {
  stage = await createStage();
  await stage.install({
    settings: { ...openSettings, alerts: { emails: ['ops@acme.com'], webhookUrl: null } },
  });
  await stage.addRole('job-1');
  stage.deps.company.people.set('user-1', { email: 'bo@acme.com', firstName: 'Bo' });
  startsAt = Date.now() + hour;
});

afterEach(() => stage.close());

const planned = (place?: string | null) =>
  stage.addInterview(
    vendorInterview('one', { startsAt, ...(place === undefined ? {} : { place }) }),
  );
/** An interview that has begun a minute ago. */
async function begun(): Promise<void> {
  startsAt = Date.now() - minute;
  await planned();
}
const attend = (moment: SessionMoment, change: { startsAt?: number; reason?: string } = {}) =>
  stage.deps.run(() =>
    attendMoment(stage.deps, {
      ...stage.session('one'),
      moment,
      startsAt,
      reason: 'waiting',
      ...change,
    }),
  );
async function alerts(): Promise<[string, string][]> {
  const docs = await stage.deps.collections.alerts.find().sort({ at: 1 }).lean<AlertDoc[]>();
  return docs.map(({ kind, reason }) => [kind, reason]);
}
const mailsTo = (to: string) => stage.deps.mailer.sent.filter((mail) => mail.to === to);

/** A bot of the session, as its claim knows it; or one of another interview that it shares. */
async function bot(
  state: 'in_call' | 'waiting_room' | 'joining' | 'ended',
  change: Partial<ClaimHolder> = {},
): Promise<void> {
  const roomKey = await stage.roomOf('one');
  const { botId } = stage.deps.notetaker.add({
    key: 'test:one',
    state,
    ...(state === 'ended' ? { outcome: 'not_admitted' as const } : {}),
  });
  const { orgId, ...session } = stage.session('one');
  const holder: ClaimHolder = {
    ...session,
    holderId: holderIdOf(session),
    jobId: 'job-1',
    from: startsAt,
    until: startsAt + hour,
    members: [],
    state: 'live',
    attempt: 1,
    epochs: { installation: 1, settings: 0, role: 0, interview: 0 },
    claimedUntil: 0,
    requestDeadlineAt: null,
    requestedAt: null,
    providerBotKey: 'test:one',
    providerBotId: botId,
    ...change,
  };
  await stage.deps.collections.claims.collection.insertOne({
    _id: `${orgId}/${roomKey}` as never,
    orgId,
    roomKey,
    rev: 1,
    holders: [holder],
  });
}

describe('the look ahead', () => {
  it.each([
    ['no link', null, 'no_link'],
    ['a passcode that is missing', 'https://teams.live.com/meet/9312345678901', 'no_passcode'],
    ['a webinar', 'https://zoom.us/w/81234567890', 'webinar'],
  ])('finds %s', async (_what, place, reason) => {
    await planned(place);
    await attend('preflight_day');
    expect(await alerts()).toEqual([['preflight', reason]]);
  });

  it('finds a service that the provider in use cannot join', async () => {
    stage.deps.notetaker.capabilities = {
      ...stage.deps.notetaker.capabilities,
      joins: new Set(['google_meet']),
    };
    await planned();
    await attend('preflight_day');
    expect(await alerts()).toEqual([['preflight', 'provider_unsuitable']]);
  });

  it('says the same once, and something else of the same start once more', async () => {
    await planned(null);
    await attend('preflight_day');
    await attend('preflight_day');
    await attend('preflight_hour');
    expect(await alerts()).toHaveLength(1);
  });

  it('is silent when nothing stands in the way, and when somebody said no', async () => {
    await planned();
    await attend('preflight_day');
    await stage.fence({ kind: 'interview', interviewId: 'one' }, 3, true);
    await stage.deps.collections.interviews.updateOne(
      { interviewId: 'one' },
      { $set: { choice: { action: 'skip', by: 'owner-1', at: 1, sealedReason: null } } },
    );
    await attend('preflight_hour');
    await attend('preflight_minutes');
    await attend('missing');
    expect(await alerts()).toEqual([]);
    expect(stage.deps.mailer.sent).toEqual([]);
  });

  it('asks interviewers an hour ahead to let the bot in, once for a start', async () => {
    await planned();
    await attend('preflight_hour');
    await attend('preflight_hour');
    const [mail, ...more] = mailsTo('bo@acme.com');
    expect(more).toEqual([]);
    const tokens = [...(mail?.text.matchAll(/\/(l|opt-out)\/([\w-]+)/g) ?? [])].map(
      ([, , token = '']) => openLink(stage.deps.keyedHash, token, Date.now()),
    );
    expect(tokens).toMatchObject([
      { kind: 'choice', action: 'not_this_one', by: 'interviewer', interviewId: 'one' },
      { kind: 'opt_out', orgId: stage.life.orgId },
    ]);
  });

  it('mails interviewers again only when the first mail was certainly not taken', async () => {
    await planned();
    for (const mayHaveBeenSent of [false, true]) {
      stage.deps.mailer.onSend = async () => {
        throw new MailUnavailable({ why: 'away', smtpCode: null, mayHaveBeenSent });
      };
      await expect(attend('preflight_hour')).rejects.toThrow('mail server unavailable');
    }
    stage.deps.mailer.onSend = async () => ({ kind: 'accepted' });
    await attend('preflight_hour');
    expect(mailsTo('bo@acme.com')).toHaveLength(2);
  });

  it('mails no interviewer where their mails are off', async () => {
    const engagement = { ...openSettings.engagement, interviewerEmails: false };
    await stage.install({ settings: { ...openSettings, engagement }, version: 2 });
    await planned();
    await attend('preflight_hour');
    expect(mailsTo('bo@acme.com')).toEqual([]);
  });
});

describe('a bot in the lobby', () => {
  it('is told of once more, beside the mail of an hour ago', async () => {
    await planned();
    await attend('preflight_hour');
    await bot('waiting_room');
    await attend('lobby');
    await attend('lobby');
    expect(await alerts()).toEqual([['lobby', 'lobby_waiting']]);
    expect(mailsTo('bo@acme.com').map(({ subject }) => subject)).toEqual([
      expect.stringContaining('Soon: please admit'),
      expect.stringContaining('is waiting'),
    ]);
  });

  it('that was let in meanwhile is not told of', async () => {
    await planned();
    await bot('in_call');
    await attend('lobby');
    expect(await alerts()).toEqual([]);
  });
});

describe('the alarm', () => {
  it('is not raised for a start that has moved', async () => {
    await begun();
    await attend('missing', { startsAt: startsAt - hour });
    expect(await alerts()).toEqual([]);
  });

  it('is not raised when the provider says that the bot is in the room', async () => {
    await begun();
    await bot('in_call');
    await attend('missing');
    expect(await alerts()).toEqual([]);
  });

  it('is not raised when the bot of another interview serves this one', async () => {
    await begun();
    const { orgId: _, ...own } = stage.session('one');
    const member = {
      ...own,
      holderId: holderIdOf(own),
      jobId: 'job-1',
      from: startsAt,
      until: startsAt + hour,
      epochs: { installation: 1, settings: 0, role: 0, interview: 0 },
      attempt: 1,
    };
    await bot('in_call', { holderId: 'life-1/slot-two', interviewId: 'two', members: [member] });
    await attend('missing');
    expect(await alerts()).toEqual([]);
  });

  it.each([
    ['waiting_room', 'lobby_waiting'],
    ['joining', 'bot_on_its_way'],
    ['ended', 'not_admitted'],
  ] as const)('says where the bot is: %s', async (state, reason) => {
    await begun();
    await bot(state);
    await attend('missing');
    expect(await alerts()).toEqual([['missing', reason]]);
  });

  it('does not wait for a provider that does not answer', async () => {
    await begun();
    await bot('in_call');
    stage.deps.notetaker.onCall = async () => {
      throw new NotetakerError({ kind: 'unavailable', operation: 'get' });
    };
    await attend('missing');
    expect(await alerts()).toEqual([['missing', 'provider_unreachable']]);
  });

  it('is raised once for a start, whatever the reason is by then', async () => {
    await begun();
    await attend('missing', { reason: 'checking' });
    await attend('missing', { reason: 'requested' });
    expect(await alerts()).toEqual([['missing', 'not_requested']]);
    expect(mailsTo('ops@acme.com')).toHaveLength(1);
  });
});
