import type { DecisionCode } from './decision.js';
import type { CaptureMode, SettingsPatch } from './settings.js';

/** What a change would make the watch read; `captureMode` null leaves it as it is. */
export interface LoadChange {
  captureMode: CaptureMode | null;
  /** Jobs that would be turned on, or off with `enabled: false`. */
  jobIds: string[];
  enabled: boolean;
  /** A change of settings: then the interviews ahead are decided under it as well. */
  settings?: SettingsPatch;
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
  /** Of a change of settings. */
  interviews?: InterviewsPreview;
}

/** What a change of settings would do to the interviews of the next 30 days; `verdict` counts. */
export interface InterviewsPreview {
  /** So many were decided under both. */
  considered: number;
  /** Not all of the 30 days: there are more interviews than a preview looks at. */
  isPartial: boolean;
  /** Would be further from being joined than now: join → wait or skip, wait → skip. */
  noLonger: ChangeCount;
  /** Would be nearer to it. */
  newly: ChangeCount;
  /** The first 100 of both, by start. */
  changed: PreviewedInterview[];
}

export interface ChangeCount {
  count: number;
  /** By the code that they would have. */
  byCode: Partial<Record<DecisionCode, number>>;
}

export interface PreviewedInterview {
  interviewId: string;
  jobId: string;
  startsAt: number;
  before: DecisionCode;
  after: DecisionCode;
}
