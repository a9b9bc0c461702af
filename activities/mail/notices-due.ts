import type { InterviewDoc } from '../../common/read-model/documents.js';
import type { DecisionCode } from '../../workflows/contracts/decision.js';
import type { DecisionContext } from '../interviews/reconcile.js';

export type Notice =
  | { to: 'candidate'; kind: 'candidate_notice' | 'candidate_change' }
  | { to: 'interviewers'; kind: 'interviewer_notice' | 'interviewer_change' };

/** Decisions under which people are told: the bot will come, or only waits for this very notice. */
const tellingCodes: ReadonlySet<DecisionCode> = new Set<DecisionCode>([
  'will_join',
  'joins_by_choice',
  'notice_pending',
  'no_link',
  'room_busy',
]);

/**
 * Which mails an interview owes now. Each side is told once about a plan; when the plan changes, a
 * change mail follows. Nobody is mailed about an interview that is cancelled, over, skipped or held.
 */
export function noticesDue(input: {
  doc: InterviewDoc;
  context: DecisionContext;
  now: number;
}): Notice[] {
  const { doc, context, now } = input;
  const { installation, role } = context;
  const mayTell =
    installation?.phase === 'active' &&
    doc.goneAt === null &&
    doc.startsAt > now &&
    doc.firstSeenAt !== null &&
    role?.mailHold !== 'counting' &&
    role?.mailHold !== 'waiting' &&
    tellingCodes.has(doc.decision.code);
  if (!mayTell) return [];
  const { candidateEmails, interviewerEmails } = installation.settings.engagement;
  const due: Notice[] = [];
  if (
    candidateEmails &&
    doc.mailed.candidate !== doc.planHash &&
    doc.notice.state !== 'undeliverable'
  ) {
    const first = doc.mailed.candidate === null;
    due.push({ to: 'candidate', kind: first ? 'candidate_notice' : 'candidate_change' });
  }
  if (interviewerEmails && doc.mailed.interviewers !== doc.planHash) {
    const first = doc.mailed.interviewers === null;
    due.push({ to: 'interviewers', kind: first ? 'interviewer_notice' : 'interviewer_change' });
  }
  return due;
}
