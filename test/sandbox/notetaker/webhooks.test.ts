import { createHmac } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { type Listening, listen } from '../../../sandbox/listen.js';
import type { NotetakerSimulator } from '../../../sandbox/notetaker/simulator.js';
import type { Bot } from '../../../sandbox/notetaker/types.js';
import { call, inAnHour, order, start, until } from './support.js';

interface Received {
  headers: IncomingHttpHeaders;
  raw: Buffer;
  event: { eventId: string; type: string; occurredAt: string; bot: Bot };
}

const secret = 'hook-secret';
let received: Received[];
let answerWith: number;
let receiver: Listening;
let simulator: NotetakerSimulator;

beforeEach(async () => {
  received = [];
  answerWith = 204;
  const app = express();
  app.post('/hook', express.raw({ type: '*/*' }), (request, response) => {
    const raw = request.body as Buffer;
    received.push({ headers: request.headers, raw, event: JSON.parse(raw.toString()) });
    response.status(answerWith).end();
  });
  receiver = await listen({ app });
  simulator = await start({ webhookUrl: `${receiver.url}/hook`, webhookSecret: secret });
});
afterEach(async () => {
  await simulator.close();
  await receiver.close();
});

const order201 = (changes: object = {}) =>
  call(simulator, 'POST', '/bots', order({ joinAt: inAnHour(), ...changes }));

function sign(key: string, { headers, raw }: Received): string {
  const id = String(headers['pillar-webhook-id']);
  const text = `${id}.${String(headers['pillar-webhook-timestamp'])}.`;
  return `v1=${createHmac('sha256', key).update(text).update(raw).digest('hex')}`;
}

it('signs each change over the raw bytes', async () => {
  await order201({ metadata: { name: 'Zoë 🎙' } });
  const hook = await until(async () => received[0]);
  expect(hook.headers['pillar-webhook-signature']).toBe(sign(secret, hook));
  expect(hook.headers['pillar-webhook-id']).toBe(hook.event.eventId);
  expect(
    Math.abs(Number(hook.headers['pillar-webhook-timestamp']) - Date.now() / 1000),
  ).toBeLessThan(5);
  expect([hook.event.type, hook.event.bot.state]).toEqual(['bot.state_changed', 'scheduled']);
  expect(hook.event.bot.metadata).toEqual({ name: 'Zoë 🎙' });
});

it('signs with both secrets during a rotation', async () => {
  await simulator.control.setWebhooks({ secrets: ['new', secret] });
  await order201();
  const hook = await until(async () => received[0]);
  expect(hook.headers['pillar-webhook-signature']).toBe(
    `${sign('new', hook)} ${sign(secret, hook)}`,
  );
});

it('repeats a refused event with the same id and body', async () => {
  answerWith = 503;
  await order201();
  await until(async () => received.length >= 2);
  answerWith = 200;
  await until(async () => (await simulator.control.statistics()).webhooks.waiting === 0);
  expect(new Set(received.map((hook) => hook.event.eventId)).size).toBe(1);
  expect(new Set(received.map((hook) => hook.raw.toString())).size).toBe(1);
});

it('tells every state of a bot', async () => {
  await simulator.control.setScenario({ scenario: { kind: 'everybody_leaves_early' } });
  await call(simulator, 'POST', '/bots', order());
  await until(async () => received.some((hook) => hook.event.bot.state === 'ended'));
  await until(async () => (await simulator.control.statistics()).webhooks.waiting === 0);
  const versions = received.map((hook) => hook.event.bot.version).sort((a, b) => a - b);
  expect(versions).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it('suppresses, duplicates and reorders when told to', async () => {
  await simulator.control.setWebhooks({ mode: 'suppress' });
  await order201({ key: 'a' });
  expect((await simulator.control.statistics()).webhooks).toMatchObject({
    suppressed: 1,
    waiting: 0,
  });

  await simulator.control.setWebhooks({ mode: 'duplicate' });
  await order201({ key: 'b' });
  await until(async () => received.length === 2);
  expect(received[0]?.event.eventId).toBe(received[1]?.event.eventId);

  received = [];
  await simulator.control.setWebhooks({ mode: 'reorder' });
  const { body } = await order201({ key: 'c' });
  await call(simulator, 'DELETE', `/bots/${body.id}`);
  await until(async () => received.length === 2);
  expect(received.map((hook) => hook.event.bot.state)).toEqual(['ended', 'scheduled']);
});

it('delivers after a restart what could not be delivered before', async () => {
  const stateFile = join(mkdtempSync(join(tmpdir(), 'notetaker-')), 'state.json');
  await simulator.close();
  simulator = await start({
    webhookUrl: 'http://127.0.0.1:9/hook',
    webhookSecret: secret,
    stateFile,
  });
  const { body } = await order201();
  await simulator.close();
  expect(received).toEqual([]);
  simulator = await start({ webhookUrl: `${receiver.url}/hook`, webhookSecret: secret, stateFile });
  const hook = await until(async () => received[0]);
  expect([hook.event.bot.id, hook.headers['pillar-webhook-signature']]).toEqual([
    body.id,
    sign(secret, hook),
  ]);
});
