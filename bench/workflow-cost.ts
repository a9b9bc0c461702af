import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

type Event = temporal.api.history.v1.IHistoryEvent;

/** What a workflow cost its server in a stretch of time, over all of its runs. */
export interface WorkflowCost {
  events: number;
  /** Activities scheduled, timers started, signals taken, runs started or continued as new. */
  actions: number;
  activities: number;
  timers: number;
}

const atMs = ({ eventTime }: Event) =>
  Number(eventTime?.seconds ?? 0) * 1_000 + (eventTime?.nanos ?? 0) / 1e6;

/** Counts what happened from `from` to `until` (epoch ms), back through the runs it continued. */
export async function costOf(input: {
  client: Client;
  workflowId: string;
  from: number;
  until: number;
}): Promise<WorkflowCost> {
  const { client, workflowId, from, until } = input;
  const cost: WorkflowCost = { events: 0, actions: 0, activities: 0, timers: 0 };
  let runId: string | undefined;
  for (;;) {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    for (const event of events ?? []) {
      if (atMs(event) < from || atMs(event) > until) continue;
      const isActivity = event.activityTaskScheduledEventAttributes != null;
      const isTimer = event.timerStartedEventAttributes != null;
      const isOther =
        event.workflowExecutionSignaledEventAttributes != null ||
        event.workflowExecutionStartedEventAttributes != null;
      cost.events += 1;
      if (isActivity) cost.activities += 1;
      if (isTimer) cost.timers += 1;
      if (isActivity || isTimer || isOther) cost.actions += 1;
    }
    const [first] = events ?? [];
    const before = first?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    if (first === undefined || atMs(first) < from || !before) return cost;
    runId = before;
  }
}
