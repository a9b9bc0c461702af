import type { JoinSession } from '../../workflows/contracts/join-interview.js';
import { eventually } from '../support/eventually.js';
import { botView, endedView, held, unadmittedView } from '../support/fake-activities.js';
import { startWorkflowEnvironment, type WorkflowEnvironment } from '../support/workflow-env.js';
import { desiredSession, driveJoin } from './support/join-driver.js';

const day = 24 * 60 * 60 * 1_000;

describe('a join from its planning to its outcome', () => {
  let env: WorkflowEnvironment;
  beforeEach(async () => {
    env = await startWorkflowEnvironment();
  });
  afterEach(async () => {
    await env.close();
  });

  it('claims, looks, asks once, finds the bot and follows it until it has recorded', async () => {
    for (const state of ['requested', 'lobby', 'joined', 'recording'] as const) {
      env.fakes.once('followBot', async () => botView({ state }));
    }
    const join = driveJoin(env);
    await join.desire([desiredSession()]);

    expect(await join.result()).toEqual({
      outcome: 'finished',
      sessions: [{ sessionId: 'session-1', outcome: 'captured', reason: null }],
    });
    expect(
      env.fakes.orderOf('claimRoom', 'lastLook', 'requestBot', 'resolveRequest', 'followBot'),
    ).toEqual([
      ...(['claimRoom', 'lastLook', 'requestBot'] as const),
      ...Array.from({ length: 5 }, () => 'followBot' as const),
    ]);
    expect(env.fakes.inputsOf('recordSession').map(({ event }) => event)).toEqual([
      'planned',
      'requested',
      'lobby',
      'joined',
      'recording',
      'captured',
    ]);
  });

  it('is missed when nobody let the bot in', async () => {
    env.fakes.always('followBot', async () => unadmittedView());
    const join = driveJoin(env);
    await join.desire([desiredSession()]);

    expect(await join.outcome()).toMatchObject({ outcome: 'missed', reason: 'not_admitted' });
  });

  it('is missed when the interview is over before a bot could be asked for', async () => {
    const join = driveJoin(env);
    await join.desire([desiredSession({ inMs: -60_000, lastsMs: 1_000 })]);

    expect(await join.outcome()).toMatchObject({ outcome: 'missed', reason: 'not_requested' });
    expect(env.fakes.countOf('claimRoom')).toBe(0);
  });

  it('looks again as soon as the provider says something', async () => {
    await env.close();
    env = await startWorkflowEnvironment({ times: { followEveryMs: 60_000 } });
    env.fakes.once('followBot', async () => botView());
    const join = driveJoin(env);
    await join.desire([desiredSession()]);
    await join.reaches('recording');

    await join.botEvent();

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
  });

  it('takes the bot away when the next interview in the room begins', async () => {
    env.fakes.always('followBot', async () => botView({ leaveForNext: true }));
    const join = driveJoin(env);
    await join.desire([desiredSession()]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(env.fakes.countOf('stopBot')).toBe(1);
  });

  it('takes the bot away when people stay long after the planned end', async () => {
    env.fakes.always('followBot', async () => botView());
    const join = driveJoin(env);
    await join.desire([desiredSession({ lastsMs: 1_000 })]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(env.fakes.countOf('stopBot')).toBe(1);
  });

  it('decides anew when somebody else took the bot away', async () => {
    env.fakes.once('followBot', async () => botView({ state: 'lobby', stopping: true }));
    env.fakes.once('stopBot', async () => unadmittedView({ outcome: 'removed' }));
    const join = driveJoin(env);
    await join.desire([desiredSession()]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(env.fakes.inputsOf('requestBot').map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it('runs two sessions of one interview beside each other', async () => {
    const first = held<ReturnType<typeof endedView>>();
    env.fakes.always('followBot', ({ sessionId }) =>
      sessionId === 'session-1' ? first.promise : endedView(),
    );
    const join = driveJoin(env);
    await join.desire([
      desiredSession(),
      desiredSession({ sessionId: 'session-2', roomKey: 'room-2' }),
    ]);
    await eventually(async () => (await join.session('session-2'))?.outcome === 'captured');
    expect((await join.session('session-1'))?.outcome).toBeNull();
    first.answer(unadmittedView());

    const { sessions } = await join.result();
    expect(sessions.map(({ outcome }) => outcome)).toEqual(['missed', 'captured']);
  });

  it('leaves an outcome of an earlier run as it is', async () => {
    const over: JoinSession = {
      ...desiredSession(),
      state: 'ended',
      outcome: 'captured',
      reason: 'earlier',
      outcomeAt: 1_000,
      dropped: false,
      plannedAt: 1_000,
      attempt: 4,
      claim: null,
      botId: 'bot-4',
      requestedAt: 1_000,
      joinedAt: 1_000,
      recordingStartedAt: 1_000,
      endedAt: 2_000,
      lookAgainAt: null,
      ...{
        knownAt: 1_000,
        sharing: false,
        extraBots: 0,
        failures: 0,
        lobbySince: null,
        attended: [],
      },
    };
    env.fakes.always('loadSessions', async () => ({ sessions: [over] }));
    const join = driveJoin(env);
    await join.desire([desiredSession({ startsAt: over.startsAt })]);

    expect(await join.outcome()).toEqual({
      sessionId: 'session-1',
      outcome: 'captured',
      reason: 'earlier',
    });
    expect(env.fakes.countOf('claimRoom')).toBe(0);
  });

  it('goes back to the watch when it begins beyond the horizon', async () => {
    const join = driveJoin(env);
    await join.desire([desiredSession({ inMs: 30 * day })]);

    expect((await join.result()).outcome).toBe('returned_to_watch');
  });

  it('goes back to the watch when it is moved beyond the horizon while it waits', async () => {
    const join = driveJoin(env);
    await join.desire([desiredSession({ inMs: day })]);
    await join.reaches('waiting');

    await join.desire([desiredSession({ inMs: 30 * day })]);

    expect((await join.result()).outcome).toBe('returned_to_watch');
  });

  it('mails once for each version that owes mail', async () => {
    const join = driveJoin(env);
    await join.desire([desiredSession({ inMs: day })], { mailDue: true });
    await eventually(() => env.fakes.countOf('sendNotices') === 1);
    await join.desire([desiredSession({ inMs: day })], { mailDue: true, version: 1 });
    await join.desire([desiredSession({ inMs: day })], { mailDue: false, version: 2 });
    await join.desire([desiredSession({ inMs: day })], { mailDue: true, version: 3 });
    await eventually(() => env.fakes.countOf('sendNotices') === 2);

    await join.desire([], { version: 4 });

    expect((await join.result()).outcome).toBe('finished');
    expect(env.fakes.countOf('sendNotices')).toBe(2);
  });

  it('ends when it is cancelled', async () => {
    const join = driveJoin(env);
    await join.desire([desiredSession({ inMs: day })]);
    await join.reaches('waiting');

    await join.handle().cancel();

    await eventually(async () => (await join.handle().describe()).status.name === 'CANCELLED');
    expect(env.fakes.countOf('requestBot')).toBe(0);
  });

  it('keeps its place when it continues as new while waiting', async () => {
    const join = driveJoin(env, { maxHistoryEvents: 40 });
    await join.desire([desiredSession({ inMs: day })]);
    const { runId } = await join.handle().describe();
    let version = 1;
    await eventually(async () => {
      version += 1;
      await join.desire([desiredSession({ inMs: day + version * 1_000 })], { version });
      return (await join.handle().describe()).runId !== runId;
    });

    await join.desire([desiredSession()], { version: version + 1 });

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(env.fakes.countOf('loadSessions')).toBe(1);
  });

  it('keeps its attempt, its claim and its bot when it continues as new while following', async () => {
    env.fakes.always('followBot', async () => botView());
    const join = driveJoin(env, { maxHistoryEvents: 70 });
    await join.desire([desiredSession()]);
    const before = await join.reaches('recording');
    const { runId } = await join.handle().describe();

    await eventually(async () => (await join.handle().describe()).runId !== runId);
    env.fakes.always('followBot', async () => endedView());

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(env.fakes.countOf('requestBot')).toBe(1);
    const followed = env.fakes.inputsOf('followBot').at(-1);
    expect(followed).toMatchObject({
      attempt: before.attempt,
      botId: before.botId,
      roomKey: before.claim?.roomKey,
    });
  });

  it('lets the others get on while one bot is not taken away, however long the run is', async () => {
    env.fakes.always('followBot', async ({ sessionId }) =>
      sessionId === 'session-1' ? botView() : endedView(),
    );
    const taken = held<ReturnType<typeof endedView>>();
    env.fakes.always('stopBot', () => taken.promise);
    const join = driveJoin(env, { maxHistoryEvents: 30 });
    const soon = desiredSession();
    await join.desire([soon]);
    await join.reaches('recording');
    const later = desiredSession({ sessionId: 'session-2', roomKey: 'room-2', inMs: 500 });

    await join.desire([{ ...soon, verdict: 'skip', code: 'role_off' }, later]);

    await eventually(() => env.fakes.countOf('stopBot') === 1);
    await eventually(async () => (await join.session('session-2'))?.outcome === 'captured');
    expect(await join.session()).toMatchObject({ state: 'recording', outcome: null });
    taken.answer(endedView());
    await join.reaches('waiting');
  });
});
