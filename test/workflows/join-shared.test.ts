import { eventually } from '../support/eventually.js';
import { botView, endedView, held, unadmittedView } from '../support/fake-activities.js';
import { startWorkflowEnvironment, type WorkflowEnvironment } from '../support/workflow-env.js';
import { desiredSession, driveJoin } from './support/join-driver.js';

describe('a join whose room belongs to another interview', () => {
  let env: WorkflowEnvironment;
  beforeEach(async () => {
    env = await startWorkflowEnvironment();
  });
  afterEach(async () => {
    await env.close();
  });
  const shared = (botId: string | null = 'bot-of-other') =>
    env.fakes.always('claimRoom', async () => ({
      kind: 'shared',
      heldBy: 'interview-9',
      holderState: botId === null ? 'claimed' : 'live',
      botId,
    }));
  const events = () => env.fakes.inputsOf('recordSession').map(({ event }) => event);

  it('rides along without asking for a bot, and leaves only its own place when it is over', async () => {
    shared();
    env.fakes.always('followBot', async () => botView());
    env.fakes.always('leaveRoom', async () => ({ kind: 'left' }));
    const join = driveJoin(env);
    await join.desire([desiredSession()]);
    await eventually(async () => events().includes('recording'));
    await join.desire([]);

    expect(await join.outcome()).toMatchObject({ outcome: 'cancelled' });
    expect(env.fakes.countOf('requestBot')).toBe(0);
    expect(env.fakes.countOf('stopBot')).toBe(0);
    expect(env.fakes.countOf('leaveRoom')).toBe(1);
    expect(events()[1]).toBe('room_shared');
  });

  it('follows the bot as its own once the other has left it', async () => {
    shared();
    env.fakes.always('followBot', async () => botView());
    const join = driveJoin(env);
    await join.desire([desiredSession()]);
    await eventually(async () => (await join.session('session-1'))?.sharing === true);
    env.fakes.always('claimRoom', async () => ({
      kind: 'occupied',
      attempt: 7,
      botId: 'bot-of-other',
    }));
    await eventually(async () => (await join.session('session-1'))?.attempt === 7);
    expect(await join.session('session-1')).toMatchObject({ sharing: false });
    env.fakes.always('followBot', async () => endedView());

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(env.fakes.countOf('requestBot')).toBe(0);
  });

  it('follows the bot that it inherited, not the one with which it rode along before', async () => {
    shared('bot-of-old');
    env.fakes.always('followBot', async () => botView());
    const join = driveJoin(env);
    await join.desire([desiredSession()]);
    await eventually(async () => (await join.session('session-1'))?.sharing === true);
    env.fakes.always('claimRoom', async () => ({ kind: 'occupied', attempt: 7, botId: 'bot-new' }));
    await eventually(() => env.fakes.inputsOf('followBot').at(-1)?.attempt === 7);
    env.fakes.always('followBot', async () => endedView());

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    const followed = env.fakes.inputsOf('followBot').filter(({ attempt }) => attempt === 7);
    expect(new Set(followed.map(({ botId }) => botId))).toEqual(new Set(['bot-new']));
    expect(env.fakes.countOf('requestBot')).toBe(0);
  });

  it('follows its own bot after the shared one was taken away under it', async () => {
    shared('bot-of-other');
    env.fakes.always('followBot', async () => botView());
    env.fakes.always('requestBot', async () => ({ kind: 'sent', botId: 'bot-own' }));
    const join = driveJoin(env);
    await join.desire([desiredSession()]);
    await eventually(async () => (await join.session('session-1'))?.sharing === true);
    // The other one's bot is told to leave, and nobody rides with a bot that leaves.
    env.fakes.always('claimRoom', async () => ({ kind: 'room_busy' }));
    await eventually(async () => (await join.session('session-1'))?.code === 'room_busy');
    const followedBefore = env.fakes.countOf('followBot');
    env.fakes.always('claimRoom', async () => ({ kind: 'claimed' }));
    await eventually(() => env.fakes.countOf('followBot') > followedBefore + 1);
    env.fakes.always('followBot', async () => endedView());

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    const followed = env.fakes.inputsOf('followBot').slice(followedBefore);
    expect(new Set(followed.map(({ botId }) => botId))).toEqual(new Set(['bot-own']));
  });

  it('asks for a bot of its own when the other one is gone', async () => {
    shared(null);
    const join = driveJoin(env);
    await join.desire([desiredSession()]);
    await eventually(async () => (await join.session('session-1'))?.code === 'room_shared');
    env.fakes.always('claimRoom', async () => ({ kind: 'claimed' }));

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(env.fakes.countOf('requestBot')).toBe(1);
  });

  it('sends no second bot into a room from which the shared one was thrown out', async () => {
    shared();
    env.fakes.always('followBot', async () => botView());
    const join = driveJoin(env);
    await join.desire([desiredSession({ inMs: 0 })]);
    await eventually(
      async () => typeof (await join.session('session-1'))?.recordingStartedAt === 'number',
    );
    env.fakes.always('followBot', async () => endedView({ endedAt: Date.now() + 1_000 }));
    env.fakes.always('claimRoom', async () => ({ kind: 'claimed' }));

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(env.fakes.countOf('requestBot')).toBe(0);
    expect(env.fakes.countOf('releaseClaim')).toBe(1);
  });

  it('takes out the bot that it has just inherited when it has to leave', async () => {
    shared();
    env.fakes.always('followBot', async () => botView());
    const join = driveJoin(env);
    await join.desire([desiredSession()]);
    await eventually(async () => (await join.session('session-1'))?.sharing === true);
    env.fakes.once('leaveRoom', async () => ({ kind: 'inherited', attempt: 9, botId: 'bot-9' }));
    await join.desire([]);

    expect(await join.outcome()).toMatchObject({ outcome: 'cancelled' });
    expect(env.fakes.inputsOf('leaveRoom').at(-1)).toMatchObject({ attempt: 9 });
    expect(env.fakes.inputsOf('stopBot')).toEqual([
      expect.objectContaining({ attempt: 9, botId: 'bot-9' }),
    ]);
  });

  it('asks for a bot of its own before its start when the shared one has left by then', async () => {
    await env.close();
    // It may ask a minute ahead, and looks every 300 ms.
    env = await startWorkflowEnvironment({
      times: { requestEarliestMs: 60_000, requestLatestMs: 59_000 },
    });
    shared();
    const outside = { state: 'requested', joinedAt: null, recordingStartedAt: null } as const;
    env.fakes.always('followBot', async () => botView(outside));
    const join = driveJoin(env);
    const session = desiredSession({ inMs: 30_000 });
    await join.desire([session]);
    await eventually(async () => (await join.session('session-1'))?.state === 'requested');
    env.fakes.always('followBot', async () => endedView());
    // No signal tells: it looks by itself.
    env.fakes.always('claimRoom', async () => ({ kind: 'claimed' }));
    await eventually(() => env.fakes.countOf('requestBot') === 1);

    expect(Date.now()).toBeLessThan(session.startsAt);
    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
  });

  it('leaves its own bot to who shares it, and stops nobody', async () => {
    env.fakes.always('followBot', async () => botView({ neededUntil: Date.now() + 60_000 }));
    env.fakes.always('leaveRoom', async () => ({ kind: 'handed_over' }));
    const join = driveJoin(env);
    await join.desire([desiredSession()]);
    await eventually(async () => events().includes('recording'));
    await join.desire([]);

    expect(await join.outcome()).toMatchObject({ outcome: 'cancelled' });
    expect(env.fakes.countOf('stopBot')).toBe(0);
    expect(events()).toContain('handed_over');
  });

  it('stays out while somebody in the room must not be recorded, and looks again', async () => {
    env.fakes.once('claimRoom', async () => ({ kind: 'room_forbidden' }));
    env.fakes.once('claimRoom', async () => ({ kind: 'room_forbidden' }));
    const join = driveJoin(env);
    await join.desire([desiredSession()]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(env.fakes.countOf('claimRoom')).toBe(3);
    expect(events().filter((event) => event === 'room_forbidden')).toHaveLength(1);
  });
});

describe('the moments of a join', () => {
  let env: WorkflowEnvironment;
  beforeEach(async () => {
    env = await startWorkflowEnvironment({ times: { missAlarmMs: 100, lobbyPatienceMs: 50 } });
  });
  afterEach(async () => {
    await env.close();
  });
  const moments = () => env.fakes.inputsOf('attendMoment').map(({ moment }) => moment);

  it('are the lobby and the alarm when nobody lets the bot in, each once', async () => {
    env.fakes.always('followBot', async () =>
      botView({ state: 'lobby', joinedAt: null, recordingStartedAt: null }),
    );
    const join = driveJoin(env);
    await join.desire([desiredSession({ inMs: 100 })]);
    await eventually(async () => moments().includes('missing') && moments().includes('lobby'));
    env.fakes.always('followBot', async () => unadmittedView());

    expect(await join.outcome()).toMatchObject({ outcome: 'missed' });
    expect(moments().filter((moment) => moment === 'missing')).toHaveLength(1);
    expect(moments().filter((moment) => moment === 'lobby')).toHaveLength(1);
    expect(env.fakes.inputsOf('attendMoment').at(-1)).toMatchObject({ reason: 'lobby' });
  });

  it('are none when the bot is in before the alarm', async () => {
    await env.close();
    // The bot is asked for at once: long enough ahead for a busy machine to have it in by then.
    env = await startWorkflowEnvironment({
      times: { requestEarliestMs: 10_000, requestLatestMs: 9_500, missAlarmMs: 100 },
    });
    env.fakes.always('followBot', async () => botView());
    const join = driveJoin(env);
    const session = desiredSession({ inMs: 9_000 });
    await join.desire([session]);
    await eventually(async () => (await join.session('session-1'))?.state === 'recording');
    await eventually(() => Date.now() > session.startsAt + 500);
    env.fakes.always('followBot', async () => endedView());

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(moments()).not.toContain('missing');
  });

  it.each([
    ['is not repeated when the last look found nothing in the way', true, [], 120_000],
    ['is made when the last look could not tell', false, ['preflight_minutes'], 120_000],
    ['is made when the last look was long ahead', true, ['preflight_minutes'], 1_000],
  ] as const)('a look ahead of a few minutes %s', async (_what, isClear, expected, soonMs) => {
    await env.close();
    // The bot is asked for at once; the moment lies some seconds later.
    env = await startWorkflowEnvironment({
      times: {
        ...{ requestEarliestMs: soonMs, requestLatestMs: 500, preflightMinutesMs: 3_000 },
        missAlarmMs: 60_000,
      },
    });
    env.fakes.always('lastLook', async () => ({
      ...{ verdict: 'join', code: 'will_join', session: null, isClear },
    }));
    env.fakes.always('followBot', async () => botView());
    const join = driveJoin(env);
    const session = desiredSession({ inMs: 8_000 });
    await join.desire([session], { lead: { earliestMs: 120_000, latestMs: 100_000 } });
    await eventually(async () => (await join.session('session-1'))?.state === 'recording');
    await eventually(() => Date.now() > session.startsAt);
    env.fakes.always('followBot', async () => endedView());

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(moments()).toEqual(expected);
  });

  it('raise the alarm for a miss that is known before the start', async () => {
    env.fakes.always('requestBot', async () => ({
      ...{ kind: 'refused', reason: 'provider_refused', retryAfterMs: null },
    }));
    const join = driveJoin(env);
    await join.desire([desiredSession({ inMs: 20_000 })]);

    expect(await join.outcome()).toMatchObject({ outcome: 'missed' });
    const alarms = env.fakes.inputsOf('attendMoment').filter(({ moment }) => moment === 'missing');
    expect(alarms).toEqual([expect.objectContaining({ reason: 'provider_refused' })]);
  });

  it('do not spin while mail is stuck and the interview moves beyond the horizon', async () => {
    const stuck = held<undefined>();
    env.fakes.always('sendNotices', () => stuck.promise);
    const join = driveJoin(env);
    await join.desire([desiredSession({ inMs: 60_000 })], { mailDue: true });
    await eventually(async () => env.fakes.countOf('sendNotices') > 0);
    await join.desire([desiredSession({ inMs: 30 * 24 * 3_600_000 })]);
    await eventually(async () => (await join.session('session-1')) !== undefined);
    stuck.answer(undefined);

    expect(await join.result()).toMatchObject({ outcome: 'returned_to_watch' });
  });

  it('do not keep an interview from its outcome when they cannot be attended to', async () => {
    env.fakes.always('attendMoment', async () => {
      throw new Error('mail is away');
    });
    env.fakes.always('followBot', async () => unadmittedView());
    const join = driveJoin(env);
    await join.desire([desiredSession({ inMs: 50, verdict: 'wait', code: 'no_link' })]);
    await eventually(async () => moments().length > 0);
    await join.desire([]);

    expect(await join.outcome()).toMatchObject({ outcome: 'cancelled' });
  });

  it('another bot is sent when the first could not get in for a reason that passes', async () => {
    env.fakes.once('followBot', async () => unadmittedView({ anotherMayHelp: true }));
    const join = driveJoin(env);
    await join.desire([desiredSession()]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(env.fakes.countOf('requestBot')).toBe(2);
  });
});
