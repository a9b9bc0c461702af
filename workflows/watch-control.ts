import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ChildWorkflowCancellationType,
  getExternalWorkflowHandle,
  ParentClosePolicy,
  startChild,
} from '@temporalio/workflow';
import type { Life } from './contracts/activities.js';
import { interviewWatchWorkflowId } from './contracts/ids.js';
import type { InstallationInput } from './contracts/installation.js';
import { nudgeSignal, pauseWatchSignal } from './contracts/interview-watch.js';
import { searchAttributes } from './contracts/search-attributes.js';
import type { interviewWatch } from './interview-watch.js';

export type WatchOrder = 'start' | 'pause' | 'resume' | 'nudge';

export interface WatchControl {
  /** Tells the watch of a life what to do; one that was closed behind our back is started again. */
  tell(what: WatchOrder, at: Life): Promise<void>;
}

/** How an installation steers its watch: an abandoned child, reached by signals. */
export function createWatchControl(
  input: Pick<InstallationInput, 'taskQueues' | 'times' | 'maxHistoryEvents'>,
): WatchControl {
  return { tell };

  async function tell(what: WatchOrder, at: Life): Promise<void> {
    const handle = getExternalWorkflowHandle(interviewWatchWorkflowId(at));
    if (what === 'start' || what === 'resume') await startWatch(at);
    try {
      if (what === 'pause' || what === 'resume') {
        await handle.signal(pauseWatchSignal, { paused: what === 'pause' });
      }
      if (what === 'nudge') await handle.signal(nudgeSignal);
    } catch {
      // Closed behind our back: it is started again, unless it has to be still.
      if (what !== 'pause') await startWatch(at);
    }
  }

  async function startWatch(at: Life): Promise<void> {
    try {
      await startChild<typeof interviewWatch>('interviewWatch', {
        workflowId: interviewWatchWorkflowId(at),
        taskQueue: input.taskQueues.integration,
        parentClosePolicy: ParentClosePolicy.ABANDON,
        cancellationType: ChildWorkflowCancellationType.ABANDON,
        typedSearchAttributes: [{ key: searchAttributes.orgId, value: at.orgId }],
        staticSummary: `watches the interviews of ${at.orgId}`,
        args: [
          {
            ...at,
            taskQueues: input.taskQueues,
            times: input.times,
            maxHistoryEvents: input.maxHistoryEvents,
            state: null,
          },
        ],
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }
}
