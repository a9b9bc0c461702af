import type { PendingStop } from '../../workflows/contracts/installation.js';
import { eventually } from '../support/eventually.js';
import { held } from '../support/fake-activities.js';
import { startWorkflowEnvironment, type WorkflowEnvironment } from '../support/workflow-env.js';
import { driveInstallation, pendingStop } from './support/installation-driver.js';

describe('an off', () => {
  let env: WorkflowEnvironment;
  beforeEach(async () => {
    env = await startWorkflowEnvironment();
  });
  afterEach(async () => {
    await env.close();
  });

  it('is acknowledged at once when no request is under way', async () => {
    const org = driveInstallation(env);
    await org.connect();
    env.fakes.always('settleStop', () => new Promise(() => undefined));
    env.fakes.once('applyInstallationChange', async () => ({
      stops: [pendingStop({ holderState: 'stopping' })],
    }));

    const paused = await org.pause();

    expect(paused.stopping).toEqual([
      { interviewId: 'interview-1', jobId: 'job-1', since: 1_000, reason: 'leaving' },
    ]);
    expect(env.fakes.inputsOf('recordCommand').at(-1)?.result).toEqual(paused);
  });

  it('names the request whose fate is unknown when it does not settle in time', async () => {
    const org = driveInstallation(env);
    await org.connect();
    env.fakes.always('settleStop', () => new Promise(() => undefined));
    const requesting = pendingStop({
      holderState: 'requesting',
      reason: 'request_of_unknown_fate',
    });
    env.fakes.once('applyRoleChange', async () => ({ stops: [requesting] }));
    const before = Date.now();

    const off = await org.role({ enabled: false });

    expect(off.stopping.map(({ reason }) => reason)).toEqual(['request_of_unknown_fate']);
    expect(Date.now() - before).toBeGreaterThanOrEqual(env.times.offAckMs);
    expect((await org.state()).stops).toEqual([requesting]);
  });

  it('waits for a request that settles, and then names nothing', async () => {
    await env.close();
    env = await startWorkflowEnvironment({ times: { offAckMs: 60_000 } });
    const org = driveInstallation(env);
    await org.connect();
    const settled = held<{ stop: PendingStop | null }>();
    env.fakes.always('settleStop', () => settled.promise);
    env.fakes.once('applyInstallationChange', async () => ({
      stops: [pendingStop({ holderState: 'requesting' })],
    }));
    const paused = org.pause();
    await eventually(() => env.fakes.countOf('settleStop') === 1);

    settled.answer({ stop: null });

    expect(await paused).toMatchObject({ phase: 'paused', stopping: [] });
    expect((await org.state()).stops).toEqual([]);
  });

  it('goes on until the provider has confirmed each removal', async () => {
    const org = driveInstallation(env);
    await org.connect();
    const stop = pendingStop({ holderState: 'stopping' });
    env.fakes.once('settleStop', async () => {
      throw new Error('the provider does not answer');
    });
    env.fakes.once('settleStop', async () => ({
      stop: { ...stop, reason: 'provider_unreachable' },
    }));
    env.fakes.once('applyInstallationChange', async () => ({ stops: [stop] }));

    await org.pause();

    await eventually(async () => (await org.state()).stops.length === 0);
    expect(env.fakes.inputsOf('settleStop').map((input) => input.stop.reason)).toEqual([
      'leaving',
      'leaving',
      'provider_unreachable',
    ]);
  });

  it('carries its pending stops across continue-as-new and does not close before they end', async () => {
    const org = driveInstallation(env, { maxHistoryEvents: 60 });
    await org.connect();
    const stop = pendingStop({ holderState: 'stopping' });
    let gone = false;
    env.fakes.always('settleStop', async () => ({ stop: gone ? null : stop }));
    env.fakes.once('applyInstallationChange', async () => ({ stops: [stop] }));
    const uninstalled = await org.uninstall();
    expect(uninstalled.stopping).toHaveLength(1);
    const run = await org.runId();

    await eventually(async () => (await org.runId()) !== run);
    expect((await org.state()).stops).toEqual([stop]);
    expect(env.fakes.countOf('eraseInstallation')).toBe(0);
    gone = true;

    expect(await org.result()).toMatchObject({ outcome: 'uninstalled' });
    expect(env.fakes.countOf('eraseInstallation')).toBe(1);
  });
});
