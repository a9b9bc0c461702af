import { z } from 'zod';
import {
  applicationStatuses,
  grantableScopes,
  hiringTeamRoles,
  jobStatuses,
  postingStatuses,
  replyStatuses,
} from './records.js';

const id = z.string().min(1);
const text = z.string().min(1);
/** What may stand in an HTTP header. */
const headerText = z.string().regex(/^[\x20-\x7e]+$/);
/** ISO 8601 with any offset, as in `2026-03-02T10:00:00.000Z`. */
const instant = z.iso.datetime({ offset: true });

const timeslotInput = z.strictObject({
  startsOn: instant,
  endsOn: instant,
  /** User ids, or ids with the reply already given. */
  interviewers: z
    .array(z.union([id, z.strictObject({ id, status: z.enum(replyStatuses) })]))
    .optional(),
  place: text.nullable().optional(),
  title: text.nullable().optional(),
  interviewType: text.nullable().optional(),
});

const quirksInput = z.strictObject({
  omitApplicationId: z.boolean().optional(),
  hideUiInterviews: z.boolean().optional(),
  duplicateCandidates: z.enum(['conflict', 'merge']).optional(),
  unknownApplication: z.enum(['empty', 'not_found']).optional(),
});

/** How often something happens to a delivery: never (0) to always (1). */
const share = z.number().min(0).max(1);
const rate = z.number().min(0).optional();
export const tiers = ['hot', 'warm', 'cold'] as const;
/** How an application looks from outside; see `tierOf` in `tiers.ts`. */
export type Tier = (typeof tiers)[number];

export const faultKinds = [
  'status429',
  'status500',
  'slow',
  'truncated',
  'html',
  'hang',
  'reset',
  'redirect',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** The input of each control; the names are the method names and the last part of the HTTP path. */
export const controlInputs = {
  listCompanies: z.strictObject({}),
  createCompany: z.strictObject({
    name: text,
    interviewTypes: z.array(text).optional(),
    quirks: quirksInput.optional(),
  }),
  setQuirks: z.strictObject({ companyId: id, quirks: quirksInput }),
  createCredential: z.strictObject({
    companyId: id,
    clientId: text.optional(),
    clientSecret: text.optional(),
    /** Default: all nine. */
    scopes: z.array(z.enum(grantableScopes)).optional(),
    /** Default `ADMINISTRATOR`; any other role may not read users. */
    systemRole: text.optional(),
    /** The access group; jobs outside it are hidden with status 200. Default: every job. */
    visibleJobIds: z.array(id).optional(),
  }),
  createUser: z.strictObject({
    companyId: id,
    firstName: text,
    lastName: text,
    email: text,
    systemRole: text.optional(),
    active: z.boolean().optional(),
  }),
  createJob: z.strictObject({
    companyId: id,
    title: text,
    department: text.optional(),
    city: text.optional(),
    country: text.optional(),
    countryCode: text.optional(),
    remote: z.boolean().optional(),
    status: z.enum(jobStatuses).optional(),
    postingStatus: z.enum(postingStatuses).optional(),
    hiringTeam: z.array(z.strictObject({ userId: id, role: z.enum(hiringTeamRoles) })).optional(),
  }),
  createCandidate: z.strictObject({
    companyId: id,
    firstName: text,
    lastName: text,
    email: text,
    city: text.optional(),
    country: text.optional(),
    tags: z.array(text).optional(),
  }),
  /** A recruiter edits the job: `updatedOn` and `lastActivityOn` move. */
  updateJob: z.strictObject({
    jobId: id,
    title: text.optional(),
    department: text.optional(),
    city: text.optional(),
  }),
  /** A recruiter edits the candidate: `updatedOn` moves. */
  updateCandidate: z.strictObject({
    candidateId: id,
    firstName: text.optional(),
    lastName: text.optional(),
    email: text.optional(),
  }),
  /** The person is gone from the vendor; applications and interviews go to the other one. */
  mergeCandidates: z.strictObject({
    candidateId: id,
    intoCandidateId: id,
    /** Whether the moved applications get new ids; default `change`. */
    applicationIds: z.enum(['keep', 'change']).optional(),
  }),
  deleteCandidate: z.strictObject({ candidateId: id }),
  createApplication: z.strictObject({
    candidateId: id,
    jobId: id,
    /** Default `NEW`. */
    status: z.enum(applicationStatuses).optional(),
    subStatus: text.optional(),
    /** Default: true for the candidate's first application. */
    primary: z.boolean().optional(),
  }),
  changeApplicationStatus: z.strictObject({
    applicationId: id,
    status: z.enum(applicationStatuses),
    subStatus: text.optional(),
  }),
  scheduleInterview: z.strictObject({
    applicationId: id,
    /** Address, phone number or meeting link. */
    location: text.nullable().optional(),
    /** Default: `VIDEO_MEETING_ZOOM` for a Zoom link, otherwise absent. */
    locationType: text.nullable().optional(),
    /** IANA name, default `Europe/Berlin`. */
    timezone: text.optional(),
    timeslots: z.array(timeslotInput).min(1),
    organizerId: id.nullable().optional(),
    /** Default `UI`. */
    source: z.enum(['UI', 'API']).optional(),
  }),
  moveInterview: z.union([
    /** Every timeslot, or only the named one, moves by this much (may be negative). */
    z.strictObject({ interviewId: id, timeslotId: id.optional(), byMinutes: z.number() }),
    /** New times of one timeslot; without `timeslotId` the first. */
    z.strictObject({
      interviewId: id,
      timeslotId: id.optional(),
      startsOn: instant,
      endsOn: instant,
    }),
  ]),
  changeLink: z.strictObject({ interviewId: id, location: text.nullable() }),
  cancelInterview: z.strictObject({ interviewId: id }),
  addTimeslot: z.strictObject({ interviewId: id, timeslot: timeslotInput }),
  removeTimeslot: z.strictObject({ interviewId: id, timeslotId: id }),
  /** The reply of an interviewer (`userId`) or, without it, of the candidate. */
  reply: z.strictObject({
    interviewId: id,
    timeslotId: id.optional(),
    userId: id.optional(),
    status: z.enum(replyStatuses),
  }),
  closeJob: z.strictObject({ jobId: id, status: z.enum(['FILLED', 'CANCELLED']).optional() }),
  reopenJob: z.strictObject({ jobId: id, status: z.enum(jobStatuses).optional() }),
  revokeScope: z.strictObject({ clientId: id, scope: z.enum(grantableScopes) }),
  restoreScope: z.strictObject({ clientId: id, scope: z.enum(grantableScopes) }),
  revokeCredential: z.strictObject({ clientId: id }),
  restoreCredential: z.strictObject({ clientId: id }),
  /** Takes jobs out of the credential's access group; each call replaces the list of the last. */
  hideJobs: z.strictObject({ clientId: id, jobIds: z.array(id) }),
  /** Somebody else spends this much of the credential's limit, until told otherwise (0). */
  useElsewhere: z.strictObject({ clientId: id, perSecond: z.number().min(0) }),
  /** Every cursor handed out so far is refused from now on. */
  expireCursors: z.strictObject({
    /** The answer they get; default 400. */
    status: z.union([z.literal(400), z.literal(404), z.literal(410), z.literal(422)]).optional(),
  }),
  injectFault: z.strictObject({
    match: z.strictObject({
      method: text.optional(),
      pathPrefix: text.optional(),
      /** A client id. */
      credential: text.optional(),
    }),
    kind: z.enum(faultKinds),
    /** How long `slow` waits before it answers, and `hang` before it drops (default: for ever). */
    delayMs: z.number().min(0).optional(),
    /** How many requests it hits; default: until cleared. */
    times: z.number().int().min(1).optional(),
    /** The request takes effect first and only the answer is lost (`reset`, `status500`). */
    afterHandling: z.boolean().optional(),
    /** Where `redirect` points; default: a page of the simulator that counts its visitors. */
    redirectTo: text.optional(),
  }),
  listFaults: z.strictObject({}),
  clearFaults: z.strictObject({ faultId: id.optional() }),
  statistics: z.strictObject({ clientId: id.optional() }),
  resetStatistics: z.strictObject({}),
  snapshot: z.strictObject({ companyId: id }),
  seedCompany: z.strictObject({
    name: text,
    jobs: z.number().int().min(1).max(500),
    candidatesPerJob: z.number().int().min(0).max(1_000),
    /** Same name and seed, same ids, people and keys. */
    seed: z.union([z.number(), z.string()]),
    /** How many interviews in the next three days each job gets; default 0. */
    interviewsPerJob: z.number().int().min(0).optional(),
  }),
  /**
   * One large company, fast. Same name and seed, same ids. `mix` gives weights, not numbers:
   * hot is status INTERVIEW; warm and cold are NEW or IN_REVIEW, with the candidate's `updatedOn`
   * 1 to 20 simulated days ago, or 40 to 300 real days ago.
   */
  seedWorld: z.strictObject({
    name: text,
    seed: z.union([z.number(), z.string()]),
    roles: z.number().int().min(1).max(2_000),
    applicationsPerRole: z.number().int().min(1).max(10_000),
    mix: z.strictObject({
      hot: z.number().min(0),
      warm: z.number().min(0),
      cold: z.number().min(0),
    }),
    /** So many hot applications have one interview ahead; default 0. */
    interviews: z.number().int().min(0).optional(),
    /** The interviews begin within so many simulated hours; default 72. */
    interviewsWithinHours: z.number().positive().optional(),
    /** Of the credential; default: the nine. */
    scopes: z.array(z.enum(grantableScopes)).optional(),
  }),
  /** Changes happen by themselves at seeded times. One script at a time for each company. */
  startScript: z.strictObject({
    companyId: id,
    seed: z.union([z.number(), z.string()]),
    /** Simulated. */
    forMs: z.number().positive(),
    /** Mean numbers per simulated hour. */
    perHour: z.strictObject({ schedule: rate, move: rate, cancel: rate, reply: rate }),
    /** How long before its start an interview is scheduled or moved; simulated minutes. */
    leadMinutes: z.strictObject({ min: z.number().min(0), max: z.number().min(0) }),
    /** Interviews are scheduled for applications of these tiers only; default: all. */
    tiers: z.array(z.enum(tiers)).min(1).optional(),
    /** Whether scheduling moves the candidate's `updatedOn`; default no. */
    updatedOnMoves: z.boolean().optional(),
    /** Default `UI`. */
    source: z.enum(['UI', 'API']).optional(),
  }),
  stopScript: z.strictObject({ companyId: id }),
  scriptState: z.strictObject({ companyId: id }),
  /** What scripts did to the company, oldest first. */
  ledger: z.strictObject({ companyId: id, since: z.number().optional() }),
  /** When the interviews of each application were last listed with success. */
  reads: z.strictObject({ companyId: id }),
  listSubscriptions: z.strictObject({ companyId: id.optional() }),
  /** Each call sets all of them; what it leaves out is off. */
  webhookFaults: z.strictObject({
    /** The delivery comes twice with the same `event-id`. */
    duplicate: z.union([share, z.boolean()]).optional(),
    /** Deliveries wait for a later one that overtakes them (at most 100 ms). */
    disorder: z.union([share, z.boolean()]).optional(),
    /** The delivery never happens and stands in no log. */
    drop: z.union([share, z.boolean()]).optional(),
    /** Every signature of the delivery is wrong. */
    corruptSignature: z.union([share, z.boolean()]).optional(),
  }),
  suspend: z.strictObject({ subscriptionId: id }),
  /** Delivers any event, under any name, to the company's active subscriptions or to one of them. */
  sendEvent: z.strictObject({
    companyId: id,
    name: headerText,
    body: z.record(z.string(), z.unknown()).optional(),
    eventId: headerText.optional(),
    version: headerText.optional(),
    link: headerText.optional(),
    subscriptionId: id.optional(),
  }),
  /** `interview.updated` for random applications that have an interview; nothing else changes. */
  burst: z.strictObject({
    companyId: id,
    /** Real seconds, not simulated ones. */
    perSecond: z.number().positive(),
    /** How long, real; or `events`, whichever ends first. */
    forMs: z.number().positive().optional(),
    events: z.number().int().min(1).optional(),
    seed: z.union([z.number(), z.string()]).optional(),
  }),
  webhookStatistics: z.strictObject({
    companyId: id.optional(),
    /** Epoch ms: `answerMs` is of attempts that were answered since. */
    answersSince: z.number().int().optional(),
  }),
} as const;

export type ControlName = keyof typeof controlInputs;
export type ControlInput<Name extends ControlName> = z.input<(typeof controlInputs)[Name]>;

export const controlNames = Object.keys(controlInputs) as ControlName[];
