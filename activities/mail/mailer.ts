import nodemailer from 'nodemailer';

export interface OutgoingMail {
  /** One bare address. */
  to: string;
  subject: string;
  text: string;
  html: string;
  /** With its angle brackets, see `messageIdFor`. */
  messageId: string;
  headers: Record<string, string>;
}

export type SendResult =
  | { kind: 'accepted' }
  /** The address or this mail can never be delivered. `smtpCode` is null when it was not even tried. */
  | { kind: 'rejected'; smtpCode: number | null };

export interface Mailer {
  /**
   * One attempt over one connection, never repeated here.
   *
   * @throws {MailUnavailable} nothing is known against the recipient: try again later
   */
  send(mail: OutgoingMail): Promise<SendResult>;
  close(): void;
}

/** The mail server could not take a mail now. Names neither address nor subject. */
export class MailUnavailable extends Error {
  /** False: the mail was certainly not taken, so that also a mail sent at most once may go again. */
  readonly mayHaveBeenSent: boolean;
  readonly smtpCode: number | null;

  constructor({
    why,
    smtpCode,
    mayHaveBeenSent,
  }: {
    why: string;
    smtpCode: number | null;
    mayHaveBeenSent: boolean;
  }) {
    super(`mail server unavailable: ${why}${smtpCode === null ? '' : ` (${smtpCode})`}`);
    this.name = 'MailUnavailable';
    this.mayHaveBeenSent = mayHaveBeenSent;
    this.smtpCode = smtpCode;
  }
}

export interface MailerOptions {
  /** SMTP_URL: `smtp://` or `smtps://`, with credentials and nodemailer's options in its query. */
  smtpUrl: string;
  /** MAIL_FROM: an address, with or without a name. */
  from: string;
  /** For the connection and the greeting; silence of the server later on may last twice as long. */
  timeoutMs?: number | undefined;
}

const oneAddress = /^[^\s\p{Cc}@<>()[\]\\,;:"]{1,64}@[^\s\p{Cc}@<>()[\]\\,;:"]{1,253}$/u;
const headerName = /^[A-Za-z][A-Za-z0-9-]{0,60}$/;
/**
 * Commands that nodemailer names when the mail was certainly not handed over. `CONN` is not among
 * them: it stands for every lost connection, also for one after the content was sent.
 */
const beforeContent = /^(?:API|EHLO|HELO|STARTTLS|AUTH|MAIL FROM|RCPT TO|RSET)/;

/** Sends over SMTP (nodemailer); reads no files and fetches no addresses that a mail names. */
export function createMailer({ smtpUrl, from, timeoutMs = 10_000 }: MailerOptions): Mailer {
  const transport = nodemailer.createTransport({
    url: smtpUrl,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: 2 * timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  return {
    async send({ to, subject, text, html, messageId, headers }) {
      if (!oneAddress.test(to)) {
        return { kind: 'rejected', smtpCode: null };
      }
      const mail = {
        from,
        to: { name: '', address: to },
        subject: oneLine(subject),
        text,
        html,
        messageId: oneLine(messageId),
        headers: checkedHeaders(headers),
      };
      try {
        await transport.sendMail(mail);
        return { kind: 'accepted' };
      } catch (error) {
        return resultOf(smtpFailureOf(error));
      }
    },
    close() {
      transport.close();
    },
  };
}

interface SmtpFailure {
  code: string;
  command: string;
  responseCode: number | null;
  /** The connection was never made. */
  isUnconnected: boolean;
}

/** nodemailer's own text repeats the address and the server's answer: only these are read. */
function smtpFailureOf(error: unknown): SmtpFailure {
  const { code, command, responseCode, syscall } = Object(error) as Record<string, unknown>;
  return {
    code: typeof code === 'string' ? code : 'unknown',
    command: typeof command === 'string' ? command : '',
    responseCode: typeof responseCode === 'number' ? responseCode : null,
    isUnconnected: syscall === 'connect' || code === 'EDNS' || code === 'ETLS',
  };
}

/**
 * A 5xx to the recipient or to the message is about them; one to the greeting, the sign-in or the
 * sender is about us, and no reason to call a person unreachable.
 */
function resultOf({ code, command, responseCode, isUnconnected }: SmtpFailure): SendResult {
  const isAboutMail = command === 'RCPT TO' || command === 'DATA';
  if (isAboutMail && responseCode !== null && responseCode >= 500) {
    return { kind: 'rejected', smtpCode: responseCode };
  }
  const isCertain = responseCode !== null || isUnconnected || beforeContent.test(command);
  throw new MailUnavailable({ why: code, smtpCode: responseCode, mayHaveBeenSent: !isCertain });
}

function checkedHeaders(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (!headerName.test(name)) {
        throw new TypeError('not a header name');
      }
      return [name, oneLine(value)];
    }),
  );
}

/** Nothing that comes from data can begin another header. */
function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
