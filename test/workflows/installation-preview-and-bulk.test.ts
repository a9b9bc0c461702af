import { ApplicationFailure } from '@temporalio/common';
import { eventually } from '../support/eventually.js';
import { held, loadEstimate } from '../support/fake-activities.js';
import { startWorkflowEnvironment, type WorkflowEnvironment } from '../support/workflow-env.js';
import {
  commandMeta,
  driveInstallation,
  pendingStop,
  refusalOf,
} from './support/installation-driver.js';

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

const jobs = (count: number) => Array.from({ length: count }, (_, n) => `job-${n}`);

describe('the question what a change would cost', () => {
  it('is answered beside the commands, which do not wait for it, and changes nothing', async () => {
    const org = await installed();
    const before = await org.state();
    const vendor = held<ReturnType<typeof loadEstimate>>();
    env.fakes.once('estimateLoad', () => vendor.promise);
    const asked = org.previewLoad({ captureMode: 'import_all' });
    await eventually(() => env.fakes.countOf('estimateLoad') === 1);

    expect(await org.pause()).toMatchObject({ phase: 'paused' });

    vendor.answer(loadEstimate({ applications: 77 }));
    expect(await asked).toMatchObject({ applications: 77 });
    expect(await org.state()).toMatchObject({
      settings: before.settings,
      version: before.version + 1,
      remembered: [expect.anything(), expect.anything()],
    });
    expect(env.fakes.inputsOf('estimateLoad')).toEqual([
      expect.objectContaining({ orgId: org.orgId, captureMode: 'import_all', jobIds: [] }),
    ]);
  });

  it('is refused when the vendor does not answer, or while everything is removed', async () => {
    const org = await installed();
    env.fakes.once('estimateLoad', async () => {
      throw ApplicationFailure.nonRetryable('no answer', 'VendorUnavailable');
    });
    expect(await refusalOf(org.previewLoad())).toBe('VendorUnavailable');

    env.fakes.always('awaitWatchClosed', () => new Promise(() => undefined));
    await org.uninstall();
    expect(await refusalOf(org.previewLoad())).toBe('Uninstalling');
  });
});

describe('many roles in one command', () => {
  it('change step by step, all with the epoch of the first, with one outcome at the end', async () => {
    const org = await installed();
    const { epoch } = await org.state();
    const meta = commandMeta();

    const result = await org.roles({ meta, jobIds: jobs(60) });

    expect(result).toMatchObject({ commandId: meta.commandId, stopping: [] });
    const steps = env.fakes.inputsOf('applyRoleChanges');
    expect(steps.map(({ jobIds }) => jobIds.length)).toEqual([25, 25, 10]);
    expect(steps.flatMap(({ jobIds }) => jobIds)).toEqual(jobs(60));
    expect(steps.map((step) => step.epoch)).toEqual([epoch + 1, epoch + 1, epoch + 1]);
    // The first is the connect's.
    expect(env.fakes.inputsOf('recordCommand').slice(1)).toEqual([
      expect.objectContaining({ meta, failure: null }),
    ]);
    await eventually(async () => (await org.state()).reconcile.length === 0);
    expect(env.fakes.inputsOf('reconcile')).toContainEqual(
      expect.objectContaining({ scope: { kind: 'all' } }),
    );
  });

  it('let another command have its turn between two steps', async () => {
    const org = await installed();
    const step = held<{ stops: never[] }>();
    env.fakes.once('applyRoleChanges', () => step.promise);
    const bulk = org.roles({ jobIds: jobs(50) });
    await eventually(() => env.fakes.countOf('applyRoleChanges') === 1);
    const off = org.role({ jobId: 'job-40', enabled: false });
    await eventually(async () => {
      const history = await org.handle.fetchHistory();
      return (
        (history.events ?? []).filter(
          (event) => event.workflowExecutionUpdateAcceptedEventAttributes,
        ).length === 3
      );
    });
    step.answer({ stops: [] });
    await Promise.all([bulk, off]);

    const order = env.fakes.orderOf('applyRoleChanges', 'applyRoleChange');
    expect(order).toEqual(['applyRoleChanges', 'applyRoleChange', 'applyRoleChanges']);
    // The later word has the higher epoch: the step that comes after it does not undo it.
    const [first, second] = env.fakes.inputsOf('applyRoleChanges');
    expect(second?.epoch).toBe(first?.epoch);
    expect(env.fakes.inputsOf('applyRoleChange')[0]?.epoch).toBe((first?.epoch ?? 0) + 1);
  });

  it('tell what is still stopping, of every step', async () => {
    const org = await installed();
    const stop = (n: number) =>
      pendingStop({ interviewId: `interview-${n}`, holderId: `g/s-${n}`, jobId: `job-${n}` });
    env.fakes.once('applyRoleChanges', async () => ({ stops: [stop(1)] }));
    env.fakes.once('applyRoleChanges', async () => ({ stops: [stop(30)] }));
    env.fakes.always('settleStop', () => new Promise(() => undefined));

    const result = await org.roles({ jobIds: jobs(40), enabled: false });

    expect(result.stopping.map(({ interviewId }) => interviewId)).toEqual([
      'interview-1',
      'interview-30',
    ]);
  });

  it('change nothing when one of the jobs does not exist', async () => {
    const org = await installed();
    env.fakes.once('ensureJobs', async () => {
      throw ApplicationFailure.nonRetryable('no such job', 'JobNotFound');
    });
    expect(await refusalOf(org.roles())).toBe('JobNotFound');
    expect(env.fakes.countOf('applyRoleChanges')).toBe(0);
  });

  it('end at the step that fails, and say so when asked again', async () => {
    const org = await installed();
    const meta = commandMeta();
    env.fakes.once('applyRoleChanges', async () => ({ stops: [] }));
    env.fakes.once('applyRoleChanges', async () => {
      throw ApplicationFailure.nonRetryable('refused', 'ProviderContract');
    });
    expect(await refusalOf(org.roles({ meta, jobIds: jobs(70) }))).toBe('ProviderContract');
    expect(env.fakes.countOf('applyRoleChanges')).toBe(2);
    expect(env.fakes.inputsOf('recordCommand').at(-1)).toMatchObject({
      failure: { type: 'ProviderContract' },
    });
  });
});
