import {
  type ControlInput,
  type ControlName,
  controlNames,
  type FaultKind,
  type Tier,
} from './control-inputs.js';
import type {
  Application,
  Candidate,
  Company,
  Credential,
  Interview,
  Job,
  Subscription,
  User,
} from './records.js';
import type { SimulatorStatistics } from './statistics.js';

export interface Fault {
  id: string;
  match: {
    method?: string | undefined;
    pathPrefix?: string | undefined;
    credential?: string | undefined;
  };
  kind: FaultKind;
  delayMs: number | null;
  /** Null: until cleared. */
  remaining: number | null;
  hitCount: number;
  afterHandling: boolean;
  redirectTo: string | null;
}

/** Everything one company owns; cancelled interviews are included with their `cancelledAt`. */
export interface CompanySnapshot {
  company: Company;
  credentials: Credential[];
  users: User[];
  jobs: Job[];
  candidates: Candidate[];
  applications: Application[];
  interviews: Interview[];
}

export interface SeededCompany {
  company: Company;
  credential: Credential;
  userIds: string[];
  jobs: { id: string; title: string; applicationIds: string[]; interviewIds: string[] }[];
}

export interface SeededWorld extends SeededCompany {
  /** The ids of the applications by how they look from outside. */
  applicationIds: Record<Tier, string[]>;
}

export type ScriptKind = 'schedule' | 'move' | 'cancel' | 'reply';

export interface ScriptState {
  companyId: string;
  startedAt: number;
  /** When it ends by itself (epoch ms). */
  endsAt: number;
  state: 'running' | 'ended' | 'stopped';
  /** What it did so far. */
  counts: Record<ScriptKind, number>;
  /** Changes left out because there was no interview ahead to change. */
  skippedCount: number;
}

/** One change that a script made. */
export interface LedgerEntry {
  at: number;
  kind: ScriptKind;
  interviewId: string;
  applicationId: string;
  jobId: string;
  /** The first start of the interview after the change (epoch ms). */
  startsAt: number;
  /** The start before a move; null otherwise. */
  previousStartsAt: number | null;
  /** Of the application when the script began. */
  tier: Tier;
  /**
   * When the first list of the application's interviews arrived that had this change in it and was
   * answered with 200; null until then.
   */
  firstListedAt: number | null;
}

/** The lists of one application's interviews that were answered with 200. */
export interface ApplicationReads {
  applicationId: string;
  /** When the last of these requests arrived (epoch ms). */
  lastListedAt: number;
  count: number;
}

/** Shares from 0 (never) to 1 (always). */
export interface WebhookFaults {
  duplicate: number;
  disorder: number;
  drop: number;
  corruptSignature: number;
}

export interface WebhookStatistics {
  /** One for each event and subscription, copies of `duplicate` excluded. */
  eventCount: number;
  attemptCount: number;
  /** Attempts that were answered 202 in time. */
  deliveredCount: number;
  failedAttemptCount: number;
  /** Deliveries whose last retry failed, or that a suspension or deletion ended. */
  givenUpCount: number;
  droppedCount: number;
  duplicateCount: number;
  suspensionCount: number;
  /** Being sent, in line, or waiting for a retry. */
  waitingCount: number;
  /** Answers by status; `none` for timeouts and broken connections. */
  statuses: Record<string, number>;
  /**
   * How long the subscriber took to answer, over the last 10,000 attempts of a company; null without
   * any.
   */
  answerMs: { p50: number; p95: number; p99: number; max: number } | null;
}

/** The controls that answer with no record. */
export interface Done {
  done: true;
}

/**
 * All that a test or a person can do to the simulated world from outside the vendor's API.
 * Every change is on disk (when there is a state file) before its promise resolves.
 * Rejects with a message when an id is unknown or the input is wrong.
 */
export interface SmartRecruitersControl {
  listCompanies(input?: ControlInput<'listCompanies'>): Promise<Company[]>;
  createCompany(input: ControlInput<'createCompany'>): Promise<Company>;
  setQuirks(input: ControlInput<'setQuirks'>): Promise<Company>;
  createCredential(input: ControlInput<'createCredential'>): Promise<Credential>;
  createUser(input: ControlInput<'createUser'>): Promise<User>;
  createJob(input: ControlInput<'createJob'>): Promise<Job>;
  createCandidate(input: ControlInput<'createCandidate'>): Promise<Candidate>;
  updateJob(input: ControlInput<'updateJob'>): Promise<Job>;
  updateCandidate(input: ControlInput<'updateCandidate'>): Promise<Candidate>;
  /** Answers the one that stays. */
  mergeCandidates(input: ControlInput<'mergeCandidates'>): Promise<Candidate>;
  /** Also takes its applications and interviews away, as after a merge. */
  deleteCandidate(input: ControlInput<'deleteCandidate'>): Promise<Done>;
  createApplication(input: ControlInput<'createApplication'>): Promise<Application>;
  changeApplicationStatus(input: ControlInput<'changeApplicationStatus'>): Promise<Application>;
  scheduleInterview(input: ControlInput<'scheduleInterview'>): Promise<Interview>;
  moveInterview(input: ControlInput<'moveInterview'>): Promise<Interview>;
  changeLink(input: ControlInput<'changeLink'>): Promise<Interview>;
  cancelInterview(input: ControlInput<'cancelInterview'>): Promise<Interview>;
  addTimeslot(input: ControlInput<'addTimeslot'>): Promise<Interview>;
  removeTimeslot(input: ControlInput<'removeTimeslot'>): Promise<Interview>;
  reply(input: ControlInput<'reply'>): Promise<Interview>;
  closeJob(input: ControlInput<'closeJob'>): Promise<Job>;
  reopenJob(input: ControlInput<'reopenJob'>): Promise<Job>;
  revokeScope(input: ControlInput<'revokeScope'>): Promise<Credential>;
  restoreScope(input: ControlInput<'restoreScope'>): Promise<Credential>;
  revokeCredential(input: ControlInput<'revokeCredential'>): Promise<Credential>;
  restoreCredential(input: ControlInput<'restoreCredential'>): Promise<Credential>;
  hideJobs(input: ControlInput<'hideJobs'>): Promise<Credential>;
  useElsewhere(input: ControlInput<'useElsewhere'>): Promise<Done>;
  expireCursors(input?: ControlInput<'expireCursors'>): Promise<Done>;
  injectFault(input: ControlInput<'injectFault'>): Promise<Fault>;
  listFaults(input?: ControlInput<'listFaults'>): Promise<Fault[]>;
  clearFaults(input?: ControlInput<'clearFaults'>): Promise<Done>;
  statistics(input?: ControlInput<'statistics'>): Promise<SimulatorStatistics>;
  resetStatistics(input?: ControlInput<'resetStatistics'>): Promise<Done>;
  snapshot(input: ControlInput<'snapshot'>): Promise<CompanySnapshot>;
  /** Seeding the same company again changes nothing and answers what is there. */
  seedCompany(input: ControlInput<'seedCompany'>): Promise<SeededCompany>;
  /** Seeding the same world again changes nothing and answers what is there. */
  seedWorld(input: ControlInput<'seedWorld'>): Promise<SeededWorld>;
  startScript(input: ControlInput<'startScript'>): Promise<ScriptState>;
  /** Answers null when the company never had a script. */
  stopScript(input: ControlInput<'stopScript'>): Promise<ScriptState | null>;
  scriptState(input: ControlInput<'scriptState'>): Promise<ScriptState | null>;
  ledger(input: ControlInput<'ledger'>): Promise<LedgerEntry[]>;
  reads(input: ControlInput<'reads'>): Promise<ApplicationReads[]>;
  listSubscriptions(input?: ControlInput<'listSubscriptions'>): Promise<Subscription[]>;
  webhookFaults(input?: ControlInput<'webhookFaults'>): Promise<WebhookFaults>;
  suspend(input: ControlInput<'suspend'>): Promise<Subscription>;
  /** Answers when the event is in line, not when it arrived. */
  sendEvent(input: ControlInput<'sendEvent'>): Promise<Done>;
  /** Answers at once; a later burst of the company takes the place of this one. */
  burst(input: ControlInput<'burst'>): Promise<Done>;
  webhookStatistics(input?: ControlInput<'webhookStatistics'>): Promise<WebhookStatistics>;
}

/** The typed controls over anything that can run one by its name. */
export function controlFrom(
  run: (name: ControlName, input: unknown) => Promise<unknown>,
): SmartRecruitersControl {
  const entries = controlNames.map((name) => [name, (input: unknown) => run(name, input ?? {})]);
  return Object.fromEntries(entries) as SmartRecruitersControl;
}
