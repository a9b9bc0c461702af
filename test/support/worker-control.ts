import type { CriticalStep } from '../../activities/deps.js';
import type { LimiterTimes } from '../../activities/smartrecruiters/limiter-state.js';
import type { WatchPeriods } from '../../activities/watching/tiers.js';
import type { ProtocolTimes } from '../../workflows/contracts/protocol-times.js';
import type { TaskQueues } from '../../workflows/contracts/task-queues.js';

/** What a forked worker is told in its environment. */
export interface WorkerProcessOptions {
  taskQueues: TaskQueues;
  /** The real ones unless given. */
  times?: ProtocolTimes;
  periods?: WatchPeriods;
  limiterTimes?: LimiterTimes;
  workflowBundle: string;
  /** Registers search attributes and indexes, as the real worker does at its start. */
  prepares: boolean;
}

/** `die`: SIGKILL on the spot. `stall`: stands still for so long; null: until it is disarmed. */
export type StepAction = { kind: 'die' } | { kind: 'stall'; ms: number | null };

export interface Armed {
  step: CriticalStep;
  action: StepAction;
  /** Only steps of this organization. */
  orgId?: string;
  /** The how-manieth time; the first unless given. It acts once. */
  nth?: number;
}

export type ToWorker =
  | { kind: 'arm'; armed: Armed }
  | { kind: 'disarm'; orgId: string | null }
  | { kind: 'stop' };

/** A step that a worker reached; `at` is the worker's clock (epoch ms). */
export interface ReachedStep {
  step: CriticalStep;
  orgId: string;
  interviewId: string | null;
  at: number;
  /** It dies or stalls here. */
  acts: boolean;
}

export type FromWorker = { kind: 'ready' } | ({ kind: 'reached' } & ReachedStep);
