import type {
  Application,
  ApplicationStatus,
  Candidate,
  Company,
  Credential,
  Interview,
  Job,
  Token,
  User,
} from './records.js';

/** The whole world as plain data, as it stands in the state file. */
export interface WorldState {
  sequence: number;
  companies: Company[];
  credentials: Credential[];
  tokens: Token[];
  users: User[];
  jobs: Job[];
  candidates: Candidate[];
  applications: Application[];
  interviews: Interview[];
}

function byId<T extends { id: string }>(rows: T[] | undefined): Map<string, T> {
  return new Map((rows ?? []).map((row) => [row.id, row]));
}

/**
 * The tenants and all they own. Reading hands out the live records; every change goes through a
 * method here (or calls `changed`), so that the state file hears of it.
 */
export class World {
  readonly companies: Map<string, Company>;
  readonly credentials: Map<string, Credential>;
  readonly tokens: Map<string, Token>;
  readonly users: Map<string, User>;
  readonly jobs: Map<string, Job>;
  readonly candidates: Map<string, Candidate>;
  readonly applications: Map<string, Application>;
  readonly interviews: Map<string, Interview>;
  readonly now: () => number;
  onChange: () => void = () => undefined;
  private sequence: number;
  private readonly applicationsByCandidate = new Map<string, Application[]>();
  private readonly interviewsByApplication = new Map<string, Interview[]>();

  constructor(options: { now: () => number; state: WorldState | undefined }) {
    const { now, state } = options;
    this.now = now;
    this.sequence = state?.sequence ?? 0;
    this.companies = byId(state?.companies);
    this.credentials = new Map((state?.credentials ?? []).map((row) => [row.clientId, row]));
    this.tokens = new Map((state?.tokens ?? []).map((row) => [row.accessToken, row]));
    this.users = byId(state?.users);
    this.jobs = byId(state?.jobs);
    this.candidates = byId(state?.candidates);
    this.applications = byId(state?.applications);
    this.interviews = byId(state?.interviews);
    for (const application of this.applications.values()) this.indexApplication(application);
    for (const interview of this.interviews.values()) this.indexInterview(interview);
  }

  state(): WorldState {
    return {
      sequence: this.sequence,
      companies: [...this.companies.values()],
      credentials: [...this.credentials.values()],
      tokens: [...this.tokens.values()],
      users: [...this.users.values()],
      jobs: [...this.jobs.values()],
      candidates: [...this.candidates.values()],
      applications: [...this.applications.values()],
      interviews: [...this.interviews.values()],
    };
  }

  changed(): void {
    this.onChange();
  }

  /** Rises with every listed record, so that a cursor is "everything after this one". */
  nextSequence(): number {
    this.sequence += 1;
    return this.sequence;
  }

  addCompany(company: Company): void {
    this.companies.set(company.id, company);
    this.changed();
  }

  addCredential(credential: Credential): void {
    this.credentials.set(credential.clientId, credential);
    this.changed();
  }

  addToken(token: Token): void {
    for (const old of this.tokens.values()) {
      if (old.expiresAt <= this.now()) this.tokens.delete(old.accessToken);
    }
    this.tokens.set(token.accessToken, token);
    this.changed();
  }

  addUser(user: User): void {
    this.users.set(user.id, user);
    this.changed();
  }

  addJob(job: Job): void {
    this.jobs.set(job.id, job);
    this.changed();
  }

  addCandidate(candidate: Candidate): void {
    this.candidates.set(candidate.id, candidate);
    this.changed();
  }

  /** A new application is the one event besides edits that moves a job's `lastActivityOn`. */
  addApplication(application: Application): void {
    if (application.primary) {
      for (const other of this.applicationsOf(application.candidateId)) other.primary = false;
    }
    this.applications.set(application.id, application);
    this.indexApplication(application);
    const job = this.jobs.get(application.jobId);
    if (job !== undefined) job.lastActivityAt = Math.max(job.lastActivityAt, application.createdAt);
    const candidate = this.candidates.get(application.candidateId);
    if (candidate !== undefined) {
      candidate.updatedAt = Math.max(candidate.updatedAt, application.createdAt);
    }
    this.changed();
  }

  changeApplicationStatus(options: {
    application: Application;
    status: ApplicationStatus;
    subStatus: string | null;
  }): void {
    const { application, status, subStatus } = options;
    const changedAt = this.now();
    application.status = status;
    application.subStatus = subStatus;
    application.history.push({ status, subStatus, changedAt });
    const candidate = this.candidates.get(application.candidateId);
    if (candidate !== undefined) candidate.updatedAt = changedAt;
    this.changed();
  }

  /** Leaves the candidate untouched: scheduling does not move a candidate's `updatedOn`. */
  addInterview(interview: Interview): void {
    this.interviews.set(interview.id, interview);
    this.indexInterview(interview);
    this.changed();
  }

  removeCandidate(candidateId: string): void {
    for (const application of this.applicationsOf(candidateId)) {
      for (const interview of this.interviewsOf(application.id)) {
        this.interviews.delete(interview.id);
      }
      this.interviewsByApplication.delete(application.id);
      this.applications.delete(application.id);
    }
    this.applicationsByCandidate.delete(candidateId);
    this.candidates.delete(candidateId);
    this.changed();
  }

  applicationsOf(candidateId: string): readonly Application[] {
    return this.applicationsByCandidate.get(candidateId) ?? [];
  }

  application(options: { candidateId: string; jobId: string }): Application | undefined {
    return this.applicationsOf(options.candidateId).find((row) => row.jobId === options.jobId);
  }

  interviewsOf(applicationId: string): readonly Interview[] {
    return this.interviewsByApplication.get(applicationId) ?? [];
  }

  ofCompany<T extends { companyId: string }>(rows: Map<string, T>, companyId: string): T[] {
    return [...rows.values()].filter((row) => row.companyId === companyId);
  }

  private indexApplication(application: Application): void {
    const rows = this.applicationsByCandidate.get(application.candidateId) ?? [];
    rows.push(application);
    this.applicationsByCandidate.set(application.candidateId, rows);
  }

  private indexInterview(interview: Interview): void {
    const rows = this.interviewsByApplication.get(interview.applicationId) ?? [];
    rows.push(interview);
    this.interviewsByApplication.set(interview.applicationId, rows);
  }
}
