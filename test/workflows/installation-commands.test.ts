import { ApplicationFailure } from '@temporalio/common';
import { attentionSignal } from '../../workflows/contracts/installation.js';
import { eventually } from '../support/eventually.js';
import { startWorkflowEnvironment, type WorkflowEnvironment } from '../support/workflow-env.js';
import {
  commandMeta,
  commandsAccepted,
  driveInstallation,
  refusalOf,
} from './support/installation-driver.js';

describe('the commands of an installation', () => {
  let env: WorkflowEnvironment;
  beforeEach(async () => {
    env = await startWorkflowEnvironment();
  });
  afterEach(async () => {
    await env.close();
  });

  async function installed() {
    const org = driveInstallation(env);
    await org.connect();
    return org;
  }

  const events = () => env.fakes.inputsOf('applyInstallationChange').map(({ event }) => event);

  it('reports the type of what failed, and takes the next command', async () => {
    const org = await installed();
    env.fakes.once('applyInstallationChange', async () => {
      throw ApplicationFailure.nonRetryable('refused', 'ProviderContract');
    });

    expect(await refusalOf(org.pause())).toBe('ProviderContract');

    expect((await org.state()).phase).toBe('active');
    expect(env.fakes.inputsOf('recordCommand').at(-1)).toMatchObject({
      result: null,
      failure: { type: 'ProviderContract' },
    });
    expect(await org.pause()).toMatchObject({ phase: 'paused' });
  });

  it('keeps trying while the store is away', async () => {
    const org = await installed();
    env.fakes.once('applyInstallationChange', async () => {
      throw new Error('no primary');
    });

    expect(await org.pause()).toMatchObject({ phase: 'paused' });
  });

  it('pauses once and resumes once, however often it is told', async () => {
    const org = await installed();
    const before = await org.state();

    expect(await org.pause()).toMatchObject({ phase: 'paused', version: before.version + 1 });
    expect(await org.pause()).toMatchObject({ phase: 'paused', version: before.version + 1 });
    expect(await org.resume()).toMatchObject({ phase: 'active', version: before.version + 2 });
    expect(await org.resume()).toMatchObject({ phase: 'active', version: before.version + 2 });

    const fences = env.fakes
      .inputsOf('applyInstallationChange')
      .slice(1)
      .map(({ fence }) => fence);
    expect(fences).toEqual([
      { kind: 'installation', off: true, epoch: before.epoch + 1 },
      { kind: 'installation', off: false, epoch: before.epoch + 2 },
    ]);
  });

  it('stills the watch while paused, without a slice', async () => {
    const org = await installed();
    const { generation } = await org.state();
    const watch = org.watch(generation);

    await org.pause();
    await eventually(async () => (await watch.query<{ paused: boolean }>('state')).paused);
    const slices = env.fakes.countOf('watchSlice');
    await org.settings({ captureMode: 'import_all' });
    expect(env.fakes.countOf('watchSlice')).toBe(slices);
    await org.resume();

    await eventually(() => env.fakes.countOf('watchSlice') > slices);
  });

  it('has one effect and one answer for a command that is sent under two update ids', async () => {
    const org = await installed();
    const meta = commandMeta();
    const first = await org.pause(meta);

    const again = await org.handle.executeUpdate('pause', {
      args: [{ meta }],
      updateId: `${meta.commandId}-again`,
    });

    expect(again).toEqual(first);
    expect(events()).toEqual(['installed', 'paused']);
  });

  it('answers a command that failed with the same failure when it comes again', async () => {
    const org = await installed();
    const meta = commandMeta({ ifVersion: 999 });
    const again = { ...meta, commandId: meta.commandId };

    expect(await refusalOf(org.settings({ notetakerName: 'Other' }, meta))).toBe('VersionMismatch');
    expect(await refusalOf(org.settings({ notetakerName: 'Other' }, again))).toBe(
      'VersionMismatch',
    );
    expect(events()).toEqual(['installed']);
  });

  it('refuses a change of settings that rests on an older version', async () => {
    const org = await installed();
    const { version } = await org.state();
    await org.settings({ notetakerName: 'First' }, commandMeta({ ifVersion: version }));

    const late = org.settings({ notetakerName: 'Second' }, commandMeta({ ifVersion: version }));

    expect(await refusalOf(late)).toBe('VersionMismatch');
    expect((await org.state()).settings.notetakerName).toBe('First');
  });

  it('refuses consent by notice without e-mails to candidates', async () => {
    const org = await installed();

    const refused = org.settings({ engagement: { candidateEmails: false } });

    expect(await refusalOf(refused)).toBe('ConsentNeedsCandidateEmails');
  });

  it('raises the epoch of the settings when they narrow, and only then', async () => {
    const org = await installed();
    const { epoch } = await org.state();

    await org.settings({ notetakerName: 'Wider' });
    await org.settings({ engagement: { record: false } });

    const fences = env.fakes
      .inputsOf('applyInstallationChange')
      .slice(1)
      .map(({ fence }) => fence);
    expect(fences).toEqual([null, { kind: 'settings', epoch: epoch + 1 }]);
  });

  it('merges settings: objects merge, lists are replaced, others stay', async () => {
    const org = await installed();
    await org.settings({
      engagement: { interviewerEmails: false },
      restrictions: [{ field: 'title', match: 'Board' }],
    });

    await org.settings({ restrictions: [{ field: 'job', match: 'job-9' }] });
    await org.settings({ consent: { mode: 'external' } });

    const { settings } = await org.state();
    expect(settings.engagement).toEqual({
      record: true,
      transcribe: true,
      candidateEmails: true,
      interviewerEmails: false,
    });
    expect(settings.restrictions).toEqual([{ field: 'job', match: 'job-9' }]);
    expect(settings.consent.external).toEqual({ declaredBy: 'owner-1', declaredAt: 1_000 });
    await eventually(() => env.fakes.countOf('reconcile') > 0);
  });

  it('does not turn on a job that the vendor does not know', async () => {
    const org = await installed();
    env.fakes.always('ensureJob', async () => {
      throw ApplicationFailure.nonRetryable('no such job', 'JobNotFound');
    });

    expect(await refusalOf(org.role())).toBe('JobNotFound');

    expect(env.fakes.countOf('applyRoleChange')).toBe(0);
  });

  it('says that the vendor is away when a job cannot be checked', async () => {
    const org = await installed();
    env.fakes.always('ensureJob', async () => {
      throw ApplicationFailure.nonRetryable('busy', 'ProviderScope');
    });

    expect(await refusalOf(org.role())).toBe('VendorUnavailable');
  });

  it('takes other commands while a job is being checked', async () => {
    const org = await installed();
    let known: () => void = () => undefined;
    env.fakes.always(
      'ensureJob',
      () =>
        new Promise<void>((resolve) => {
          known = resolve;
        }),
    );
    const role = org.role();
    await eventually(() => env.fakes.countOf('ensureJob') === 1);

    expect(await org.pause()).toMatchObject({ phase: 'paused' });
    expect(env.fakes.countOf('applyRoleChange')).toBe(0);
    known();

    await role;
    expect(env.fakes.countOf('applyRoleChange')).toBe(1);
    await eventually(() => env.fakes.countOf('reconcile') > 0);
  });

  it('gives every change of a role a higher epoch and decides the role anew', async () => {
    const org = await installed();
    const { epoch } = await org.state();

    await org.role();
    await org.role({ enabled: false });
    await org.role();

    expect(env.fakes.inputsOf('applyRoleChange').map((change) => change.epoch)).toEqual([
      epoch + 1,
      epoch + 2,
      epoch + 3,
    ]);
    await eventually(() =>
      env.fakes
        .inputsOf('reconcile')
        .some(({ scope }) => scope.kind === 'role' && scope.jobId === 'job-1'),
    );
  });

  it('opens and closes an attention once, and only in the life that it is about', async () => {
    const org = await installed();
    const { generation } = await org.state();
    const attention = { generation, code: 'credentials_rejected', open: true, at: 5 } as const;

    await org.handle.signal(attentionSignal, { ...attention, generation: 'another-life' });
    await org.handle.signal(attentionSignal, attention);
    await org.handle.signal(attentionSignal, attention);
    await org.handle.signal(attentionSignal, { ...attention, open: false, at: 9 });

    await eventually(() => events().length === 3);
    expect(events()).toEqual([
      'installed',
      'attention_credentials_rejected',
      'attention_credentials_rejected_over',
    ]);
    expect((await org.state()).attentions).toEqual({});
  });

  it('replaces a credential and destroys the one before', async () => {
    const org = await installed();

    await org.connect({ credentialRef: 'credential-2' });

    expect(env.fakes.inputsOf('probeCredential').map(({ mode }) => mode)).toEqual([
      'install',
      'replace',
    ]);
    expect(env.fakes.inputsOf('applyInstallationChange').at(-1)).toMatchObject({
      event: 'credentials_replaced',
      retiredCredentialRef: 'credential-1',
      snapshot: { credentialRef: 'credential-2' },
    });
    expect(env.fakes.countOf('openInstallation')).toBe(1);
  });

  it.each([
    ['different_company', 'DifferentCompany'],
    ['rejected', 'CredentialsRejected'],
    ['unavailable', 'VendorUnavailable'],
  ] as const)('stays as it was when the replacement is %s', async (outcome, type) => {
    const org = await installed();
    env.fakes.always('probeCredential', async () => ({ outcome }));

    expect(await refusalOf(org.connect({ credentialRef: 'credential-2' }))).toBe(type);

    expect(await org.state()).toMatchObject({ phase: 'active', credentialRef: 'credential-1' });
    expect(env.fakes.inputsOf('discardCredential')).toEqual([
      expect.objectContaining({ credentialRef: 'credential-2' }),
    ]);
    expect(await org.pause()).toMatchObject({ phase: 'paused' });
  });

  it('opens an attention when a check finds the credential rejected, and is no failure', async () => {
    const org = await installed();
    env.fakes.always('probeCredential', async () => ({ outcome: 'rejected' }));

    expect(await org.validate()).toMatchObject({ phase: 'active' });

    expect(Object.keys((await org.state()).attentions)).toEqual(['credentials_rejected']);
  });

  it('never lets an off wait behind a validation', async () => {
    const org = await installed();
    let answered: () => void = () => undefined;
    env.fakes.always(
      'probeCredential',
      () =>
        new Promise((resolve) => {
          answered = () => resolve({ outcome: 'unavailable' });
        }),
    );
    const validation = refusalOf(org.validate());
    await eventually(() => env.fakes.countOf('probeCredential') === 2);

    expect(await org.pause()).toMatchObject({ phase: 'paused' });
    expect((await org.state()).validation).not.toBeNull();
    answered();

    expect(await validation).toBe('VendorUnavailable');
  });

  it('refuses what no state can take before anything is written', async () => {
    const org = driveInstallation(env);
    env.fakes.always('openInstallation', () => new Promise(() => undefined));
    const connect = org.connect().catch(() => undefined);
    await commandsAccepted(org.handle, 1);

    expect(await refusalOf(org.pause())).toBe('NotInstalled');

    await commandsAccepted(org.handle, 1);
    await org.handle.terminate();
    await connect;
  });
});
