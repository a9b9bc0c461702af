import { workflowInfo } from '@temporalio/workflow';

/**
 * Events after which a workflow continues as new. The server suggests it at some 4,000; a worker that
 * replays so many on a busy machine is not done within a task's 10 s, and while it is not, the server
 * refuses every command. After the third time it refuses them at once.
 */
export const eventsOfRun = 400;

/** Whether the run should make way for the next one. `mostEvents` null: {@link eventsOfRun}. */
export function isRunLong(mostEvents: number | null): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return continueAsNewSuggested || historyLength >= (mostEvents ?? eventsOfRun);
}
