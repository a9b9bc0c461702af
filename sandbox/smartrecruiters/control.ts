import {
  type ControlInput,
  type ControlName,
  controlNames,
  type FaultKind,
} from './control-inputs.js';
import type {
  Application,
  Candidate,
  Company,
  Credential,
  Interview,
  Job,
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
  injectFault(input: ControlInput<'injectFault'>): Promise<Fault>;
  listFaults(input?: ControlInput<'listFaults'>): Promise<Fault[]>;
  clearFaults(input?: ControlInput<'clearFaults'>): Promise<Done>;
  statistics(input?: ControlInput<'statistics'>): Promise<SimulatorStatistics>;
  resetStatistics(input?: ControlInput<'resetStatistics'>): Promise<Done>;
  snapshot(input: ControlInput<'snapshot'>): Promise<CompanySnapshot>;
  /** Seeding the same company again changes nothing and answers what is there. */
  seedCompany(input: ControlInput<'seedCompany'>): Promise<SeededCompany>;
}

/** The typed controls over anything that can run one by its name. */
export function controlFrom(
  run: (name: ControlName, input: unknown) => Promise<unknown>,
): SmartRecruitersControl {
  const entries = controlNames.map((name) => [name, (input: unknown) => run(name, input ?? {})]);
  return Object.fromEntries(entries) as SmartRecruitersControl;
}
