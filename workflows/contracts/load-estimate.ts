import type { CaptureMode } from './settings.js';

/** What a change would make the watch read; `captureMode` null leaves it as it is. */
export interface LoadChange {
  captureMode: CaptureMode | null;
  /** Jobs that would be turned on, or off with `enabled: false`. */
  jobIds: string[];
  enabled: boolean;
}

/** What watching costs and how fresh it can be, before a change is saved. */
export interface LoadEstimate {
  /** Applications that would be watched. */
  applications: number;
  /** Known interviews ahead in the jobs that would be on. */
  interviewsAhead: number;
  neededPerSecond: number;
  budgetPerSecond: number;
  /** Every tier is late by this factor of its period; 1 when the budget suffices. */
  latenessFactor: number;
  /** How old a reading becomes before the next one. */
  stalenessSeconds: { hot: number; warm: number; cold: number };
  /** Until everything was read once. */
  firstImportSeconds: number;
  recommendation: null | 'webhooks';
  /** In the words of the people who decide. */
  explanation: string;
}
