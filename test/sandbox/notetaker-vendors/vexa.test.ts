import { createHmac } from 'node:crypto';
import type { VendorSimulator } from '../../../sandbox/notetaker-vendors/control.js';
import {
  startVexaSimulator,
  type VexaOptions,
} from '../../../sandbox/notetaker-vendors/vexa/simulator.js';
import { call, inMs, type Json, meet, startReceiver, until, zoom } from './support.js';

let simulator: VendorSimulator;

async function start(options: VexaOptions = {}): Promise<void> {
  simulator = await startVexaSimulator({ timeFactor: 200, tickMs: 2, ...options });
}
const create = (body: Json = {}) =>
  call(simulator, 'POST', '/bots', { body: { meeting_url: meet, ...body } });
const stop = (platform = 'google_meet', id = 'abc-defg-hij') =>
  call(simulator, 'DELETE', `/bots/${platform}/${id}`);

async function untilStatus(id: string | number, status: string): Promise<Json> {
  return await until(async () => {
    const { body } = await call(simulator, 'GET', `/meetings/${id}`);
    return body.status === status && body;
  });
}

afterEach(async () => {
  await simulator.close();
});

describe('one room, one live bot', () => {
  it('refuses a second with 409 until the first has ended', async () => {
    await start({ timeFactor: 20 });
    simulator.control.setRoom(meet, { kind: 'lobby' });
    const first = await create();
    expect([first.status, first.body.status, typeof first.body.id]).toEqual([
      201,
      'requested',
      'number',
    ]);
    expect(
      (await create({ platform: 'google_meet', native_meeting_id: 'abc-defg-hij' })).status,
    ).toBe(409);
    const found = await call(simulator, 'GET', '/bots/status');
    expect([found.body.count, (found.body.running_bots as Json[])[0]?.id]).toEqual([
      1,
      first.body.id,
    ]);
    await stop();
    await untilStatus(first.body.id, 'failed');
    const second = await create();
    expect([second.status, second.body.id]).toEqual([201, Number(first.body.id) + 1]);
    expect(simulator.control.statistics().mostBotsInOneRoom).toBe(1);
  });

  it('answers 409 to a repetition after a lost answer, and the bot is found by its room', async () => {
    await start();
    simulator.control.faults({ on: 'create', kind: 'accept_then_lose' });
    await expect(create()).rejects.toThrow('fetch failed');
    expect((await create()).status).toBe(409);
    expect(simulator.control.creates().map((one) => one.status)).toEqual([201, 409]);
    expect(simulator.control.bots()).toHaveLength(1);
  });
});

describe('stopping', () => {
  it('stops the room once; the second call is 404', async () => {
    await start();
    const { body } = await create();
    await untilStatus(body.id, 'active');
    const stopped = await stop();
    expect([stopped.status, stopped.body]).toEqual([
      200,
      {
        status: 'stopping',
        meeting_id: body.id,
        native_meeting_id: 'abc-defg-hij',
        also_stopped: [],
        cancelled: [],
      },
    ]);
    expect((await stop()).status).toBe(404);
    const record = await untilStatus(body.id, 'completed');
    expect([record.completion_reason, record.failure_stage]).toEqual(['stopped', null]);
    expect((await stop('webex')).status).toBe(422);
  });

  it('calls a bot that we stopped in the lobby failed, and says where', async () => {
    await start();
    simulator.control.setRoom(meet, { kind: 'lobby' });
    const { body } = await create();
    await untilStatus(body.id, 'awaiting_admission');
    await stop();
    const record = await untilStatus(body.id, 'failed');
    expect([record.completion_reason, record.failure_stage]).toEqual([
      'stopped',
      'awaiting_admission',
    ]);
  });
});

it.each([
  [{ kind: 'admit', meetingEndsAfterMs: 3000 }, 'completed', 'left_alone', null],
  [{ kind: 'kick', afterMs: 3000 }, 'completed', 'evicted', null],
  [{ kind: 'nobody_joins' }, 'completed', 'startup_alone', null],
  [{ kind: 'everyone_leaves', afterMs: 1000 }, 'completed', 'left_alone', null],
  [{ kind: 'deny' }, 'failed', 'awaiting_admission_rejected', 'awaiting_admission'],
  [{ kind: 'lobby' }, 'failed', 'awaiting_admission_timeout', 'awaiting_admission'],
  [{ kind: 'bad_link' }, 'failed', 'join_failure', 'joining'],
  [
    { kind: 'fatal', subCode: 'validation_error', during: 'call', afterMs: 1000 },
    'failed',
    'validation_error',
    'active',
  ],
] as const)('%j is %s by %s', async (behaviour, status, reason, stage) => {
  await start();
  simulator.control.setRoom(meet, behaviour);
  const automatic_leave = {
    max_wait_for_admission: 15_000,
    no_one_joined_timeout: 15_000,
    max_time_left_alone: 2000,
  };
  const { body } = await create({ automatic_leave });
  const record = await untilStatus(body.id, status);
  expect([record.completion_reason, record.failure_stage]).toEqual([reason, stage]);
});

describe('refusals', () => {
  it.each([
    [{ meeting_url: 'https://127.0.0.1/x' }],
    [{ meeting_url: 'http://meet.google.com/abc-defg-hij' }],
    [{ meeting_url: 'https://example.org/x' }],
    [{ platform: 'zoom' }],
    [{ native_meeting_id: 'xyz-wxyz-xyz' }],
    [{ meeting_url: undefined, platform: 'zoom', native_meeting_id: '84012345678' }],
    [{ meeting_url: undefined, platform: 'teams', native_meeting_id: 'a/b' }],
    [{ automatic_leave: { patience: 1 } }],
    [{ automatic_leave: { max_time_left_alone: -1 } }],
    [{ transcribe_enabled: 'yes' }],
  ])('answers 422 for %j', async (body) => {
    await start();
    const answer = await create(body);
    expect([answer.status, Array.isArray(answer.body.detail)]).toEqual([422, true]);
    expect(simulator.control.bots()).toHaveLength(0);
  });

  it('tells rate from capacity by Retry-After alone', async () => {
    await start({ timeFactor: 1, maxConcurrent: 1 });
    await create();
    const full = await create({ meeting_url: zoom });
    simulator.control.faults({ on: 'create', kind: 'rate_limited', retryAfterSeconds: 7 });
    const fast = await create({ meeting_url: zoom });
    expect([full.status, full.headers.get('retry-after')]).toEqual([429, null]);
    expect([fast.status, fast.headers.get('retry-after')]).toEqual([429, '7']);
  });

  it('checks key and scope, and refuses to transcribe what it cannot', async () => {
    await start({ scopes: ['bot'], hasTranscription: false });
    const stranger = await call(simulator, 'GET', '/bots', { headers: { 'x-api-key': 'other' } });
    expect(stranger.status).toBe(401);
    expect((await call(simulator, 'GET', '/meetings')).status).toBe(403);
    expect((await create()).status).toBe(503);
    expect((await create({ transcribe_enabled: false })).status).toBe(201);
  });
});

describe('planned meetings', () => {
  it('take the room, are claimed by a bot, and cannot be changed afterwards', async () => {
    await start({ timeFactor: 1 });
    const body = { meeting_url: meet, scheduled_at: inMs(3_600_000) };
    const plan = await call(simulator, 'POST', '/meetings', { body });
    expect([plan.status, plan.body.status]).toEqual([201, 'scheduled']);
    expect((await call(simulator, 'POST', '/meetings', { body })).status).toBe(409);
    expect((await create()).body.id).toBe(plan.body.id);
    const path = `/meetings/${plan.body.id}`;
    expect((await call(simulator, 'PATCH', path, { body: { title: 'x' } })).status).toBe(409);
    expect((await call(simulator, 'DELETE', path)).status).toBe(409);
  });

  it('send their bot two minutes before', async () => {
    await start();
    const scheduled_at = inMs(2000);
    const body = { meeting_url: meet, scheduled_at };
    const plan = await call(simulator, 'POST', '/meetings', { body });
    await until(() => simulator.control.bot(String(plan.body.id))?.phase !== 'scheduled');
    const requested = simulator.control.bot(String(plan.body.id))?.history[1]?.at ?? 0;
    expect(Date.parse(scheduled_at) - requested).toBeGreaterThan(400);
  });

  it('erase the transcript when a finished record is deleted', async () => {
    await start();
    const { body } = await create();
    await untilStatus(body.id, 'active');
    await stop();
    await untilStatus(body.id, 'completed');
    const path = `/transcripts/by-id/${body.id}`;
    const before = (await call(simulator, 'GET', path)).body.segments as Json[];
    expect(before.map((segment) => segment.speaker)).toEqual([
      'Ines Interviewer',
      'Casey Candidate',
      '',
    ]);
    expect(before[0]).toMatchObject({ start: 1.2, end: 3.6, text: 'Welcome, shall we begin?' });
    expect((await call(simulator, 'DELETE', `/meetings/${body.id}`)).status).toBe(204);
    expect((await call(simulator, 'GET', path)).body.segments).toEqual([]);
  });
});

it('lists newest first in pages, with has_more in /bots only', async () => {
  await start({ timeFactor: 1 });
  await create();
  await create({ meeting_url: zoom });
  const first = await call(simulator, 'GET', '/bots?limit=1&exclude_planned=true');
  expect([first.body.has_more, (first.body.meetings as Json[])[0]?.platform]).toEqual([
    true,
    'zoom',
  ]);
  const rest = await call(simulator, 'GET', '/meetings?limit=1&offset=1');
  expect(rest.body).toEqual({ meetings: [expect.objectContaining({ platform: 'google_meet' })] });
  expect((await call(simulator, 'GET', '/bots?limit=101')).status).toBe(422);
});

describe('webhooks', () => {
  it('are signed over timestamp and body and carry the secret itself', async () => {
    const receiver = await startReceiver();
    await start({ webhookUrl: receiver.url, webhookSecret: 'known to both' });
    simulator.control.setRoom(meet, { kind: 'admit', meetingEndsAfterMs: 2000 });
    await create();
    await until(() => receiver.json().some((event) => event.event_type === 'meeting.completed'));
    const message = receiver.received[0];
    const text = `${message?.headers['x-webhook-timestamp']}.${message?.body}`;
    const hex = createHmac('sha256', 'known to both').update(text).digest('hex');
    expect(message?.headers['x-webhook-signature']).toBe(`sha256=${hex}`);
    expect(message?.headers.authorization).toBe('Bearer known to both');
    const events = receiver.json();
    const started = events.find((event) => event.event_type === 'meeting.started');
    expect(started?.data).toMatchObject({
      status_change: { from: 'awaiting_admission', to: 'active' },
    });
    expect(new Set(events.map((event) => event.event_id)).size).toBe(events.length);
    await receiver.close();
  });

  it('tell only of the end unless more is switched on, which running bots do not notice', async () => {
    const receiver = await startReceiver();
    await start({ webhookEvents: [] });
    const webhook_url = receiver.url;
    await call(simulator, 'PUT', '/user/webhook', { body: { webhook_url, webhook_secret: 's' } });
    const { body } = await create();
    await call(simulator, 'PUT', '/user/webhook', {
      body: { webhook_url, webhook_events: { 'meeting.status_change': true } },
    });
    await untilStatus(body.id, 'active');
    await stop();
    await until(
      () => receiver.received.length > 0 && simulator.control.statistics().activeBots === 0,
    );
    expect(receiver.json().map((event) => event.event_type)).toEqual(['meeting.completed']);
    await receiver.close();
  });

  it('are dropped at once on 404 and come again on 503', async () => {
    const receiver = await startReceiver((count) => (count === 1 ? 404 : count === 2 ? 503 : 200));
    await start({ timeFactor: 5000, webhookUrl: receiver.url, webhookSecret: 's' });
    simulator.control.strayWebhook();
    await until(() => simulator.control.statistics().webhooks.dropped === 1);
    simulator.control.strayWebhook();
    await until(() => simulator.control.statistics().webhooks.delivered === 1);
    const ids = receiver.json().map((event) => event.event_id);
    expect([ids.length, ids[1] === ids[2], ids[0] === ids[1]]).toEqual([3, true, false]);
    await receiver.close();
  });
});
