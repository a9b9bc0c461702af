import { formatSpan, type TimeSpan } from './interview-time.js';
import { compiled, linkOf, oneLine, type RenderedMail } from './template-parts.js';
import { candidateChange, candidateNotice } from './templates/candidate.js';
import { interviewerAdmit, interviewerChange, interviewerNotice } from './templates/interviewer.js';

export type { RenderedMail } from './template-parts.js';

export type MailKind = MailInput['kind'];

interface MailFacts {
  /** Of the person who is written to; null: greeted without a name. */
  name: string | null;
  /** Who has the interview captured; null: "the company that invited you" or, inside, "your company". */
  organizationName: string | null;
  jobTitle: string | null;
  /** The name under which the bot appears in the meeting. */
  notetakerName: string;
  /** What the notetaker attends; at least one. */
  sessions: TimeSpan[];
  /** As the vendor says; anything but an IANA name is shown in UTC. */
  timezone: string | null;
  record: boolean;
  transcribe: boolean;
  /** `https:`, `http:` or `mailto:`. */
  unsubscribeUrl: string;
}

export interface CandidateMail extends MailFacts {
  kind: 'candidate_notice' | 'candidate_change';
  /** The person's own page to answer on. */
  answerUrl: string | null;
  /** Whom to tell instead: a name or an address. */
  contact: string | null;
}

export interface InterviewerMail extends MailFacts {
  kind: 'interviewer_notice' | 'interviewer_change' | 'interviewer_admit';
  /** Of `interviewer_admit`: the notetaker is waiting outside at this moment. */
  isWaiting?: boolean;
  /** Signed links to keep the notetaker out of this interview, or of all of this person's. */
  notThisOneUrl?: string | null;
  optOutUrl?: string | null;
}

export type MailInput = CandidateMail | InterviewerMail;

const templates: Record<MailKind, ReturnType<typeof compiled>> = {
  candidate_notice: compiled(candidateNotice),
  candidate_change: compiled(candidateChange),
  interviewer_notice: compiled(interviewerNotice),
  interviewer_change: compiled(interviewerChange),
  interviewer_admit: compiled(interviewerAdmit),
};

const webLink = ['https:', 'http:'];

/**
 * Subject, text, HTML and headers of a mail. Whatever stands in names and titles stays text: it is
 * escaped in the HTML and cannot make a line of its own in the text or the subject.
 *
 * @throws {TypeError} for a link that is none, without a session, and when nothing is captured
 */
export function renderMail(input: MailInput): RenderedMail {
  if (input.sessions.length === 0) {
    throw new TypeError('a mail about an interview needs a time');
  }
  const unsubscribeUrl = linkOf({
    url: input.unsubscribeUrl,
    protocols: ['https:', 'http:', 'mailto:'],
  });
  const candidate = isToCandidate(input) ? input : null;
  const interviewer = isToCandidate(input) ? null : input;
  const answerUrl = candidate?.answerUrl ?? null;
  const values = {
    name: oneLine(input.name),
    organization:
      oneLine(input.organizationName) ??
      (candidate !== null ? 'the company that invited you' : 'your company'),
    jobTitle: oneLine(input.jobTitle),
    notetakerName: oneLine(input.notetakerName) ?? 'Notetaker',
    captured: capturedOf(input),
    times: input.sessions
      .toSorted((a, b) => a.startsAt - b.startsAt)
      .map((span) => formatSpan({ ...span, timezone: input.timezone })),
    answerUrl: answerUrl === null ? null : linkOf({ url: answerUrl, protocols: webLink }),
    isWaiting: interviewer?.isWaiting === true,
    notThisOneUrl: optionalLink(interviewer?.notThisOneUrl),
    optOutUrl: optionalLink(interviewer?.optOutUrl),
    contact: candidate === null ? null : oneLine(candidate.contact),
    unsubscribeUrl,
  };
  const template = templates[input.kind];
  return {
    subject: template.subject(values),
    text: template.text(values),
    html: template.html(values),
    headers: { 'List-Unsubscribe': `<${unsubscribeUrl}>`, 'Auto-Submitted': 'auto-generated' },
  };
}

function isToCandidate(input: MailInput): input is CandidateMail {
  return input.kind === 'candidate_notice' || input.kind === 'candidate_change';
}

function capturedOf({ record, transcribe }: { record: boolean; transcribe: boolean }): string {
  if (record && transcribe) {
    return 'recorded and transcribed';
  }
  if (!record && !transcribe) {
    throw new TypeError('a mail about a notetaker that captures nothing');
  }
  return record ? 'recorded' : 'transcribed';
}

function optionalLink(url: string | null | undefined): string | null {
  return url == null ? null : linkOf({ url, protocols: webLink });
}
