import type { BotView, ClaimResult, LastLookResult } from '../../workflows/contracts/activities.js';
import type { DecisionCode } from '../../workflows/contracts/decision.js';
import { eventually } from '../support/eventually.js';
import { botView, endedView, held, unadmittedView } from '../support/fake-activities.js';
import { startWorkflowEnvironment, type WorkflowEnvironment } from '../support/workflow-env.js';
import { desiredSession, driveJoin } from './support/join-driver.js';

const day = 24 * 60 * 60 * 1_000;

describe('a join whose interview changes', () => {
  let env: WorkflowEnvironment;
  beforeEach(async () => {
    env = await startWorkflowEnvironment();
  });
  afterEach(async () => {
    await env.close();
  });

  it('is planned anew when it is moved to an earlier or a later time', async () => {
    const join = driveJoin(env);
    await join.desire([desiredSession({ inMs: 2 * day })]);
    const first = await join.reaches('waiting');

    await join.desire([desiredSession({ inMs: 3 * day })]);
    const later = await join.reaches('waiting', ({ plannedAt }) => plannedAt !== first.plannedAt);
    expect(later.plannedAt).toBeGreaterThan(first.plannedAt);
    await join.desire([desiredSession({ inMs: 300 })]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(env.fakes.countOf('requestBot')).toBe(1);
  });

  it('is asked for at once when its start moves into the past', async () => {
    const join = driveJoin(env);
    await join.desire([desiredSession({ inMs: day })]);
    await join.reaches('waiting');

    await join.desire([desiredSession({ inMs: -100 })]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
  });

  it('ignores a reading that is older than the one it has', async () => {
    const join = driveJoin(env);
    await join.desire([desiredSession({ inMs: day })], { version: 5 });
    await join.reaches('waiting');

    await join.desire([desiredSession()], { version: 4 });
    await join.desire([], { version: 6 });

    expect(await join.outcome()).toMatchObject({ outcome: 'cancelled' });
    expect(env.fakes.countOf('claimRoom')).toBe(0);
  });

  it('does not ask ahead of time when the last look finds a later start', async () => {
    const join = driveJoin(env);
    const moved = desiredSession({ inMs: 2 * day });
    env.fakes.once('lastLook', async () => ({
      verdict: 'join',
      code: 'will_join',
      session: { startsAt: moved.startsAt, endsAt: moved.endsAt, roomKey: 'room-1' },
    }));
    await join.desire([desiredSession()]);

    const waiting = await join.reaches('waiting', ({ startsAt }) => startsAt === moved.startsAt);
    await eventually(() => env.fakes.countOf('releaseClaim') === 1);
    expect(waiting.plannedAt).toBeGreaterThan(Date.now() + day);
    await join.desire([]);

    expect(await join.outcome()).toMatchObject({ outcome: 'cancelled' });
    expect(env.fakes.countOf('requestBot')).toBe(0);
    expect(env.fakes.countOf('claimRoom')).toBe(1);
  });

  it('is cancelled while it waits', async () => {
    const join = driveJoin(env);
    await join.desire([desiredSession({ inMs: day })]);
    await join.reaches('waiting');

    await join.desire([]);

    expect(await join.outcome()).toMatchObject({ outcome: 'cancelled' });
    expect(env.fakes.countOf('claimRoom')).toBe(0);
  });

  it('gives its claim back when it is cancelled while it looks', async () => {
    const look = held<LastLookResult>();
    env.fakes.once('lastLook', () => look.promise);
    const join = driveJoin(env);
    await join.desire([desiredSession()]);
    await eventually(() => env.fakes.countOf('lastLook') === 1);

    await join.desire([]);
    await eventually(async () => (await join.session())?.dropped);
    look.answer({ verdict: 'join', code: 'will_join', session: null });

    expect(await join.outcome()).toMatchObject({ outcome: 'cancelled' });
    expect(env.fakes.countOf('requestBot')).toBe(0);
    expect(env.fakes.countOf('releaseClaim')).toBe(1);
  });

  it('takes the bot away when it is cancelled while the request is under way', async () => {
    const asked = held<{ kind: 'sent'; botId: string }>();
    env.fakes.once('requestBot', () => asked.promise);
    const join = driveJoin(env);
    const session = desiredSession({ inMs: 4_000 });
    await join.desire([session]);
    await eventually(() => env.fakes.countOf('requestBot') === 1);

    await join.desire([]);
    await eventually(async () => (await join.session())?.dropped);
    asked.answer({ kind: 'sent', botId: 'bot-1' });

    expect(await join.outcome()).toMatchObject({ outcome: 'cancelled' });
    expect(env.fakes.inputsOf('stopBot')).toEqual([
      expect.objectContaining({ botId: 'bot-1', attempt: 1 }),
    ]);
    expect(Date.now()).toBeLessThan(session.startsAt);
  });

  it('looks at a bot that was asked for ahead when somebody tells of it, else from the start on', async () => {
    env.fakes.always('followBot', async () => botView({ state: 'requested' }));
    const join = driveJoin(env);
    const session = desiredSession({ inMs: 4_000 });
    await join.desire([session]);
    await join.reaches('requested');
    expect(env.fakes.countOf('followBot')).toBe(0);

    await join.botEvent();

    await eventually(() => env.fakes.countOf('followBot') === 1);
    expect(Date.now()).toBeLessThan(session.startsAt);
    await eventually(() => env.fakes.countOf('followBot') > 2);
    expect(Date.now()).toBeGreaterThanOrEqual(session.startsAt);
  });

  it.each(['lobby', 'recording'] as const)(
    'takes the bot away when it is cancelled while the bot is in state %s',
    async (state) => {
      env.fakes.always('followBot', async () => botView({ state }));
      const join = driveJoin(env);
      await join.desire([desiredSession()]);
      await join.reaches(state);

      await join.desire([]);

      expect(await join.outcome()).toMatchObject({ outcome: 'cancelled' });
      expect(env.fakes.countOf('stopBot')).toBe(1);
    },
  );

  it('keeps the bot when a little later start is heard before that people are together', async () => {
    const look = held<BotView>();
    const join = driveJoin(env);
    env.fakes.once('followBot', () => look.promise);
    const wanted = desiredSession();
    await join.desire([wanted]);
    await eventually(() => env.fakes.countOf('followBot') === 1);

    const startsAt = wanted.startsAt + 1;
    await join.desire([{ ...wanted, startsAt }]);
    await eventually(async () => (await join.session())?.startsAt === startsAt);
    env.fakes.once('followBot', async () => botView({ state: 'recording' }));
    look.answer(botView({ state: 'recording' }));

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(env.fakes.countOf('stopBot')).toBe(0);
    expect(env.fakes.countOf('requestBot')).toBe(1);
  });

  it('gives the day to which it moved no outcome when its bot had ended before', async () => {
    const look = held<BotView>();
    const join = driveJoin(env);
    env.fakes.once('followBot', () => look.promise);
    await join.desire([desiredSession()]);
    await eventually(() => env.fakes.countOf('followBot') === 1);

    const moved = desiredSession({ inMs: day });
    await join.desire([moved]);
    await eventually(async () => (await join.session())?.startsAt === moved.startsAt);
    look.answer(endedView({ joinedAt: 1, recordingStartedAt: 2 }));

    const waiting = await join.reaches('waiting');
    expect(waiting).toMatchObject({ outcome: null, joinedAt: null, recordingStartedAt: null });
    await join.desire([]);
    expect(await join.outcome()).toMatchObject({ outcome: 'cancelled' });
  });

  it('decides anew when its role is turned off and on again while it waits', async () => {
    const join = driveJoin(env);
    await join.desire([desiredSession({ inMs: day })]);
    await join.reaches('waiting');
    await join.desire([desiredSession({ inMs: day, verdict: 'skip', code: 'role_off' })]);
    await join.reaches('waiting', ({ code }) => code === 'role_off');

    await join.desire([desiredSession()]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
  });

  it('decides anew when its role is turned off and on again while the bot is there', async () => {
    env.fakes.always('followBot', async () => botView({ state: 'lobby' }));
    env.fakes.always('stopBot', async () => unadmittedView({ outcome: 'removed' }));
    const join = driveJoin(env);
    const wanted = desiredSession();
    await join.desire([wanted]);
    await join.reaches('lobby');
    await join.desire([{ ...wanted, verdict: 'skip', code: 'role_off' }]);
    const off = await join.reaches('waiting');
    expect(off).toMatchObject({ outcome: null, code: 'role_off', claim: null });
    env.fakes.always('followBot', async () => endedView());

    await join.desire([wanted]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(env.fakes.inputsOf('requestBot').map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it('is skipped when its role stays off until it is over', async () => {
    const join = driveJoin(env);
    const off = { verdict: 'skip', code: 'role_off' } as const;
    await join.desire([desiredSession({ ...off, inMs: 0, lastsMs: 1_500 })]);

    expect(await join.outcome()).toMatchObject({ outcome: 'skipped', reason: 'role_off' });
  });

  it('stays when only the time moves while it is recording', async () => {
    env.fakes.always('followBot', async () => botView());
    const join = driveJoin(env);
    const session = desiredSession();
    await join.desire([session]);
    await join.reaches('recording');
    const moved = { ...session, startsAt: session.startsAt + 100, endsAt: session.endsAt + 900 };

    await join.desire([moved]);
    await join.reaches('recording', ({ startsAt }) => startsAt === moved.startsAt);
    const looks = env.fakes.countOf('followBot');
    await eventually(() => env.fakes.countOf('followBot') > looks + 1);
    env.fakes.always('followBot', async () => endedView());

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(env.fakes.countOf('stopBot')).toBe(0);
  });

  it('settles the old room before it goes to the new one', async () => {
    env.fakes.always('followBot', async ({ roomKey }) =>
      roomKey === 'room-1' ? botView({ state: 'lobby' }) : endedView(),
    );
    env.fakes.always('stopBot', async () => unadmittedView({ outcome: 'removed' }));
    const join = driveJoin(env);
    const session = desiredSession();
    await join.desire([session]);
    await join.reaches('lobby');

    await join.desire([{ ...session, roomKey: 'room-2' }]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(env.fakes.orderOf('claimRoom', 'stopBot')).toEqual([
      'claimRoom',
      'stopBot',
      'claimRoom',
    ]);
  });

  it.each<DecisionCode>(['not_found', 'notice_pending', 'vendor_unreachable'])(
    'looks again when the last look said %s',
    async (code) => {
      env.fakes.once('lastLook', async () => ({ verdict: 'wait', code, session: null }));
      const join = driveJoin(env);
      await join.desire([desiredSession()]);

      expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
      expect(env.fakes.countOf('lastLook')).toBe(2);
      expect(env.fakes.countOf('releaseClaim')).toBe(1);
    },
  );

  it('does not look again when the last look said a no that stays', async () => {
    env.fakes.always('lastLook', async () => ({
      verdict: 'skip',
      code: 'declined',
      session: null,
    }));
    const join = driveJoin(env);
    await join.desire([desiredSession({ lastsMs: 2_000 })]);

    expect(await join.outcome()).toMatchObject({ outcome: 'skipped', reason: 'declined' });
    expect(env.fakes.countOf('lastLook')).toBe(1);
    expect(env.fakes.countOf('requestBot')).toBe(0);
  });

  it('waits for a room that another interview holds, and takes it when it is released', async () => {
    await env.close();
    env = await startWorkflowEnvironment({ times: { roomWaitMs: 60_000 } });
    const answers: ClaimResult[] = [{ kind: 'room_busy' }, { kind: 'claimed' }];
    env.fakes.always('claimRoom', async () => answers.shift() ?? { kind: 'claimed' });
    const join = driveJoin(env);
    await join.desire([desiredSession()]);
    await join.reaches('waiting', (session) => session.lookAgainAt !== null);

    await join.roomReleased();

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(env.fakes.countOf('claimRoom')).toBe(2);
  });

  it('looks by itself for a room that nobody says is free', async () => {
    env.fakes.once('claimRoom', async () => ({ kind: 'room_busy' }));
    const join = driveJoin(env);
    await join.desire([desiredSession()]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
  });
});
