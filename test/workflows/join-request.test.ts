import { ApplicationFailure } from '@temporalio/common';
import { startWorkflowEnvironment, type WorkflowEnvironment } from '../support/workflow-env.js';
import { desiredSession, driveJoin } from './support/join-driver.js';

describe('the request for a bot', () => {
  let env: WorkflowEnvironment;
  beforeEach(async () => {
    env = await startWorkflowEnvironment();
  });
  afterEach(async () => {
    await env.close();
  });

  const attempts = () => env.fakes.inputsOf('requestBot').map(({ attempt }) => attempt);

  it('is looked up when no answer came in time, and never sent twice', async () => {
    await env.close();
    env = await startWorkflowEnvironment({ times: { livenessMs: 2_000 } });
    env.fakes.once('requestBot', () => new Promise(() => undefined));
    const join = driveJoin(env);
    await join.desire([desiredSession()]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(attempts()).toEqual([1]);
    expect(env.fakes.inputsOf('resolveRequest')).toEqual([expect.objectContaining({ attempt: 1 })]);
  });

  it('is made again with a higher number once it is proven that no bot comes', async () => {
    env.fakes.once('requestBot', async () => ({ kind: 'unknown' }));
    env.fakes.once('resolveRequest', async () => ({ kind: 'no_bot' }));
    const join = driveJoin(env);
    await join.desire([desiredSession()]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(attempts()).toEqual([1, 2]);
  });

  it('is looked up, not repeated, when it failed in a way nobody foresaw', async () => {
    env.fakes.once('requestBot', async () => {
      throw ApplicationFailure.nonRetryable('no', 'ProviderContract');
    });
    const join = driveJoin(env);
    await join.desire([desiredSession()]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(attempts()).toEqual([1]);
  });

  it('ends the session when the provider will not say yes later', async () => {
    env.fakes.once('requestBot', async () => ({
      kind: 'refused',
      reason: 'link_refused',
      retryAfterMs: null,
    }));
    const join = driveJoin(env);
    await join.desire([desiredSession()]);

    expect(await join.outcome()).toMatchObject({ outcome: 'missed', reason: 'link_refused' });
    expect(attempts()).toEqual([1]);
  });

  it('is made again, from the claim on, when the provider says later', async () => {
    env.fakes.once('requestBot', async () => ({
      kind: 'refused',
      reason: 'busy',
      retryAfterMs: 50,
    }));
    const join = driveJoin(env);
    await join.desire([desiredSession()]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(attempts()).toEqual([1, 2]);
    expect(env.fakes.countOf('lastLook')).toBe(2);
  });

  it('is decided anew when a fence kept it from being sent', async () => {
    env.fakes.once('requestBot', async () => ({ kind: 'not_sent', why: 'fenced' }));
    env.fakes.once('lastLook', async () => ({
      verdict: 'join',
      code: 'will_join',
      session: null,
    }));
    env.fakes.once('lastLook', async () => ({ verdict: 'skip', code: 'paused', session: null }));
    const join = driveJoin(env);
    await join.desire([desiredSession({ lastsMs: 2_500 })]);

    expect(await join.outcome()).toMatchObject({ outcome: 'skipped', reason: 'paused' });
    expect(attempts()).toEqual([1]);
    expect(env.fakes.countOf('resolveRequest')).toBe(0);
  });

  it('waits, with its claim, while an earlier bot leaves the room', async () => {
    env.fakes.once('requestBot', async () => ({ kind: 'room_occupied' }));
    env.fakes.once('requestBot', async () => ({ kind: 'room_occupied' }));
    const join = driveJoin(env);
    await join.desire([desiredSession()]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(attempts()).toEqual([1, 1, 1]);
    expect(env.fakes.countOf('claimRoom')).toBe(1);
  });

  it('counts on from the attempt of a run that is further', async () => {
    env.fakes.once('claimRoom', async () => ({ kind: 'superseded', attempt: 7 }));
    const join = driveJoin(env);
    await join.desire([desiredSession()]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(attempts()).toEqual([8]);
  });

  it('is not made when an earlier run asked already and died', async () => {
    env.fakes.once('claimRoom', async () => ({ kind: 'occupied', attempt: 3, botId: null }));
    const join = driveJoin(env);
    await join.desire([desiredSession()]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
    expect(attempts()).toEqual([]);
    expect(env.fakes.inputsOf('resolveRequest')).toEqual([expect.objectContaining({ attempt: 3 })]);
  });

  it('goes on after a step that failed for good', async () => {
    env.fakes.once('claimRoom', async () => {
      throw ApplicationFailure.nonRetryable('no', 'ProviderContract');
    });
    const join = driveJoin(env);
    await join.desire([desiredSession()]);

    expect(await join.outcome()).toMatchObject({ outcome: 'captured' });
  });
});
