import { z } from 'zod';
import {
  applicationStatuses,
  hiringTeamRoles,
  jobStatuses,
  postingStatuses,
  replyStatuses,
  scopes,
} from './records.js';

const id = z.string().min(1);
const text = z.string().min(1);
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
});

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
    scopes: z.array(z.enum(scopes)).optional(),
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
  revokeScope: z.strictObject({ clientId: id, scope: z.enum(scopes) }),
  restoreScope: z.strictObject({ clientId: id, scope: z.enum(scopes) }),
  revokeCredential: z.strictObject({ clientId: id }),
  restoreCredential: z.strictObject({ clientId: id }),
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
} as const;

export type ControlName = keyof typeof controlInputs;
export type ControlInput<Name extends ControlName> = z.input<(typeof controlInputs)[Name]>;

export const controlNames = Object.keys(controlInputs) as ControlName[];
