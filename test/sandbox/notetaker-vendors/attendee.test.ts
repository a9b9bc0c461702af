import { createHmac } from 'node:crypto';
import {
  type AttendeeOptions,
  startAttendeeSimulator,
} from '../../../sandbox/notetaker-vendors/attendee/simulator.js';
import type { VendorSimulator } from '../../../sandbox/notetaker-vendors/control.js';
import { call, inMs, type Json, meet, startReceiver, until, zoom } from './support.js';

let simulator: VendorSimulator;
const webhookSecret = Buffer.from('thirty-two bytes of secret words').toString('base64');

async function start(options: AttendeeOptions = {}): Promise<void> {
  simulator = await startAttendeeSimulator({ timeFactor: 200, tickMs: 2, ...options });
}
const create = (body: Json = {}) =>
  call(simulator, 'POST', '/bots', { body: { meeting_url: meet, bot_name: 'Notetaker', ...body } });
const leave = (id: string | number) => call(simulator, 'POST', `/bots/${id}/leave`);
const errorOf = (answer: { status: number; body: Json }) => [answer.status, answer.body.error];

async function untilState(id: string | number, state: string): Promise<Json> {
  return await until(async () => {
    const { body } = await call(simulator, 'GET', `/bots/${id}`);
    return body.state === state && body;
  });
}

afterEach(async () => {
  await simulator.close();
});

describe('the blind window', () => {
  it('stages within five minutes; then nothing works until it joins', async () => {
    await start({ timeFactor: 100, schedulerEveryMs: 1000 });
    const { body } = await create({ join_at: inMs(2500) });
    const path = `/bots/${body.id}`;
    await untilState(body.id, 'staged');
    expect(errorOf(await leave(body.id))).toEqual([
      400,
      expect.stringContaining('not allowed when bot is in state staged'),
    ]);
    expect(errorOf(await call(simulator, 'DELETE', path))).toEqual([
      400,
      expect.stringContaining('Bot is in state staged'),
    ]);
    const patched = await call(simulator, 'PATCH', path, { body: { join_at: inMs(60_000) } });
    expect(errorOf(patched)).toEqual([400, expect.stringContaining('Bot is in state staged')]);
    const renamed = await call(simulator, 'PATCH', path, { body: { metadata: { a: 'b' } } });
    expect([renamed.status, renamed.body.metadata]).toEqual([200, { a: 'b' }]);
    const left = await until(async () => {
      const answer = await leave(body.id);
      return answer.status === 200 && answer;
    });
    expect(left.body.state).toBe('leaving');
    const bot = await untilState(body.id, 'ended');
    expect((bot.events as Json[]).map((event) => event.type)).toEqual([
      'staged',
      'join_requested',
      'leave_requested',
      'left_meeting',
      'post_processing_completed',
    ]);
  });

  it('deletes a scheduled bot for good, and refuses to let it leave', async () => {
    await start({ timeFactor: 1 });
    const { body } = await create({ join_at: inMs(3_600_000) });
    expect(body.events).toEqual([]);
    expect(errorOf(await leave(body.id))).toEqual([400, expect.stringContaining('scheduled')]);
    const deleted = await call(simulator, 'DELETE', `/bots/${body.id}`);
    expect([deleted.status, deleted.text]).toEqual([200, '']);
    expect(errorOf(await call(simulator, 'GET', `/bots/${body.id}`))).toEqual([
      404,
      'Bot not found',
    ]);
  });

  it('never launches what its scheduler missed, and says so an hour later', async () => {
    await start({ timeFactor: 3600, schedulerEveryMs: Number.POSITIVE_INFINITY });
    const { body } = await create({ join_at: inMs(1000) });
    const bot = await untilState(body.id, 'fatal_error');
    expect(bot.events).toEqual([
      { type: 'fatal_error', sub_type: 'bot_not_launched', created_at: expect.any(String) },
    ]);
    expect(simulator.control.statistics().mostBotsInOneRoom).toBe(0);
  });
});

describe('deduplication', () => {
  it('refuses the key while the bot lives and makes another once it has ended', async () => {
    await start();
    const first = await create({ deduplication_key: 'i-1:v1' });
    expect(errorOf(await create({ deduplication_key: 'i-1:v1' }))).toEqual([
      400,
      expect.stringContaining('Deduplication key already in use'),
    ]);
    const found = await call(simulator, 'GET', '/bots?deduplication_key=i-1%3Av1');
    expect((found.body.results as Json[]).map((bot) => bot.id)).toEqual([first.body.id]);
    await leave(first.body.id);
    await untilState(first.body.id, 'ended');
    expect((await create({ deduplication_key: 'i-1:v1' })).status).toBe(201);
    expect(simulator.control.statistics().mostBotsInOneRoom).toBe(1);
  });
});

describe('refusals', () => {
  it.each([
    [{ colour: 'blue' }, ['colour']],
    [{ meeting_url: 'https://acme.webex.com/meet/jane' }, ['meeting_url']],
    [{ bot_name: 'Robot 🤖' }, ['bot_name']],
    [{ join_at: '2020-01-01T00:00:00Z' }, ['join_at']],
    [{ metadata: {} }, ['metadata']],
    [{ metadata: { a: 'x'.repeat(1000) } }, ['metadata']],
    [{ automatic_leave_settings: { patience_seconds: 1 } }, ['automatic_leave_settings']],
    [{ webhooks: [{ url: 'http://example.org/', triggers: ['bot.state_change'] }] }, ['webhooks']],
  ])('answers 400 with the field for %j', async (body, fields) => {
    await start();
    const answer = await create(body);
    expect([answer.status, Object.keys(answer.body)]).toEqual([400, fields]);
    expect(simulator.control.bots()).toHaveLength(0);
  });

  it('says in the text what is wrong where the status is always 400', async () => {
    await start({ timeFactor: 1, maxConcurrent: 1, hasZoomCredentials: false });
    expect(errorOf(await create({ meeting_url: zoom }))[1]).toContain('Zoom App credentials');
    await create();
    expect(errorOf(await create())[1]).toContain('maximum number of concurrent bots');
    simulator.control.faults({ on: 'create', kind: 'billing' });
    expect(errorOf(await create())[1]).toContain('run out of credits');
    simulator.control.faults({ on: 'create', kind: 'server_error', status: 400 });
    expect(errorOf(await create())).toEqual([400, expect.stringContaining('Error ID')]);
  });

  it('knows no path with a slash at the end and no wrong key', async () => {
    await start();
    expect((await call(simulator, 'GET', '/bots/')).status).toBe(404);
    const stranger = await call(simulator, 'GET', '/bots', { headers: { authorization: 'x' } });
    expect([stranger.status, Object.keys(stranger.body)]).toEqual([401, ['detail']]);
  });
});

it.each([
  [{ kind: 'lobby' }, 'could_not_join_meeting', 'waiting_room_timeout_exceeded'],
  [{ kind: 'deny' }, 'could_not_join_meeting', 'request_to_join_denied'],
  [{ kind: 'not_started' }, 'could_not_join_meeting', 'meeting_not_started_waiting_for_host'],
  [{ kind: 'bad_link' }, 'could_not_join_meeting', 'meeting_not_found'],
  [{ kind: 'fatal' }, 'fatal_error', 'attendee_internal_error'],
  [{ kind: 'fatal', subCode: 'login_required' }, 'could_not_join_meeting', 'login_required'],
  [{ kind: 'fatal', during: 'call', afterMs: 3000 }, 'fatal_error', 'attendee_internal_error'],
] as const)('%j ends in fatal_error by %s', async (behaviour, type, sub_type) => {
  await start();
  simulator.control.setRoom(meet, behaviour);
  const settings = {
    waiting_room_timeout_seconds: 20,
    wait_for_host_to_start_meeting_timeout_seconds: 20,
  };
  const { body } = await create({ automatic_leave_settings: settings });
  const bot = await untilState(body.id, 'fatal_error');
  expect((bot.events as Json[]).at(-1)).toEqual({ type, sub_type, created_at: expect.any(String) });
});

it('pages by cursor, 25 at a time, and filters by several states', async () => {
  await start({ timeFactor: 1 });
  for (let index = 0; index < 27; index += 1) {
    await create({ join_at: inMs(3_600_000) });
  }
  const first = await call(simulator, 'GET', '/bots?states=scheduled&states=staged');
  const second = await call(simulator, 'GET', String(first.body.next));
  const ids = [first, second].flatMap((page) => (page.body.results as Json[]).map((bot) => bot.id));
  expect([new Set(ids).size, second.body.next]).toEqual([27, null]);
  const none = await call(simulator, 'GET', '/bots?states=staged');
  expect(none.body.results).toEqual([]);
});

it('returns a classic Teams link with raw JSON in it', async () => {
  await start({ timeFactor: 1 });
  const thread = '19%3ameeting_abc%40thread.v2';
  const context = encodeURIComponent('{"Tid":"t-1","Oid":"o-1"}');
  const { body } = await create({
    meeting_url: `https://teams.microsoft.com/l/meetup-join/${thread}/0?context=${context}`,
  });
  expect(body.meeting_url).toBe(
    'https://teams.microsoft.com/l/meetup-join/19:meeting_abc@thread.v2/0?context={"Tid":"t-1","Oid":"o-1"}',
  );
});

it('gives recording and utterances at times of the day, and 404 before there is a file', async () => {
  await start();
  const { body } = await create();
  await untilState(body.id, 'joined_recording');
  expect((await call(simulator, 'GET', `/bots/${body.id}/recording`)).status).toBe(404);
  simulator.control.endMeeting(meet);
  const bot = await untilState(body.id, 'ended');
  expect([bot.recording_state, bot.transcription_state]).toEqual(['complete', 'complete']);
  const recording = (await call(simulator, 'GET', `/bots/${body.id}/recording`)).body;
  const startedAt = simulator.control.bot(String(body.id))?.recordingStartedAt;
  expect(recording.start_timestamp_ms).toBe(startedAt);
  expect((await fetch(String(recording.url))).status).toBe(200);
  const { text } = await call(simulator, 'GET', `/bots/${body.id}/transcript`);
  const utterances = JSON.parse(text) as Json[];
  expect(utterances[0]).toMatchObject({
    speaker_name: 'Ines Interviewer',
    timestamp_ms: Number(startedAt) + 1200,
    duration_ms: 2400,
    transcription: { transcript: 'Welcome, shall we begin?' },
  });
});

describe('webhooks', () => {
  /** What was signed for a text of ours, written out by hand. */
  const signed = (text: string) =>
    createHmac('sha256', Buffer.from(webhookSecret, 'base64')).update(text).digest('base64');

  it('sign the canonical form, send the spaced one, and keep 1.0 in both', async () => {
    const receiver = await startReceiver();
    await start({ webhookUrl: receiver.url, webhookSecret, creditsOf: () => 1 });
    await create({ metadata: { zeta: 'é', alpha: '"' } });
    await until(() => simulator.control.bots()[0]?.phase === 'recording');
    simulator.control.endMeeting(meet);
    const last = await until(() =>
      receiver.received.find((one) => one.body.includes('post_processing_completed')),
    );
    expect(last.body).toContain('"credits_consumed": 1.0}');
    expect(last.body).toContain('"bot_metadata": {"zeta": "\\u00e9", "alpha": "\\""}');
    const { idempotency_key: key, bot_id: id, data } = JSON.parse(last.body);
    const seconds = data.event_metadata.bot_duration_seconds;
    const canonical = `{"bot_id":"${id}","bot_metadata":{"alpha":"\\"","zeta":"é"},"data":{"created_at":"${data.created_at}","event_metadata":{"bot_duration_seconds":${seconds},"credits_consumed":1.0},"event_sub_type":null,"event_type":"post_processing_completed","new_state":"ended","old_state":"post_processing"},"idempotency_key":"${key}","trigger":"bot.state_change"}`;
    expect(last.headers['x-webhook-signature']).toBe(signed(canonical));
    expect(last.headers['x-webhook-signature']).not.toBe(signed(last.body));
    expect(last.headers['user-agent']).toBe('Attendee-Webhook/1.0');
    await receiver.close();
  });

  it('are given up after three attempts with one key', async () => {
    const receiver = await startReceiver(() => 503);
    await start({ webhookUrl: receiver.url, webhookSecret });
    simulator.control.strayWebhook();
    await until(() => simulator.control.statistics().webhooks.dropped === 1);
    const keys = receiver.json().map((event) => event.idempotency_key);
    expect([keys.length, new Set(keys).size]).toEqual([3, 1]);
    await receiver.close();
  });

  it("go to the bot's own subscriptions instead of the project's", async () => {
    const project = await startReceiver();
    const own = await startReceiver();
    await start({ webhookUrl: project.url, webhookSecret, plainHttpWebhooks: true });
    await create({ webhooks: [{ url: own.url, triggers: ['bot.state_change'] }] });
    await until(() => own.received.length >= 2);
    expect(project.received).toHaveLength(0);
    await project.close();
    await own.close();
  });
});
