import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { InterviewDoc } from '../../common/read-model/documents.js';
import { readFences } from '../../common/read-model/fences.js';
import type { Life } from '../../workflows/contracts/activities.js';
import { failureTypes } from '../../workflows/contracts/failure-types.js';
import type { ActivityDeps } from '../deps.js';
import { changeInterview, readInterview, withTimeline } from '../interviews/interview-store.js';
import { type DecisionContext, readContext, reconcileInterview } from '../interviews/reconcile.js';
import { withHeartbeat } from '../pause.js';
import { MailUnavailable } from './mailer.js';
import { messageIdFor } from './message-id.js';
import { type Notice, noticesDue } from './notices-due.js';
import { claimRow, setRow } from './notification-rows.js';
import { interviewerLinks } from './own-word.js';
import { candidateAsRecipient, interviewersAsRecipients, type Recipient } from './recipients.js';
import { type MailInput, renderMail } from './render.js';

/** Mails that one organization may send in an hour. */
const mailsPerHour = 500;
const hourMs = 60 * 60_000;

type Key = Life & { interviewId: string };

type SideResult = 'accepted' | 'undeliverable' | 'forbidden' | 'unknown';

/**
 * Sends what an interview owes its candidate and its interviewers. Names and addresses are asked of
 * the vendor for each mail and kept nowhere. Repeatable: each mail has its own key; the candidate's
 * notice, on which the consent gate rests, is sent at least once (with the same Message-ID), every
 * other mail at most once. Fails, to be tried again in five minutes, while the organization has sent
 * its mails of the hour.
 */
export async function sendNotices(deps: ActivityDeps, key: Key): Promise<void> {
  await withHeartbeat(() => sendWhatIsDue(deps, key));
}

async function sendWhatIsDue(deps: ActivityDeps, key: Key): Promise<void> {
  const doc = await readInterview(deps.collections, key);
  if (doc === null) return;
  const context = await readContext(deps, { ...key, jobId: doc.jobId });
  const due = noticesDue({ doc, context, now: Date.now() });
  if (due.length > 0) await keepToHourlyCap(deps, key.orgId);
  for (const notice of due) {
    const result = await sendToSide(deps, key, doc, context, notice);
    if (result !== 'forbidden') await remember(deps, key, doc, notice, result);
  }
  await reconcileInterview(deps, key);
}

/** Whatever went wrong, no organization floods its candidates or our mail server. */
async function keepToHourlyCap(deps: ActivityDeps, orgId: string): Promise<void> {
  if (!(await isHourSpent(deps, orgId))) return;
  deps.logger.warn({ orgId, mailsPerHour }, 'mails wait: the cap of the hour is reached');
  throw ApplicationFailure.create({
    type: failureTypes.providerThrottled,
    message: 'the mails of the hour are sent',
    nonRetryable: false,
    nextRetryDelay: 5 * 60_000,
    category: ApplicationFailureCategory.BENIGN,
  });
}

/** Whether an organization has sent its mails of the hour: what is due then waits, and may. */
export async function isHourSpent(
  deps: Pick<ActivityDeps, 'collections'>,
  orgId: string,
): Promise<boolean> {
  const lastHour = await deps.collections.notifications
    .find({ orgId, at: { $gt: Date.now() - hourMs } })
    .select({ _id: 1 })
    .limit(mailsPerHour)
    .lean();
  return lastHour.length >= mailsPerHour;
}

async function sendToSide(
  deps: ActivityDeps,
  key: Key,
  doc: InterviewDoc,
  context: DecisionContext,
  notice: Notice,
): Promise<SideResult> {
  const recipients = await recipientsOf(deps, doc, context, notice);
  let result: SideResult = recipients.length === 0 ? 'undeliverable' : 'unknown';
  for (const recipient of recipients) {
    const sent = await sendOne(deps, key, doc, context, notice, recipient);
    if (sent === 'forbidden') return 'forbidden';
    if (sent === 'accepted' || result === 'unknown') result = sent;
  }
  return result;
}

async function recipientsOf(
  deps: ActivityDeps,
  doc: InterviewDoc,
  context: DecisionContext,
  notice: Notice,
): Promise<Recipient[]> {
  const { installation } = context;
  if (installation?.credentialRef == null) return [];
  const client = await deps.clients.clientFor(installation.credentialRef);
  return notice.to === 'candidate'
    ? await candidateAsRecipient(client, doc)
    : await interviewersAsRecipients(client, doc.timeslots);
}

/** Row, then fence, then send: of an off and a mail, one always sees the other. */
async function sendOne(
  deps: ActivityDeps,
  key: Key,
  doc: InterviewDoc,
  context: DecisionContext,
  notice: Notice,
  recipient: Recipient,
): Promise<SideResult> {
  const recipientHash = deps.keyedHash('recipient', key.orgId, recipient.id).slice(0, 24);
  const rowId = `${key.orgId}/${key.generation}/${notice.kind}/${key.interviewId}/${doc.planHash.slice(0, 16)}/${recipientHash}`;
  const messageId = messageIdFor({ key: rowId, domain: new URL(deps.publicUrl).hostname });
  const known = await claimRow(deps, { ...key, rowId, kind: notice.kind, messageId });
  if (known.state === 'accepted') return 'accepted';
  if (known.state === 'undeliverable') return 'undeliverable';
  const mayRepeat = notice.kind === 'candidate_notice';
  if (!known.fresh && !mayRepeat) return 'unknown';
  if (recipient.email === null) {
    await setRow(deps, { rowId, state: 'undeliverable' });
    return 'undeliverable';
  }

  const fences = await readFences({ ...deps, ...key, jobId: doc.jobId });
  if (fences.off !== null) {
    await deps.collections.notifications.deleteOne({ _id: rowId, state: 'claimed' });
    return 'forbidden';
  }
  const mail = renderMail(mailFor(deps, doc, context, notice, recipient));
  try {
    const sent = await deps.mailer.send({ to: recipient.email, messageId, ...mail });
    const state = sent.kind === 'accepted' ? 'accepted' : 'undeliverable';
    await setRow(deps, { rowId, state });
    deps.metrics.mails.inc({ kind: notice.kind, result: state });
    return state;
  } catch (error) {
    if (error instanceof MailUnavailable && !error.mayHaveBeenSent) {
      await deps.collections.notifications.deleteOne({ _id: rowId, state: 'claimed' });
    }
    deps.metrics.mails.inc({ kind: notice.kind, result: 'unavailable' });
    throw error;
  }
}

function mailFor(
  deps: ActivityDeps,
  doc: InterviewDoc,
  context: DecisionContext,
  notice: Notice,
  recipient: Recipient,
): MailInput {
  const settings = context.installation?.settings;
  const facts = {
    name: recipient.name,
    organizationName: null,
    jobTitle: context.role?.title ?? null,
    notetakerName: settings?.notetakerName ?? 'Notetaker',
    sessions: doc.plan.map(({ startsAt, endsAt }) => ({ startsAt, endsAt })),
    timezone: doc.timezone,
    record: settings?.engagement.record ?? true,
    transcribe: settings?.engagement.transcribe ?? true,
    unsubscribeUrl: `mailto:unsubscribe@${new URL(deps.publicUrl).hostname}`,
  };
  return notice.to === 'candidate'
    ? { ...facts, kind: notice.kind, answerUrl: null, contact: null }
    : { ...facts, kind: notice.kind, ...interviewerLinks(deps, { doc, userId: recipient.id }) };
}

/** The first notice counts for the gate; a change mail that follows does not move it. */
async function remember(
  deps: ActivityDeps,
  key: Key,
  doc: InterviewDoc,
  notice: Notice,
  result: SideResult,
): Promise<void> {
  const now = Date.now();
  await changeInterview(deps.collections, key, (before) => {
    const timeline = withTimeline(before, {
      at: now,
      kind: notice.kind,
      detail: result === 'accepted' ? 'The mail was accepted.' : 'The mail could not be delivered.',
      by: 'pillar',
    });
    if (notice.to === 'interviewers') {
      return { mailed: { ...before.mailed, interviewers: doc.planHash }, timeline };
    }
    const accepted = result === 'accepted';
    return {
      mailed: { ...before.mailed, candidate: doc.planHash },
      notice: accepted
        ? { state: 'accepted', acceptedAt: before.notice.acceptedAt ?? now }
        : before.notice.acceptedAt === null
          ? { state: 'undeliverable', acceptedAt: null }
          : before.notice,
      timeline,
    };
  });
}
