import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Life } from '../workflows/contracts/activities.js';
import type { AttentionCode } from '../workflows/contracts/attention.js';
import {
  installationWorkflowId,
  interviewWatchWorkflowId,
  joinInterviewWorkflowId,
} from '../workflows/contracts/ids.js';
import { attentionSignal } from '../workflows/contracts/installation.js';
import { nudgeSignal } from '../workflows/contracts/interview-watch.js';
import {
  botEventSignal,
  type DesiredJoin,
  desiredSignal,
  roomReleasedSignal,
} from '../workflows/contracts/join-interview.js';
import type { ProtocolTimes } from '../workflows/contracts/protocol-times.js';
import { searchAttributes } from '../workflows/contracts/search-attributes.js';
import type { TaskQueues } from '../workflows/contracts/task-queues.js';
import type { interviewWatch } from '../workflows/interview-watch.js';
import type { joinInterview } from '../workflows/join-interview.js';

/** The only way in which activities reach workflows. A signal to a closed workflow is no error. */
export interface WorkflowDoor {
  /** Tells a join what is asked of it; `start` starts it when it does not run. */
  tellJoin(
    input: Life & { interviewId: string; desired: DesiredJoin; startsAt: number; start: boolean },
  ): Promise<void>;
  roomReleased(input: Life & { interviewId: string }): Promise<void>;
  botEvent(input: Life & { interviewId: string }): Promise<void>;
  nudgeWatch(input: Life): Promise<void>;
  /** Starts the watch of a life unless it runs. */
  startWatch(input: Life): Promise<void>;
  cancelWatch(input: Life): Promise<void>;
  /** `count`: how many things it is about, where that matters. Repeatable. */
  reportAttention(
    input: Life & { code: AttentionCode; open: boolean; count?: number | null },
  ): Promise<void>;
  cancelJoin(input: Life & { interviewId: string }): Promise<void>;
  isWatchRunning(input: Life): Promise<boolean>;
  isJoinRunning(input: Life & { interviewId: string }): Promise<boolean>;
  /** Workflow ids of the joins that ran some moments ago, in a few questions for all of them. */
  runningJoins(): Promise<ReadonlySet<string>>;
}

export function createWorkflowDoor(input: {
  client: Client;
  taskQueues: TaskQueues;
  times: ProtocolTimes;
  /** Handed to the joins; null leaves continue-as-new to the server's suggestion. */
  maxHistoryEvents?: number | null;
}): WorkflowDoor {
  const { client, taskQueues, times, maxHistoryEvents = null } = input;

  async function unlessClosed(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }

  async function isRunning(workflowId: string): Promise<boolean> {
    try {
      const { status } = await client.workflow.getHandle(workflowId).describe();
      return status.name === 'RUNNING';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  }

  const joinOf = (key: Life & { interviewId: string }) =>
    client.workflow.getHandle(joinInterviewWorkflowId(key));

  return {
    async tellJoin({ orgId, generation, interviewId, desired, startsAt, start }) {
      const key = { orgId, generation, interviewId };
      if (!start) {
        return await unlessClosed(() => joinOf(key).signal(desiredSignal, desired));
      }
      await client.workflow.signalWithStart<typeof joinInterview, [DesiredJoin]>('joinInterview', {
        workflowId: joinInterviewWorkflowId(key),
        taskQueue: taskQueues.integration,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        signal: desiredSignal,
        signalArgs: [desired],
        args: [{ ...key, taskQueues, times, maxHistoryEvents, state: null }],
        typedSearchAttributes: [
          { key: searchAttributes.orgId, value: orgId },
          { key: searchAttributes.interviewId, value: interviewId },
          { key: searchAttributes.jobId, value: desired.jobId },
          { key: searchAttributes.joinState, value: 'waiting' },
          { key: searchAttributes.startsAt, value: new Date(startsAt) },
        ],
        staticSummary: `joins interview ${interviewId} of ${orgId}`,
        priority: { priorityKey: 1, fairnessKey: orgId },
      });
    },
    roomReleased: (key) => unlessClosed(() => joinOf(key).signal(roomReleasedSignal)),
    botEvent: (key) => unlessClosed(() => joinOf(key).signal(botEventSignal)),
    nudgeWatch: (life) =>
      unlessClosed(() =>
        client.workflow.getHandle(interviewWatchWorkflowId(life)).signal(nudgeSignal),
      ),
    async startWatch({ orgId, generation }) {
      await client.workflow.start<typeof interviewWatch>('interviewWatch', {
        workflowId: interviewWatchWorkflowId({ orgId, generation }),
        taskQueue: taskQueues.integration,
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowIdConflictPolicy: 'USE_EXISTING',
        args: [{ orgId, generation, taskQueues, times, maxHistoryEvents, state: null }],
        typedSearchAttributes: [{ key: searchAttributes.orgId, value: orgId }],
        staticSummary: `watches the interviews of ${orgId}`,
      });
    },
    cancelWatch: (life) =>
      unlessClosed(() => client.workflow.getHandle(interviewWatchWorkflowId(life)).cancel()),
    reportAttention: ({ orgId, ...event }) =>
      unlessClosed(() =>
        client.workflow
          .getHandle(installationWorkflowId({ orgId }))
          .signal(attentionSignal, { ...event, at: Date.now() }),
      ),
    cancelJoin: (key) => unlessClosed(() => joinOf(key).cancel()),
    isWatchRunning: (life) => isRunning(interviewWatchWorkflowId(life)),
    isJoinRunning: (key) => isRunning(joinInterviewWorkflowId(key)),
    async runningJoins() {
      const query = "WorkflowType = 'joinInterview' AND ExecutionStatus = 'Running'";
      const running = new Set<string>();
      for await (const { workflowId } of client.workflow.list({ query, pageSize: 1_000 })) {
        running.add(workflowId);
      }
      return running;
    },
  };
}
