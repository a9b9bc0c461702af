import { defineUpdate } from '@temporalio/workflow';
import type { TaskQueues } from '../workflows/contracts/task-queues.js';

/** Queues of the bare worker alone: the same three as the product's, under other names. */
export const bareQueues: TaskQueues = {
  integration: 'bare-integration',
  join: 'bare-join',
  watch: 'bare-watch',
};

/** The one activity of the bare workflows: does nothing, answers when it ran (epoch ms). */
export interface BareActivities {
  nothing(): Promise<number>;
}

/** One entry for each activity: the queue on which the product runs its own. */
export type ActivityQueues = (keyof TaskQueues)[];

/** A toggle without its work. */
export interface BareToggle {
  /** The answer waits for these, one after the other. */
  awaited: ActivityQueues;
  /** These go on after the answer. */
  beside: ActivityQueues;
}

/** The one activity of `pollEveryMinute`: lists the jobs and every application's interviews. */
export interface PollActivities {
  /** Answers how many requests it sent. */
  pollOnce(): Promise<number>;
}

export const bareToggleUpdate = defineUpdate<void, [BareToggle]>('bareToggle');

/** A join up to its request, without its work. */
export interface BareJoinInput {
  /** When the timer fires, epoch ms. */
  plannedAt: number;
  beforeTimer: ActivityQueues;
  /** The last one stands for the request. */
  afterTimer: ActivityQueues;
}
