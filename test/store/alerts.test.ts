import { raiseAlert } from '../../activities/alerts/deliver.js';
import { createAuditorActivities } from '../../activities/auditor.js';
import { createMailer, MailUnavailable } from '../../activities/mail/mailer.js';
import type { AlertDoc } from '../../common/read-model/documents.js';
import { openLink } from '../../common/signed-links.js';
import { type MailCatcher, startMailCatcher } from '../../sandbox/mail/catcher.js';
import { createStage, hour, minute, openSettings, type Stage, vendorInterview } from './stage.js';

let stage: Stage;
const startsAt = Date.now() + hour;

beforeEach(async () => {
  stage = await createStage();
  await stage.install({
    settings: {
      ...openSettings,
      alerts: { emails: ['ops@acme.com', 'hr@acme.com'], webhookUrl: 'https://hooks.acme.com/x' },
    },
  });
  await stage.addRole('job-1');
  await stage.addInterview(vendorInterview('one', { startsAt }));
  stage.deps.workflows.watching = true;
});

afterEach(() => stage.close());

const facts = () => ({
  ...stage.life,
  kind: 'missing' as const,
  reason: 'not_requested',
  session: { interviewId: 'one', sessionId: 'slot-one', startsAt },
});
const raise = () => raiseAlert(stage.deps, facts());
const audit = () => stage.deps.run(() => createAuditorActivities(stage.deps).audit({}));
const lost = () => new MailUnavailable({ why: 'away', smtpCode: null, mayHaveBeenSent: true });

async function stored(): Promise<AlertDoc> {
  const docs = await stage.deps.collections.alerts.find({ kind: 'missing' }).lean<AlertDoc[]>();
  expect(docs).toHaveLength(1);
  return docs[0] as AlertDoc;
}

/** As if the pause before the next try were over, or the alert were that old. */
async function dueNow(change: Partial<AlertDoc> = {}): Promise<void> {
  await stage.deps.collections.alerts.updateMany(
    { nextAttemptAt: { $ne: null } },
    { $set: { nextAttemptAt: Date.now() - 1, ...change } },
  );
}

describe('an alert that cannot be delivered', () => {
  it('reaches the other channels while the mail server is away, and the mail follows', async () => {
    stage.deps.mailer.onSend = async () => {
      throw lost();
    };
    await raise();
    expect(await stored()).toMatchObject({ delivered: ['webhook', 'pillar'], attempts: 1 });
    expect(await audit()).toMatchObject({ alertsDelivered: 0 });

    stage.deps.mailer.onSend = async () => ({ kind: 'accepted' });
    await dueNow();
    expect(await audit()).toMatchObject({ alertsDelivered: 1 });
    expect(await stored()).toMatchObject({
      delivered: ['webhook', 'pillar', 'email'],
      nextAttemptAt: null,
    });
    expect(stage.deps.webhooks.posted).toHaveLength(2);
  });

  it('is not mailed again to whom it has reached, and has one Message-ID for each', async () => {
    let isAway = true;
    stage.deps.mailer.onSend = async ({ to }) => {
      if (to === 'hr@acme.com' && isAway) throw lost();
      return { kind: 'accepted' };
    };
    await raise();
    isAway = false;
    await dueNow();
    await audit();
    const to = (address: string) => stage.deps.mailer.sent.filter((mail) => mail.to === address);
    expect(to('ops@acme.com')).toHaveLength(1);
    expect(new Set(to('hr@acme.com').map(({ messageId }) => messageId)).size).toBe(1);
    expect(to('hr@acme.com')).toHaveLength(2);
  });

  it('is tried again after longer and longer pauses when a webhook answers 500', async () => {
    stage.deps.webhooks.onPost = async (to) =>
      to === 'customer' ? { kind: 'failed', why: 'status_500' } : { kind: 'accepted' };
    await raise();
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      pauses.push(((await stored()).nextAttemptAt ?? 0) - Date.now());
      await dueNow();
      await audit();
    }
    expect(pauses.map((ms) => Math.round(ms / minute))).toEqual([1, 2, 4]);
    expect((await stored()).delivered).toEqual(['email', 'pillar']);
  });

  it('is given up after a day, which is counted', async () => {
    stage.deps.webhooks.onPost = async () => ({ kind: 'failed', why: 'timeout' });
    await raise();
    await dueNow({ at: Date.now() - 25 * hour });
    await audit();
    expect(await stored()).toMatchObject({ nextAttemptAt: null, delivered: ['email'] });
    const { values } = await stage.deps.metrics.auditFindings.get();
    expect(values).toContainEqual(
      expect.objectContaining({ labels: { kind: 'alert_undelivered' }, value: 1 }),
    );
  });

  it('does not wait for an address to which nothing is ever sent', async () => {
    stage.deps.webhooks.onPost = async (to) =>
      to === 'customer' ? { kind: 'refused', why: 'not_public' } : { kind: 'accepted' };
    await raise();
    expect(await stored()).toMatchObject({ delivered: ['email', 'pillar'], nextAttemptAt: null });
  });

  it('is left to the next one when its process dies while sending', async () => {
    stage.deps.collections.alerts.collection.updateOne = () => Promise.reject(new Error('died'));
    await expect(raise()).rejects.toThrow('died');
    Reflect.deleteProperty(stage.deps.collections.alerts.collection, 'updateOne');
    expect(await stored()).toMatchObject({ delivered: [], attempts: 0 });
    expect(await audit()).toMatchObject({ alertsDelivered: 1 });
  });
});

describe('an alert', () => {
  it('is one however often it is raised, and whoever delivers it at the same time', async () => {
    await Promise.all([raise(), raise(), raise()]);
    await raise();
    expect(stage.deps.mailer.sent).toHaveLength(2);
    expect(stage.deps.webhooks.posted).toHaveLength(2);
    expect((await stored()).nextAttemptAt).toBeNull();
  });

  it('says what happened, what to do, and has links that do it', async () => {
    await raise();
    const [mail] = stage.deps.mailer.sent;
    expect(mail?.text).toContain('It was not sent in time.');
    const tokens = [...(mail?.text.matchAll(/pillar\.test\/l\/([\w-]+)/g) ?? [])].map(
      ([, token = '']) => openLink(stage.deps.keyedHash, token, Date.now()),
    );
    expect(tokens).toMatchObject([
      { action: 'send_now', by: 'link:alert', interviewId: 'one', ...stage.life },
      { action: 'skip', by: 'link:alert', interviewId: 'one', ...stage.life },
    ]);
    const pillar = stage.deps.webhooks.posted.find(({ to }) => to === 'pillar');
    expect(pillar?.body).toMatchObject({
      type: 'alert.missing',
      data: { reason: 'not_requested', interviewId: 'one', startsAt },
    });
  });

  it('holds no people and no links where it is stored', async () => {
    stage.deps.company.people.set('user-1', { email: 'bo@acme.com', firstName: 'Bo' });
    await raise();
    const text = JSON.stringify([
      await stage.deps.collections.alerts.find().lean(),
      await stage.deps.collections.notifications.find().lean(),
    ]);
    expect(text).not.toMatch(/@acme|https?:|\/l\//);
  });

  it('goes to Pillar alone when the settings name nobody', async () => {
    await stage.install({ settings: openSettings, version: 2 });
    await raise();
    expect(stage.deps.mailer.sent).toEqual([]);
    expect(stage.deps.webhooks.posted.map(({ to }) => to)).toEqual(['pillar']);
    expect(await stored()).toMatchObject({ delivered: ['pillar'], nextAttemptAt: null });
  });
});

describe('over a real mail server', () => {
  let catcher: MailCatcher;

  beforeEach(async () => {
    catcher = await startMailCatcher();
    stage.deps.mailer = {
      ...stage.deps.mailer,
      ...createMailer({ smtpUrl: catcher.smtpUrl, from: 'Pillar <no-reply@pillar.test>' }),
    };
  });

  afterEach(async () => {
    stage.deps.mailer.close();
    await catcher.close();
  });

  it('an alert arrives once the server takes mails again, as text and HTML with its links', async () => {
    catcher.fail({ code: 421, at: 'recipient', times: 2 });
    await raise();
    expect((await stored()).delivered).toEqual(['webhook', 'pillar']);
    expect(catcher.messages()).toEqual([]);

    catcher.heal();
    await dueNow();
    await audit();
    const mails = catcher.messages();
    expect(mails.flatMap(({ to }) => to).sort()).toEqual(['hr@acme.com', 'ops@acme.com']);
    const [mail] = mails;
    expect(mail?.subject).toBe('The notetaker is not in the interview: job-1');
    const inText = /Send it now: (\S+)/.exec(mail?.text ?? '')?.[1];
    expect(inText).toMatch(/^https:\/\/pillar\.test\/l\/[\w-]+$/);
    expect(mail?.html).toContain(`href="${inText}"`);
  });

  it('an address that does not exist is not tried for ever', async () => {
    catcher.fail({ code: 550, at: 'recipient', times: 1, recipient: 'hr@acme.com' });
    await raise();
    expect(await stored()).toMatchObject({ nextAttemptAt: null });
    expect(catcher.messages().flatMap(({ to }) => to)).toEqual(['ops@acme.com']);
  });
});
