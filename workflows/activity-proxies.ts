import { proxyActivities } from '@temporalio/workflow';
import type {
  AuditorActivities,
  InstallationActivities,
  JoinActivities,
  WatchActivities,
} from './contracts/activities.js';
import type { ArtifactActivities } from './contracts/artifacts.js';
import type { ProtocolTimes } from './contracts/protocol-times.js';
import type { TaskQueues } from './contracts/task-queues.js';

const second = 1000;

function partOf(ms: number, share: number): number {
  return Math.round(ms * share);
}

/**
 * Activities by kind: what a call may take decides its timeouts, its retries and its queue. Calls
 * add a `summary`, so that the history reads as a story.
 */

/** Writes of product state. They are repeated until the store is back: nothing may be lost. */
export function storeActivities(input: { taskQueues: TaskQueues; times: ProtocolTimes }) {
  return proxyActivities<
    InstallationActivities & Pick<JoinActivities, 'loadSessions' | 'recordSession'>
  >({
    taskQueue: input.taskQueues.integration,
    startToCloseTimeout: partOf(input.times.livenessMs, 2 / 3),
    retry: { initialInterval: second, backoffCoefficient: 2, maximumInterval: 30 * second },
  });
}

/** Answers that a person waits for: the vendor is asked once or twice, then the person is told. */
export function interactiveActivities(input: { taskQueues: TaskQueues }) {
  return proxyActivities<
    Pick<InstallationActivities, 'ensureJob' | 'ensureJobs' | 'estimateLoad' | 'probeCredential'>
  >({
    taskQueue: input.taskQueues.integration,
    startToCloseTimeout: 60 * second,
    scheduleToCloseTimeout: 120 * second,
    retry: { initialInterval: second, maximumInterval: 5 * second, maximumAttempts: 3 },
  });
}

/** Work without end in sight: many vendor calls, or waiting for others; alive by heartbeat. */
export function longActivities(input: { taskQueues: TaskQueues; times: ProtocolTimes }) {
  return proxyActivities<
    Pick<
      InstallationActivities,
      'reconcile' | 'settleStop' | 'awaitWatchClosed' | 'closeJoins' | 'eraseInstallation'
    >
  >({
    taskQueue: input.taskQueues.integration,
    startToCloseTimeout: 10 * 60 * second,
    heartbeatTimeout: input.times.livenessMs,
    retry: { initialInterval: second, backoffCoefficient: 2, maximumInterval: 30 * second },
  });
}

/** One slice: its time budget and room for the call in flight. */
export function watchActivities(input: { taskQueues: TaskQueues; times: ProtocolTimes }) {
  return proxyActivities<WatchActivities>({
    taskQueue: input.taskQueues.watch,
    startToCloseTimeout: input.times.sliceBudgetMs + 5 * input.times.livenessMs,
    scheduleToCloseTimeout: 30 * 60 * second,
    heartbeatTimeout: partOf(input.times.livenessMs, 2 / 3),
    retry: { initialInterval: 2 * second, backoffCoefficient: 2, maximumInterval: 60 * second },
  });
}

/** Steps towards a bot that may be repeated. */
export function joinActivities(input: { taskQueues: TaskQueues; times: ProtocolTimes }) {
  return proxyActivities<Pick<JoinActivities, 'claimRoom' | 'releaseClaim' | 'lastLook'>>({
    taskQueue: input.taskQueues.join,
    startToCloseTimeout: input.times.lastLookMs + partOf(input.times.livenessMs, 1 / 6),
    retry: { initialInterval: second / 2, backoffCoefficient: 2, maximumInterval: 5 * second },
  });
}

/** The request itself: one attempt, whatever happens. Its fate is looked up, never repeated. */
export function requestActivities(input: { taskQueues: TaskQueues; times: ProtocolTimes }) {
  return proxyActivities<Pick<JoinActivities, 'requestBot'>>({
    taskQueue: input.taskQueues.join,
    startToCloseTimeout:
      input.times.requestDeadlineMs +
      input.times.requestHttpMs +
      partOf(input.times.livenessMs, 1 / 2),
    retry: { maximumAttempts: 1 },
  });
}

/**
 * Looks at the provider again and again; a bot must not be forgotten, so the workflow begins anew what
 * did not succeed in all this time. In between it may continue as new.
 */
export function followActivities(input: { taskQueues: TaskQueues; times: ProtocolTimes }) {
  return proxyActivities<
    Pick<JoinActivities, 'resolveRequest' | 'followBot' | 'leaveRoom' | 'stopBot' | 'sendNotices'>
  >({
    taskQueue: input.taskQueues.join,
    startToCloseTimeout: 5 * 60 * second,
    scheduleToCloseTimeout: 15 * 60 * second,
    heartbeatTimeout: input.times.livenessMs,
    retry: { initialInterval: second, backoffCoefficient: 2, maximumInterval: 30 * second },
  });
}

/** What is said at a moment is of use then or not at all; what is lost here the auditor finds. */
export function momentActivities(input: { taskQueues: TaskQueues; times: ProtocolTimes }) {
  return proxyActivities<Pick<JoinActivities, 'attendMoment'>>({
    taskQueue: input.taskQueues.join,
    startToCloseTimeout: input.times.livenessMs,
    scheduleToCloseTimeout: 4 * input.times.livenessMs,
    retry: { initialInterval: second, backoffCoefficient: 2, maximumInterval: 10 * second },
  });
}

export function auditorActivities(input: { taskQueues: TaskQueues }) {
  return proxyActivities<AuditorActivities>({
    taskQueue: input.taskQueues.integration,
    startToCloseTimeout: 5 * 60 * second,
    heartbeatTimeout: 30 * second,
    retry: { initialInterval: 5 * second, maximumAttempts: 3 },
  });
}

/** A reader waits for it. What comes too late for one try is there for the next. */
export function artifactActivities(input: { taskQueues: TaskQueues }) {
  return proxyActivities<ArtifactActivities>({
    taskQueue: input.taskQueues.integration,
    startToCloseTimeout: 20 * second,
    scheduleToCloseTimeout: 45 * second,
    retry: { initialInterval: second, maximumInterval: 5 * second, maximumAttempts: 3 },
  });
}
