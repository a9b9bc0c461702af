import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { auditor } from '../../workflows/auditor.js';
import {
  fetchArtifactWorkflowId,
  interviewWatchWorkflowId,
} from '../../workflows/contracts/ids.js';
import { nudgeSignal } from '../../workflows/contracts/interview-watch.js';
import type { fetchArtifact } from '../../workflows/fetch-artifact.js';
import type { interviewWatch } from '../../workflows/interview-watch.js';
import { eventually } from '../support/eventually.js';
import { botView, unadmittedView } from '../support/fake-activities.js';
import type { WorkflowEnvironment } from '../support/workflow-env.js';
import {
  driveInstallation,
  pendingStop,
  refusalOf,
} from '../workflows/support/installation-driver.js';
import { desiredSession, driveJoin } from '../workflows/support/join-driver.js';

const day = 24 * 60 * 60 * 1_000;

/** One way through a workflow; `walk` returns the run whose history is kept. */
export interface HistoryPath {
  name: string;
  why: string;
  walk(env: WorkflowEnvironment): Promise<{ workflowId: string; runId: string }>;
}

async function firstRun(handle: Pick<WorkflowHandle, 'describe' | 'workflowId'>) {
  const { runId } = await handle.describe();
  return { workflowId: handle.workflowId, runId };
}

async function nextRun(handle: Pick<WorkflowHandle, 'describe'>, runId: string): Promise<void> {
  await eventually(async () => (await handle.describe()).runId !== runId);
}

async function startWatch(env: WorkflowEnvironment, maxHistoryEvents: number | null) {
  const life = { orgId: `org-${randomUUID().slice(0, 8)}`, generation: 'generation-1' };
  return await env.client.workflow.start<typeof interviewWatch>('interviewWatch', {
    workflowId: interviewWatchWorkflowId(life),
    taskQueue: env.taskQueues.integration,
    args: [
      { ...life, taskQueues: env.taskQueues, times: env.times, maxHistoryEvents, state: null },
    ],
  });
}

export const historyPaths: HistoryPath[] = [
  {
    name: 'installation-life',
    why: 'install, a role on and off with a bot that leaves, pause, resume, uninstall',
    async walk(env) {
      const org = driveInstallation(env);
      await org.connect();
      const run = await firstRun(org.handle);
      await org.role();
      env.fakes.once('applyRoleChange', async () => ({
        stops: [pendingStop({ holderState: 'requesting' })],
      }));
      await org.role({ enabled: false });
      await org.pause();
      await org.resume();
      await org.uninstall();
      await org.result();
      return run;
    },
  },
  {
    name: 'installation-rejected',
    why: 'the first credential is refused: nothing stays',
    async walk(env) {
      env.fakes.always('probeCredential', async () => ({ outcome: 'rejected' }));
      const org = driveInstallation(env);
      await refusalOf(org.connect());
      await org.result();
      return await firstRun(org.handle);
    },
  },
  {
    name: 'installation-two-connects',
    why: 'two connects at once take turns; the second replaces the credential',
    async walk(env) {
      const org = driveInstallation(env);
      await Promise.all([org.connect(), org.connect({ credentialRef: 'credential-2' })]);
      const run = await firstRun(org.handle);
      await org.uninstall();
      await org.result();
      return run;
    },
  },
  {
    name: 'installation-continues-as-new',
    why: 'ten commands at once across continue-as-new',
    async walk(env) {
      const org = driveInstallation(env, { maxHistoryEvents: 60 });
      await org.connect();
      const run = await firstRun(org.handle);
      await Promise.all(
        Array.from({ length: 10 }, (_, index) => org.settings({ notetakerName: `Name ${index}` })),
      );
      await nextRun(org.handle, run.runId);
      return run;
    },
  },
  {
    name: 'watch-with-failures',
    why: 'slices that fail for good, a nudge, the end by cancellation',
    async walk(env) {
      for (let slice = 0; slice < 2; slice += 1) {
        env.fakes.once('watchSlice', async () => {
          throw ApplicationFailure.nonRetryable('no', 'ProviderContract');
        });
      }
      const watch = await startWatch(env, null);
      await eventually(() => env.fakes.countOf('watchSlice') === 3);
      await watch.signal(nudgeSignal);
      await eventually(() => env.fakes.countOf('watchSlice') === 4);
      await watch.cancel();
      await watch.result().catch(() => undefined);
      return await firstRun(watch);
    },
  },
  {
    name: 'watch-continues-as-new',
    why: 'slices without a rest until continue-as-new',
    async walk(env) {
      env.fakes.always('watchSlice', async () => ({
        checked: 1,
        changed: 0,
        failed: 0,
        requests: 1,
        nextDueAt: 0,
      }));
      const watch = await startWatch(env, 20);
      const run = { workflowId: watch.workflowId, runId: watch.firstExecutionRunId };
      await nextRun(watch, run.runId);
      return run;
    },
  },
  {
    name: 'join-captured',
    why: 'the happy path, with mail',
    async walk(env) {
      for (const state of ['lobby', 'recording'] as const) {
        env.fakes.once('followBot', async () => botView({ state }));
      }
      const join = driveJoin(env);
      await join.desire([desiredSession()], { mailDue: true });
      await join.result();
      return await firstRun(join.handle());
    },
  },
  {
    name: 'join-rescheduled',
    why: 'moved later, moved to now, a room that is busy at first',
    async walk(env) {
      env.fakes.once('claimRoom', async () => ({ kind: 'room_busy' }));
      const join = driveJoin(env);
      await join.desire([desiredSession({ inMs: day })]);
      const first = await join.reaches('waiting');
      await join.desire([desiredSession({ inMs: 2 * day })]);
      await join.reaches('waiting', ({ plannedAt }) => plannedAt !== first.plannedAt);
      await join.desire([desiredSession()]);
      await join.result();
      return await firstRun(join.handle());
    },
  },
  {
    name: 'join-cancelled-while-live',
    why: 'the interview is cancelled while the bot records: it is taken away',
    async walk(env) {
      env.fakes.always('followBot', async () => botView());
      const join = driveJoin(env);
      await join.desire([desiredSession()]);
      await join.reaches('recording');
      await join.desire([]);
      await join.result();
      return await firstRun(join.handle());
    },
  },
  {
    name: 'join-unknown-request',
    why: 'a request of unknown fate, proven to have made no bot, asked again',
    async walk(env) {
      env.fakes.once('requestBot', async () => ({ kind: 'unknown' }));
      env.fakes.once('resolveRequest', async () => ({ kind: 'no_bot' }));
      const join = driveJoin(env);
      await join.desire([desiredSession()]);
      await join.result();
      return await firstRun(join.handle());
    },
  },
  {
    name: 'join-role-off-and-on',
    why: 'off while the bot is in the lobby, then on again: decided anew',
    async walk(env) {
      env.fakes.always('followBot', async () => botView({ state: 'lobby' }));
      env.fakes.always('stopBot', async () => unadmittedView({ outcome: 'removed' }));
      const join = driveJoin(env);
      const wanted = desiredSession();
      await join.desire([wanted]);
      await join.reaches('lobby');
      await join.desire([{ ...wanted, verdict: 'skip', code: 'role_off' }]);
      await join.reaches('waiting');
      env.fakes.always('followBot', async () => unadmittedView());
      await join.desire([wanted]);
      await join.result();
      return await firstRun(join.handle());
    },
  },
  {
    name: 'join-returned-to-watch',
    why: 'moved beyond the horizon while it waits',
    async walk(env) {
      const join = driveJoin(env);
      await join.desire([desiredSession({ inMs: day })]);
      await join.reaches('waiting');
      await join.desire([desiredSession({ inMs: 30 * day })]);
      await join.result();
      return await firstRun(join.handle());
    },
  },
  {
    name: 'join-continues-as-new',
    why: 'continue-as-new while the bot is followed',
    async walk(env) {
      env.fakes.always('followBot', async () => botView());
      const join = driveJoin(env, { maxHistoryEvents: 70 });
      await join.desire([desiredSession()]);
      const run = await firstRun(join.handle());
      await nextRun(join.handle(), run.runId);
      return run;
    },
  },
  {
    name: 'auditor',
    why: 'one sweep',
    async walk(env) {
      const sweep = await env.client.workflow.start<typeof auditor>('auditor', {
        workflowId: `auditor-${randomUUID()}`,
        taskQueue: env.taskQueues.integration,
        args: [{ taskQueues: env.taskQueues }],
      });
      await sweep.result();
      return await firstRun(sweep);
    },
  },
  {
    name: 'fetch-artifact',
    why: 'a recording is fetched for a reader',
    async walk(env) {
      const key = {
        ...{ orgId: `org-${randomUUID().slice(0, 8)}`, generation: 'generation-1' },
        ...{ interviewId: 'interview-1', sessionId: 'slot-1', kind: 'recording' as const },
      };
      env.fakes.once('fetchArtifact', async () => ({ state: 'ready' }));
      const fetching = await env.client.workflow.start<typeof fetchArtifact>('fetchArtifact', {
        workflowId: fetchArtifactWorkflowId(key),
        taskQueue: env.taskQueues.integration,
        args: [{ ...key, taskQueues: env.taskQueues }],
      });
      await fetching.result();
      return await firstRun(fetching);
    },
  },
];
