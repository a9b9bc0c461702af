import { createHmac } from 'node:crypto';
import type { VendorSimulator } from '../../../sandbox/notetaker-vendors/control.js';
import {
  type RecallOptions,
  startRecallSimulator,
} from '../../../sandbox/notetaker-vendors/recall/simulator.js';
import { call, type Json, meet, startReceiver, until } from './support.js';

let simulator: VendorSimulator;
const secret = `whsec_${Buffer.from('thirty-two bytes of secret words').toString('base64')}`;

async function start(options: RecallOptions = {}): Promise<void> {
  simulator = await startRecallSimulator({ timeFactor: 200, tickMs: 2, ...options });
}
const create = (body: Json = {}) =>
  call(simulator, 'POST', '/bot/', { body: { meeting_url: meet, ...body } });

/** Where a recording's or transcript's file is, as the API says. */
function urlIn(artifact: Json | null | undefined): string | null {
  const data = artifact?.data as { download_url: string | null } | undefined;
  return data?.download_url ?? null;
}

async function ended(id: string | number): Promise<Json> {
  return await until(async () => {
    const { body } = await call(simulator, 'GET', `/bot/${id}/`);
    return ['done', 'fatal'].includes(String((body.status_changes as Json[]).at(-1)?.code)) && body;
  });
}

afterEach(async () => {
  await simulator.close();
});

describe('artifacts', () => {
  it('shows recording and transcript with short-lived links once they are done', async () => {
    await start();
    simulator.control.setRoom(meet, { kind: 'admit', meetingEndsAfterMs: 5000 });
    const transcript = { provider: { recallai_streaming: {} } };
    const { body } = await create({ recording_config: { transcript } });
    await ended(body.id);
    const shortcuts = await until(async () => {
      const bot = (await call(simulator, 'GET', `/bot/${body.id}/`)).body;
      const media = (bot.recordings as Json[])[0]?.media_shortcuts as Record<string, Json>;
      return urlIn(media.transcript) === null ? null : media;
    });
    const url = String(urlIn(shortcuts.transcript));
    const file = await fetch(url);
    const parts = (await file.json()) as { participant: Json; words: Json[] }[];
    expect(parts[0]?.participant.name).toBe('Ines Interviewer');
    expect(parts[0]?.words[0]).toEqual({
      text: 'Welcome,',
      start_timestamp: { relative: 1.2 },
      end_timestamp: { relative: 1.8 },
    });
    expect((await fetch(url.replace(/expires=.*/, 'expires=1'))).status).toBe(403);
    expect((await fetch(String(urlIn(shortcuts.video_mixed)))).status).toBe(200);
  });

  it('makes a transcript afterwards when asked', async () => {
    await start();
    simulator.control.setRoom(meet, { kind: 'admit', meetingEndsAfterMs: 2000 });
    const { body } = await create();
    const recording = (await ended(body.id)).recordings as { id: string }[];
    const path = `/recording/${recording[0]?.id}/create_transcript/`;
    const made = await call(simulator, 'POST', path, {
      body: { provider: { recallai_async: {} } },
    });
    expect((made.body.status as Json).code).toBe('processing');
    expect((await call(simulator, 'POST', path, { body: {} })).status).toBe(400);
  });
});

describe('webhooks', () => {
  it.each([
    [false, 'webhook'],
    [true, 'svix'],
  ])('are signed over id, timestamp and body (legacy: %s)', async (legacyHeaders, prefix) => {
    const receiver = await startReceiver();
    await start({ webhookUrl: receiver.url, webhookSecret: secret, legacyHeaders });
    simulator.control.setRoom(meet, { kind: 'admit', meetingEndsAfterMs: 5000 });
    await create({ metadata: { key: 'k' } });
    await until(() => receiver.json().some((event) => event.event === 'recording.done'));
    const message = receiver.received[0];
    const id = message?.headers[`${prefix}-id`];
    const timestamp = message?.headers[`${prefix}-timestamp`];
    const key = Buffer.from(secret.slice(6), 'base64');
    const expected = createHmac('sha256', key)
      .update(`${id}.${timestamp}.${message?.body}`)
      .digest('base64');
    expect(String(message?.headers[`${prefix}-signature`]).split(' ')).toContain(`v1,${expected}`);
    expect(receiver.json()[0]).toEqual({
      event: 'bot.joining_call',
      data: {
        data: { code: 'joining_call', sub_code: null, updated_at: expect.any(String) },
        bot: { id: expect.any(String), metadata: { key: 'k' } },
      },
    });
    await receiver.close();
  });

  it('come again with the same id until they are taken', async () => {
    const receiver = await startReceiver((count) => (count < 3 ? 500 : 200));
    await start({ webhookUrl: receiver.url, webhookSecret: secret });
    simulator.control.setRoom(meet, { kind: 'lobby' });
    const stray = simulator.control.strayWebhook();
    await until(() => simulator.control.statistics().webhooks.delivered === 1);
    expect(new Set(receiver.received.map((one) => one.headers['webhook-id'])).size).toBe(1);
    expect(receiver.received).toHaveLength(3);
    expect(simulator.control.bot(stray)).toBeNull();
    await receiver.close();
  });

  it('have one kind of event in the older version', async () => {
    const receiver = await startReceiver();
    await start({ webhookUrl: receiver.url, webhookSecret: secret, apiVersion: '1.10' });
    const { body } = await create();
    const [event] = await until(() => receiver.received.length > 0 && receiver.json());
    expect(event).toEqual({
      event: 'bot.status_change',
      data: {
        bot_id: body.id,
        status: {
          code: 'joining_call',
          sub_code: null,
          message: null,
          created_at: expect.any(String),
        },
      },
    });
    await receiver.close();
  });
});
