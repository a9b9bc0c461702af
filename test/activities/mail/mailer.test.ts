import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import {
  createMailer,
  MailUnavailable,
  type OutgoingMail,
} from '../../../activities/mail/mailer.js';
import { messageIdFor } from '../../../activities/mail/message-id.js';
import { renderMail } from '../../../activities/mail/render.js';
import { type MailCatcher, startMailCatcher } from '../../../sandbox/mail/catcher.js';

const from = 'Pillar <notetaker@pillar.example>';
const mail: OutgoingMail = {
  to: 'ada@example.org',
  subject: 'Your interview – geändert',
  text: 'Hello Ada,\n.\nüber alles',
  html: '<p>Hello Ada</p>',
  messageId: messageIdFor({ key: 'org/interview/candidate_notice', domain: 'pillar.example' }),
  headers: { 'List-Unsubscribe': '<https://pillar.example/stop>' },
};

let catcher: MailCatcher;

beforeAll(async () => {
  catcher = await startMailCatcher();
});

afterAll(() => catcher.close());

beforeEach(() => {
  catcher.clear();
  catcher.heal();
});

function send(change: Partial<OutgoingMail> = {}, smtpUrl = catcher.smtpUrl) {
  return createMailer({ smtpUrl, from, timeoutMs: 500 }).send({ ...mail, ...change });
}

async function failureOf(call: Promise<unknown>): Promise<MailUnavailable> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof MailUnavailable)) {
    throw new Error('expected MailUnavailable');
  }
  return error;
}

describe('a mail that can never be delivered', () => {
  it.each(['recipient', 'data'] as const)(
    'is rejected when the server says 550 to the %s',
    async (at) => {
      catcher.fail({ code: 550, at });
      expect(await send()).toEqual({ kind: 'rejected', smtpCode: 550 });
      expect(catcher.messages()).toEqual([]);
    },
  );

  it.each([
    '',
    'nobody',
    'a@b@c.example',
    'ada@example.org, eve@example.org',
    'Ada <ada@example.org>',
    'ada@example.org\r\nRCPT TO:<eve@example.org>',
    'a\u0000b@example.org',
  ])('is not even tried to %j', async (to) => {
    expect(await send({ to })).toEqual({ kind: 'rejected', smtpCode: null });
    expect(catcher.messages()).toEqual([]);
  });
});

describe('a mail server that is not there', () => {
  it.each([
    [451, 'recipient'],
    [451, 'data'],
    [421, 'recipient'],
    [421, 'data'],
  ] as const)('%d to the %s is for now only, and the mail was not taken', async (code, at) => {
    catcher.fail({ code, at });
    expect(await failureOf(send())).toMatchObject({ smtpCode: code, mayHaveBeenSent: false });
    expect(await send()).toEqual({ kind: 'accepted' });
  });

  it('nobody listens: certainly not sent', async () => {
    expect(await failureOf(send({}, 'smtp://127.0.0.1:1'))).toMatchObject({
      smtpCode: null,
      mayHaveBeenSent: false,
    });
  });

  it('tells neither address nor subject nor password', async () => {
    catcher.fail({ code: 451, at: 'recipient' });
    const error = await failureOf(send());
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toMatch(/ada@|geändert|pillar\.example/);
    const other = await failureOf(send({}, 'smtp://user:hunter2@127.0.0.1:1'));
    expect(`${other.stack} ${JSON.stringify(other)}`).not.toMatch(/hunter2|ada@/);
    expect(error.cause).toBeUndefined();
  });
});

describe('a server that breaks off', () => {
  let server: Server;
  let talk: (line: string, socket: Socket) => void;
  let greeting: string;
  const open = new Set<Socket>();

  beforeAll(async () => {
    server = createServer((socket) => {
      open.add(socket);
      socket.on('error', () => socket.destroy());
      socket.write(greeting);
      let content: string | null = null;
      socket.on('data', (chunk) => {
        const text = chunk.toString('latin1');
        content = content === null ? null : content + text;
        if (content === null || content.endsWith('\r\n.\r\n')) {
          talk(content === null ? text : 'CONTENT', socket);
          content = text.startsWith('DATA') ? '' : null;
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(async () => {
    for (const socket of open) {
      socket.destroy();
    }
    await new Promise((resolve) => server.close(resolve));
  });

  beforeEach(() => {
    greeting = '220 ready\r\n';
  });

  function url() {
    return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  function answers(special: Record<string, string>) {
    return (line: string, socket: Socket) => {
      const command = Object.keys(special).find((start) => line.startsWith(start));
      const answer = command === undefined ? undefined : special[command];
      if (answer === 'close') {
        socket.destroy();
      } else if (answer !== 'silence') {
        socket.write(answer ?? (line.startsWith('DATA') ? '354 go on\r\n' : '250 fine\r\n'));
      }
    };
  }

  it('after the content: nobody knows whether it was taken', async () => {
    talk = answers({ CONTENT: 'close' });
    expect(await failureOf(send({}, url()))).toMatchObject({
      smtpCode: null,
      mayHaveBeenSent: true,
    });
  });

  it('falls silent after the content', async () => {
    talk = answers({ CONTENT: 'silence' });
    expect(await failureOf(send({}, url()))).toMatchObject({ mayHaveBeenSent: true });
  });

  it('refuses the sender: that is about us', async () => {
    talk = answers({ 'MAIL FROM': '550 not you\r\n' });
    expect(await failureOf(send({}, url()))).toMatchObject({
      smtpCode: 550,
      mayHaveBeenSent: false,
    });
  });

  it('refuses at the greeting: that is about us', async () => {
    greeting = '554 go away\r\n';
    talk = answers({});
    expect((await failureOf(send({}, url()))).smtpCode).toBe(554);
  });

  it('says nothing at all', async () => {
    greeting = '';
    talk = answers({});
    const startedAt = performance.now();
    expect((await failureOf(send({}, url()))).smtpCode).toBeNull();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

describe('a mail that is accepted', () => {
  it('arrives with text, HTML, its Message-ID and the way to unsubscribe', async () => {
    expect(await send()).toEqual({ kind: 'accepted' });
    const [caught] = catcher.messages();
    expect(caught).toMatchObject({
      from: 'notetaker@pillar.example',
      to: ['ada@example.org'],
      subject: mail.subject,
      messageId: mail.messageId,
    });
    expect(caught?.text.trim()).toBe(mail.text);
    expect(caught?.html).toContain('Hello Ada');
    expect(caught?.headers['list-unsubscribe']).toBe('<https://pillar.example/stop>');
  });

  it('cannot be given another header or recipient by its subject or headers', async () => {
    const injection = 'x\r\nBcc: eve@example.org\r\n\r\nbody';
    await send({
      subject: injection,
      messageId: `${mail.messageId}${injection}`,
      headers: { 'X-Note': injection },
    });
    const [caught] = catcher.messages();
    expect(caught?.to).toEqual(['ada@example.org']);
    expect(caught?.headers).not.toHaveProperty('bcc');
    expect(caught?.text.trim()).toBe(mail.text);
    await expect(send({ headers: { 'X-Note: y\r\nBcc': 'eve@example.org' } })).rejects.toThrow(
      TypeError,
    );
  });

  it('is the same mail when it is sent again', async () => {
    await send();
    await send();
    expect(new Set(catcher.messages().map(({ messageId }) => messageId)).size).toBe(1);
    expect(catcher.messages()).toHaveLength(2);
  });

  it('shows a rendered notice as it was meant', async () => {
    const rendered = renderMail({
      kind: 'candidate_notice',
      name: 'Zoë <script>',
      organizationName: 'Acme & Söhne',
      jobTitle: 'Engineer',
      notetakerName: 'Pillar Notetaker',
      sessions: [{ startsAt: Date.UTC(2026, 10, 24, 9), endsAt: Date.UTC(2026, 10, 24, 10) }],
      timezone: 'Europe/Berlin',
      record: true,
      transcribe: true,
      answerUrl: 'https://pillar.example/consent/token',
      contact: null,
      unsubscribeUrl: 'https://pillar.example/stop/token',
    });
    expect(await send(rendered)).toEqual({ kind: 'accepted' });
    const [caught] = catcher.messages();
    expect(caught?.subject).toBe(rendered.subject);
    expect(caught?.text).toContain('Hello Zoë <script>,');
    expect(caught?.html).toContain('Acme &amp; Söhne');
    expect(caught?.html).not.toContain('<script>');
    expect(caught?.headers['list-unsubscribe']).toBe('<https://pillar.example/stop/token>');
  });
});
