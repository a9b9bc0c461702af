import type { AttentionCode } from '../../../workflows/contracts/attention.js';
import type { Decision } from '../../../workflows/contracts/decision.js';
import type { Scope, ScopeStatus } from '../../../workflows/contracts/scopes.js';
import type { CaptureMode, ConsentMode, Settings } from '../../../workflows/contracts/settings.js';

/** The shapes of the HTTP API (docs/api.md) as this page reads them; times are epoch ms. */
export type Role = 'owner' | 'admin' | 'member';

export type InstallationState =
  | 'not_installed'
  | 'validating'
  | 'active'
  | 'paused'
  | 'uninstalling';

export interface Attention {
  code: AttentionCode;
  explanation: string;
  remedy: string;
  since: number;
}

export interface ScopeReport {
  scope: Scope;
  status: ScopeStatus;
  features: string[];
  checkedAt: number | null;
}

export interface Stopping {
  interviewId: string;
  since: number;
  reason: string;
}

export type Tier = 'imminent' | 'hot' | 'warm' | 'cold';

export interface TierFreshness {
  p95Seconds: number | null;
  oldestDueSeconds: number;
  targetSeconds: number;
}

export type ImportStage = 'jobs' | 'candidates' | 'applications' | 'interviews';

export interface ImportProgress {
  stage: ImportStage;
  done: number;
  total: number | null;
  counts: Record<ImportStage, number>;
  startedAt: number;
  requestsPerSecond: number;
  etaSeconds: number | null;
}

export interface Load {
  neededPerSecond: number;
  budgetPerSecond: number;
  latenessFactor: number;
  byWebhook: boolean;
}

export interface Webhooks {
  state: 'preparing' | 'active' | 'suspended' | 'no_scope' | 'failed';
  since: number | null;
  explanation: string;
  remedy: string | null;
}

export interface Installation {
  orgId: string;
  state: InstallationState;
  attention: Attention | null;
  captureMode: CaptureMode;
  scopes: ScopeReport[];
  settings: Settings;
  counts: {
    jobs: number;
    roles: number;
    enabledRoles: number;
    watchedApplications: number;
    upcomingInterviews: number;
  };
  freshness: Partial<Record<Tier, TierFreshness>>;
  stopping: Stopping[];
  import: ImportProgress | null;
  load: Load | null;
  webhooks: Webhooks | null;
  version: number;
}

export interface Job {
  jobId: string;
  title: string;
  department: string | null;
  location: string | null;
}

/** A job of the catalogue: it may be on hold or closed. */
export interface CatalogueJob extends Job {
  status: string;
  open: boolean;
}

export interface JobRole extends Job {
  enabled: boolean;
  scheduled: 'include' | 'exclude';
  upcomingInterviews: number;
  stopping: Stopping[];
  enabledAt: number | null;
  enabledBy: string | null;
  version: number;
}

export type SessionState =
  | 'waiting'
  | 'checking'
  | 'requested'
  | 'lobby'
  | 'joined'
  | 'recording'
  | 'ended';

export type SessionOutcome = 'captured' | 'missed' | 'skipped' | 'cancelled';

export interface InterviewSession {
  sessionId: string;
  provider: string | null;
  startsAt: number;
  endsAt: number;
  state: SessionState;
  outcome: SessionOutcome | null;
  reason: string | null;
  /** The reason in plain words, and what somebody can do about it. */
  explanation: string | null;
  remedy: string | null;
  plannedAt: number | null;
  requestedAt: number | null;
  joinedAt: number | null;
  endedAt: number | null;
}

export interface TimelineEntry {
  at: number;
  kind: string;
  detail: string;
  by: string;
}

export type ConsentState =
  | 'external'
  | 'none'
  | 'held'
  | 'pending'
  | 'accepted'
  | 'undeliverable'
  | 'declined';

export type ChoiceAction = 'join' | 'skip' | 'reset';

export interface Interview {
  interviewId: string;
  applicationId: string;
  jobId: string;
  title: string;
  interviewType: string | null;
  startsAt: number;
  endsAt: number;
  timezone: string;
  link: { state: 'found' | 'none' | 'unreadable' | 'set_by_person'; provider: string | null };
  consent: { mode: ConsentMode; state: ConsentState };
  choice: { action: 'join' | 'skip'; by: string; at: number; reason: string | null } | null;
  decision: Decision;
  sessions: InterviewSession[];
  stopping: { since: number; reason: string } | null;
  version: number;
  timeline?: TimelineEntry[];
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
  asOf: number | null;
}

export interface Command {
  commandId: string;
  state: 'running' | 'completed' | 'failed';
  receiptId: string | null;
  stopping: Stopping[];
  problem: ProblemBody | null;
}

export interface ProblemBody {
  code: string;
  title?: string;
  detail?: string;
  status?: number;
  requestId?: string;
  errors?: { pointer: string; detail: string }[];
}

export interface UninstallAnswer {
  state: 'uninstalling';
  receiptId: string | null;
  stopping: Stopping[];
}

/** The receipt as answered: its state beside the compact JWS that proves it. */
export interface Receipt {
  receiptId: string;
  state: string;
  jws: string | null;
}
