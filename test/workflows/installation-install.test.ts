import { ApplicationFailure } from '@temporalio/common';
import type { ProbeOutcome } from '../../workflows/contracts/activities.js';
import { eventually } from '../support/eventually.js';
import { grantedScopes, held } from '../support/fake-activities.js';
import { startWorkflowEnvironment, type WorkflowEnvironment } from '../support/workflow-env.js';
import {
  commandMeta,
  commandsAccepted,
  driveInstallation,
  refusalOf,
} from './support/installation-driver.js';

describe('an installation that begins', () => {
  let env: WorkflowEnvironment;
  beforeEach(async () => {
    env = await startWorkflowEnvironment();
  });
  afterEach(async () => {
    await env.close();
  });

  it('leaves nothing behind and ends when the first credential is rejected', async () => {
    env.fakes.always('probeCredential', async () => ({ outcome: 'rejected' }));
    const org = driveInstallation(env);

    expect(await refusalOf(org.connect())).toBe('CredentialsRejected');

    expect(await org.result()).toEqual({ outcome: 'rejected', receiptId: null });
    expect(env.fakes.inputsOf('discardInstallation')).toEqual([
      expect.objectContaining({ orgId: org.orgId, credentialRef: 'credential-1' }),
    ]);
    expect(env.fakes.countOf('applyInstallationChange')).toBe(0);
    expect(env.fakes.countOf('watchSlice')).toBe(0);
  });

  it('refuses what was queued behind a first credential that is rejected', async () => {
    const probe = held<ProbeOutcome>();
    const discarded = held<void>();
    env.fakes.always('probeCredential', () => probe.promise);
    env.fakes.always('discardInstallation', () => discarded.promise);
    const org = driveInstallation(env);
    const connect = refusalOf(org.connect());
    await eventually(() => env.fakes.countOf('probeCredential') === 1);

    probe.answer({ outcome: 'rejected' });
    await eventually(() => env.fakes.countOf('discardInstallation') === 1);
    const pause = refusalOf(org.pause());
    const uninstall = refusalOf(org.uninstall());
    await commandsAccepted(org.handle, 3);
    discarded.answer();

    expect(await connect).toBe('CredentialsRejected');
    expect(await pause).toBe('NotInstalled');
    expect(await uninstall).toBe('NotInstalled');
    expect(await org.result()).toEqual({ outcome: 'rejected', receiptId: null });
  });

  it('ends when the vendor cannot be reached, and says so', async () => {
    env.fakes.always('probeCredential', async () => ({ outcome: 'unavailable' }));
    const org = driveInstallation(env);

    expect(await refusalOf(org.connect())).toBe('VendorUnavailable');

    expect(await org.result()).toEqual({ outcome: 'rejected', receiptId: null });
    expect(env.fakes.countOf('discardInstallation')).toBe(1);
  });

  it('stores what was probed, opens its fence and starts one watch', async () => {
    env.fakes.always('openInstallation', async () => ({ epoch: 41 }));
    const org = driveInstallation(env);

    const installed = await org.connect();

    expect(installed).toMatchObject({ phase: 'active', stopping: [], receiptId: null });
    const { generation, epoch, credentialRef } = await org.state();
    expect({ epoch, credentialRef }).toEqual({ epoch: 42, credentialRef: 'credential-1' });
    expect(env.fakes.inputsOf('applyInstallationChange')).toEqual([
      expect.objectContaining({
        event: 'installed',
        generation,
        fence: { kind: 'installation', off: false, epoch: 42 },
        snapshot: expect.objectContaining({ phase: 'active', scopes: grantedScopes() }),
      }),
    ]);
    await eventually(() => env.fakes.countOf('watchSlice') > 0);
    expect((await org.watch(generation).describe()).status.name).toBe('RUNNING');
    const { typedSearchAttributes } = await org.handle.describe();
    expect(JSON.stringify(typedSearchAttributes)).toContain('active');
  });

  it('says that a scope is missing when something rests on it', async () => {
    env.fakes.always('probeCredential', async () => ({
      outcome: 'accepted',
      scopes: grantedScopes().map((report) =>
        report.scope === 'interviews_read' ? { ...report, status: 'missing' } : report,
      ),
    }));
    const org = driveInstallation(env);

    await org.connect();

    const [installed] = env.fakes.inputsOf('applyInstallationChange');
    expect(installed?.snapshot.attentions[0]?.code).toBe('scope_missing');
  });

  it('has one effect and one answer for a command that is sent twice', async () => {
    const org = driveInstallation(env);
    const meta = commandMeta();

    const [first, again] = [await org.connect({ meta }), await org.connect({ meta })];

    expect(again).toEqual(first);
    expect(env.fakes.countOf('openInstallation')).toBe(1);
    expect(env.fakes.countOf('probeCredential')).toBe(1);
  });

  it('installs once when two connect at the same moment', async () => {
    const opened = held<{ epoch: number }>();
    env.fakes.always('openInstallation', () => opened.promise);
    const org = driveInstallation(env);
    const both = [
      org.connect({ credentialRef: 'credential-1' }),
      org.connect({ credentialRef: 'credential-2' }),
    ];
    await commandsAccepted(org.handle, 2);
    opened.answer({ epoch: 0 });

    const results = await Promise.all(both);

    expect(results.map(({ phase }) => phase)).toEqual(['active', 'active']);
    expect(env.fakes.countOf('openInstallation')).toBe(1);
    expect(env.fakes.inputsOf('applyInstallationChange').map(({ event }) => event)).toEqual([
      'installed',
      'credentials_replaced',
    ]);
    const generations = new Set(env.fakes.inputsOf('watchSlice').map((slice) => slice.generation));
    expect(generations.size).toBeLessThanOrEqual(1);
  });

  it('answers the second of two connects when the first is rejected', async () => {
    const opened = held<{ epoch: number }>();
    env.fakes.once('openInstallation', () => opened.promise);
    env.fakes.always('probeCredential', async () => ({ outcome: 'rejected' }));
    const org = driveInstallation(env);
    const both = [refusalOf(org.connect()), refusalOf(org.connect())];
    await commandsAccepted(org.handle, 2);
    opened.answer({ epoch: 0 });

    expect(new Set(await Promise.all(both))).toEqual(
      new Set(['CredentialsRejected', 'NotInstalled']),
    );
    expect(await org.result()).toEqual({ outcome: 'rejected', receiptId: null });
  });

  it('becomes active although the store refused the first writing of the result', async () => {
    env.fakes.once('applyInstallationChange', async () => {
      throw ApplicationFailure.nonRetryable('no', 'ProviderContract');
    });
    const org = driveInstallation(env);

    expect(await org.connect()).toMatchObject({ phase: 'active' });
    expect((await org.state()).validation).toBeNull();
  });
});
