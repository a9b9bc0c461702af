import { eventsOfRun } from '../../workflows/run-length.js';
import { eventually } from '../support/eventually.js';
import { held } from '../support/fake-activities.js';
import { startWorkflowEnvironment, type WorkflowEnvironment } from '../support/workflow-env.js';
import {
  commandMeta,
  driveInstallation,
  pendingStop,
  refusalOf,
} from './support/installation-driver.js';

describe('an installation that continues as new', () => {
  let env: WorkflowEnvironment;
  beforeEach(async () => {
    env = await startWorkflowEnvironment();
  });
  afterEach(async () => {
    await env.close();
  });

  it('takes ten commands at once and loses none', async () => {
    const org = driveInstallation(env, { maxHistoryEvents: 60 });
    await org.connect();
    const [run, before] = [await org.runId(), await org.state()];
    const names = Array.from({ length: 10 }, (_, index) => `Name ${index}`);

    const results = await Promise.all(
      names.map((notetakerName) => org.settings({ notetakerName })),
    );

    expect(new Set(results.map(({ version }) => version)).size).toBe(10);
    const changes = env.fakes.inputsOf('applyInstallationChange').slice(1);
    expect(changes.map(({ snapshot }) => snapshot.settings.notetakerName).sort()).toEqual(names);
    await eventually(async () => (await org.runId()) !== run);
    expect(await org.state()).toMatchObject({
      phase: 'active',
      generation: before.generation,
      credentialRef: before.credentialRef,
      version: before.version + 10,
    });
    expect(await org.pause()).toMatchObject({ phase: 'paused' });
  });

  it('answers a repeated command from what it carried over', async () => {
    const org = driveInstallation(env, { maxHistoryEvents: 40 });
    await org.connect();
    const meta = commandMeta();
    const first = await org.pause(meta);
    const run = await org.runId();
    await org.resume();
    await org.settings({ notetakerName: 'Other' });
    await eventually(async () => (await org.runId()) !== run);
    const changes = env.fakes.countOf('applyInstallationChange');

    expect(await org.pause(meta)).toEqual(first);

    expect(env.fakes.countOf('applyInstallationChange')).toBe(changes);
    expect((await org.state()).phase).toBe('active');
  });

  it('carries out commands that arrive while it is leaving', async () => {
    const org = driveInstallation(env, { maxHistoryEvents: 30 });
    await org.connect();
    const decided = held<{ interviews: number }>();
    env.fakes.always('reconcile', () => decided.promise);
    await org.settings({ notetakerName: 'First' });
    await eventually(() => env.fakes.countOf('reconcile') === 1);
    const run = await org.runId();

    expect(await org.pause()).toMatchObject({ phase: 'paused' });
    expect(await org.resume()).toMatchObject({ phase: 'active' });
    decided.answer({ interviews: 0 });

    await eventually(async () => (await org.runId()) !== run);
    expect(await org.pause()).toMatchObject({ phase: 'paused' });
  });

  it('interrupts what has no end, and begins it anew in the next run', async () => {
    const org = driveInstallation(env, { maxHistoryEvents: 60 });
    await org.connect();
    const without = held<{ stop: null }>();
    const stop = pendingStop({ holderState: 'stopping' });
    env.fakes.once('settleStop', () => without.promise);
    env.fakes.once('settleStop', () => without.promise);
    env.fakes.once('applyInstallationChange', async () => ({ stops: [stop] }));
    await org.pause();
    await eventually(() => env.fakes.countOf('settleStop') === 1);
    const run = await org.runId();

    await eventually(async () => {
      await org.settings({ notetakerName: `Name ${Date.now()}` });
      return (await org.runId()) !== run;
    });

    await eventually(() => env.fakes.countOf('settleStop') === 2);
    expect((await org.state()).stops).toEqual([stop]);
    without.answer({ stop: null });
    await eventually(async () => (await org.state()).stops.length === 0);
  });

  it('lets no run grow so long that a worker could not replay it within a task', async () => {
    const org = driveInstallation(env);
    await org.connect();
    const runs = new Set([await org.runId()]);

    const most = await eventually(
      async () => {
        await org.settings({ notetakerName: `Name ${Date.now()}` });
        runs.add(await org.runId());
        const lengths = await Promise.all([...runs].map((runId) => org.historyLength(runId)));
        return runs.size === 3 && Math.max(...lengths);
      },
      { everyMs: 0, withinMs: 50_000 },
    );

    expect(most).toBeGreaterThan(eventsOfRun / 2);
    expect(most).toBeLessThan(eventsOfRun * 1.5 + 50);
  });

  it('waits for a validation and answers it', async () => {
    const org = driveInstallation(env, { maxHistoryEvents: 30 });
    await org.connect();
    const probed = held<{ outcome: 'unavailable' }>();
    env.fakes.always('probeCredential', () => probed.promise);
    const validation = refusalOf(org.validate());
    await eventually(() => env.fakes.countOf('probeCredential') === 2);
    for (const notetakerName of ['A', 'B', 'C']) await org.settings({ notetakerName });
    const run = await org.runId();
    probed.answer({ outcome: 'unavailable' });

    expect(await validation).toBe('VendorUnavailable');

    await eventually(async () => (await org.runId()) !== run);
    expect(await org.state()).toMatchObject({ validation: null, settings: { notetakerName: 'C' } });
  });
});
