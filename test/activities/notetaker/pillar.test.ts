import { setTimeout as wait } from 'node:timers/promises';
import { createPillarNotetaker } from '../../../activities/notetaker/pillar.js';
import {
  type BotSnapshot,
  type CreateBotRequest,
  isOutOfMeeting,
  NotetakerError,
  provesNoBot,
} from '../../../activities/notetaker/port.js';
import {
  type NotetakerSimulator,
  startNotetakerSimulator,
} from '../../../sandbox/notetaker/simulator.js';
import type { FaultKind } from '../../../sandbox/notetaker/types.js';

const apiKey = 'notetaker-test-key';
let simulator: NotetakerSimulator;
let nextKey = 0;

beforeAll(async () => {
  simulator = await startNotetakerSimulator({
    apiKey,
    pace: { stepMs: 5, tickMs: 5, longestWaitMs: 20 },
    createsPerMinute: 10_000,
  });
});

afterAll(() => simulator.close());

beforeEach(() => simulator.control.reset());

function notetaker(options: { apiKey?: string; callTimeoutMs?: number } = {}) {
  return createPillarNotetaker({ apiUrl: simulator.apiUrl, apiKey, ...options });
}

function request(change: Partial<CreateBotRequest> = {}): CreateBotRequest {
  nextKey += 1;
  return {
    key: `test:org:g1:session-${nextKey}:1`,
    meetingUrl: `https://zoom.us/j/${84_000_000_000 + nextKey}?pwd=secret`,
    joinAt: Date.now() + 3_600_000,
    leaveAt: null,
    botName: 'Pillar Notetaker',
    metadata: { orgId: 'org', interviewId: 'interview-1' },
    record: true,
    transcribe: true,
    timeoutMs: 5_000,
    ...change,
  };
}

function sought({ key, meetingUrl }: CreateBotRequest) {
  return { key, meetingUrl, requestedAt: 0 };
}

async function failureOf(call: Promise<unknown>): Promise<NotetakerError> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof NotetakerError)) {
    throw new Error('expected a NotetakerError');
  }
  return error;
}

async function until(
  read: () => Promise<BotSnapshot | null>,
  isReached: (bot: BotSnapshot) => boolean,
): Promise<BotSnapshot> {
  for (let looks = 0; looks < 1000; looks += 1) {
    const bot = await read();
    if (bot !== null && isReached(bot)) {
      return bot;
    }
    await wait(5);
  }
  throw new Error('the bot never got there');
}

describe('a create that is refused for certain', () => {
  it.each<[FaultKind, string, number]>([
    ['refuse', 'refused', 422],
    ['unauthorized', 'auth', 401],
    ['forbidden', 'auth', 403],
    ['rate_limited', 'rate_limited', 429],
    ['capacity', 'capacity', 503],
  ])('%s is %s, and there is no bot', async (fault, kind, status) => {
    await simulator.control.injectFault({ on: 'create', kind: fault, retryAfterSeconds: 7 });
    const wanted = request();
    const error = await failureOf(notetaker().create(wanted));
    expect(error).toMatchObject({ kind, status });
    expect(provesNoBot(error)).toBe(true);
    expect(await notetaker().findRequested(sought(wanted))).toBeNull();
    expect(await simulator.control.bots()).toEqual([]);
  });

  it('says how long to wait when the limit is reached', async () => {
    await simulator.control.injectFault({
      on: 'create',
      kind: 'rate_limited',
      retryAfterSeconds: 7,
    });
    expect((await failureOf(notetaker().create(request()))).retryAfterMs).toBe(7_000);
  });

  it('a wrong key is a matter of access', async () => {
    const error = await failureOf(notetaker({ apiKey: 'wrong' }).create(request()));
    expect(error).toMatchObject({ kind: 'auth', status: 401 });
  });

  it('a body against the contract is refused', async () => {
    const error = await failureOf(notetaker().create(request({ botName: '' })));
    expect(error).toMatchObject({ kind: 'refused', status: 422, code: 'invalid_request' });
  });
});

describe('a create whose fate is unknown', () => {
  it.each<[FaultKind]>([['accept_then_hang'], ['accept_then_reset'], ['internal_after_accept']])(
    '%s: the bot exists and is found by its key',
    async (fault) => {
      await simulator.control.injectFault({ on: 'create', kind: fault });
      const wanted = request({ timeoutMs: 150 });
      const error = await failureOf(notetaker().create(wanted));
      expect(error.kind).toBe('unknown_outcome');
      expect(provesNoBot(error)).toBe(false);
      expect(await notetaker().findRequested(sought(wanted))).toMatchObject({ key: wanted.key });
    },
  );

  it.each<[FaultKind]>([['internal'], ['html'], ['reset']])(
    '%s proves nothing, although there is no bot',
    async (fault) => {
      await simulator.control.injectFault({ on: 'create', kind: fault });
      const wanted = request();
      const error = await failureOf(notetaker().create(wanted));
      expect(error.kind).toBe('unknown_outcome');
      expect(await notetaker().findRequested(sought(wanted))).toBeNull();
    },
  );

  it('a request that is taken only after we went away makes its bot later', async () => {
    await simulator.control.injectFault({ on: 'create', kind: 'late', delayMs: 200 });
    const wanted = request({ timeoutMs: 50 });
    const error = await failureOf(notetaker().create(wanted));
    expect(error).toMatchObject({ kind: 'unknown_outcome', status: null });
    expect(await notetaker().findRequested(sought(wanted))).toBeNull();
    const found = await until(
      () => notetaker().findRequested(sought(wanted)),
      () => true,
    );
    expect(found.state).toBe('scheduled');
  });

  it('a key that has a bot with another body', async () => {
    const wanted = request();
    const { botId } = await notetaker().create(wanted);
    const error = await failureOf(notetaker().create({ ...wanted, botName: 'Other' }));
    expect(error).toMatchObject({ kind: 'unknown_outcome', status: 409 });
    expect(await notetaker().findRequested(sought(wanted))).toMatchObject({ botId });
  });

  it('nobody answers at the address', async () => {
    const gone = createPillarNotetaker({ apiUrl: 'http://127.0.0.1:1/v1', apiKey });
    expect((await failureOf(gone.create(request()))).kind).toBe('unknown_outcome');
  });
});

describe('errors of other calls', () => {
  it.each<[FaultKind, string]>([
    ['internal', 'unavailable'],
    ['html', 'unavailable'],
    ['reset', 'unavailable'],
    ['accept_then_hang', 'unavailable'],
    ['rate_limited', 'rate_limited'],
    ['unauthorized', 'auth'],
    ['forbidden', 'auth'],
  ])('%s is %s whatever is asked', async (fault, kind) => {
    const port = notetaker({ callTimeoutMs: 150 });
    const wanted = request();
    const { botId } = await port.create(wanted);
    const calls = [
      () => port.get({ botId }),
      () => port.move({ botId, joinAt: Date.now() + 7_200_000 }),
      () => port.findRequested(sought(wanted)),
      () => port.remove({ botId }),
    ];
    for (const call of calls) {
      await simulator.control.injectFault({ on: 'any', kind: fault });
      expect((await failureOf(call())).kind).toBe(kind);
    }
  });

  it('tells neither the link nor the key of the API', async () => {
    await simulator.control.injectFault({ on: 'create', kind: 'refuse' });
    const error = await failureOf(notetaker().create(request()));
    expect(`${error.message} ${JSON.stringify(error)}`).not.toMatch(/zoom|secret|test-key|127\.0/);
  });
});

describe('the life of a bot', () => {
  it('is read with its facts and metadata', async () => {
    const wanted = request({ joinAt: Date.now(), leaveAt: Date.now() + 3_600_000 });
    const { botId } = await notetaker().create(wanted);
    const bot = await until(
      () => notetaker().get({ botId }),
      ({ state }) => state === 'recording',
    );
    expect(bot).toMatchObject({ botId, key: wanted.key, outcome: null, metadata: wanted.metadata });
    expect(bot.joinedAt).toBeGreaterThan(0);
    expect(bot.recordingStartedAt).toBeGreaterThanOrEqual(bot.joinedAt ?? Number.NaN);
    expect(isOutOfMeeting(bot)).toBe(false);
  });

  it('a repeated create finds the same bot', async () => {
    const wanted = request();
    const first = await notetaker().create(wanted);
    expect(await notetaker().create(wanted)).toEqual(first);
    expect(await simulator.control.bots()).toHaveLength(1);
  });

  it('is moved while it is scheduled, and no longer once it has started', async () => {
    const { botId } = await notetaker().create(request());
    const joinAt = Date.now() + 7_200_000;
    expect(await notetaker().move({ botId, joinAt })).toMatchObject({ joinAt, state: 'scheduled' });
    await notetaker().move({ botId, joinAt: Date.now() });
    await until(
      () => notetaker().get({ botId }),
      ({ state }) => state !== 'scheduled',
    );
    expect((await failureOf(notetaker().move({ botId, joinAt }))).kind).toBe('wrong_state');
  });

  it('moving a bot that never was says that it is gone', async () => {
    expect((await failureOf(notetaker().move({ botId: 'none', joinAt: 0 }))).kind).toBe('gone');
  });

  it('is taken back while scheduled', async () => {
    const { botId } = await notetaker().create(request());
    expect(await notetaker().remove({ botId })).toMatchObject({
      state: 'ended',
      outcome: 'cancelled',
    });
  });

  it('is taken out of the call, and removing it again is harmless', async () => {
    const { botId } = await notetaker().create(request({ joinAt: Date.now() }));
    const read = () => notetaker().get({ botId });
    await until(read, ({ state }) => state === 'recording');
    await notetaker().remove({ botId });
    const gone = await until(read, ({ state }) => state === 'ended');
    expect(gone).toMatchObject({ outcome: 'attended_recorded', removedBy: 'api' });
    expect(await notetaker().remove({ botId })).toMatchObject({ state: 'ended' });
  });

  it.each(['never-was', '..', '.', '', '../bots', '%2e%2e'])(
    '%j is no bot and nothing happens to others',
    async (botId) => {
      const { botId: other } = await notetaker().create(request());
      expect(await notetaker().remove({ botId })).toBeNull();
      expect(await notetaker().get({ botId })).toBeNull();
      expect(await notetaker().get({ botId: other })).toMatchObject({ state: 'scheduled' });
    },
  );

  it('is listed by the beginning of its key until it has ended, across pages', async () => {
    const port = notetaker();
    const made: string[] = [];
    for (let index = 0; index < 130; index += 1) {
      const { botId } = await port.create(request());
      made.push(botId);
    }
    const { botId: stranger } = await port.create(request({ key: 'other:org:g1:s:1' }));
    await port.remove({ botId: made[3] ?? '' });
    const listed: string[] = [];
    for await (const bot of port.listActive({ keyPrefix: 'test:' })) {
      listed.push(bot.botId);
    }
    expect(listed).toEqual(made.filter((_, index) => index !== 3));
    expect(listed).not.toContain(stranger);
  });

  it('declares that it can be taken back in every state', () => {
    expect(notetaker().capabilities).toMatchObject({
      frozenBeforeStartMs: null,
      keyScope: 'attempt',
      createPerMinute: 600,
    });
  });
});
