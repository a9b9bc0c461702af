import { mkdtempSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { type MailCatcher, startMailCatcher } from '../../../sandbox/mail/catcher.js';
import type { CaughtMail } from '../../../sandbox/mail/types.js';

let catcher: MailCatcher;

beforeEach(async () => {
  catcher = await startMailCatcher();
});
afterEach(async () => {
  await catcher.close();
});

async function send(to = 'Candidate@example.com', changes: object = {}): Promise<void> {
  const transport = createTransport(catcher.smtpUrl);
  try {
    await transport.sendMail({
      from: 'Pillar <notice@pillar.example>',
      to,
      subject: 'Überblick: your interview',
      text: 'Grüße, Zoë\nhttps://pillar.example/consent/abc',
      html: '<p>Grüße, <a href="https://pillar.example/consent/abc">answer</a></p>',
      messageId: '<one@pillar.example>',
      headers: { 'Auto-Submitted': 'auto-generated' },
      ...changes,
    });
  } finally {
    transport.close();
  }
}

it.each<[550 | 451 | 421]>([[550], [451], [421]])('refuses a recipient with %i', async (code) => {
  catcher.fail({ code, recipient: 'candidate@example.com' });
  await send('other@example.com');
  await expect(send()).rejects.toMatchObject({ responseCode: code });
  expect(catcher.messages().map((mail) => mail.to)).toEqual([['other@example.com']]);
  await send();
  expect(catcher.messages()).toHaveLength(2);
});

it('refuses after the content, with and without keeping it', async () => {
  catcher.fail({ code: 451, at: 'data' });
  await expect(send()).rejects.toMatchObject({ responseCode: 451 });
  expect(catcher.messages()).toHaveLength(0);
  catcher.fail({ code: 451, at: 'after_data' });
  await expect(send()).rejects.toMatchObject({ responseCode: 451 });
  await send();
  expect(catcher.messages().map((mail) => mail.messageId)).toEqual([
    '<one@pillar.example>',
    '<one@pillar.example>',
  ]);
});

it('takes back failures that have not happened', async () => {
  catcher.fail({ code: 550, times: 5 });
  catcher.heal();
  await send();
  expect(catcher.messages()).toHaveLength(1);
});

it('keeps envelope, headers, text and HTML of a mail', async () => {
  await send();
  const mail = await catcher.waitFor((one) => one.to.includes('candidate@example.com'), 2000);
  expect(mail).toMatchObject({
    from: 'notice@pillar.example',
    subject: 'Überblick: your interview',
    messageId: '<one@pillar.example>',
  });
  expect(mail.text).toContain('Grüße, Zoë');
  expect(mail.html).toContain('href="https://pillar.example/consent/abc"');
  expect(mail.headers['auto-submitted']).toBe('auto-generated');
});

it('waits for a mail that is still to come, and not for ever', async () => {
  const waiting = catcher.waitFor((mail) => mail.subject === 'second', 5000);
  await send(undefined, { subject: 'first' });
  await send(undefined, { subject: 'second' });
  expect((await waiting).subject).toBe('second');
  await expect(catcher.waitFor((mail) => mail.subject === 'third', 30)).rejects.toThrow(
    /No such mail/,
  );
});

it('outlives clients that break off', async () => {
  const socket = createConnection(Number(new URL(catcher.smtpUrl).port), '127.0.0.1');
  await new Promise((resolve) => socket.once('data', resolve));
  socket.resetAndDestroy();
  await send();
  expect(catcher.messages()).toHaveLength(1);
});

it('keeps mails over a restart until they are cleared', async () => {
  const stateFile = join(mkdtempSync(join(tmpdir(), 'mail-')), 'mails.json');
  await catcher.close();
  catcher = await startMailCatcher({ stateFile });
  await send();
  await catcher.close();
  catcher = await startMailCatcher({ stateFile });
  expect(catcher.messages().map((mail) => mail.to)).toEqual([['candidate@example.com']]);
  catcher.clear();
  await catcher.close();
  catcher = await startMailCatcher({ stateFile });
  expect(catcher.messages()).toEqual([]);
});

it('shows the mails as a page, as JSON and as HTML that may run nothing', async () => {
  await send();
  const page = await fetch(catcher.url);
  expect(await page.text()).toContain('<h1>Mails</h1>');
  const list = await fetch(`${catcher.url}/api/messages`);
  const { items } = (await list.json()) as { items: CaughtMail[] };
  expect(items).toEqual(catcher.messages());
  const html = await fetch(`${catcher.url}/messages/${items[0]?.id}/html`);
  expect(html.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox/);
  expect((await fetch(`${catcher.url}/messages/none/html`)).status).toBe(404);
});

it('is controlled over HTTP with JSON only', async () => {
  const control = (path: string, type: string, body: object) =>
    fetch(`${catcher.url}/_control/${path}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: JSON.stringify(body),
    });
  expect((await control('fail', 'text/plain', { code: 550 })).status).toBe(422);
  expect((await control('fail', 'application/json', { code: 250 })).status).toBe(422);
  expect((await control('fail', 'application/json', { code: 550 })).status).toBe(204);
  await expect(send()).rejects.toMatchObject({ responseCode: 550 });
  await send();
  expect((await control('clear', 'application/json', {})).status).toBe(204);
  expect(catcher.messages()).toEqual([]);
});
