import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createNotetaker } from '../../../activities/notetaker/index.js';
import {
  type BotSnapshot,
  type CreateBotRequest,
  isOutOfMeeting,
  type Notetaker,
  NotetakerError,
  provesNoBot,
} from '../../../activities/notetaker/port.js';
import { readNotetakerWebhook } from '../../../common/notetaker-webhooks/index.js';
import { startAttendeeSimulator } from '../../../sandbox/notetaker-vendors/attendee/simulator.js';
import type {
  FaultKind,
  RoomBehaviour,
  VendorName,
  VendorSimulator,
} from '../../../sandbox/notetaker-vendors/control.js';
import { startRecallSimulator } from '../../../sandbox/notetaker-vendors/recall/simulator.js';
import { startVexaSimulator } from '../../../sandbox/notetaker-vendors/vexa/simulator.js';
import { eventually } from '../../support/eventually.js';

/**
 * The port's promises over simulators that were written from the dossier by somebody who has not
 * seen the adapters: what one of both has misread, fails here.
 */

const apiKey = 'contract-key';
const secrets: Record<VendorName, string> = {
  recall: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  attendee: Buffer.alloc(32, 7).toString('base64'),
  vexa: 'a secret of its own',
};

/** What the simulator posts. */
interface Inbox {
  url: string;
  seen: { headers: IncomingHttpHeaders; body: Buffer }[];
  server: Server;
}

async function openInbox(): Promise<Inbox> {
  const seen: Inbox['seen'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({ headers: request.headers, body: Buffer.concat(chunks) });
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, seen, server };
}

function start(provider: VendorName, webhookUrl: string): Promise<VendorSimulator> {
  const common = { apiKey, webhookUrl, webhookSecret: secrets[provider], limits: false };
  const fast = { ...common, timeFactor: 400, tickMs: 5 };
  switch (provider) {
    case 'recall':
      return startRecallSimulator(fast);
    case 'attendee':
      return startAttendeeSimulator(fast);
    case 'vexa':
      return startVexaSimulator(fast);
  }
}

describe.each<VendorName>(['recall', 'attendee', 'vexa'])('%s', (provider) => {
  let inbox: Inbox;
  let simulator: VendorSimulator;
  let port: Notetaker;
  let number = 0;

  beforeAll(async () => {
    inbox = await openInbox();
    simulator = await start(provider, inbox.url);
    port = createNotetaker({ provider, apiUrl: simulator.apiUrl, apiKey, callTimeoutMs: 3_000 });
  });

  afterAll(async () => {
    await simulator.close();
    inbox.server.closeAllConnections();
    await new Promise((resolve) => inbox.server.close(resolve));
  });

  afterEach(() => simulator.control.clearFaults());

  /** A room of its own for each, in which the bot has company. */
  function wanted(room: RoomBehaviour | null, change: Partial<CreateBotRequest> = {}) {
    number += 1;
    const meetingUrl = `https://us02web.zoom.us/j/${84_000_000_000 + number}?pwd=secret`;
    if (room !== null) simulator.control.setRoom(meetingUrl, room);
    const request: CreateBotRequest = {
      key: `test:acme:room-${number}:1`,
      meetingUrl,
      joinAt: Date.now(),
      leaveAt: Date.now() + 48 * 3_600_000,
      botName: 'Pillar Notetaker',
      metadata: { orgId: 'acme', interviewId: `int-${number}`, attempt: '1' },
      record: true,
      transcribe: true,
      timeoutMs: 3_000,
      ...change,
    };
    return { request, sought: { key: request.key, meetingUrl, requestedAt: Date.now() } };
  }

  async function until(
    botId: string,
    isReached: (bot: BotSnapshot) => boolean,
  ): Promise<BotSnapshot> {
    let last: BotSnapshot | null = null;
    await eventually(async () => {
      last = await port.get({ botId });
      return last !== null && isReached(last);
    });
    if (last === null) throw new Error('the bot is gone');
    return last;
  }

  const isIn = ({ joinedAt }: BotSnapshot) => joinedAt !== null;
  const isOver = ({ state }: BotSnapshot) => state === 'ended';

  async function failureOf(call: Promise<unknown>): Promise<NotetakerError> {
    const error: unknown = await call.then(
      () => null,
      (reason: unknown) => reason,
    );
    if (!(error instanceof NotetakerError)) throw new Error('expected a NotetakerError');
    return error;
  }

  it.each<[string, RoomBehaviour, Partial<BotSnapshot>]>([
    [
      'captured',
      { kind: 'admit', afterMs: 2_000, meetingEndsAfterMs: 120_000 },
      { outcome: 'attended_recorded' },
    ],
    ['turned away', { kind: 'deny', afterMs: 2_000 }, { outcome: 'not_admitted', joinedAt: null }],
    ['left in the lobby', { kind: 'lobby' }, { outcome: 'not_admitted', joinedAt: null }],
    ['on a dead link', { kind: 'bad_link' }, { outcome: 'failed', joinedAt: null }],
    [
      'broken',
      { kind: 'fatal', during: 'joining' },
      { outcome: 'failed', joinedAt: null, anotherMayHelp: true },
    ],
  ])('tells of a bot that was %s', async (_case, room, expected) => {
    const { request } = wanted(room);
    const { botId } = await port.create(request);
    const bot = await until(botId, isOver);
    expect(bot).toMatchObject({ botId, removedBy: null, ...expected });
    expect(bot.endedAt).not.toBeNull();
  });

  it('tells of recording in the order in which it happened', async () => {
    const { request } = wanted({ kind: 'admit', afterMs: 2_000, meetingEndsAfterMs: 240_000 });
    const { botId } = await port.create(request);
    const bot = await until(botId, isOver);
    const times = [bot.joinedAt, bot.recordingStartedAt, bot.recordingEndedAt, bot.endedAt];
    expect(times).not.toContain(null);
    expect(times.map(Number)).toEqual(times.map(Number).sort((a, b) => a - b));
  });

  it('tells of a bot that a participant threw out', async () => {
    const { request } = wanted({ kind: 'kick', afterMs: 60_000 });
    const { botId } = await port.create(request);
    const bot = await until(botId, isOver);
    // Attendee's history does not tell a removal from another end.
    const expected = provider === 'attendee' ? 'attended_recorded' : 'removed';
    expect(bot.outcome).toBe(expected);
    expect(isIn(bot)).toBe(true);
  });

  it('tells of a bot that was alone', async () => {
    const { request } = wanted({ kind: 'nobody_joins' });
    const { botId } = await port.create(request);
    const { outcome, joinedAt } = await until(botId, isOver);
    expect(joinedAt).not.toBeNull();
    expect(provider === 'attendee' || outcome === 'no_one_joined').toBe(true);
  });

  it('tells of a meeting that nobody opened', async () => {
    const { request } = wanted({ kind: 'not_started' });
    const { botId } = await port.create(request);
    const { outcome, joinedAt } = await until(botId, isOver);
    // Vexa has no word for it.
    const expected = provider === 'vexa' ? ['failed', 'not_admitted'] : ['meeting_not_started'];
    expect(expected).toContain(outcome);
    expect(joinedAt).toBeNull();
  });

  it('tells of a bot that was not allowed to record', async () => {
    const { request, sought } = wanted({ kind: 'recording_denied' });
    const { botId } = await port.create(request);
    await until(botId, isIn);
    simulator.control.endMeeting(sought.meetingUrl);
    const bot = await until(botId, isOver);
    // Vexa does not tell recording from being there.
    const expected = provider === 'vexa' ? 'attended_recorded' : 'attended_not_recorded';
    expect(bot.outcome).toBe(expected);
  });

  if (provider === 'vexa') {
    it('asks nobody for a bot that is to come in an hour, and cannot move one', async () => {
      const { request, sought } = wanted(null, { joinAt: Date.now() + 3_600_000 });
      expect(provesNoBot(await failureOf(port.create(request)))).toBe(true);
      expect(simulator.control.bots({ meetingUrl: sought.meetingUrl })).toEqual([]);
      expect((await failureOf(port.move({ botId: '1', joinAt: 0 }))).kind).toBe('wrong_state');
    });
  } else {
    it('finds, lists, moves and takes back a bot that is to come in an hour', async () => {
      const { request, sought } = wanted(null, { joinAt: Date.now() + 3_600_000 });
      const { botId } = await port.create(request);
      const scheduled = { botId, state: 'scheduled' };
      expect(await port.get({ botId })).toMatchObject({ ...scheduled, joinAt: request.joinAt });
      expect(await port.findRequested(sought)).toMatchObject(scheduled);
      const listed: string[] = [];
      for await (const bot of port.listActive({ keyPrefix: request.key })) listed.push(bot.botId);
      expect(listed).toEqual([botId]);
      const joinAt = request.joinAt + 600_000;
      const moved = await port.move({ botId, joinAt, leaveAt: joinAt + 60_000 });
      expect(moved).toMatchObject({ ...scheduled, joinAt });
      expect(await port.remove({ botId })).toBeNull();
      expect(simulator.control.bot(botId)).toMatchObject({ endReason: 'deleted', joinedAt: null });
      expect((await failureOf(port.move({ botId, joinAt }))).kind).toBe('gone');
    });
  }

  it.each<[string, RoomBehaviour, (bot: BotSnapshot) => boolean]>([
    ['from the lobby', { kind: 'lobby' }, ({ state }) => state === 'waiting_room'],
    ['from the call', { kind: 'admit', afterMs: 1_000 }, isIn],
  ])('takes a bot back %s, and again without harm', async (_case, room, isThere) => {
    const { request } = wanted(room);
    const { botId } = await port.create(request);
    await until(botId, isThere);
    const wasIn = isIn((await port.get({ botId })) ?? (await until(botId, isOver)));
    await port.remove({ botId });
    const gone = await until(botId, isOver);
    expect(gone).toMatchObject({
      outcome: wasIn ? 'attended_recorded' : 'cancelled',
      removedBy: 'api',
      anotherMayHelp: false,
    });
    expect(await port.remove({ botId })).toMatchObject({ state: 'ended' });
  });

  it('takes a bot back at once after it was asked for', async () => {
    const { request, sought } = wanted({ kind: 'admit', afterMs: 60_000 });
    const { botId } = await port.create(request);
    await eventually(async () => {
      const bot = await port.get({ botId });
      if (bot === null || isOutOfMeeting(bot)) return true;
      await port.remove({ botId });
      return false;
    });
    const left = simulator.control.bots({ meetingUrl: sought.meetingUrl });
    expect(left.map(({ recordingStartedAt }) => recordingStartedAt)).toEqual([null]);
  });

  it.each<[FaultKind, string]>([
    ['rate_limited', 'rate_limited'],
    ['capacity', 'capacity'],
    ['unauthorized', 'auth'],
    ['billing', 'refused'],
  ])('a create that meets %s proves that there is no bot', async (kind, expected) => {
    const { request, sought } = wanted(null);
    simulator.control.faults({ on: 'create', kind });
    const error = await failureOf(port.create(request));
    expect([error.kind, provesNoBot(error)]).toEqual([expected, true]);
    expect(await port.findRequested(sought)).toBeNull();
  });

  it.each<[FaultKind]>([['accept_then_lose'], ['accept_then_error'], ['late_answer']])(
    'a create whose answer is lost (%s) is found by what was asked',
    async (kind) => {
      const { request, sought } = wanted({ kind: 'lobby' }, { timeoutMs: 300 });
      simulator.control.faults({ on: 'create', kind, delayMs: 900 });
      const error = await failureOf(port.create(request));
      expect([error.kind, provesNoBot(error)]).toEqual(['unknown_outcome', false]);
      const found = await port.findRequested(sought);
      const [made] = simulator.control.bots({ meetingUrl: sought.meetingUrl });
      expect(found?.botId).toBe(made?.id);
      expect(found?.botId).not.toBeUndefined();
      const { carriesKeys } = port.capabilities;
      const { key, metadata } = request;
      expect(found).toMatchObject(carriesKeys ? { key, metadata } : { key: '', metadata: {} });
    },
  );

  it.each<[FaultKind]>([['lose'], ['server_error'], ['blocked']])(
    'a create that meets %s proves nothing, although there is no bot',
    async (kind) => {
      const { request, sought } = wanted(null);
      simulator.control.faults({ on: 'create', kind });
      expect((await failureOf(port.create(request))).kind).toBe('unknown_outcome');
      expect(await port.findRequested(sought)).toBeNull();
    },
  );

  it('never makes a second bot of one room’s or one request’s key', async () => {
    const { request, sought } = wanted({ kind: 'lobby' });
    const { botId } = await port.create(request);
    const again = await port.create(request).then(
      (made) => made.botId,
      (error: unknown) => (provesNoBot(error) ? 'proof' : 'unknown'),
    );
    expect([botId, 'unknown']).toContain(again);
    expect(simulator.control.bots({ meetingUrl: sought.meetingUrl })).toHaveLength(1);
  });

  it('lists what has not ended', async () => {
    const { request } = wanted({ kind: 'lobby' });
    const { botId } = await port.create(request);
    const listed: string[] = [];
    for await (const bot of port.listActive({ keyPrefix: 'test:' })) listed.push(bot.botId);
    expect(listed).toContain(botId);
    expect(new Set(listed).size).toBe(listed.length);
  });

  it('takes a state that nobody knows for one in which the bot is still there', async () => {
    const { request } = wanted({ kind: 'admit', afterMs: 1_000 });
    const { botId } = await port.create(request);
    await until(botId, isIn);
    simulator.control.unknownState(botId, 'in_orbit');
    const bot = await port.get({ botId });
    expect(bot !== null && !isOutOfMeeting(bot)).toBe(true);
    expect(bot?.joinedAt).not.toBeNull();
  });

  it('gives the transcript and, where there is a link, the recording of a captured session', async () => {
    const { request } = wanted({ kind: 'admit', afterMs: 1_000, meetingEndsAfterMs: 240_000 });
    const { botId } = await port.create(request);
    await until(botId, isOver);
    let segments: Awaited<ReturnType<Notetaker['transcript']>> = null;
    await eventually(async () => {
      segments = await port.transcript({ botId });
      return segments !== null;
    });
    const [first] = segments ?? [];
    expect(first).toMatchObject({ text: expect.stringMatching(/\S/) });
    const times = (segments ?? []).map(({ startMs }) => startMs);
    expect(times.every((at) => at >= 0 && at < 3_600_000)).toBe(true);
    const recording = await port.recording({ botId });
    expect(recording === null).toBe(provider === 'vexa');
    expect(URL.canParse(recording?.url ?? 'https://none.example')).toBe(true);
  });

  it('knows nothing of a bot that never was', async () => {
    const botId = {
      recall: 'b7a2a3f0-0000-4000-8000-000000000000',
      attendee: 'bot_none',
      vexa: '99',
    };
    expect(await port.get({ botId: botId[provider] })).toBeNull();
    expect(await port.remove({ botId: botId[provider] })).toBeNull();
  });

  it('signs what it posts, and what is posted leads to the bot', async () => {
    const { request } = wanted({ kind: 'admit', afterMs: 1_000, meetingEndsAfterMs: 60_000 });
    const { botId } = await port.create(request);
    await until(botId, isOver);
    const readAll = () =>
      inbox.seen.map(({ headers, body }) =>
        readNotetakerWebhook({
          provider,
          secrets: [secrets[provider]],
          header: (name) => String(headers[name] ?? ''),
          body,
          now: Date.now(),
        }),
      );
    const ofBot = () =>
      readAll().flatMap((reading) =>
        reading.kind === 'event' && reading.hint.botId === botId ? [reading.hint] : [],
      );
    await eventually(() => ofBot().length >= 3);
    expect(readAll().filter(({ kind }) => !['event', 'ignored'].includes(kind))).toEqual([]);
    for (const hint of ofBot()) {
      expect(hint.occurredAt).not.toBeNull();
      const { carriesKeys } = port.capabilities;
      expect(hint.metadata ?? {}).toMatchObject(carriesKeys ? request.metadata : {});
    }
  });
});
