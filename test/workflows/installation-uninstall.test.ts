import { eventually } from '../support/eventually.js';
import { held } from '../support/fake-activities.js';
import { startWorkflowEnvironment, type WorkflowEnvironment } from '../support/workflow-env.js';
import { commandsAccepted, driveInstallation, refusalOf } from './support/installation-driver.js';

describe('an uninstall', () => {
  let env: WorkflowEnvironment;
  beforeEach(async () => {
    env = await startWorkflowEnvironment();
  });
  afterEach(async () => {
    await env.close();
  });

  it('cancels the watch, closes the joins, erases last and ends with a receipt', async () => {
    const org = driveInstallation(env);
    await org.connect();
    const { generation, epoch } = await org.state();

    const accepted = await org.uninstall();

    expect(accepted).toMatchObject({ phase: 'uninstalling', receiptId: expect.any(String) });
    expect(await org.result()).toEqual({
      outcome: 'uninstalled',
      receiptId: accepted.receiptId,
    });
    await eventually(
      async () => (await org.watch(generation).describe()).status.name === 'CANCELLED',
    );
    expect(env.fakes.orderOf('awaitWatchClosed', 'closeJoins', 'eraseInstallation')).toEqual([
      'awaitWatchClosed',
      'closeJoins',
      'eraseInstallation',
    ]);
    expect(env.fakes.inputsOf('applyInstallationChange').at(-1)).toMatchObject({
      fence: { kind: 'installation', off: true, epoch: epoch + 1 },
    });
    expect(env.fakes.inputsOf('eraseInstallation')).toEqual([
      { orgId: org.orgId, generation, receiptId: accepted.receiptId },
    ]);
  });

  it('refuses everything but itself while it goes on, before anything is written', async () => {
    const closed = held<void>();
    env.fakes.always('awaitWatchClosed', () => closed.promise);
    const org = driveInstallation(env);
    await org.connect();
    const first = await org.uninstall();

    expect(await refusalOf(org.connect())).toBe('Uninstalling');
    expect(await refusalOf(org.pause())).toBe('Uninstalling');
    expect(await org.uninstall()).toMatchObject({ receiptId: first.receiptId });
    await commandsAccepted(org.handle, 3);
    closed.answer();

    expect(await org.result()).toMatchObject({ outcome: 'uninstalled' });
  });

  it('waits for a validation that is under way, whose answer changes nothing', async () => {
    const org = driveInstallation(env);
    await org.connect();
    const probed = held<{ outcome: 'rejected' }>();
    env.fakes.always('probeCredential', () => probed.promise);
    const replace = refusalOf(org.connect({ credentialRef: 'credential-2' }));
    await eventually(() => env.fakes.countOf('probeCredential') === 2);

    await org.uninstall();
    await eventually(() => env.fakes.countOf('closeJoins') === 1);
    expect(env.fakes.countOf('eraseInstallation')).toBe(0);
    probed.answer({ outcome: 'rejected' });

    expect(await replace).toBe('CredentialsRejected');
    expect(await org.result()).toMatchObject({ outcome: 'uninstalled' });
  });

  it('can be asked for before the first credential was validated', async () => {
    const probed = held<{ outcome: 'rejected' }>();
    env.fakes.always('probeCredential', () => probed.promise);
    const org = driveInstallation(env);
    const connect = refusalOf(org.connect());
    await eventually(() => env.fakes.countOf('probeCredential') === 1);

    await org.uninstall();
    probed.answer({ outcome: 'rejected' });

    expect(await connect).toBe('CredentialsRejected');
    expect(await org.result()).toMatchObject({ outcome: 'uninstalled' });
    expect(env.fakes.countOf('watchSlice')).toBe(0);
  });

  it('makes way for a new life: exactly one watch runs, of a new generation', async () => {
    const org = driveInstallation(env);
    await org.connect();
    const first = (await org.state()).generation;
    await org.uninstall();
    await org.result();

    await org.connect();

    const second = (await org.state()).generation;
    expect(second).not.toBe(first);
    await eventually(async () => (await org.watch(first).describe()).status.name === 'CANCELLED');
    expect((await org.watch(second).describe()).status.name).toBe('RUNNING');
  });
});
