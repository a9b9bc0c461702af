import { createJoinActivities } from '../../activities/join-interview.js';
import { NotetakerError } from '../../activities/notetaker/port.js';
import { protocolTimes, scaleTimes } from '../../workflows/contracts/protocol-times.js';
import { createStage, minute, type Stage, vendorInterview } from './stage.js';

let stage: Stage;
let join: ReturnType<typeof createJoinActivities>;

beforeEach(async () => {
  stage = await createStage({ times: protocolTimes });
  join = createJoinActivities(stage.deps);
  await stage.install();
  await stage.addRole('job-1');
  await stage.addInterview(vendorInterview('one'));
});

afterEach(() => stage.close());

async function claim(interviewId = 'one', attempt = 1) {
  const { plan } = await stage.interview(interviewId);
  const [planned] = plan;
  if (planned?.roomKey == null) throw new Error('no room');
  const { roomKey, startsAt, endsAt } = planned;
  return await join.claimRoom({
    ...stage.session(interviewId),
    jobId: 'job-1',
    attempt,
    window: { roomKey, startsAt, endsAt },
  });
}

async function request(interviewId = 'one', attempt = 1) {
  const roomKey = await stage.roomOf(interviewId);
  return await join.requestBot({ ...stage.session(interviewId), attempt, roomKey });
}

describe('a request for a bot', () => {
  it('goes out once, after the compare-and-set and the fences, and is recorded', async () => {
    await claim();
    expect(await request()).toMatchObject({ kind: 'sent' });

    expect(stage.deps.steps).toEqual([
      'fence_written',
      'claimed',
      'request_begun',
      'fences_read',
      'bot_created',
      'bot_recorded',
    ]);
    expect(stage.deps.notetaker.created).toHaveLength(1);
    expect(await stage.holder('one')).toMatchObject({ state: 'live', providerBotId: 'bot-1' });
  });

  it('is never made twice for one attempt', async () => {
    await claim();
    await request();

    expect(await request()).toEqual({ kind: 'not_sent', why: 'claim_lost' });
    expect(stage.deps.notetaker.created).toHaveLength(1);
  });

  it('carries ids and no people', async () => {
    await claim();
    await request();

    const [created] = stage.deps.notetaker.created;
    expect(created?.key).toBe(`test:${stage.life.orgId}:life-1:slot-one:1`);
    expect(Object.keys(created?.metadata ?? {}).sort()).toEqual([
      'attempt',
      'endsAt',
      'generation',
      'interviewId',
      'orgId',
      'roomKey',
      'sessionId',
    ]);
  });

  it.each([
    ['the installation', { kind: 'installation' }],
    ['the role', { kind: 'role', jobId: 'job-1' }],
    ['the interview', { kind: 'interview', interviewId: 'one' }],
  ] as const)('is not sent when %s was fenced before it began', async (_name, fence) => {
    await claim();
    await stage.fence(fence, 9, true);

    expect(await request()).toEqual({ kind: 'not_sent', why: 'fenced' });
    expect(stage.deps.notetaker.created).toHaveLength(0);
    expect(await stage.holder('one')).toMatchObject({ state: 'free' });
  });

  it('is not sent when a fence rises between its begin and its look at the fences', async () => {
    await claim();
    stage.deps.at.request_begun = () => stage.fence({ kind: 'role', jobId: 'job-1' }, 9, true);

    expect(await request()).toEqual({ kind: 'not_sent', why: 'fenced' });
  });

  it.each([
    ['installation', { kind: 'installation' }],
    ['settings', { kind: 'settings' }],
    ['role', { kind: 'role', jobId: 'job-1' }],
    ['interview', { kind: 'interview', interviewId: 'one' }],
  ] as const)(
    'is not sent when the epoch of the %s fence changed since the claim, though nothing is off',
    async (_name, fence) => {
      await claim();
      await stage.fence(fence, 9, false);

      expect(await request()).toEqual({ kind: 'not_sent', why: 'fenced' });
    },
  );

  it('is sent for an interview that a person asked for although its role is off', async () => {
    await stage.fence({ kind: 'role', jobId: 'job-1' }, 5, true);
    await stage.fence({ kind: 'interview', interviewId: 'one' }, 6, false, { joins: true });
    await claim();

    expect(await request()).toMatchObject({ kind: 'sent' });
  });

  it('is not sent by a life that is over', async () => {
    await claim();
    await stage.fence({ kind: 'installation' }, 2, false, { generation: 'life-2' });

    expect(await request()).toEqual({ kind: 'not_sent', why: 'fenced' });
  });

  it('is not sent past its deadline', async () => {
    stage.deps.times = { ...protocolTimes, requestDeadlineMs: 1 };
    await claim();
    stage.deps.at.fences_read = () => new Promise((resolve) => setTimeout(resolve, 5));

    expect(await request()).toEqual({ kind: 'not_sent', why: 'late' });
    expect(stage.deps.notetaker.created).toHaveLength(0);
    expect(await stage.holder('one')).toMatchObject({ state: 'free' });
  });

  it('keeps its claim while another bot is in the room, and goes out when it has left', async () => {
    const place = 'https://zoom.us/j/81111111111';
    const startsAt = Date.now() + 3 * minute;
    await stage.addInterview(
      vendorInterview('before', { place, startsAt: startsAt - 60 * minute, endsAt: startsAt }),
    );
    await stage.addInterview(vendorInterview('after', { place, startsAt }));
    await claim('before');
    await claim('after');
    await request('before');

    expect(await request('after')).toEqual({ kind: 'room_occupied' });
    expect(await stage.holder('after')).toMatchObject({ state: 'claimed' });

    const roomKey = await stage.roomOf('before');
    await stage.deps.run(() =>
      join.stopBot({ ...stage.session('before'), attempt: 1, roomKey, botId: 'bot-1' }),
    );
    expect(stage.deps.workflows.woken).toContain('after');
    expect(await request('after')).toMatchObject({ kind: 'sent' });
  });

  it('an overlapping interview waits while the bot of another leaves, whose holder is looked at anew', async () => {
    const place = 'https://zoom.us/j/82222222222';
    await stage.addInterview(vendorInterview('here', { place }));
    await stage.addInterview(vendorInterview('rival', { place }));
    await claim('here');
    await request('here');
    await stage.deps.collections.claims.collection.updateOne(
      { orgId: stage.life.orgId },
      { $set: { 'holders.0.state': 'stopping' } },
    );

    expect(await claim('rival')).toEqual({ kind: 'room_busy' });
    expect(stage.deps.workflows.botEvents).toEqual(['here']);
  });

  it.each([
    ['rate_limited', 30_000],
    ['capacity', 30_000],
    ['auth', 30_000],
    ['refused', null],
  ] as const)('a refusal (%s) frees the room', async (kind, retryAfterMs) => {
    stage.deps.notetaker.onCreate = async () => {
      throw new NotetakerError({ kind, operation: 'create' });
    };
    await claim();

    expect(await request()).toMatchObject({ kind: 'refused', retryAfterMs });
    expect(await stage.holder('one')).toMatchObject({ state: 'free' });
  });

  it('keeps the room when no answer came, and finds the bot that was made all the same', async () => {
    stage.deps.notetaker.onCreate = async (_request, made) => {
      made();
      throw new NotetakerError({ kind: 'unknown_outcome', operation: 'create' });
    };
    await claim();

    expect(await request()).toEqual({ kind: 'unknown' });
    expect(await stage.holder('one')).toMatchObject({ state: 'requesting' });
    const roomKey = await stage.roomOf('one');
    const resolved = await stage.deps.run(() =>
      join.resolveRequest({ ...stage.session('one'), attempt: 1, roomKey }),
    );
    expect(resolved).toEqual({ kind: 'found', botId: 'bot-1' });
    expect(await stage.holder('one')).toMatchObject({ state: 'live' });
  });

  it('keeps the room when the process dies after the bot was made', async () => {
    stage.deps.at.bot_created = async () => {
      throw new Error('killed');
    };
    await claim();

    expect(await request()).toEqual({ kind: 'unknown' });
    expect(await stage.holder('one')).toMatchObject({ state: 'requesting' });
  });
});

describe('the fate of a request', () => {
  it('is "no bot" only when a lookup after the last possible arrival finds nothing', async () => {
    stage.deps.times = scaleTimes(protocolTimes, 0.002);
    stage.deps.at.fences_read = async () => {
      throw new Error('killed');
    };
    await claim();
    await expect(request()).rejects.toThrow('killed');
    const { lookupProvesMs } = stage.deps.times;
    const roomKey = await stage.roomOf('one');

    const resolved = await stage.deps.run(() =>
      join.resolveRequest({ ...stage.session('one'), attempt: 1, roomKey }),
    );

    expect(resolved).toEqual({ kind: 'no_bot' });
    const [room] = await stage.deps.collections.claims.find({ orgId: stage.life.orgId }).lean();
    const deadline = room?.holders[0]?.requestDeadlineAt ?? Number.POSITIVE_INFINITY;
    expect(Date.now()).toBeGreaterThan(deadline + lookupProvesMs);
    expect(await stage.holder('one')).toMatchObject({ state: 'free' });
  });

  it('outlives a provider that cannot be asked', async () => {
    stage.deps.times = scaleTimes(protocolTimes, 0.002);
    stage.deps.notetaker.onCreate = async (_request, made) => {
      made();
      throw new NotetakerError({ kind: 'unknown_outcome', operation: 'create' });
    };
    let failures = 3;
    stage.deps.notetaker.onCall = async () => {
      failures -= 1;
      if (failures >= 0) throw new NotetakerError({ kind: 'unavailable', operation: 'find' });
    };
    await claim();
    await request();
    const roomKey = await stage.roomOf('one');

    const resolved = await stage.deps.run(() =>
      join.resolveRequest({ ...stage.session('one'), attempt: 1, roomKey }),
    );
    expect(resolved).toEqual({ kind: 'found', botId: 'bot-1' });
  });

  it('a bot that is found while it is fenced begins to leave', async () => {
    stage.deps.notetaker.onCreate = async (_request, made) => {
      made();
      throw new NotetakerError({ kind: 'unknown_outcome', operation: 'create' });
    };
    await claim();
    await request();
    await stage.fence({ kind: 'role', jobId: 'job-1' }, 9, true);
    const roomKey = await stage.roomOf('one');
    await stage.deps.run(() =>
      join.resolveRequest({ ...stage.session('one'), attempt: 1, roomKey }),
    );

    expect(await stage.holder('one')).toMatchObject({ state: 'stopping' });
  });

  it('a claim whose request never began is given back', async () => {
    await claim();
    const roomKey = await stage.roomOf('one');

    expect(await join.resolveRequest({ ...stage.session('one'), attempt: 1, roomKey })).toEqual({
      kind: 'no_bot',
    });
    expect(await request()).toEqual({ kind: 'not_sent', why: 'claim_lost' });
    expect(await claim('one', 1)).toEqual({ kind: 'superseded', attempt: 1 });
    expect(await claim('one', 2)).toEqual({ kind: 'claimed' });
  });
});
