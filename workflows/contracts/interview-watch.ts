import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { ProtocolTimes } from './protocol-times.js';
import type { TaskQueues } from './task-queues.js';

export interface InterviewWatchInput {
  orgId: string;
  generation: string;
  taskQueues: TaskQueues;
  times: ProtocolTimes;
  maxHistoryEvents: number | null;
  state: InterviewWatchState | null;
}

export interface InterviewWatchState {
  schemaVersion: 1;
  paused: boolean;
  /** Consecutive slices that failed for good; lengthens the pause. */
  failures: number;
  slices: number;
}

/** What one slice did; counts only, people and interviews stay in the store. */
export interface SliceReport {
  checked: number;
  changed: number;
  failed: number;
  requests: number;
  /** When the next row is due; null when there is none. */
  nextDueAt: number | null;
}

/** Something is due sooner than planned. Coalesced: many nudges are one slice. */
export const nudgeSignal = defineSignal('nudge');
export const pauseWatchSignal = defineSignal<[{ paused: boolean }]>('pauseWatch');
export const watchStateQuery = defineQuery<InterviewWatchState & { last: SliceReport | null }>(
  'state',
);
