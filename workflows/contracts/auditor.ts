import type { TaskQueues } from './task-queues.js';

export interface AuditorInput {
  taskQueues: TaskQueues;
}

/** Counts of one sweep; each finding is logged by the activity with its ids. */
export interface AuditReport {
  bots: number;
  orphansRemoved: number;
  claimsFreed: number;
  requestsSettled: number;
  stopsAdvanced: number;
  alertsDelivered: number;
  watchesMended: number;
  noticesMended: number;
  alarmsRaised: number;
}
