import type {
  Application,
  ApplicationStatus,
  Candidate,
  Company,
  Credential,
  Interview,
  Job,
  Subscription,
  Token,
  User,
} from './records.js';
import { Groups, type Table, tableOf } from './table.js';
import {
  applicationEvent,
  candidateEvent,
  interviewEvent,
  jobEvent,
  type WorldEvent,
} from './world-events.js';

/** The whole world as plain data, as it stands in the state file. */
export interface WorldState {
  sequence: number;
  /** How often all cursors were expired. */
  cursorGeneration: number;
  companies: Company[];
  credentials: Credential[];
  tokens: Token[];
  users: User[];
  jobs: Job[];
  candidates: Candidate[];
  applications: Application[];
  interviews: Interview[];
  subscriptions: Subscription[];
}

const idOf = (row: { id: string }): string => row.id;

/**
 * The tenants and all they own. Reading hands out the live records; every change goes through a
 * method here (or calls `changed`), so that the state file and the webhooks hear of it.
 */
export class World {
  readonly companies: Map<string, Company>;
  readonly credentials: Table<Credential>;
  readonly tokens: Map<string, Token>;
  readonly users: Table<User>;
  readonly jobs: Table<Job>;
  readonly candidates: Table<Candidate>;
  readonly applications: Table<Application>;
  readonly interviews: Table<Interview>;
  readonly subscriptions: Table<Subscription>;
  readonly now: () => number;
  onChange: () => void = () => undefined;
  onEvent: (event: WorldEvent) => void = () => undefined;
  /** Cursors carry the number that was current when they were handed out. */
  cursorGeneration: number;
  private sequence: number;
  private readonly byCandidate = new Groups<Application>();
  private readonly byJob = new Groups<Application>();
  private readonly byApplication = new Groups<Interview>();

  /** Reads files of earlier versions too: what they lack gets its default. */
  constructor(options: { now: () => number; state: Partial<WorldState> | undefined }) {
    const { now, state } = options;
    this.now = now;
    this.sequence = state?.sequence ?? 0;
    this.cursorGeneration = state?.cursorGeneration ?? 0;
    this.companies = new Map((state?.companies ?? []).map((row) => [row.id, row]));
    this.credentials = tableOf({
      rows: state?.credentials?.map((row) => Object.assign({ hiddenJobIds: [] }, row)),
      idOf: (row) => row.clientId,
    });
    this.tokens = new Map((state?.tokens ?? []).map((row) => [row.accessToken, row]));
    this.users = tableOf({ rows: state?.users, idOf });
    this.jobs = tableOf({ rows: state?.jobs, idOf });
    this.candidates = tableOf({ rows: state?.candidates, idOf });
    this.applications = tableOf({ rows: state?.applications, idOf });
    this.interviews = tableOf({ rows: state?.interviews, idOf });
    this.subscriptions = tableOf({ rows: state?.subscriptions, idOf });
    for (const application of this.applications.values()) this.indexApplication(application);
    for (const row of this.interviews.values()) this.byApplication.add(row.applicationId, row);
  }

  state(): WorldState {
    return {
      sequence: this.sequence,
      cursorGeneration: this.cursorGeneration,
      companies: [...this.companies.values()],
      credentials: [...this.credentials.values()],
      tokens: [...this.tokens.values()],
      users: [...this.users.values()],
      jobs: [...this.jobs.values()],
      candidates: [...this.candidates.values()],
      applications: [...this.applications.values()],
      interviews: [...this.interviews.values()],
      subscriptions: [...this.subscriptions.values()],
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
    this.happened(jobEvent('job.created', job));
  }

  editJob(job: Job, edit: Partial<Pick<Job, 'title' | 'department' | 'city'>>): void {
    Object.assign(job, edit);
    this.touchJob(job);
    this.happened(jobEvent('job.updated', job));
  }

  setJobStatus(job: Job, status: Job['status']): void {
    job.status = status;
    this.touchJob(job);
    this.happened(jobEvent('job.updated', job), jobEvent('job.status.updated', job));
  }

  addCandidate(candidate: Candidate): void {
    this.candidates.set(candidate.id, candidate);
    this.happened(candidateEvent('candidate.created', candidate));
  }

  editCandidate(
    candidate: Candidate,
    edit: Partial<Pick<Candidate, 'firstName' | 'lastName' | 'email'>>,
  ): void {
    Object.assign(candidate, edit);
    candidate.updatedAt = this.now();
    this.happened(candidateEvent('candidate.updated', candidate));
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
    this.happened(applicationEvent('application.created', application));
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
    this.happened(applicationEvent('application.status.updated', application));
  }

  /** Leaves the candidate untouched: scheduling does not move a candidate's `updatedOn`. */
  addInterview(interview: Interview): void {
    this.interviews.set(interview.id, interview);
    this.byApplication.add(interview.applicationId, interview);
    this.happenedTo(interview, 'interview.created');
  }

  /** To be called after a change of anything in it: time, place, people, replies. */
  interviewUpdated(interview: Interview): void {
    this.happenedTo(interview, 'interview.updated');
  }

  cancelInterview(interview: Interview): void {
    interview.cancelledAt = this.now();
    this.happenedTo(interview, 'interview.canceled');
  }

  removeCandidate(candidateId: string): void {
    const candidate = this.candidates.get(candidateId);
    for (const application of this.applicationsOf(candidateId)) {
      for (const interview of this.interviewsOf(application.id)) {
        this.interviews.delete(interview.id);
        this.byApplication.remove(application.id, interview);
      }
      this.dropApplication(application);
    }
    this.candidates.delete(candidateId);
    if (candidate !== undefined) this.happened(candidateEvent('candidate.deleted', candidate));
  }

  /**
   * One person's applications and interviews become another one's, and the first person is gone.
   * Where both applied to the same job, the interviews go to the application that stays.
   */
  mergeCandidates(options: {
    from: Candidate;
    into: Candidate;
    /** Of a moved application. */
    newId: (application: Application) => string;
  }): void {
    const { from, into, newId } = options;
    for (const application of this.applicationsOf(from.id)) {
      const interviews = this.interviewsOf(application.id);
      this.dropApplication(application);
      let target = this.application({ candidateId: into.id, jobId: application.jobId });
      if (target === undefined) {
        const primary = this.applicationsOf(into.id).length === 0;
        target = { ...application, id: newId(application), candidateId: into.id, primary };
        this.applications.set(target.id, target);
        this.indexApplication(target);
      }
      for (const interview of interviews) {
        this.byApplication.remove(application.id, interview);
        interview.applicationId = target.id;
        interview.candidateId = into.id;
        this.byApplication.add(target.id, interview);
      }
    }
    this.candidates.delete(from.id);
    into.updatedAt = this.now();
    this.happened(
      candidateEvent('candidate.deleted', from),
      candidateEvent('candidate.updated', into),
    );
  }

  addSubscription(subscription: Subscription): void {
    this.subscriptions.set(subscription.id, subscription);
    this.changed();
  }

  removeSubscription(subscription: Subscription): void {
    this.subscriptions.delete(subscription.id);
    this.changed();
  }

  applicationsOf(candidateId: string): readonly Application[] {
    return this.byCandidate.get(candidateId);
  }

  applicationsOfJob(jobId: string): readonly Application[] {
    return this.byJob.get(jobId);
  }

  application(options: { candidateId: string; jobId: string }): Application | undefined {
    return this.applicationsOf(options.candidateId).find((row) => row.jobId === options.jobId);
  }

  interviewsOf(applicationId: string): readonly Interview[] {
    return this.byApplication.get(applicationId);
  }

  ofCompany<T extends { companyId: string }>(rows: Table<T>, companyId: string): T[] {
    return rows.ofCompany(companyId);
  }

  private touchJob(job: Job): void {
    job.updatedAt = this.now();
    job.lastActivityAt = job.updatedAt;
  }

  private happened(...events: WorldEvent[]): void {
    this.changed();
    for (const event of events) this.onEvent(event);
  }

  private happenedTo(
    interview: Interview,
    name: 'interview.created' | 'interview.updated' | 'interview.canceled',
  ): void {
    this.changed();
    const quirks = this.companies.get(interview.companyId)?.quirks;
    // Where the API does not know what the UI made, no webhook knows it either.
    if (interview.source === 'UI' && quirks?.hideUiInterviews === true) return;
    this.onEvent(interviewEvent(name, interview));
  }

  private indexApplication(application: Application): void {
    this.byCandidate.add(application.candidateId, application);
    this.byJob.add(application.jobId, application);
  }

  private dropApplication(application: Application): void {
    this.applications.delete(application.id);
    this.byCandidate.remove(application.candidateId, application);
    this.byJob.remove(application.jobId, application);
  }
}
