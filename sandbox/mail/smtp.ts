import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { callbackify } from 'node:util';
import { simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';
import type { FailureList } from './failures.js';
import type { Mailbox } from './mailbox.js';
import type { CaughtMail } from './types.js';

export interface Smtp {
  port: number;
  close(): Promise<void>;
}

const recipientsOf = (session: SMTPServerSession) =>
  session.envelope.rcptTo.map((address) => address.address.toLowerCase());

async function readMail(raw: string, session: SMTPServerSession): Promise<CaughtMail> {
  const parsed = await simpleParser(Buffer.from(raw, 'latin1'));
  const headers = parsed.headerLines.map(({ key, line }): [string, string] => [
    key,
    line
      .slice(line.indexOf(':') + 1)
      .replace(/\r?\n[ \t]/g, ' ')
      .trim(),
  ]);
  const { mailFrom } = session.envelope;
  return {
    id: randomUUID(),
    receivedAt: Date.now(),
    messageId: parsed.messageId ?? null,
    from: mailFrom === false ? '' : mailFrom.address.toLowerCase(),
    to: recipientsOf(session),
    subject: parsed.subject ?? '',
    text: parsed.text ?? '',
    html: parsed.html === false ? null : (parsed.html ?? null),
    headers: Object.fromEntries(headers),
  };
}

/** An SMTP server on loopback that takes everything except what is to fail. */
export async function startSmtp(input: {
  port: number | undefined;
  mailbox: Mailbox;
  failures: FailureList;
}): Promise<Smtp> {
  const { mailbox, failures } = input;

  async function take(raw: string, session: SMTPServerSession): Promise<Error | null> {
    const recipients = recipientsOf(session);
    const refused = failures.take({ at: 'data', recipients });
    if (refused !== null) {
      return refused;
    }
    mailbox.add(await readMail(raw, session));
    return failures.take({ at: 'after_data', recipients });
  }

  async function receive(stream: Readable, session: SMTPServerSession): Promise<void> {
    stream.setEncoding('latin1');
    const refused = await take(await text(stream), session);
    if (refused !== null) {
      throw refused;
    }
  }

  const server = new SMTPServer({
    // Without its own certificate, STARTTLS would make clients refuse the connection.
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    closeTimeout: 100,
    onRcptTo(address, _session, done) {
      done(failures.take({ at: 'recipient', recipients: [address.address.toLowerCase()] }));
    },
    onData: callbackify(receive),
  });
  // A client that breaks off is no reason to stop.
  server.on('error', () => undefined);
  const listening = server.listen(input.port ?? 0, '127.0.0.1');
  await once(listening, 'listening');
  return {
    port: (listening.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
