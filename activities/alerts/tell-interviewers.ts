import type { InterviewDoc, PlannedSession } from '../../common/read-model/documents.js';
import { readFences } from '../../common/read-model/fences.js';
import type { SessionKey } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import type { DecisionContext } from '../interviews/reconcile.js';
import { MailUnavailable } from '../mail/mailer.js';
import { messageIdFor } from '../mail/message-id.js';
import { claimRow, forgetRow, setRow } from '../mail/notification-rows.js';
import { interviewerLinks } from '../mail/own-word.js';
import { interviewersAsRecipients, type Recipient } from '../mail/recipients.js';
import { renderMail } from '../mail/render.js';

interface Told extends SessionKey {
  doc: InterviewDoc;
  session: PlannedSession;
  context: DecisionContext;
  /** `soon`: the bot will ask to be let in; `waiting`: it waits outside now. Each once for a start. */
  occasion: 'soon' | 'waiting';
}

/**
 * Asks the interviewers of one session to let the bot in: row, then fence, then send, each person at
 * most once for an occasion. Repeatable; goes on with the others when one mail fails, then throws.
 */
export async function tellInterviewers(deps: ActivityDeps, input: Told): Promise<void> {
  const { doc, session, context } = input;
  const { installation } = context;
  if (installation?.credentialRef == null) return;
  if (!installation.settings.engagement.interviewerEmails) return;
  const client = await deps.clients.clientFor(installation.credentialRef);
  const recipients = await interviewersAsRecipients(client, timeslotsOf(doc, session));
  let failure: unknown = null;
  for (const recipient of recipients) {
    try {
      await tellOne(deps, input, recipient);
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== null) throw failure;
}

/** Those that take place in the session's room while it lasts. */
function timeslotsOf(doc: InterviewDoc, session: PlannedSession) {
  return doc.timeslots.filter(
    (slot) =>
      slot.roomKey === session.roomKey &&
      slot.startsAt < session.endsAt &&
      session.startsAt < slot.endsAt,
  );
}

async function tellOne(deps: ActivityDeps, input: Told, recipient: Recipient): Promise<void> {
  const { orgId, generation, interviewId, sessionId, doc, session, occasion } = input;
  const kind = 'interviewer_admit';
  const person = deps.keyedHash('recipient', orgId, recipient.id).slice(0, 24);
  const subject = `${interviewId}/${sessionId}/${session.startsAt}/${occasion}/${person}`;
  const rowId = `${orgId}/${generation}/${kind}/${subject}`;
  const messageId = messageIdFor({ key: rowId, domain: new URL(deps.publicUrl).hostname });
  const row = await claimRow(deps, { orgId, generation, interviewId, rowId, kind, messageId });
  if (!row.fresh) return;
  if (recipient.email === null) {
    await setRow(deps, { rowId, state: 'undeliverable' });
    return;
  }
  const { provider } = deps.notetaker.capabilities;
  const key = { orgId, generation, interviewId, jobId: doc.jobId, provider };
  const fences = await readFences({ ...deps, ...key });
  if (fences.off !== null) return await forgetRow(deps, { rowId });
  const mail = renderMail(mailFor(deps, input, recipient));
  try {
    const sent = await deps.mailer.send({ to: recipient.email, messageId, ...mail });
    const state = sent.kind === 'accepted' ? 'accepted' : 'undeliverable';
    await setRow(deps, { rowId, state });
    deps.metrics.mails.inc({ kind, result: state });
  } catch (error) {
    if (error instanceof MailUnavailable && !error.mayHaveBeenSent)
      await forgetRow(deps, { rowId });
    deps.metrics.mails.inc({ kind, result: 'unavailable' });
    throw error;
  }
}

function mailFor(deps: ActivityDeps, input: Told, recipient: Recipient) {
  const { doc, session, context, occasion } = input;
  const settings = context.installation?.settings;
  return {
    kind: 'interviewer_admit' as const,
    name: recipient.name,
    organizationName: null,
    jobTitle: context.role?.title ?? null,
    notetakerName: settings?.notetakerName ?? 'Notetaker',
    sessions: [{ startsAt: session.startsAt, endsAt: session.endsAt }],
    timezone: doc.timezone,
    record: settings?.engagement.record ?? true,
    transcribe: settings?.engagement.transcribe ?? true,
    unsubscribeUrl: `mailto:unsubscribe@${new URL(deps.publicUrl).hostname}`,
    isWaiting: occasion === 'waiting',
    ...interviewerLinks(deps, { doc, userId: recipient.id }),
  };
}
