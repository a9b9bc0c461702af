import type { WorkflowHandle } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { type TaskQueues, taskQueues } from '../workflows/contracts/task-queues.js';
import type { ActivityQueues, BareJoinInput, BareToggle } from './bare.js';

type Event = temporal.api.history.v1.IHistoryEvent;

async function eventsOf(handle: WorkflowHandle): Promise<Event[]> {
  const { events } = await handle.fetchHistory();
  return events ?? [];
}

const numberOf = (event: Event | undefined) => Number(event?.eventId ?? 0);

function queueOf(event: Event): keyof TaskQueues {
  const name = event.activityTaskScheduledEventAttributes?.taskQueue?.name;
  const found = Object.entries(taskQueues).find(([, queue]) => queue === name);
  if (found === undefined) throw new Error(`an activity ran on the unknown queue ${name}`);
  return found[0] as keyof TaskQueues;
}

const isScheduled = (event: Event) => event.activityTaskScheduledEventAttributes != null;

/**
 * Which activities one update of a workflow ran, by its id: those that were completed before its
 * answer, and those that went on. Everything counts that was scheduled from its acceptance on, up
 * to the next update's: the caller lets updates rest between each other.
 */
export async function toggleShape(input: {
  handle: WorkflowHandle;
  updateId: string;
}): Promise<BareToggle> {
  const events = await eventsOf(input.handle);
  const accepted = events.filter((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
  const at = accepted.findIndex(
    (event) =>
      event.workflowExecutionUpdateAcceptedEventAttributes?.protocolInstanceId === input.updateId,
  );
  const completed = events.find(
    (event) =>
      event.workflowExecutionUpdateCompletedEventAttributes?.meta?.updateId === input.updateId,
  );
  if (at < 0 || completed === undefined) throw new Error('the update is not in the history');
  const from = numberOf(accepted[at]);
  const until = accepted[at + 1] === undefined ? Infinity : numberOf(accepted[at + 1]);
  const doneBeforeAnswer = new Set(
    events
      .filter((event) => numberOf(event) < numberOf(completed))
      .map((event) => Number(event.activityTaskCompletedEventAttributes?.scheduledEventId ?? 0)),
  );
  const own = events.filter(
    (event) => isScheduled(event) && numberOf(event) > from && numberOf(event) < until,
  );
  return {
    awaited: own.filter((event) => doneBeforeAnswer.has(numberOf(event))).map(queueOf),
    beside: own.filter((event) => !doneBeforeAnswer.has(numberOf(event))).map(queueOf),
  };
}

/** Which activities a join ran before its timer, and after it up to and including the request. */
export async function joinShape(
  handle: WorkflowHandle,
): Promise<Pick<BareJoinInput, 'beforeTimer' | 'afterTimer'> & { names: string[] }> {
  const events = await eventsOf(handle);
  const timer = numberOf(events.find((event) => event.timerStartedEventAttributes));
  const scheduled = events.filter(isScheduled);
  const nameOf = (event: Event) => event.activityTaskScheduledEventAttributes?.activityType?.name;
  const request = numberOf(scheduled.find((event) => nameOf(event) === 'requestBot'));
  if (timer === 0 || request < timer) throw new Error('the join did not wait for its minute');
  const upToRequest = scheduled.filter((event) => numberOf(event) <= request);
  const queuesOf = (some: Event[]): ActivityQueues => some.map(queueOf);
  return {
    beforeTimer: queuesOf(upToRequest.filter((event) => numberOf(event) < timer)),
    afterTimer: queuesOf(upToRequest.filter((event) => numberOf(event) > timer)),
    names: upToRequest.map((event) => nameOf(event) ?? ''),
  };
}
