import { MockActivityEnvironment } from '@temporalio/testing';
import { MailUnavailable } from '../../activities/mail/mailer.js';
import { sendNotices } from '../../activities/mail/send-notices.js';
import { defaultSettings } from '../../workflows/contracts/settings.js';
import { eventually } from '../support/eventually.js';
import { createStage, hour, type Stage, vendorInterview } from './stage.js';

let stage: Stage;

beforeEach(async () => {
  stage = await createStage();
  await stage.install({ settings: defaultSettings });
  await stage.addRole('job-1');
  stage.deps.company.people.set('candidate-1', {
    email: 'candidate@example.com',
    firstName: 'Ada',
  });
  stage.deps.company.people.set('user-1', { email: 'interviewer@example.com', firstName: 'Bo' });
  const { decision } = await stage.addInterview(
    vendorInterview('one', { startsAt: Date.now() + 72 * hour }),
  );
  await stage.deps.collections.interviews.updateOne(
    { interviewId: 'one' },
    { $set: { decision: { ...decision, code: 'notice_pending', verdict: 'wait' } } },
  );
});

afterEach(() => stage.close());

const send = () =>
  stage.deps.run(() => sendNotices(stage.deps, { ...stage.life, interviewId: 'one' }));
const sentTo = (to: string) => stage.deps.mailer.sent.filter((mail) => mail.to === to);
const lost = (mayHaveBeenSent: boolean) =>
  new MailUnavailable({ why: 'connection lost', smtpCode: null, mayHaveBeenSent });

describe('notices', () => {
  it('reach each side once, and the accepted one opens the gate', async () => {
    await send();
    await send();

    expect(sentTo('candidate@example.com')).toHaveLength(1);
    expect(sentTo('interviewer@example.com')).toHaveLength(1);
    expect(await stage.interview('one')).toMatchObject({
      notice: { state: 'accepted' },
      decision: { code: 'will_join' },
    });
  });

  it('to the candidate are sent again with the same Message-ID when their fate is unknown', async () => {
    stage.deps.mailer.onSend = async () => {
      throw lost(true);
    };
    await expect(send()).rejects.toThrow('mail server unavailable');
    expect((await stage.interview('one')).notice.state).toBe('none');
    stage.deps.mailer.onSend = async () => ({ kind: 'accepted' });
    await send();

    const [first, second] = sentTo('candidate@example.com');
    expect(second?.messageId).toBe(first?.messageId);
    expect((await stage.interview('one')).notice.state).toBe('accepted');
  });

  it('to interviewers are not sent again when their fate is unknown', async () => {
    stage.deps.mailer.onSend = async ({ to }) => {
      if (to.startsWith('interviewer')) throw lost(true);
      return { kind: 'accepted' };
    };
    await expect(send()).rejects.toThrow('mail server unavailable');
    stage.deps.mailer.onSend = async () => ({ kind: 'accepted' });
    await send();

    expect(sentTo('interviewer@example.com')).toHaveLength(1);
  });

  it('to interviewers are sent again when they were certainly not taken', async () => {
    let failures = 1;
    stage.deps.mailer.onSend = async ({ to }) => {
      failures -= to.startsWith('interviewer') ? 1 : 0;
      if (to.startsWith('interviewer') && failures >= 0) throw lost(false);
      return { kind: 'accepted' };
    };
    await expect(send()).rejects.toThrow('mail server unavailable');
    await send();

    expect(sentTo('interviewer@example.com')).toHaveLength(2);
  });

  it('that cannot be delivered keep the bot out', async () => {
    stage.deps.mailer.onSend = async () => ({ kind: 'rejected', smtpCode: 550 });
    await send();
    await send();

    expect(sentTo('candidate@example.com')).toHaveLength(1);
    expect((await stage.interview('one')).decision.code).toBe('notice_undeliverable');
  });

  it('to a candidate without an address keep the bot out', async () => {
    stage.deps.company.people.set('candidate-1', { email: null, firstName: null });
    await send();

    expect((await stage.interview('one')).decision.code).toBe('notice_undeliverable');
  });

  it('are not sent when a fence rose after the interview was read', async () => {
    await stage.fence({ kind: 'role', jobId: 'job-1' }, 9, true);
    await send();

    expect(stage.deps.mailer.sent).toEqual([]);
    expect(await stage.deps.collections.notifications.countDocuments()).toBe(0);
    expect((await stage.interview('one')).mailed.candidate).toBeNull();
  });

  it('follow with a change mail when the plan moved, and the first notice still counts', async () => {
    await send();
    const { acceptedAt } = (await stage.interview('one')).notice;
    await stage.deps.collections.interviews.updateOne(
      { interviewId: 'one' },
      { $set: { planHash: 'another' } },
    );
    await send();

    expect(sentTo('candidate@example.com')).toHaveLength(2);
    expect((await stage.interview('one')).notice.acceptedAt).toBe(acceptedAt);
    const kinds = (await stage.deps.collections.notifications.find({}).lean()).map(
      (row) => row.kind,
    );
    expect(kinds.sort()).toEqual([
      'candidate_change',
      'candidate_notice',
      'interviewer_change',
      'interviewer_notice',
    ]);
  });

  it.each([
    ['cancelled', { goneAt: 1 }],
    ['over', { startsAt: Date.now() - hour }],
    ['not seen while its role was on', { firstSeenAt: null }],
  ])('are owed to nobody when the interview is %s', async (_what, change) => {
    await stage.deps.collections.interviews.updateOne({ interviewId: 'one' }, { $set: change });
    await send();
    expect(stage.deps.mailer.sent).toEqual([]);
  });

  it.each(['counting', 'waiting'] as const)(
    'wait while the mails of the role are held (%s)',
    async (mailHold) => {
      await stage.deps.collections.roles.updateOne({ jobId: 'job-1' }, { $set: { mailHold } });
      await send();
      expect(stage.deps.mailer.sent).toEqual([]);
    },
  );

  it('wait for five minutes while the organization has sent its mails of the hour', async () => {
    const earlier = (count: number, at: number) =>
      Array.from({ length: count }, (_, index) => ({
        _id: `${stage.life.orgId}/earlier/${at}/${index}` as never,
        ...stage.life,
        at,
      }));
    const { notifications } = stage.deps.collections;
    await notifications.collection.insertMany(earlier(499, Date.now() - hour / 2));
    await notifications.collection.insertMany(earlier(1, Date.now() - 2 * hour));
    await notifications.collection.insertMany(earlier(1, Date.now() - 60_000));

    await expect(send()).rejects.toMatchObject({ nonRetryable: false, nextRetryDelay: 300_000 });
    expect(stage.deps.mailer.sent).toEqual([]);
    expect((await stage.interview('one')).notice.state).toBe('none');

    await notifications.deleteOne({ at: { $gt: Date.now() - hour } });
    await send();
    expect(sentTo('candidate@example.com')).toHaveLength(1);
  });

  it('say that they live while the mail server takes its time', async () => {
    let beats = 0;
    const environment = new MockActivityEnvironment({ heartbeatTimeoutMs: 40 });
    environment.on('heartbeat', () => {
      beats += 1;
    });
    stage.deps.mailer.onSend = async () => {
      const before = beats;
      await eventually(() => beats > before, { everyMs: 5 });
      return { kind: 'accepted' };
    };
    await environment.run(() => sendNotices(stage.deps, { ...stage.life, interviewId: 'one' }));
    expect(stage.deps.mailer.sent).toHaveLength(2);
  });
});
