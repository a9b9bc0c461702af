import { createAttendeeNotetaker } from '../../../activities/notetaker/attendee.js';
import {
  type BotSnapshot,
  type CreateBotRequest,
  NotetakerError,
  provesNoBot,
} from '../../../activities/notetaker/port.js';
import { answers, type ScriptedVendor, startScriptedVendor } from './scripted-vendor.js';

let vendor: ScriptedVendor;
const id = 'bot_weIAju4OXNZkDTpZ';
const key = 'test:acme:zoom:84012345678';
const path = `/api/v1/bots/${id}`;
const at = (minute: number) => new Date(Date.UTC(2026, 10, 25, 9, minute)).toISOString();
const epoch = (minute: number) => Date.UTC(2026, 10, 25, 9, minute);

beforeAll(async () => {
  vendor = await startScriptedVendor();
});
afterAll(() => vendor.close());
beforeEach(() => vendor.reset());

const port = () =>
  createAttendeeNotetaker({ apiUrl: `${vendor.url}/api/v1`, apiKey: 'ak', callTimeoutMs: 2_000 });

type Event = [type: string, minute: number, subType?: string];

function bot(state: string, events: Event[] = [], more: Record<string, unknown> = {}) {
  return {
    id,
    metadata: { orgId: 'acme', attempt: '3' },
    // The API gives classic Teams links back with raw JSON in the query.
    meeting_url: 'https://teams.microsoft.com/l/meetup-join/x/0?context={"Tid":"1"}',
    state,
    events: events.map(([type, minute, sub_type]) => ({
      type,
      ...(sub_type === undefined ? {} : { sub_type }),
      created_at: at(minute),
    })),
    transcription_state: 'not_started',
    recording_state: 'not_started',
    join_at: null,
    deduplication_key: key,
    ...more,
  };
}

function request(change: Partial<CreateBotRequest> = {}): CreateBotRequest {
  return {
    key,
    meetingUrl: 'https://zoom.us/j/84012345678',
    joinAt: Date.now() + 90_000,
    leaveAt: Date.now() + 3_600_000,
    botName: 'Pillar 🤖 Notetaker',
    metadata: { orgId: 'acme', attempt: '3' },
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

async function read(state: string, events: Event[]): Promise<BotSnapshot> {
  vendor.answer = answers({ [`GET ${path}`]: { status: 200, body: bot(state, events) } });
  const snapshot = await port().get({ botId: id });
  if (snapshot === null) throw new Error('no bot');
  return snapshot;
}

describe('a create', () => {
  const created = { 'POST /api/v1/bots': { status: 201, body: bot('joining') } };

  it('sends the bot at once, under the room’s key, with our leave settings', async () => {
    vendor.answer = answers(created);
    expect(await port().create(request())).toEqual({ botId: id });
    const body = JSON.parse(JSON.stringify(vendor.requests[0]?.body));
    expect(vendor.requests[0]?.headers.authorization).toBe('Token ak');
    expect(body).toEqual({
      meeting_url: 'https://zoom.us/j/84012345678',
      bot_name: 'Pillar  Notetaker',
      deduplication_key: key,
      metadata: { orgId: 'acme', attempt: '3' },
      recording_settings: { format: 'mp4' },
      transcription_settings: { meeting_closed_captions: {} },
      automatic_leave_settings: {
        waiting_room_timeout_seconds: 900,
        wait_for_host_to_start_meeting_timeout_seconds: 1200,
        only_participant_in_meeting_timeout_seconds: 1200,
        silence_timeout_seconds: 3600,
        max_uptime_seconds: 3600,
      },
    });
  });

  it('never stands in the room of the meeting before: an early request is scheduled', async () => {
    vendor.answer = answers(created);
    const joinAt = Date.now() + 3_600_000;
    await port().create(request({ joinAt, record: false, transcribe: false, leaveAt: null }));
    const body = JSON.parse(JSON.stringify(vendor.requests[0]?.body));
    expect(body).toMatchObject({
      join_at: new Date(joinAt).toISOString(),
      recording_settings: { format: 'none' },
    });
    expect(body).not.toHaveProperty('transcription_settings');
    expect(body.automatic_leave_settings).not.toHaveProperty('max_uptime_seconds');
  });

  it.each<[string, number, unknown, string, string | null]>([
    [
      'the limit of bots in meetings',
      400,
      { error: 'You have exceeded the maximum number of concurrent bots (2500) for this project.' },
      'capacity',
      'concurrent_bots',
    ],
    [
      'no credit',
      400,
      { error: 'Organization has run out of credits.' },
      'refused',
      'out_of_credits',
    ],
    [
      'no Zoom app',
      400,
      { error: 'Zoom App credentials are required to create a Zoom bot.' },
      'refused',
      'zoom_credentials_missing',
    ],
    ['a bad link', 400, { meeting_url: ['Invalid meeting URL'] }, 'refused', 'invalid_request'],
    ['a sentence that nobody knows', 400, { error: 'No.' }, 'refused', 'refused'],
    ['a wrong key', 401, { detail: 'Invalid or disabled API key' }, 'auth', null],
    ['the limit of requests', 429, { detail: 'Request was throttled.' }, 'rate_limited', null],
  ])('that meets %s proves that there is no bot', async (_case, status, body, kind, code) => {
    vendor.answer = () => ({ status, body, headers: { 'retry-after': '4' } });
    const error = await failureOf(port().create(request()));
    expect(error).toMatchObject({ kind, status, code });
    expect(provesNoBot(error)).toBe(true);
  });

  it.each<[string, number, unknown, string | null]>([
    [
      'a bot of its key',
      400,
      { error: 'Deduplication key already in use. A bot in a non-terminal state exists.' },
      'duplicate',
    ],
    [
      'a fault of the provider',
      400,
      { error: 'An error occurred while creating the bot. Error ID: 1f2e' },
      'provider_error',
    ],
    ['an error of the server', 500, { error: 'oops' }, null],
    ['a gateway’s refusal', 400, { message: 'Bad Request' }, null],
    ['a success without a bot', 201, {}, null],
  ])('that meets %s must be looked up', async (_case, status, body, code) => {
    vendor.answer = () => ({ status, body });
    const error = await failureOf(port().create(request()));
    expect(error).toMatchObject({ kind: 'unknown_outcome', code });
    expect(error.message).not.toMatch(/zoom\.us|Notetaker bot/);
  });
});

describe('states, facts and outcomes', () => {
  const inside: Event[] = [
    ['join_requested', 0],
    ['joined_meeting', 2],
  ];
  const recorded: Event[] = [...inside, ['recording_permission_granted', 3]];
  it.each<[string, string, Event[], Partial<BotSnapshot>]>([
    ['scheduled', 'scheduled', [], { state: 'scheduled', createdAt: null, key }],
    ['staged', 'staged', [['staged', 0]], { state: 'starting' }],
    ['on its way', 'joining', [['join_requested', 0]], { state: 'joining', createdAt: epoch(0) }],
    ['before the door', 'waiting_room', [['put_in_waiting_room', 1]], { state: 'waiting_room' }],
    ['inside', 'joined_not_recording', inside, { state: 'in_call', joinedAt: epoch(2) }],
    [
      'recording',
      'joined_recording',
      recorded,
      { state: 'recording', recordingStartedAt: epoch(3) },
    ],
    [
      'recording, its event not written yet',
      'joined_recording',
      inside,
      { state: 'recording', recordingStartedAt: epoch(2) },
    ],
    ['in a breakout room', 'joining_breakout_room', recorded, { state: 'recording' }],
    ['a state that nobody knows', 'dancing', inside, { state: 'in_call' }],
    ['a state that nobody knows, and nothing else', 'dancing', [], { state: 'joining' }],
    [
      'writing its files',
      'post_processing',
      [...recorded, ['left_meeting', 9]],
      { state: 'processing', recordingEndedAt: epoch(9), outcome: null },
    ],
    [
      'a normal end, its events out of order',
      'ended',
      [['post_processing_completed', 51], ...recorded, ['meeting_ended', 50]],
      { outcome: 'attended_recorded', endedAt: epoch(51), reason: 'meeting_ended' },
    ],
    [
      'ended without ever having been in',
      'ended',
      [
        ['join_requested', 0],
        ['meeting_ended', 4],
        ['post_processing_completed', 5],
      ],
      { outcome: 'failed', joinedAt: null, reason: 'meeting_ended' },
    ],
    [
      'ended in the lobby',
      'ended',
      [
        ['put_in_waiting_room', 1],
        ['meeting_ended', 4],
        ['post_processing_completed', 5],
      ],
      { outcome: 'not_admitted' },
    ],
    [
      'taken back by us in the lobby',
      'ended',
      [
        ['put_in_waiting_room', 1],
        ['leave_requested', 2, 'user_requested'],
        ['post_processing_completed', 3],
      ],
      { outcome: 'cancelled', removedBy: 'api', anotherMayHelp: false },
    ],
    [
      'taken out by us',
      'ended',
      [...recorded, ['leave_requested', 9, 'user_requested'], ['post_processing_completed', 10]],
      { outcome: 'attended_recorded', removedBy: 'api' },
    ],
    [
      'left by itself',
      'ended',
      [
        ...recorded,
        ['leave_requested', 50, 'auto_leave_only_participant_in_meeting'],
        ['post_processing_completed', 51],
      ],
      { outcome: 'attended_recorded', removedBy: null },
    ],
    [
      'not allowed to record',
      'ended',
      [
        ...inside,
        ['recording_permission_denied', 3, 'host_denied_permission'],
        ['meeting_ended', 9],
        ['post_processing_completed', 10],
      ],
      { outcome: 'attended_not_recorded', reason: 'host_denied_permission' },
    ],
    [
      'not let in',
      'fatal_error',
      [
        ['put_in_waiting_room', 1],
        ['could_not_join_meeting', 16, 'waiting_room_timeout_exceeded'],
      ],
      { outcome: 'not_admitted', anotherMayHelp: true },
    ],
    [
      'turned away',
      'fatal_error',
      [
        ['put_in_waiting_room', 1],
        ['could_not_join_meeting', 2, 'request_to_join_denied'],
      ],
      { outcome: 'not_admitted', anotherMayHelp: false },
    ],
    [
      'nobody opened it',
      'fatal_error',
      [['could_not_join_meeting', 20, 'meeting_not_started_waiting_for_host']],
      { outcome: 'meeting_not_started', anotherMayHelp: true },
    ],
    [
      'a wrong passcode',
      'fatal_error',
      [['could_not_join_meeting', 1, 'unable_to_connect_to_meeting']],
      { outcome: 'failed', anotherMayHelp: false },
    ],
    [
      'broken',
      'fatal_error',
      [['fatal_error', 1, 'process_terminated']],
      { outcome: 'failed', reason: 'process_terminated', anotherMayHelp: true },
    ],
    [
      'broken after it had recorded',
      'fatal_error',
      [...recorded, ['fatal_error', 9, 'heartbeat_timeout']],
      { outcome: 'attended_recorded', endedAt: epoch(9) },
    ],
    [
      'a word that nobody knows',
      'fatal_error',
      [['fatal_error', 1, 'brand_new']],
      { outcome: 'failed', reason: 'brand_new' },
    ],
    [
      'its data deleted',
      'data_deleted',
      [...recorded, ['data_deleted', 60]],
      { outcome: 'attended_recorded' },
    ],
  ])('%s', async (_case, state, events, expected) => {
    expect(await read(state, events)).toMatchObject(expected);
  });
});

describe('taking a bot back', () => {
  const refused = {
    status: 400,
    body: { error: 'Bot is in state staged but must be in scheduled' },
  };
  const notFound = { status: 404, body: { error: 'Bot not found' } };
  const is = (state: string) => ({ status: 200, body: bot(state) });

  it('deletes it while it is scheduled', async () => {
    vendor.answer = answers({
      [`GET ${path}`]: [is('scheduled'), notFound],
      [`DELETE ${path}`]: { status: 200 },
    });
    expect(await port().remove({ botId: id })).toBeNull();
  });

  it.each(['joining', 'waiting_room', 'joined_recording'])(
    'tells it to leave: %s',
    async (state) => {
      vendor.answer = answers({
        [`GET ${path}`]: [is(state), is('leaving')],
        [`POST ${path}/leave`]: is('leaving'),
      });
      expect(await port().remove({ botId: id })).toMatchObject({ state: 'leaving' });
    },
  );

  it('answers how it is while it is staged and hears nothing', async () => {
    vendor.answer = answers({ [`GET ${path}`]: is('staged') });
    expect(await port().remove({ botId: id })).toMatchObject({ state: 'starting' });
    expect(vendor.calls()).toEqual([`GET ${path}`]);
  });

  it('switches the verb once when it was staged in between, and is no error then', async () => {
    vendor.answer = answers({
      [`GET ${path}`]: [is('scheduled'), is('staged')],
      [`DELETE ${path}`]: refused,
      [`POST ${path}/leave`]: refused,
    });
    expect(await port().remove({ botId: id })).toMatchObject({ state: 'starting' });
    expect(vendor.calls()).toHaveLength(4);
  });

  it('asks nothing of one that is over', async () => {
    vendor.answer = answers({ [`GET ${path}`]: is('post_processing') });
    expect(await port().remove({ botId: id })).toMatchObject({ state: 'processing' });
    expect(vendor.calls()).toHaveLength(1);
  });
});

describe('finding bots', () => {
  it('takes the live one of a room’s key, across pages', async () => {
    const old = { ...bot('ended', [['post_processing_completed', 1]]), id: 'bot_old' };
    vendor.answer = ({ path: asked }) => ({
      status: 200,
      body: asked.includes('cursor=c2')
        ? { next: null, previous: null, results: [bot('joining')] }
        : { next: `${vendor.url}/api/v1/bots?cursor=c2`, previous: null, results: [old] },
    });
    const wanted = { key, meetingUrl: 'https://zoom.us/j/84012345678', requestedAt: 0 };
    const found = await port().findRequested(wanted);
    expect(found).toMatchObject({ botId: id, metadata: { attempt: '3' } });
    expect(vendor.requests[1]?.path).toContain(`deduplication_key=${encodeURIComponent(key)}`);
  });

  it('takes the newest of those that have ended', async () => {
    const older = { ...bot('ended', [['join_requested', 1]]), id: 'bot_old' };
    vendor.answer = () => ({
      status: 200,
      body: { next: null, results: [bot('ended', [['join_requested', 9]]), older] },
    });
    const found = await port().findRequested({ key, meetingUrl: '', requestedAt: 0 });
    expect(found?.botId).toBe(id);
  });

  it('lists those that have not ended, of our environment', async () => {
    const foreign = { ...bot('joining'), id: 'bot_f', deduplication_key: 'prod:acme:zoom:1' };
    const keyless = { ...bot('joining'), id: 'bot_k', deduplication_key: null };
    vendor.answer = () => ({
      status: 200,
      body: { next: null, results: [foreign, bot('joining'), keyless] },
    });
    const found: string[] = [];
    for await (const { botId } of port().listActive({ keyPrefix: 'test:' })) found.push(botId);
    expect(found).toEqual([id]);
    expect(vendor.requests[0]?.path).toContain('states=staged&states=ready');
  });
});

describe('what was recorded', () => {
  const utterance = (speaker_name: string | null, timestamp_ms: number, transcript: string) => ({
    speaker_name,
    speaker_uuid: 'u',
    timestamp_ms,
    duration_ms: 1500,
    transcription: { transcript, words: [] },
  });

  it('is a short-lived link; none is none', async () => {
    vendor.answer = answers({
      [`GET ${path}/recording`]: {
        status: 200,
        body: { url: 'https://files.example/x.mp4?sig=1', start_timestamp_ms: epoch(3) },
      },
    });
    expect(await port().recording({ botId: id })).toEqual({
      url: 'https://files.example/x.mp4?sig=1',
      expiresAt: null,
      startedAt: epoch(3),
    });
    vendor.answer = () => ({ status: 404, body: { error: 'No recording file found for bot' } });
    expect(await port().recording({ botId: id })).toBeNull();
    expect(await port().transcript({ botId: id })).toBeNull();
  });

  it.each([
    ['of the wall clock', epoch(3)],
    ['of the recording', 0],
  ])('has a transcript from times %s', async (_case, zero) => {
    vendor.answer = answers({
      [`GET ${path}/transcript`]: {
        status: 200,
        body: [
          utterance('Ada', zero + 4_000, 'Second.'),
          utterance('', zero + 1_000, 'First.'),
          utterance('Ada', zero + 9_000, ' '),
        ],
      },
      [`GET ${path}/recording`]: {
        status: 200,
        body: { url: 'https://files.example/x.mp4', start_timestamp_ms: epoch(3) },
      },
    });
    expect(await port().transcript({ botId: id })).toEqual([
      { speaker: null, startMs: 1000, endMs: 2500, text: 'First.' },
      { speaker: 'Ada', startMs: 4000, endMs: 5500, text: 'Second.' },
    ]);
  });
});
