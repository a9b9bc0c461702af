import Handlebars from 'handlebars';
import type { NotificationDoc } from '../../common/read-model/documents.js';
import { formatSpan, type TimeSpan } from './interview-time.js';
import { candidateChange, candidateNotice } from './templates/candidate.js';
import { interviewerChange, interviewerNotice } from './templates/interviewer.js';
import type { MailTemplate } from './templates/layout.js';

export type MailKind = NotificationDoc['kind'];

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
  kind: 'interviewer_notice' | 'interviewer_change';
}

export type MailInput = CandidateMail | InterviewerMail;

export interface RenderedMail {
  subject: string;
  text: string;
  html: string;
  headers: Record<string, string>;
}

interface CompiledTemplate {
  subject: HandlebarsTemplateDelegate;
  text: HandlebarsTemplateDelegate;
  html: HandlebarsTemplateDelegate;
}

const templates: Record<MailKind, CompiledTemplate> = {
  candidate_notice: compiled(candidateNotice),
  candidate_change: compiled(candidateChange),
  interviewer_notice: compiled(interviewerNotice),
  interviewer_change: compiled(interviewerChange),
};

const longestName = 200;

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
  const isCandidate = input.kind === 'candidate_notice' || input.kind === 'candidate_change';
  const answerUrl = isCandidate ? input.answerUrl : null;
  const values = {
    name: oneLine(input.name),
    organization:
      oneLine(input.organizationName) ??
      (isCandidate ? 'the company that invited you' : 'your company'),
    jobTitle: oneLine(input.jobTitle),
    notetakerName: oneLine(input.notetakerName) ?? 'Notetaker',
    captured: capturedOf(input),
    times: input.sessions
      .toSorted((a, b) => a.startsAt - b.startsAt)
      .map((span) => formatSpan({ ...span, timezone: input.timezone })),
    answerUrl:
      answerUrl === null ? null : linkOf({ url: answerUrl, protocols: ['https:', 'http:'] }),
    contact: isCandidate ? oneLine(input.contact) : null,
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

function compiled(template: MailTemplate): CompiledTemplate {
  const handlebars = Handlebars.create();
  const plain = { strict: true, noEscape: true };
  return {
    subject: handlebars.compile(template.subject, plain),
    text: handlebars.compile(template.text, plain),
    html: handlebars.compile(template.html, { strict: true }),
  };
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

/** A link in its escaped form, in which no character can end an attribute or a header's value. */
function linkOf({ url, protocols }: { url: string; protocols: string[] }): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !protocols.includes(parsed.protocol)) {
    throw new TypeError('a mail needs a link of a known kind');
  }
  return parsed.href.replace(
    /[<>"'`\s]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/** One line of visible characters, not too long; null when nothing is left. */
function oneLine(text: string | null): string | null {
  const visible = (text ?? '')
    .normalize('NFC')
    // Not the two joiners, which belong to the spelling of names in some scripts.
    .replace(/(?:[\p{Cc}\p{Zl}\p{Zp}\s]|(?![\u200c\u200d])\p{Cf})+/gu, ' ')
    .trim();
  return visible === '' ? null : Array.from(visible).slice(0, longestName).join('');
}
