import {
  type Client,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { createTemporalGateway } from '../../api/temporal-gateway.js';
import { failureTypes } from '../../workflows/contracts/failure-types.js';
import type { CommandMeta, CommandResult } from '../../workflows/contracts/installation.js';

const meta: CommandMeta = {
  commandId: 'cmd-1',
  bodyDigest: 'digest',
  by: { subject: 'user-owner', role: 'owner' },
  at: 1,
  ifVersion: null,
};

const result: CommandResult = {
  commandId: 'cmd-1',
  bodyDigest: 'digest',
  phase: 'active',
  version: 2,
  stopping: [],
  receiptId: null,
};

const refusedWith = (type: string) =>
  new WorkflowUpdateFailedError(
    'failed',
    ApplicationFailure.nonRetryable('no', type, { bodyDigest: 'digest' }),
  );
const timeout = () => new WorkflowUpdateRPCTimeoutOrCancelledError('too late');
const notFound = () => new WorkflowNotFoundError('gone', 'installation/acme', undefined);

interface Step {
  accept?: Error;
  finish?: Error;
}

/** A client whose updates go as told, one step for each that is sent. */
function gatewayOver(steps: Step[], part: { isServerAway?: boolean } = {}) {
  const deadlines: number[] = [];
  const sent: { name: string; workflowId: string; options: Record<string, unknown> }[] = [];
  const answer = (step: Step) => ({
    result: async () => {
      if (step.finish) throw step.finish;
      return result;
    },
  });
  const next = async () => {
    const step = steps.shift() ?? {};
    if (step.accept) throw step.accept;
    return answer(step);
  };
  const client = {
    withDeadline: async (deadline: number, call: () => Promise<unknown>) => {
      deadlines.push(deadline);
      return await call();
    },
    workflow: {
      getHandle: (workflowId: string) => ({
        startUpdate: (update: { name: string }, options: Record<string, unknown>) => {
          sent.push({ name: update.name, workflowId, options });
          return next();
        },
        getUpdateHandle: () => answer(steps.shift() ?? {}),
        signal: async () => {
          if (part.isServerAway) throw new Error('14 UNAVAILABLE');
        },
      }),
      startUpdateWithStart: (
        update: { name: string },
        options: { startWorkflowOperation: { options: { workflowId: string } } },
      ) => {
        const { workflowId } = options.startWorkflowOperation.options;
        sent.push({ name: update.name, workflowId, options: { ...options } });
        return next();
      },
    },
    workflowService: {
      getSystemInfo: async () => {
        if (part.isServerAway) throw new Error('14 UNAVAILABLE');
        return {};
      },
    },
  };
  const gateway = createTemporalGateway({ client: client as unknown as Client });
  return { gateway, sent, deadlines };
}

const pause = { orgId: 'acme', command: { meta } };
const connect = { orgId: 'acme', command: { meta, credentialRef: 'cred-1' } };

describe('a command on its way', () => {
  it('that is not accepted in time has done nothing', async () => {
    for (const accept of [timeout(), new Error('14 UNAVAILABLE')]) {
      const { gateway } = gatewayOver([{ accept }]);
      expect(await gateway.pause(pause)).toEqual({ kind: 'unavailable' });
    }
  });

  it('that was accepted goes on, whatever happens to its answer', async () => {
    for (const finish of [timeout(), new Error('14 UNAVAILABLE')]) {
      const { gateway } = gatewayOver([{ finish }]);
      expect(await gateway.pause(pause)).toEqual({ kind: 'pending' });
    }
  });

  it('is accepted within 10 s and answered within 15 s, both from its beginning', async () => {
    const { gateway, deadlines, sent } = gatewayOver([{}]);
    const before = Date.now();
    expect(await gateway.pause(pause)).toEqual({ kind: 'done', result });
    const [accepted = 0, answered = 0] = deadlines;
    expect(answered - accepted).toBe(5_000);
    expect(accepted - before).toBeGreaterThanOrEqual(10_000);
    expect(accepted - before).toBeLessThan(11_000);
    expect(sent).toEqual([
      {
        name: 'pause',
        workflowId: 'installation/acme',
        options: { args: [{ meta }], updateId: 'cmd-1', waitForStage: 'ACCEPTED' },
      },
    ]);
  });

  it('that is refused says by what name, and of which body', async () => {
    const failure = { type: failureTypes.uninstalling, message: 'no', bodyDigest: 'digest' };
    for (const step of [
      { accept: refusedWith(failureTypes.uninstalling) },
      { finish: refusedWith(failureTypes.uninstalling) },
    ]) {
      const { gateway } = gatewayOver([step]);
      expect(await gateway.pause(pause)).toEqual({ kind: 'failed', failure });
    }
  });

  it('tells the innermost reason of a failure that arrives wrapped', async () => {
    const inner = ApplicationFailure.nonRetryable('inner', failureTypes.jobNotFound);
    const middle = new Error('activity failed', { cause: inner });
    const { gateway } = gatewayOver([{ finish: new WorkflowUpdateFailedError('outer', middle) }]);
    expect(await gateway.pause(pause)).toMatchObject({
      kind: 'failed',
      failure: { type: failureTypes.jobNotFound },
    });
  });

  it('of an organization without a run, or with one that closes, is not installed', async () => {
    for (const step of [
      { accept: notFound() },
      { finish: refusedWith('AcceptedUpdateCompletedWorkflow') },
    ]) {
      const { gateway } = gatewayOver([step]);
      expect(await gateway.pause(pause)).toMatchObject({
        failure: { type: failureTypes.notInstalled },
      });
    }
  });
});

describe('a connect', () => {
  it('starts the installation with its search attributes, or meets the one that runs', async () => {
    const { gateway, sent } = gatewayOver([{}]);
    expect(await gateway.connect(connect)).toEqual({ kind: 'done', result });
    const operation = sent[0]?.options.startWorkflowOperation as {
      options: Record<string, unknown>;
    };
    expect(operation.options).toMatchObject({
      workflowId: 'installation/acme',
      taskQueue: 'integration',
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    expect(JSON.stringify(operation.options)).not.toContain('cred-1');
  });

  it('meets a run that closes: a second call starts a fresh one', async () => {
    const { gateway, sent } = gatewayOver([
      { finish: refusedWith('AcceptedUpdateCompletedWorkflow') },
      {},
    ]);
    expect(await gateway.connect(connect)).toEqual({ kind: 'done', result });
    const [one, two] = sent.map(({ options }) => options.startWorkflowOperation);
    expect(sent).toHaveLength(2);
    expect(one).not.toBe(two);
  });

  it('is repeated once only', async () => {
    const closing = () => ({ finish: refusedWith('AcceptedUpdateCompletedWorkflow') });
    const { gateway, sent } = gatewayOver([closing(), closing(), {}]);
    expect(await gateway.connect(connect)).toEqual({ kind: 'unavailable' });
    expect(sent).toHaveLength(2);
  });

  it('is not repeated when the credential was rejected', async () => {
    const { gateway, sent } = gatewayOver([
      { finish: refusedWith(failureTypes.credentialsRejected) },
      {},
    ]);
    expect((await gateway.connect(connect)).kind).toBe('failed');
    expect(sent).toHaveLength(1);
  });
});

describe('looking after a command', () => {
  const key = { orgId: 'acme', commandId: 'cmd-1' };
  it('tells done, refused, running, unknown and unreachable apart', async () => {
    const look = async (step: Step, part = {}) =>
      (await gatewayOver([step], part).gateway.commandOutcome(key)).kind;
    expect(await look({})).toBe('done');
    expect(await look({ finish: refusedWith('X') })).toBe('failed');
    expect(await look({ finish: timeout() })).toBe('pending');
    expect(await look({ finish: notFound() })).toBe('unknown');
    expect(await look({ finish: timeout() }, { isServerAway: true })).toBe('unavailable');
    expect(await look({ finish: new Error('14 UNAVAILABLE') })).toBe('unavailable');
  });

  it('a hint that cannot be delivered throws nothing', async () => {
    const hint = { orgId: 'acme', generation: 'g', interviewId: 'i' };
    expect(await gatewayOver([]).gateway.botEvent(hint)).toEqual({ delivered: true });
    expect(await gatewayOver([]).gateway.nudgeWatch(hint)).toEqual({ delivered: true });
    const { gateway } = gatewayOver([], { isServerAway: true });
    expect(await gateway.botEvent(hint)).toEqual({ delivered: false });
    expect(await gateway.nudgeWatch(hint)).toEqual({ delivered: false });
    expect(await gateway.isReachable()).toBe(false);
  });
});
