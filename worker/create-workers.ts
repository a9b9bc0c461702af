import type { DataConverter } from '@temporalio/common';
import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Logger } from '../common/logger.js';
import type { Activities } from '../workflows/contracts/activities.js';
import type { TaskQueues } from '../workflows/contracts/task-queues.js';
import { activityFailures } from './interceptors/activity-failures.js';

/** Above the longest usual activity, below the delay after which a container is killed. */
const shutdownGraceMs = 25_000;
const shutdownForceMs = 40_000;

export interface WorkersInput {
  connection: NativeConnection;
  namespace: string;
  dataConverter: DataConverter;
  taskQueues: TaskQueues;
  activities: Activities;
  logger: Logger;
  workflowBundle: NonNullable<WorkerOptions['workflowBundle']>;
  maxCachedWorkflows?: number;
  shutdownGraceMs?: number;
}

/**
 * One worker for each queue in this process. Only `integration` runs workflows; the other two give
 * their activities slots that nobody else takes.
 */
export async function createWorkers(input: WorkersInput): Promise<Worker[]> {
  const shared = {
    connection: input.connection,
    namespace: input.namespace,
    dataConverter: input.dataConverter,
    activities: { ...input.activities },
    interceptors: { activity: [activityFailures(input.logger)] },
    shutdownGraceTime: input.shutdownGraceMs ?? shutdownGraceMs,
    shutdownForceTime: shutdownForceMs,
  } satisfies Partial<WorkerOptions>;
  return await Promise.all([
    Worker.create({
      ...shared,
      taskQueue: input.taskQueues.integration,
      workflowBundle: input.workflowBundle,
      maxCachedWorkflows: input.maxCachedWorkflows ?? 2_500,
      // On a busy server each poll takes long for its one task: ten were too few for 60 tasks a second.
      maxConcurrentWorkflowTaskPolls: 20,
      // Half of the polls look at the common queue: what fell back to it under load is the oldest.
      nonStickyToStickyPollRatio: 0.5,
      // A worker that died still owns its workflows' next task for this long; a command waits 10 s. A
      // shorter one sends what only waits its turn back to the end of the common queue, to be replayed.
      stickyQueueScheduleToStartTimeout: '5s',
      maxConcurrentActivityTaskExecutions: 100,
    }),
    Worker.create({
      ...shared,
      taskQueue: input.taskQueues.join,
      maxConcurrentActivityTaskExecutions: 200,
    }),
    Worker.create({
      ...shared,
      taskQueue: input.taskQueues.watch,
      maxConcurrentActivityTaskExecutions: 20,
    }),
  ]);
}

/** Runs until the first one ends or `stop` is called; then all of them drain. */
export async function runWorkers(
  workers: readonly Worker[],
  stop: Promise<unknown>,
): Promise<void> {
  const runs = workers.map((worker) => worker.run());
  await Promise.race([stop, ...runs]);
  for (const worker of workers) {
    if (worker.getState() === 'RUNNING') worker.shutdown();
  }
  await Promise.all(runs);
}
