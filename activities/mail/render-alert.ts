import { formatSpan, type TimeSpan } from './interview-time.js';
import { compiled, linkOf, oneLine, type RenderedMail } from './template-parts.js';
import { alertTemplate } from './templates/alert.js';

export interface AlertMail {
  title: string;
  whatHappened: string;
  whatToDo: string;
  jobTitle: string | null;
  /** Of the interview that it is about; null: of none. */
  session: (TimeSpan & { timezone: string | null }) | null;
  /** Signed one-click links; null: there is nothing to choose any more. */
  links: { sendNowUrl: string; skipUrl: string } | null;
  pageUrl: string;
}

const template = compiled(alertTemplate);
const protocols = ['https:', 'http:'];

/**
 * An alert as a mail.
 *
 * @throws {TypeError} for a link that is none
 */
export function renderAlertMail(input: AlertMail): RenderedMail {
  const { session, links } = input;
  const values = {
    title: oneLine(input.title),
    whatHappened: oneLine(input.whatHappened),
    whatToDo: oneLine(input.whatToDo),
    jobTitle: oneLine(input.jobTitle),
    when: session === null ? null : formatSpan(session),
    sendNowUrl: links === null ? null : linkOf({ url: links.sendNowUrl, protocols }),
    skipUrl: links === null ? null : linkOf({ url: links.skipUrl, protocols }),
    pageUrl: linkOf({ url: input.pageUrl, protocols }),
  };
  return {
    subject: template.subject(values),
    text: template.text(values),
    html: template.html(values),
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}
