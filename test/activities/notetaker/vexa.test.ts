import {
  type BotSnapshot,
  type CreateBotRequest,
  NotetakerError,
  provesNoBot,
} from '../../../activities/notetaker/port.js';
import { createVexaNotetaker } from '../../../activities/notetaker/vexa.js';
import { roomAddressOf } from '../../../activities/notetaker/vexa-rooms.js';
import { answers, type ScriptedVendor, startScriptedVendor } from './scripted-vendor.js';

let vendor: ScriptedVendor;
const meetingUrl = 'https://meet.google.com/abc-defg-hij';
const room = '/bots/google_meet/abc-defg-hij';
const at = (minute: number) => `2026-11-25T09:${String(minute).padStart(2, '0')}:00.123456`;
const epoch = (minute: number) => Date.UTC(2026, 10, 25, 9, minute, 0, 123);

beforeAll(async () => {
  vendor = await startScriptedVendor();
});
afterAll(() => vendor.close());
beforeEach(() => vendor.reset());

const port = () => createVexaNotetaker({ apiUrl: vendor.url, apiKey: 'vk', callTimeoutMs: 2_000 });

type Step = [to: string, minute: number];

function record(status: string, steps: Step[] = [], more: Record<string, unknown> = {}) {
  return {
    id: 4711,
    platform: 'google_meet',
    native_meeting_id: 'abc-defg-hij',
    constructed_meeting_url: meetingUrl,
    status,
    bot_container_id: null,
    created_at: at(0),
    start_time: null,
    end_time: null,
    completion_reason: null,
    failure_stage: null,
    data: {
      status_transition: steps.map(([to, minute], index) => ({
        from: steps[index - 1]?.[0] ?? 'requested',
        to,
        timestamp: at(minute),
      })),
    },
    ...more,
  };
}

function request(change: Partial<CreateBotRequest> = {}): CreateBotRequest {
  return {
    key: 'test:acme:g1:s1:1',
    meetingUrl,
    joinAt: Date.now() + 60_000,
    leaveAt: null,
    botName: 'Pillar Notetaker',
    metadata: { orgId: 'acme' },
    record: true,
    transcribe: false,
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

async function read(body: unknown): Promise<BotSnapshot> {
  vendor.answer = answers({ 'GET /meetings/4711': { status: 200, body } });
  const snapshot = await port().get({ botId: '4711' });
  if (snapshot === null) throw new Error('no bot');
  return snapshot;
}

describe('a create', () => {
  it('names the platform and the link, and our leave settings in milliseconds', async () => {
    vendor.answer = answers({ 'POST /bots': { status: 201, body: record('requested') } });
    expect(await port().create(request())).toEqual({ botId: '4711' });
    expect(vendor.requests[0]?.headers['x-api-key']).toBe('vk');
    expect(vendor.requests[0]?.body).toEqual({
      platform: 'google_meet',
      meeting_url: meetingUrl,
      bot_name: 'Pillar Notetaker',
      recording_enabled: true,
      transcribe_enabled: false,
      automatic_leave: {
        max_wait_for_admission: 900_000,
        no_one_joined_timeout: 1_200_000,
        max_time_left_alone: 120_000,
      },
    });
  });

  it.each<[string, Partial<CreateBotRequest>, string]>([
    [
      'a service that its bots do not join',
      { meetingUrl: 'https://acme.webex.com/meet/jane' },
      'platform_unsupported',
    ],
    [
      'a host that only looks right',
      { meetingUrl: 'https://zoom.us.evil.example/j/84012345678' },
      'platform_unsupported',
    ],
    [
      'a personal link without a number',
      { meetingUrl: 'https://acme.zoom.us/my/jane.doe' },
      'platform_unsupported',
    ],
    ['a bot that would come much too early', { joinAt: Date.now() + 3_600_000 }, 'too_early'],
  ])('asks nobody for %s', async (_case, change, code) => {
    const error = await failureOf(port().create(request(change)));
    expect(error).toMatchObject({ kind: 'refused', code });
    expect(vendor.requests).toEqual([]);
  });

  it.each<[string, number, unknown, Record<string, string>, string, string | null]>([
    [
      'a field at fault',
      422,
      { detail: [{ loc: ['body'], msg: 'x' }] },
      {},
      'refused',
      'invalid_request',
    ],
    ['a wrong key', 401, { detail: 'Invalid API key' }, {}, 'auth', null],
    ['a missing scope', 403, { detail: 'Missing scope: bot' }, {}, 'auth', null],
    [
      'a closed account',
      403,
      { detail: { code: 'service_not_allowed' } },
      {},
      'refused',
      'service_not_allowed',
    ],
    ['the pace', 429, { detail: 'slow down' }, { 'retry-after': '2' }, 'rate_limited', null],
    ['all its bots out', 429, { detail: 'limit reached' }, {}, 'capacity', 'concurrent_bots'],
    [
      'all its bots out, in another release',
      403,
      { detail: 'Concurrent bot limit reached' },
      {},
      'capacity',
      'concurrent_bots',
    ],
    [
      'no transcription',
      503,
      { detail: 'no transcription backend configured' },
      {},
      'refused',
      'transcription_not_configured',
    ],
  ])(
    'that meets %s proves that there is no bot',
    async (_case, status, body, headers, kind, code) => {
      vendor.answer = () => ({ status, body, headers });
      const error = await failureOf(port().create(request()));
      expect(error).toMatchObject({ kind, status, code });
      expect(provesNoBot(error)).toBe(true);
    },
  );

  it.each<[string, number, unknown]>([
    ['a bot in the room', 409, { detail: 'Bot already active' }],
    ['a workload that would not start', 502, { detail: 'spawn failed' }],
    ['a bus that is down', 503, { detail: 'bus unavailable' }],
    ['a gateway’s refusal', 422, { message: 'no' }],
    ['a success without an id', 201, { status: 'requested' }],
  ])('that meets %s must be looked up', async (_case, status, body) => {
    vendor.answer = () => ({ status, body });
    expect((await failureOf(port().create(request()))).kind).toBe('unknown_outcome');
  });
});

describe('states, facts and outcomes', () => {
  const inside: Step[] = [
    ['joining', 1],
    ['awaiting_admission', 2],
    ['active', 3],
  ];
  it.each<[string, unknown, Partial<BotSnapshot>]>([
    [
      'asked for',
      record('requested'),
      { state: 'starting', createdAt: epoch(0), key: '', metadata: {} },
    ],
    ['on its way', record('joining', [['joining', 1]]), { state: 'joining' }],
    [
      'before the door',
      record('awaiting_admission', inside.slice(0, 2)),
      { state: 'waiting_room' },
    ],
    ['before a door with a riddle', record('needs_human_help'), { state: 'waiting_room' }],
    [
      'inside',
      record('active', inside),
      { state: 'recording', joinedAt: epoch(3), recordingStartedAt: epoch(3) },
    ],
    [
      'inside, writing nothing',
      record('active', inside, {
        data: { recording_enabled: false, transcribe_enabled: false },
        start_time: at(3),
      }),
      { state: 'in_call', joinedAt: epoch(3), recordingStartedAt: null },
    ],
    [
      'on its way out',
      record('stopping', inside),
      { state: 'leaving', recordingStartedAt: epoch(3) },
    ],
    ['a status that nobody knows', record('dancing', inside), { state: 'recording' }],
    ['a status that nobody knows, and nothing else', record('dancing'), { state: 'joining' }],
    [
      'a row of a list, without its history',
      {
        id: '4711',
        platform: 'zoom',
        native_meeting_id: '1',
        status: 'active',
        created_at: at(0),
        start_time: at(3),
      },
      { botId: '4711', state: 'recording', joinedAt: epoch(3) },
    ],
    [
      'a normal end',
      record('completed', [...inside, ['completed', 50]], {
        completion_reason: 'left_alone',
        end_time: at(50),
      }),
      {
        outcome: 'attended_recorded',
        recordingEndedAt: epoch(50),
        endedAt: epoch(50),
        reason: 'left_alone',
      },
    ],
    [
      'an end whose history is lost',
      record('completed', [], { start_time: at(3), end_time: at(50) }),
      { outcome: 'attended_recorded', joinedAt: epoch(3), endedAt: epoch(50) },
    ],
    [
      'alone',
      record('completed', [...inside, ['completed', 23]], { completion_reason: 'startup_alone' }),
      { outcome: 'no_one_joined' },
    ],
    [
      'thrown out',
      record('completed', [...inside, ['completed', 9]], { completion_reason: 'evicted' }),
      { outcome: 'removed', removedBy: 'participant' },
    ],
    [
      'taken out by us',
      record('completed', [...inside, ['stopping', 9], ['completed', 10]], {
        completion_reason: 'stopped',
      }),
      { outcome: 'attended_recorded', removedBy: 'api' },
    ],
    [
      'taken back by us before it was in',
      record(
        'failed',
        [
          ['joining', 1],
          ['failed', 2],
        ],
        { completion_reason: 'stopped', failure_stage: 'joining' },
      ),
      { outcome: 'cancelled', removedBy: 'api' },
    ],
    [
      'not let in',
      record(
        'failed',
        [
          ['awaiting_admission', 2],
          ['failed', 17],
        ],
        {
          completion_reason: 'awaiting_admission_timeout',
          failure_stage: 'awaiting_admission',
        },
      ),
      { outcome: 'not_admitted', anotherMayHelp: true },
    ],
    [
      'turned away',
      record('failed', [['failed', 3]], { completion_reason: 'awaiting_admission_rejected' }),
      { outcome: 'not_admitted', anotherMayHelp: false },
    ],
    [
      'failed at the door by a word that nobody knows',
      record('failed', [], {
        completion_reason: 'brand_new',
        failure_stage: 'awaiting_admission',
        end_time: at(9),
      }),
      { outcome: 'not_admitted', reason: 'brand_new', endedAt: epoch(9) },
    ],
    [
      'could not be started, its reason among the data',
      record('failed', [], {
        data: { completion_reason: 'start_failed', failure_stage: 'requested' },
      }),
      { outcome: 'failed', reason: 'start_failed', anotherMayHelp: true },
    ],
    [
      'failed in the call',
      record('failed', [], { failure_stage: 'active', start_time: at(3), end_time: at(9) }),
      { outcome: 'attended_recorded', joinedAt: epoch(3) },
    ],
  ])('%s', async (_case, body, expected) => {
    expect(await read(body)).toMatchObject(expected);
  });
});

describe('taking a bot back', () => {
  const is = (status: string) => ({ status: 200, body: record(status) });
  const stopped = { status: 200, body: { status: 'stopping', meeting_id: 4711 } };

  it('stops the room while its live record is this bot', async () => {
    vendor.answer = answers({
      'GET /meetings/4711': [is('active'), is('stopping')],
      [`DELETE ${room}`]: stopped,
    });
    expect(await port().remove({ botId: '4711' })).toMatchObject({ state: 'leaving' });
    expect(vendor.calls()).toEqual(['GET /meetings/4711', `DELETE ${room}`, 'GET /meetings/4711']);
  });

  it.each(['stopping', 'completed', 'failed'])(
    'touches no room of a bot that is %s',
    async (status) => {
      vendor.answer = answers({ 'GET /meetings/4711': is(status) });
      await port().remove({ botId: '4711' });
      expect(vendor.calls()).toEqual(['GET /meetings/4711']);
    },
  );

  it('is done when somebody stopped it before', async () => {
    vendor.answer = answers({
      'GET /meetings/4711': [is('active'), is('stopping')],
      [`DELETE ${room}`]: { status: 404, body: { detail: 'No active meeting' } },
    });
    expect(await port().remove({ botId: '4711' })).toMatchObject({ state: 'leaving' });
  });

  it('is to be repeated when the bus is down', async () => {
    vendor.answer = answers({
      'GET /meetings/4711': is('active'),
      [`DELETE ${room}`]: { status: 503, body: { detail: 'bus down' } },
    });
    expect((await failureOf(port().remove({ botId: '4711' }))).kind).toBe('unavailable');
  });

  it.each(['..', '', '4711/../4712', 'x'])('%j is no bot', async (botId) => {
    expect(await port().remove({ botId })).toBeNull();
    expect(await port().get({ botId })).toBeNull();
    expect(await port().transcript({ botId })).toBeNull();
    expect(vendor.requests).toEqual([]);
  });
});

describe('finding bots', () => {
  const row = (
    id: number,
    status: string,
    createdAt: number,
    more: Record<string, unknown> = {},
  ) => ({
    id,
    platform: 'google_meet',
    native_meeting_id: 'abc-defg-hij',
    status,
    created_at: new Date(createdAt).toISOString(),
    ...more,
  });
  const wanted = (requestedAt: number) => ({ key: 'k', meetingUrl, requestedAt });

  it('finds the one that was made after the request, in its room only', async () => {
    const now = Date.now();
    vendor.answer = ({ path }) => {
      const id = /^\/meetings\/(\d+)$/.exec(path)?.[1];
      if (id !== undefined) return { status: 200, body: row(Number(id), 'joining', now) };
      const elsewhere = { native_meeting_id: 'zzz-zzzz-zzz' };
      const meetings = [
        row(3, 'joining', now, elsewhere),
        row(2, 'joining', now),
        row(1, 'completed', now - 9_000),
      ];
      return { status: 200, body: { meetings, has_more: false } };
    };
    expect(await port().findRequested(wanted(now))).toMatchObject({ botId: '2' });
    expect(vendor.requests[0]?.path).toContain('platform=google_meet');
  });

  it('takes none that was there before, and a shade of skew for the same instant', async () => {
    const now = Date.now();
    const only = (createdAt: number) => {
      vendor.answer = ({ path }) =>
        path.startsWith('/meetings/')
          ? { status: 200, body: row(1, 'failed', createdAt) }
          : { status: 200, body: [row(1, 'failed', createdAt)] };
    };
    only(now - 10_000);
    expect(await port().findRequested(wanted(now))).toBeNull();
    only(now - 1_000);
    expect(await port().findRequested(wanted(now))).toMatchObject({ botId: '1', state: 'ended' });
  });

  it('walks on while anything live may be behind, and no further', async () => {
    const now = Date.now();
    const page = (from: number, ageMs: number) =>
      Array.from({ length: 100 }, (_, index) =>
        row(from + index, 'completed', now - ageMs - index),
      );
    const pages = [
      page(1, 0),
      page(101, 3_600_000),
      page(201, 48 * 3_600_000),
      page(301, 72 * 3_600_000),
    ];
    vendor.answer = ({ path }) => {
      const offset = Number(new URL(path, vendor.url).searchParams.get('offset'));
      return { status: 200, body: { meetings: pages[offset / 100] ?? [], has_more: true } };
    };
    const found: string[] = [];
    for await (const bot of port().listActive({ keyPrefix: '' })) found.push(bot.botId);
    expect(found).toEqual([]);
    expect(vendor.requests).toHaveLength(3);
  });

  it('lists all of the account that have not ended', async () => {
    const now = Date.now();
    vendor.answer = () => ({
      status: 200,
      body: { meetings: [row(2, 'active', now), row(1, 'completed', now)], has_more: false },
    });
    const found: string[] = [];
    for await (const bot of port().listActive({ keyPrefix: 'test:' })) found.push(bot.botId);
    expect(found).toEqual(['2']);
  });
});

describe('what was recorded', () => {
  it('has a transcript without drafts and chat, and no link to a file', async () => {
    vendor.answer = answers({
      'GET /transcripts/by-id/4711': {
        status: 200,
        body: {
          segments: [
            { start: 12.4, end: 15.1, text: 'Second.', speaker: 'Jane', completed: true },
            { start: 1, end: 2.5, text: ' First. ', speaker: '', completed: true },
            { start: 16, end: 17, text: 'a draft', speaker: 'Jane', completed: false },
            { start: 16, end: 17, text: 'a message', speaker: 'Jane', source: 'chat' },
          ],
        },
      },
    });
    expect(await port().transcript({ botId: '4711' })).toEqual([
      { speaker: null, startMs: 1000, endMs: 2500, text: 'First.' },
      { speaker: 'Jane', startMs: 12_400, endMs: 15_100, text: 'Second.' },
    ]);
    expect(await port().recording({ botId: '4711' })).toBeNull();
    vendor.answer = () => ({ status: 404, body: { detail: 'gone' } });
    expect(await port().transcript({ botId: '4711' })).toBeNull();
  });

  it('cannot be moved', async () => {
    expect((await failureOf(port().move({ botId: '4711', joinAt: 0 }))).kind).toBe('wrong_state');
  });
});

describe('a room’s name', () => {
  const thread = '19:meeting_Njhm@thread.v2';
  it.each<[string, ReturnType<typeof roomAddressOf>]>([
    [meetingUrl, { platform: 'google_meet', nativeId: 'abc-defg-hij' }],
    ['https://us02web.zoom.us/j/84012345678?pwd=x', { platform: 'zoom', nativeId: '84012345678' }],
    ['https://acme.zoom.us/w/84012345678?tk=x', { platform: 'zoom', nativeId: '84012345678' }],
    ['https://acme.zoomgov.com/j/1612345678', { platform: 'zoom', nativeId: '1612345678' }],
    [
      `https://teams.microsoft.com/l/meetup-join/${encodeURIComponent(thread)}/0?context=%7B%7D`,
      { platform: 'teams', nativeId: thread },
    ],
    [
      'https://teams.live.com/meet/9312345678901?p=X',
      { platform: 'teams', nativeId: '9312345678901' },
    ],
    [
      'https://gov.teams.microsoft.us/meet/2345678901234?p=A',
      { platform: 'teams', nativeId: '2345678901234' },
    ],
    ['https://notzoom.us/j/84012345678', null],
    ['https://zoom.us.evil.example/j/84012345678', null],
    ['https://teams.microsoft.com.evil.example/meet/1', null],
    ['https://meet.jit.si/AcmeInterview42', null],
    ['no link', null],
  ])('%s', (link, expected) => {
    expect(roomAddressOf(link)).toEqual(expected);
  });
});
