import type { AlertDoc, InstallationDoc, InterviewDoc } from '../../common/read-model/documents.js';
import { choiceUrl } from '../../common/signed-links.js';
import type { ActivityDeps } from '../deps.js';
import { readInterview } from '../interviews/interview-store.js';
import { messageIdFor } from '../mail/message-id.js';
import { claimRow, setRow } from '../mail/notification-rows.js';
import { renderAlertMail } from '../mail/render-alert.js';
import { type AlertFacts, recordAttempt, storeAlert, takeAttempt } from './alert-store.js';
import type { PostResult } from './webhook-poster.js';
import { alertWords } from './words.js';

/** A channel by which an alert goes out, and what one try of it came to. */
type Channel = 'email' | 'webhook' | 'pillar';
type ChannelResult =
  | 'took'
  /** Nobody is there to be told, or the address is none to which anything is sent. */
  | 'none'
  | 'failed';

/** After its end a session cannot be joined any more, so its links end with it. */
const linksOutliveStartMs = 4 * 3_600_000;

/**
 * Tells people of something: stored first, then sent over every channel at once, at least once each.
 * What a channel cannot take now the auditor tries again. Never throws because nobody listens.
 */
export async function raiseAlert(
  deps: ActivityDeps,
  facts: AlertFacts,
): Promise<{ isNew: boolean }> {
  const { alert, isNew } = await storeAlert(deps, facts);
  if (isNew) {
    const { orgId, kind, reason } = alert;
    deps.logger.warn({ alert: kind, reason, orgId, interviewId: alert.interviewId }, 'alert');
  }
  if (alert.nextAttemptAt !== null && alert.nextAttemptAt <= Date.now()) {
    await deliverAlert(deps, alert);
  }
  return { isNew };
}

/**
 * One try of every channel that has not taken the alert yet.
 *
 * @returns `not_ours`: somebody else tries it, or has
 */
export async function deliverAlert(
  deps: ActivityDeps,
  due: AlertDoc,
): Promise<'delivered' | 'open' | 'given_up' | 'not_ours'> {
  const alert = await takeAttempt(deps, due, Date.now());
  if (alert === null) return 'not_ours';
  const { orgId, generation } = alert;
  // Of an earlier life: its people have gone with it, and only Pillar still hears of it.
  const installation = await deps.collections.installations
    .findOne({ _id: orgId, generation })
    .lean<InstallationDoc | null>();
  const news = await newsOf(deps, alert);
  const channels: Record<Channel, () => Promise<ChannelResult>> = {
    email: () => mailToPeople(deps, alert, installation, news),
    webhook: () => postToCustomer(deps, alert, installation, news),
    pillar: () => postToPillar(deps, alert, news),
  };
  const open = (Object.keys(channels) as Channel[]).filter(
    (channel) => !alert.delivered.includes(channel),
  );
  const results = await Promise.all(
    open.map(async (channel) => ({ channel, result: await tried(deps, alert, channels[channel]) })),
  );
  const outcome = await recordAttempt(deps, alert, {
    took: results.filter(({ result }) => result === 'took').map(({ channel }) => channel),
    open: results.some(({ result }) => result === 'failed'),
    now: Date.now(),
  });
  if (outcome === 'given_up') {
    deps.metrics.auditFindings.inc({ kind: 'alert_undelivered' });
    deps.logger.error({ alert: alert.kind, reason: alert.reason, orgId }, 'an alert was given up');
  }
  return outcome;
}

/** One channel that fails must not keep the alert from the others. */
async function tried(
  deps: ActivityDeps,
  { orgId, kind }: AlertDoc,
  send: () => Promise<ChannelResult>,
): Promise<ChannelResult> {
  try {
    return await send();
  } catch (error) {
    deps.logger.warn({ err: error, orgId, alert: kind }, 'an alert could not be sent');
    return 'failed';
  }
}

/** What is said of an alert, over whichever channel. */
interface News {
  title: string;
  whatHappened: string;
  whatToDo: string;
  interview: InterviewDoc | null;
  jobTitle: string | null;
  session: { startsAt: number; endsAt: number; timezone: string } | null;
  /** Null: there is nothing to choose any more. */
  links: { sendNowUrl: string; skipUrl: string } | null;
}

async function newsOf(deps: ActivityDeps, alert: AlertDoc): Promise<News> {
  const { orgId, generation, interviewId, startsAt } = alert;
  const words = alertWords(alert);
  const interview =
    interviewId === null
      ? null
      : await readInterview(deps.collections, { orgId, generation, interviewId });
  const planned = interview?.plan.find((session) => session.startsAt === startsAt);
  const role =
    interview === null
      ? null
      : await deps.collections.roles
          .findOne({ _id: `${orgId}/${interview.jobId}` })
          .lean<{ title: string } | null>();
  const session =
    interview === null || planned === undefined
      ? null
      : { startsAt: planned.startsAt, endsAt: planned.endsAt, timezone: interview.timezone };
  return {
    ...words,
    interview,
    jobTitle: role?.title ?? null,
    session,
    links: interview === null ? null : linksOf(deps, alert, planned?.endsAt ?? null),
  };
}

function linksOf(deps: ActivityDeps, alert: AlertDoc, endsAt: number | null): News['links'] {
  const { orgId, generation, interviewId, startsAt } = alert;
  if (interviewId === null || startsAt === null) return null;
  const until = endsAt ?? startsAt + linksOutliveStartMs;
  if (until <= Date.now()) return null;
  const to = (action: 'send_now' | 'skip') =>
    choiceUrl({
      ...deps,
      link: { orgId, generation, interviewId, action, by: 'link:alert', until },
    });
  return { sendNowUrl: to('send_now'), skipUrl: to('skip') };
}

async function mailToPeople(
  deps: ActivityDeps,
  alert: AlertDoc,
  installation: InstallationDoc | null,
  news: News,
): Promise<ChannelResult> {
  const addresses = [...new Set(installation?.settings.alerts.emails ?? [])];
  if (addresses.length === 0) return 'none';
  const { title, whatHappened, whatToDo, jobTitle, session, links } = news;
  const mail = renderAlertMail({
    ...{ title, whatHappened, whatToDo, jobTitle, session, links },
    pageUrl: `${deps.publicUrl}/`,
  });
  let failure: unknown = null;
  for (const address of addresses) {
    try {
      await mailOne(deps, alert, address, mail);
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== null) throw failure;
  return 'took';
}

/** At least once for each address: a repetition has the same Message-ID. */
async function mailOne(
  deps: ActivityDeps,
  alert: AlertDoc,
  address: string,
  mail: ReturnType<typeof renderAlertMail>,
): Promise<void> {
  const { orgId, generation, interviewId } = alert;
  const kind = 'alert';
  const rowId = `${alert._id}/${deps.keyedHash('alert-address', orgId, address).slice(0, 24)}`;
  const messageId = messageIdFor({ key: rowId, domain: new URL(deps.publicUrl).hostname });
  const row = {
    orgId,
    generation,
    interviewId: interviewId ?? '',
    rowId,
    kind,
    messageId,
  } as const;
  const known = await claimRow(deps, row);
  if (known.state !== 'claimed') return;
  try {
    const sent = await deps.mailer.send({ to: address, messageId, ...mail });
    const state = sent.kind === 'accepted' ? 'accepted' : 'undeliverable';
    await setRow(deps, { rowId, state });
    deps.metrics.mails.inc({ kind, result: state });
  } catch (error) {
    deps.metrics.mails.inc({ kind, result: 'unavailable' });
    throw error;
  }
}

async function postToCustomer(
  deps: ActivityDeps,
  alert: AlertDoc,
  installation: InstallationDoc | null,
  news: News,
): Promise<ChannelResult> {
  const url = installation?.settings.alerts.webhookUrl ?? null;
  if (url === null) return 'none';
  const result = await deps.webhooks.toCustomer({ url, ...eventOf(alert, news) });
  return counted(deps, alert, 'webhook', result);
}

async function postToPillar(
  deps: ActivityDeps,
  alert: AlertDoc,
  news: News,
): Promise<ChannelResult> {
  if (deps.webhooks.toPillar === null) return 'none';
  return counted(deps, alert, 'pillar', await deps.webhooks.toPillar(eventOf(alert, news)));
}

function counted(
  deps: ActivityDeps,
  alert: AlertDoc,
  channel: Channel,
  result: PostResult,
): ChannelResult {
  const kind = channel === 'pillar' ? 'alert' : 'alert_to_customer';
  deps.metrics.pillarEvents.inc({ kind, result: result.kind });
  if (result.kind === 'accepted') return 'took';
  const { orgId } = alert;
  deps.logger.warn({ orgId, channel, why: result.why }, 'an alert was not taken');
  return result.kind === 'refused' ? 'none' : 'failed';
}

/** The event as it goes over the wire. Ids and times, words and links; no people. */
function eventOf(alert: AlertDoc, news: News): { id: string; body: object } {
  const { orgId, interviewId, startsAt, kind, reason, at } = alert;
  const { title, whatHappened, whatToDo, links, interview } = news;
  return {
    id: alert._id,
    body: {
      type: `alert.${kind}`,
      timestamp: new Date(at).toISOString(),
      data: {
        alertId: alert._id,
        ...{ orgId, kind, reason, title, whatHappened, whatToDo },
        interviewId,
        jobId: interview?.jobId ?? null,
        startsAt,
        actions: links,
      },
    },
  };
}
