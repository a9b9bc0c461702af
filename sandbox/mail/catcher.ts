import { listen } from '../listen.js';
import { createFailureList } from './failures.js';
import { type Mailbox, openMailbox } from './mailbox.js';
import { startSmtp } from './smtp.js';
import type { CaughtMail, MailFailure } from './types.js';
import { createMailWeb } from './web.js';

export interface MailCatcherOptions {
  smtpPort?: number | undefined;
  webPort?: number | undefined;
  /** Where mails outlive a restart; absent: memory only. */
  stateFile?: string | undefined;
}

export interface MailCatcher {
  /** For SMTP_URL. */
  smtpUrl: string;
  /** The page for people. */
  url: string;
  /** Oldest first. */
  messages(): CaughtMail[];
  waitFor: Mailbox['waitFor'];
  /** Lets the next mails fail. */
  fail(failure: MailFailure): void;
  /** Takes back all failures that have not happened. */
  heal(): void;
  /** Forgets all mails. */
  clear(): void;
  close(): Promise<void>;
}

/** Starts a mail server that delivers nothing: it keeps what it gets and shows it. */
export async function startMailCatcher(options: MailCatcherOptions = {}): Promise<MailCatcher> {
  const mailbox = openMailbox({ stateFile: options.stateFile });
  const failures = createFailureList();
  const smtp = await startSmtp({ port: options.smtpPort, mailbox, failures });
  const web = await listen({ app: createMailWeb({ mailbox, failures }), port: options.webPort });
  return {
    smtpUrl: `smtp://127.0.0.1:${smtp.port}`,
    url: web.url,
    messages: () => mailbox.all(),
    waitFor: (fits, timeoutMs) => mailbox.waitFor(fits, timeoutMs),
    fail: (failure) => failures.add(failure),
    heal: () => failures.clear(),
    clear: () => mailbox.clear(),
    async close() {
      await Promise.all([smtp.close(), web.close()]);
    },
  };
}
