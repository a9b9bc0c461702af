/**
 * What the simulator stores: one flat record per entity, each tied to its company (tenant).
 * Times end in `At` (epoch ms) here and become ISO strings only in `shapes.ts`.
 */

/** The nine that a credential gets unless told otherwise. */
export const scopes = [
  'candidates_read',
  'candidates_create',
  'candidate_status_read',
  'jobs_read',
  'job_applications_read',
  'interviews_read',
  'interviews_write',
  'interview_types_read',
  'users_read',
] as const;

/** All that an administrator can tick; webhooks are none of the nine. */
export const grantableScopes = [...scopes, 'webhooks_manage'] as const;
export type Scope = (typeof grantableScopes)[number];

export const jobStatuses = [
  'CREATED',
  'SOURCING',
  'FILLED',
  'INTERVIEW',
  'OFFER',
  'CANCELLED',
  'ON_HOLD',
] as const;
export type JobStatus = (typeof jobStatuses)[number];

export const postingStatuses = ['PUBLIC', 'INTERNAL', 'NOT_PUBLISHED', 'PRIVATE'] as const;
export type PostingStatus = (typeof postingStatuses)[number];

export const applicationStatuses = [
  'LEAD',
  'NEW',
  'IN_REVIEW',
  'INTERVIEW',
  'OFFERED',
  'HIRED',
  'REJECTED',
  'WITHDRAWN',
  'TRANSFERRED',
] as const;
export type ApplicationStatus = (typeof applicationStatuses)[number];

export const replyStatuses = ['accepted', 'declined', 'pending', 'tentative'] as const;
export type ReplyStatus = (typeof replyStatuses)[number];

export const hiringTeamRoles = [
  'HIRING_MANAGER',
  'INTERVIEW_TEAM',
  'RECRUITER',
  'EXECUTIVE',
  'COORDINATOR',
] as const;
export type HiringTeamRole = (typeof hiringTeamRoles)[number];

/** Behaviours the dossier could not confirm; each company can show the other one. */
export interface Quirks {
  /** `GET /candidates/{id}/jobs/{jobId}` leaves `applicationId` out (older schema). */
  omitApplicationId: boolean;
  /** Interviews made in the vendor's UI are invisible to the API (the 2021 behaviour). */
  hideUiInterviews: boolean;
  /** What a POST of an existing e-mail plus last name does. */
  duplicateCandidates: 'conflict' | 'merge';
  /** What the interviews of an application that is not there answer: 200 and nothing, or 404. */
  unknownApplication: 'empty' | 'not_found';
}

export interface Company {
  id: string;
  name: string;
  interviewTypes: string[];
  quirks: Quirks;
}

export interface Credential {
  clientId: string;
  clientSecret: string;
  companyId: string;
  scopes: Scope[];
  /** `ADMINISTRATOR` may do everything its scopes allow; any other role may not read users. */
  systemRole: string;
  /** The access group: null sees every job, otherwise other jobs are hidden silently. */
  visibleJobIds: string[] | null;
  /** Taken out of the access group later; hidden in the same way. */
  hiddenJobIds: string[];
  active: boolean;
}

export interface Token {
  accessToken: string;
  clientId: string;
  /** Null means all scopes of the credential. */
  narrowedTo: Scope[] | null;
  expiresAt: number;
}

export interface User {
  id: string;
  companyId: string;
  sequence: number;
  email: string;
  firstName: string;
  lastName: string;
  systemRole: string;
  active: boolean;
  updatedAt: number;
}

export interface HiringTeamMember {
  userId: string;
  role: HiringTeamRole;
}

export interface Job {
  id: string;
  companyId: string;
  sequence: number;
  title: string;
  refNumber: string;
  department: string;
  city: string;
  country: string;
  countryCode: string;
  remote: boolean;
  status: JobStatus;
  postingStatus: PostingStatus;
  hiringTeam: HiringTeamMember[];
  createdAt: number;
  updatedAt: number;
  lastActivityAt: number;
}

export interface Candidate {
  id: string;
  companyId: string;
  sequence: number;
  firstName: string;
  lastName: string;
  email: string;
  phoneNumber: string | null;
  city: string | null;
  country: string | null;
  tags: string[];
  internal: boolean;
  createdAt: number;
  updatedAt: number;
}

export interface StatusChange {
  status: ApplicationStatus;
  subStatus: string | null;
  changedAt: number;
}

export interface Application {
  id: string;
  companyId: string;
  candidateId: string;
  jobId: string;
  primary: boolean;
  status: ApplicationStatus;
  subStatus: string | null;
  source: string;
  history: StatusChange[];
  createdAt: number;
}

export interface Interviewer {
  id: string;
  status: ReplyStatus;
}

export interface Timeslot {
  id: string;
  interviewType: string | null;
  title: string | null;
  place: string | null;
  startsAt: number;
  endsAt: number;
  interviewers: Interviewer[];
  candidateStatus: ReplyStatus;
  noShow: boolean;
}

export interface Interview {
  id: string;
  companyId: string;
  applicationId: string;
  candidateId: string;
  jobId: string;
  organizerId: string | null;
  timezone: string;
  location: string | null;
  locationType: string | null;
  timeslots: Timeslot[];
  candidateStatus: ReplyStatus;
  source: 'UI' | 'API';
  refUrl: string | null;
  createdAt: number;
  /** Set when cancelled: from then on the API answers as if it had never existed. */
  cancelledAt: number | null;
}

/** Every event name that the documentation gives; a subscription may ask for no other. */
export const eventNames = [
  'interview.created',
  'interview.updated',
  'interview.canceled',
  'job.created',
  'job.updated',
  'job.status.updated',
  'job.hiring-team.updated',
  'job.ad.created',
  'job.ad.updated',
  'job.ad.postings.updated',
  'position.created',
  'position.updated',
  'position.deleted',
  'application.created',
  'application.status.updated',
  'application.fields.updated',
  'application.onboarding-status.updated',
  'application.attachment.created',
  'application.source.updated',
  'application.screening-answers.created',
  'application.screening-answers.updated',
  'candidate.created',
  'candidate.updated',
  'candidate.deleted',
] as const;
export type EventName = (typeof eventNames)[number];

export interface SecretKey {
  secretKey: string;
  createdAt: number;
  /** When a newer key was made; from then on it works for 24 hours. Null for the newest. */
  replacedAt: number | null;
}

/** What the subscriber asked to see on each delivery besides the signature. */
export type CallbackAuthentication =
  | { type: 'basic'; username: string; password: string }
  | { type: 'header'; headerName: string; headerValue: string };

export interface Subscription {
  id: string;
  companyId: string;
  /** The credential that made it; no other one sees it. */
  clientId: string;
  sequence: number;
  callbackUrl: string;
  events: string[];
  status: 'inactive' | 'active' | 'suspended';
  alertingEmailAddress: string | null;
  callbackAuthentication: CallbackAuthentication | null;
  secretKeys: SecretKey[];
  /** Failed deliveries since the last one that was answered 202 or since the activation. */
  failuresInARow: number;
  createdAt: number;
}
