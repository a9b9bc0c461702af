import type {
  ArtifactDoc,
  AuditDoc,
  ChangeDoc,
  CommandDoc,
  InstallationDoc,
  InterviewDoc,
  JobDoc,
  LinkProvider,
  ReceiptDoc,
  RoleDoc,
  SubscriptionDoc,
  WatchReportDoc,
} from '../../common/read-model/documents.js';
import type { ArtifactKey } from '../../workflows/contracts/artifacts.js';
import type { Verdict } from '../../workflows/contracts/decision.js';
import type { JoinState, SessionOutcome } from '../../workflows/contracts/join-interview.js';

export type { LinkProvider };

/** Every read is of one organization; reads of its data are of its present life alone. */
export interface Scope {
  orgId: string;
  generation: string;
}

/** Where the next page begins: the sort key of the last row before it. */
export interface After {
  sort: string | number;
  id: string;
}

export interface Page<T> {
  items: T[];
  /** null: there is no further page. */
  next: After | null;
}

export interface PageInput {
  after: After | null;
  limit: number;
}

export interface Counts {
  jobs: number;
  roles: number;
  enabledRoles: number;
  watchedApplications: number;
  upcomingInterviews: number;
}

export interface JobFilter {
  /** Part of the title, in any case. */
  q: string | null;
  department: string | null;
  location: string | null;
}

export interface RoleFilter {
  enabled: boolean | null;
  q: string | null;
}

export interface InterviewFilter {
  jobId: string | null;
  /** Epoch ms; `from` inclusive, `to` exclusive, both of the start. */
  from: number | null;
  to: number | null;
  verdict: Verdict | null;
  /** Interviews with a session in this state, or with this outcome. */
  state: JoinState | null;
  outcome: SessionOutcome | null;
}

export interface BudgetUse {
  inFlight: number;
  /** Epoch ms until when the vendor asked to wait; null when it did not. */
  blockedUntil: number | null;
  /** How much slower requests go since somebody else uses the credential too; 1: not at all. */
  slowFactor: number;
}

export interface Captures {
  captured: number;
  missed: number;
  missedByReason: { reason: string; count: number }[];
}

/**
 * What the API reads. Implementations answer from the read model alone, put `orgId` into every
 * filter, leave out what has expired, and throw `StoreUnavailableError` when the store is away.
 */
export interface ReadModel {
  installation(key: { orgId: string }): Promise<InstallationDoc | null>;
  counts(input: Scope & { now: number }): Promise<Counts>;
  /** What the watch last said of itself; null before its first slice. */
  watchReport(scope: Scope): Promise<WatchReportDoc | null>;
  /** The webhook subscription; null before the watch has looked for one. */
  subscription(scope: Scope): Promise<SubscriptionDoc | null>;
  /** When the catalogue of jobs was last read from the vendor; null before the first time. */
  catalogueReadAt(scope: Scope): Promise<number | null>;
  jobs(input: Scope & PageInput & JobFilter): Promise<Page<JobDoc>>;
  roles(input: Scope & PageInput & RoleFilter): Promise<Page<RoleDoc>>;
  /** Also a role that was removed. */
  role(input: Scope & { jobId: string }): Promise<RoleDoc | null>;
  /** By job id; jobs without one are left out. */
  upcomingByJob(
    input: Scope & { jobIds: string[]; now: number },
  ): Promise<ReadonlyMap<string, number>>;
  interviews(input: Scope & PageInput & InterviewFilter): Promise<Page<InterviewDoc>>;
  interview(input: Scope & { interviewId: string }): Promise<InterviewDoc | null>;
  /** An interviewer, by the hash of who they are, wants no notetaker. Holds in every life. */
  hasOptedOut(input: { orgId: string; userHash: string }): Promise<boolean>;
  /** What was fetched for a reader a moment ago; null when nothing was, or it is past its time. */
  artifact(input: ArtifactKey & { now: number }): Promise<ArtifactDoc | null>;
  captures(input: Scope & { since: number; now: number }): Promise<Captures>;
  budgetUse(input: {
    orgId: string;
    credentialRef: string;
    now: number;
  }): Promise<BudgetUse | null>;
  command(key: { orgId: string; commandId: string; now: number }): Promise<CommandDoc | null>;
  receipt(key: { orgId: string; receiptId: string; now: number }): Promise<ReceiptDoc | null>;
  /** Newest first. */
  audit(input: { orgId: string } & PageInput): Promise<Page<AuditDoc>>;
  /** Changes after `seq`, oldest first. */
  changesAfter(input: {
    orgId: string;
    seq: number;
    limit: number;
    now: number;
  }): Promise<ChangeDoc[]>;
  /** The lowest and highest sequence number that are still kept; null when there is none. */
  changeRange(input: {
    orgId: string;
    now: number;
  }): Promise<{ oldest: number; newest: number } | null>;
  isReachable(): Promise<boolean>;
}

/** MongoDB does not answer; becomes 503 with `Retry-After`. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}
