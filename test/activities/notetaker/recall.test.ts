import {
  type BotSnapshot,
  type CreateBotRequest,
  isOutOfMeeting,
  NotetakerError,
  provesNoBot,
} from '../../../activities/notetaker/port.js';
import { createRecallNotetaker } from '../../../activities/notetaker/recall.js';
import { answers, type ScriptedVendor, startScriptedVendor } from './scripted-vendor.js';

let vendor: ScriptedVendor;
const id = '3f1c2a54-9f5e-4d7e-8f1e-0a6f0b8f1c11';
const key = 'test:acme:g1:s1:1';
const at = (minute: number) => new Date(Date.UTC(2026, 10, 25, 9, minute)).toISOString();
const epoch = (minute: number) => Date.UTC(2026, 10, 25, 9, minute);

beforeAll(async () => {
  vendor = await startScriptedVendor();
});
afterAll(() => vendor.close());
beforeEach(() => vendor.reset());

const port = (callTimeoutMs = 2_000) =>
  createRecallNotetaker({ apiUrl: `${vendor.url}/api/v1`, apiKey: 'rk', callTimeoutMs });

type Change = [code: string, minute: number, subCode?: string];

function bot(changes: Change[] = [], more: Record<string, unknown> = {}) {
  return {
    id,
    join_at: null,
    meeting_url: { platform: 'zoom', meeting_id: '84012345678' },
    metadata: { key, orgId: 'acme' },
    status_changes: changes.map(([code, minute, sub_code]) => ({
      code,
      sub_code: sub_code ?? null,
      message: null,
      created_at: at(minute),
    })),
    recordings: [],
    ...more,
  };
}

function request(change: Partial<CreateBotRequest> = {}): CreateBotRequest {
  const now = Date.now();
  return {
    key,
    meetingUrl: 'https://us02web.zoom.us/j/84012345678?pwd=x',
    joinAt: now + 15 * 60_000,
    leaveAt: now + 105 * 60_000,
    botName: 'Pillar Notetaker',
    metadata: { orgId: 'acme', attempt: '1' },
    record: true,
    transcribe: true,
    timeoutMs: 2_000,
    ...change,
  };
}

async function failureOf(call: Promise<unknown>): Promise<NotetakerError> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof NotetakerError)) throw new Error('expected a NotetakerError');
  return error;
}

async function read(changes: Change[], more: Record<string, unknown> = {}): Promise<BotSnapshot> {
  vendor.answer = answers({
    [`GET /api/v1/bot/${id}/`]: { status: 200, body: bot(changes, more) },
  });
  const snapshot = await port().get({ botId: id });
  if (snapshot === null) throw new Error('no bot');
  return snapshot;
}

describe('a create', () => {
  const created = { 'POST /api/v1/bot/': { status: 201, body: bot() } };

  it('carries its key as idempotency key and in the metadata, and our leave settings', async () => {
    vendor.answer = answers(created);
    const wanted = request();
    expect(await port().create(wanted)).toEqual({ botId: id });
    const [seen] = vendor.requests;
    expect(seen?.headers).toMatchObject({ authorization: 'Token rk', 'idempotency-key': key });
    expect(seen?.body).toMatchObject({
      meeting_url: wanted.meetingUrl,
      join_at: new Date(wanted.joinAt).toISOString(),
      bot_name: 'Pillar Notetaker',
      metadata: { orgId: 'acme', attempt: '1', key },
      automatic_leave: {
        waiting_room_timeout: 900,
        noone_joined_timeout: 1200,
        everyone_left_timeout: { timeout: 120, activate_after: 0 },
        in_call_recording_timeout: 90 * 60,
      },
      recording_config: { transcript: { provider: { meeting_captions: {} } } },
    });
  });

  it('asks for no video and no transcript when neither is wanted, and for none later than now', async () => {
    vendor.answer = answers(created);
    await port().create(request({ record: false, transcribe: false, joinAt: 0, leaveAt: null }));
    const body = JSON.parse(JSON.stringify(vendor.requests[0]?.body));
    expect(body.recording_config).toEqual({
      start_recording_on: 'participant_join',
      video_mixed_mp4: null,
    });
    expect(body).not.toHaveProperty('join_at');
    expect(body.automatic_leave).not.toHaveProperty('in_call_recording_timeout');
  });

  it.each<[string, number, unknown, string, string | null]>([
    ['a field map', 400, { meeting_url: ['unrecognised'] }, 'refused', 'invalid_request'],
    [
      'a banned tenant',
      400,
      { code: 'teams_blacklisted_tenant' },
      'refused',
      'teams_blacklisted_tenant',
    ],
    ['a wrong key', 401, { detail: 'Invalid token.' }, 'auth', null],
    ['no credit', 402, { detail: 'Insufficient balance' }, 'refused', 'out_of_credits'],
    ['the limit', 429, { detail: 'slow down' }, 'rate_limited', null],
    ['an empty pool', 507, { detail: 'no bots' }, 'capacity', null],
  ])('that meets %s proves that there is no bot', async (_case, status, body, kind, code) => {
    vendor.answer = () => ({ status, body, headers: { 'retry-after': '9' } });
    const error = await failureOf(port().create(request()));
    expect(error).toMatchObject({ kind, status, code, retryAfterMs: 9_000 });
    expect(provesNoBot(error)).toBe(true);
  });

  it.each<[string, number, unknown, Record<string, string>?]>([
    ['its key at work', 409, { detail: 'in progress' }],
    ['an error of the server', 500, { detail: 'oops' }],
    ['shed load', 503, { detail: 'busy' }],
    ['a firewall’s page', 403, '<h1>blocked</h1>', { 'content-type': 'text/html' }],
    ['a limit of something in between', 429, 'slow', { 'content-type': 'text/plain' }],
    ['a gateway’s refusal', 400, { message: 'Bad Request' }],
    ['a bot of another key', 201, { ...bot(), metadata: { key: 'test:other' } }],
    ['a success without a bot', 201, {}],
    ['a success without anything', 201, undefined],
    ['a redirect', 307, {}, { location: '/elsewhere' }],
  ])('that meets %s proves nothing', async (_case, status, body, headers = {}) => {
    vendor.answer = () => ({ status, ...(body === undefined ? {} : { body }), headers });
    const error = await failureOf(port().create(request()));
    expect(error.kind).toBe('unknown_outcome');
    expect(vendor.requests).toHaveLength(1);
    expect(error.message).not.toMatch(/zoom|Pillar Notetaker|rk/);
  });
});

describe('states and facts', () => {
  it.each<[string, Change[], Partial<BotSnapshot>]>([
    ['nothing yet', [], { state: 'starting', outcome: null }],
    ['ready says nothing', [['ready', 0]], { state: 'starting' }],
    ['on its way', [['joining_call', 1]], { state: 'joining' }],
    [
      'before the door',
      [
        ['joining_call', 1],
        ['in_waiting_room', 2],
      ],
      { state: 'waiting_room' },
    ],
    [
      'inside',
      [
        ['in_waiting_room', 2],
        ['in_call_not_recording', 3],
      ],
      { state: 'in_call', joinedAt: epoch(3), recordingStartedAt: null },
    ],
    [
      'recording',
      [
        ['in_call_not_recording', 3],
        ['in_call_recording', 4],
      ],
      { state: 'recording', joinedAt: epoch(3), recordingStartedAt: epoch(4) },
    ],
    [
      'paused, and still one that has recorded',
      [
        ['in_call_recording', 4],
        ['in_call_not_recording', 9],
      ],
      { state: 'in_call', recordingStartedAt: epoch(4) },
    ],
    [
      'out, its files not written',
      [
        ['in_call_recording', 4],
        ['call_ended', 50, 'call_ended_by_host'],
      ],
      { state: 'processing', recordingEndedAt: epoch(50), outcome: null },
    ],
    [
      'events out of order and an unknown code',
      [
        ['in_call_recording', 4],
        ['joining_call', 1],
        ['in_orbit', 5],
        ['in_waiting_room', 2],
      ],
      { state: 'recording', joinedAt: epoch(4) },
    ],
  ])('%s', async (_case, changes, expected) => {
    expect(await read(changes)).toMatchObject(expected);
  });

  it('is scheduled while its time is ahead', async () => {
    const join_at = new Date(Date.now() + 900_000).toISOString();
    expect(await read([], { join_at })).toMatchObject({ state: 'scheduled', key });
  });

  it('keeps our metadata and not the key among it', async () => {
    expect(await read([])).toMatchObject({ botId: id, key, metadata: { orgId: 'acme' } });
  });
});

describe('outcomes', () => {
  const joined: Change[] = [
    ['joining_call', 1],
    ['in_call_not_recording', 3],
  ];
  const recorded: Change[] = [...joined, ['in_call_recording', 4]];
  it.each<[string, Change[], Partial<BotSnapshot>]>([
    [
      'a normal end',
      [...recorded, ['call_ended', 50, 'timeout_exceeded_everyone_left'], ['done', 52]],
      { outcome: 'attended_recorded', endedAt: epoch(52), anotherMayHelp: false, removedBy: null },
    ],
    [
      'an end by a word that nobody knows',
      [...recorded, ['call_ended', 50, 'brand_new'], ['done', 52]],
      { outcome: 'attended_recorded', reason: 'brand_new' },
    ],
    [
      'thrown out',
      [...recorded, ['call_ended', 9, 'bot_kicked_from_call'], ['done', 10]],
      { outcome: 'removed', removedBy: 'participant', recordingStartedAt: epoch(4) },
    ],
    [
      'not let in',
      [
        ['joining_call', 1],
        ['in_waiting_room', 2],
        ['call_ended', 17, 'timeout_exceeded_waiting_room'],
        ['done', 18],
      ],
      { outcome: 'not_admitted', reason: 'timeout_exceeded_waiting_room', joinedAt: null },
    ],
    [
      'turned away',
      [
        ['in_waiting_room', 2],
        ['call_ended', 3, 'bot_kicked_from_waiting_room'],
        ['done', 4],
      ],
      { outcome: 'not_admitted', anotherMayHelp: false },
    ],
    [
      'alone',
      [...joined, ['call_ended', 23, 'timeout_exceeded_noone_joined'], ['done', 24]],
      { outcome: 'no_one_joined' },
    ],
    [
      'not allowed to record',
      [
        ...joined,
        ['recording_permission_denied', 5, 'zoom_local_recording_disabled'],
        ['call_ended', 6, 'timeout_exceeded_recording_permission_denied'],
        ['done', 7],
      ],
      { outcome: 'attended_not_recorded', reason: 'zoom_local_recording_disabled' },
    ],
    [
      'taken back by us before it was in',
      [
        ['joining_call', 1],
        ['call_ended', 2, 'bot_received_leave_call'],
        ['done', 3],
      ],
      { outcome: 'cancelled', removedBy: 'api' },
    ],
    [
      'taken out by us',
      [...recorded, ['call_ended', 9, 'bot_received_leave_call'], ['done', 10]],
      { outcome: 'attended_recorded', removedBy: 'api' },
    ],
    [
      'nobody opened it',
      [
        ['joining_call', 1],
        ['fatal', 20, 'meeting_not_started'],
      ],
      { outcome: 'meeting_not_started', anotherMayHelp: true },
    ],
    [
      'broken',
      [
        ['joining_call', 1],
        ['fatal', 2, 'bot_errored'],
      ],
      { outcome: 'failed', reason: 'bot_errored', anotherMayHelp: true },
    ],
    [
      'a bad link',
      [
        ['joining_call', 1],
        ['fatal', 2, 'meeting_not_found'],
      ],
      { outcome: 'failed', reason: 'meeting_not_found', anotherMayHelp: false },
    ],
    [
      'broken after it had recorded, and "done" after that',
      [...recorded, ['fatal', 9, 'microsoft_teams_call_dropped'], ['done', 10]],
      { outcome: 'attended_recorded', endedAt: epoch(9), anotherMayHelp: true },
    ],
    ['done without ever having been there', [['done', 9]], { outcome: 'failed', joinedAt: null }],
  ])('%s', async (_case, changes, expected) => {
    const snapshot = await read(changes);
    expect(snapshot).toMatchObject({ state: 'ended', ...expected });
    expect(isOutOfMeeting(snapshot)).toBe(true);
  });
});

describe('taking a bot back', () => {
  const path = `/api/v1/bot/${id}/`;
  const scheduled = (minutes: number) =>
    bot([], { join_at: new Date(Date.now() + minutes * 60_000).toISOString() });
  const notFound = { status: 404, body: { detail: 'Not found.' } };

  it('deletes it far out', async () => {
    vendor.answer = answers({
      [`GET ${path}`]: [{ status: 200, body: scheduled(14) }, notFound],
      [`DELETE ${path}`]: { status: 204 },
    });
    expect(await port().remove({ botId: id })).toBeNull();
    expect(vendor.calls()).toEqual([`GET ${path}`, `DELETE ${path}`, `GET ${path}`]);
  });

  it('tells it to leave near the start and in the call', async () => {
    vendor.answer = answers({
      [`GET ${path}`]: { status: 200, body: bot([['in_call_recording', 4]]) },
      [`POST ${path}leave_call/`]: { status: 200, body: bot([['in_call_recording', 4]]) },
    });
    expect(await port().remove({ botId: id })).toMatchObject({ state: 'leaving' });
    expect(vendor.calls()[1]).toBe(`POST ${path}leave_call/`);
  });

  it('switches the verb once when the bot went off in between', async () => {
    vendor.answer = answers({
      [`GET ${path}`]: [
        { status: 200, body: scheduled(14) },
        { status: 200, body: bot([['joining_call', 1]]) },
      ],
      [`DELETE ${path}`]: { status: 405, body: { detail: 'Method "DELETE" not allowed.' } },
      [`POST ${path}leave_call/`]: { status: 200, body: bot([['joining_call', 1]]) },
    });
    expect(await port().remove({ botId: id })).toMatchObject({ state: 'leaving' });
  });

  it('deletes one that has not started and so cannot leave', async () => {
    vendor.answer = answers({
      [`GET ${path}`]: [{ status: 200, body: scheduled(5) }, notFound],
      [`POST ${path}leave_call/`]: { status: 400, body: { code: 'cannot_command_unstarted_bot' } },
      [`DELETE ${path}`]: { status: 204 },
    });
    expect(await port().remove({ botId: id })).toBeNull();
  });

  it('answers how the bot is when neither verb is taken', async () => {
    vendor.answer = answers({
      [`GET ${path}`]: { status: 200, body: bot([['joining_call', 1]]) },
      [`POST ${path}leave_call/`]: { status: 400, body: { code: 'cannot_command_unstarted_bot' } },
      [`DELETE ${path}`]: { status: 405, body: { detail: 'no' } },
    });
    expect(await port().remove({ botId: id })).toMatchObject({ state: 'joining' });
    expect(vendor.calls()).toHaveLength(4);
  });

  it('asks nothing of one that is over, or never was', async () => {
    vendor.answer = answers({ [`GET ${path}`]: { status: 200, body: bot([['done', 9]]) } });
    expect(await port().remove({ botId: id })).toMatchObject({ state: 'ended' });
    vendor.answer = answers({ [`GET ${path}`]: notFound });
    expect(await port().remove({ botId: id })).toBeNull();
    expect(await port().remove({ botId: '..' })).toBeNull();
    expect(vendor.calls()).toEqual([`GET ${path}`, `GET ${path}`]);
  });

  it('says so when the provider does not answer', async () => {
    vendor.answer = answers({
      [`GET ${path}`]: { status: 200, body: bot([['joining_call', 1]]) },
      [`POST ${path}leave_call/`]: { status: 502, body: { detail: 'bad gateway' } },
    });
    expect((await failureOf(port().remove({ botId: id }))).kind).toBe('unavailable');
  });
});

describe('moving a bot', () => {
  it.each([
    ['update_bot_failed', { code: 'update_bot_failed', detail: 'too near' }],
    ['after its dispatch', { detail: 'Bot is without join call task' }],
  ])('%s is a matter of its state', async (_case, body) => {
    vendor.answer = () => ({ status: 400, body });
    const error = await failureOf(port().move({ botId: id, joinAt: 0 }));
    expect(error.kind).toBe('wrong_state');
  });
});

describe('finding bots', () => {
  it('asks for the key, takes no other bot, and follows pages on our own host only', async () => {
    const other = { ...bot(), id: 'other', metadata: { key: `${key}0` } };
    vendor.answer = ({ path }) => ({
      status: 200,
      body: path.includes('page=2')
        ? { next: null, results: [bot([['joining_call', 1]])] }
        : { next: 'https://evil.example/api/v1/bot/?page=2', results: [other] },
    });
    const wanted = { key, meetingUrl: 'https://zoom.us/j/84012345678', requestedAt: 0 };
    expect(await port().findRequested(wanted)).toMatchObject({ botId: id, state: 'joining' });
    expect(vendor.requests[0]?.path).toContain(`metadata__key=${encodeURIComponent(key)}`);
    expect(vendor.requests).toHaveLength(2);
  });

  it('lists each active bot of ours once, whatever state it is met in', async () => {
    const foreign = { ...bot([['in_call_recording', 4]]), id: 'f', metadata: { key: 'prod:1' } };
    vendor.answer = ({ path }) => {
      const isIn = path.includes('join_at_after') || path.includes('status=in_call_recording');
      return {
        status: 200,
        body: { next: null, results: isIn ? [bot([['in_call_recording', 4]]), foreign] : [] },
      };
    };
    const found: string[] = [];
    for await (const { botId } of port().listActive({ keyPrefix: 'test:' })) found.push(botId);
    expect(found).toEqual([id]);
  });

  it('stops when pages repeat', async () => {
    vendor.answer = () => ({
      status: 200,
      body: { next: `${vendor.url}/api/v1/bot/?page=2`, results: [] },
    });
    const wanted = { key, meetingUrl: '', requestedAt: 0 };
    expect((await failureOf(port().findRequested(wanted))).kind).toBe('unavailable');
  });
});

describe('what was recorded', () => {
  const media = (video: string | null, transcript: string | null) => ({
    recordings: [
      {
        id: 'r1',
        started_at: at(4),
        status: { code: 'done' },
        media_shortcuts: {
          video_mixed: video === null ? null : { data: { download_url: video } },
          transcript: transcript === null ? null : { data: { download_url: transcript } },
        },
      },
    ],
  });

  it('is a short-lived link, or not there yet', async () => {
    await read([], media('https://files.example/v.mp4?sig=1', null));
    expect(await port().recording({ botId: id })).toEqual({
      url: 'https://files.example/v.mp4?sig=1',
      expiresAt: null,
      startedAt: epoch(4),
    });
    await read([], media(null, null));
    expect(await port().recording({ botId: id })).toBeNull();
    expect(await port().transcript({ botId: id })).toBeNull();
  });

  it('has a transcript in the neutral form, fetched without our key', async () => {
    const word = (text: string, start: number, end: number) => ({
      text,
      start_timestamp: { relative: start },
      end_timestamp: { relative: end },
    });
    vendor.answer = answers({
      [`GET /api/v1/bot/${id}/`]: {
        status: 200,
        body: bot([], media(null, `${vendor.url}/files/t.json?sig=1`)),
      },
      'GET /files/t.json': {
        status: 200,
        headers: { 'content-type': 'binary/octet-stream' },
        body: [
          { participant: { id: 2, name: null }, words: [word('Fine.', 3, 3.5)] },
          {
            participant: { id: 1, name: 'Ada' },
            words: [word('How', 1.25, 1.5), word('so?', 2, 2.5)],
          },
          { participant: { id: 1, name: 'Ada' }, words: [] },
        ],
      },
    });
    expect(await port().transcript({ botId: id })).toEqual([
      { speaker: 'Ada', startMs: 1250, endMs: 2500, text: 'How so?' },
      { speaker: null, startMs: 3000, endMs: 3500, text: 'Fine.' },
    ]);
    expect(vendor.requests[1]?.headers).not.toHaveProperty('authorization');
  });

  it('is fetched from no other address than https or the API’s own', async () => {
    await read([], media(null, 'http://169.254.169.254/latest/meta-data'));
    expect((await failureOf(port().transcript({ botId: id }))).kind).toBe('unavailable');
  });
});
