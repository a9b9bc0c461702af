import type { ControlInput } from './control-inputs.js';
import type { Ids } from './ids.js';
import {
  type Application,
  type Candidate,
  type Company,
  type Credential,
  type Interview,
  type Job,
  scopes,
  type Timeslot,
  type User,
} from './records.js';
import type { World } from './world.js';

/** Making records with their defaults, for the controls, the seed and the API alike. */
export interface Creation<Input> {
  world: World;
  ids: Ids;
  input: Input;
}

type TimeslotInput = ControlInput<'scheduleInterview'>['timeslots'][number];

export function createCompany({
  world,
  ids,
  input,
}: Creation<ControlInput<'createCompany'>>): Company {
  const company: Company = {
    id: ids.uuid(),
    name: input.name,
    interviewTypes: input.interviewTypes ?? [
      'Phone Screen',
      'Technical Interview',
      'Onsite Interview',
      'Final Interview',
    ],
    quirks: {
      omitApplicationId: input.quirks?.omitApplicationId ?? false,
      hideUiInterviews: input.quirks?.hideUiInterviews ?? false,
      duplicateCandidates: input.quirks?.duplicateCandidates ?? 'conflict',
      unknownApplication: input.quirks?.unknownApplication ?? 'empty',
    },
  };
  world.addCompany(company);
  return company;
}

export function createCredential({
  world,
  ids,
  input,
}: Creation<ControlInput<'createCredential'>>): Credential {
  const credential: Credential = {
    clientId: input.clientId ?? ids.userId(),
    clientSecret: input.clientSecret ?? ids.secret(),
    companyId: input.companyId,
    scopes: input.scopes ?? [...scopes],
    systemRole: input.systemRole ?? 'ADMINISTRATOR',
    visibleJobIds: input.visibleJobIds ?? null,
    hiddenJobIds: [],
    active: true,
  };
  world.addCredential(credential);
  return credential;
}

export function createUser({ world, ids, input }: Creation<ControlInput<'createUser'>>): User {
  const user: User = {
    id: ids.userId(),
    companyId: input.companyId,
    sequence: world.nextSequence(),
    email: input.email,
    firstName: input.firstName,
    lastName: input.lastName,
    systemRole: input.systemRole ?? 'STANDARD',
    active: input.active ?? true,
    updatedAt: world.now(),
  };
  world.addUser(user);
  return user;
}

export function createJob({ world, ids, input }: Creation<ControlInput<'createJob'>>): Job {
  const createdAt = world.now();
  const sequence = world.nextSequence();
  const job: Job = {
    id: ids.uuid(),
    companyId: input.companyId,
    sequence,
    title: input.title,
    refNumber: `REF${sequence}`,
    department: input.department ?? 'Engineering',
    city: input.city ?? 'Berlin',
    country: input.country ?? 'Germany',
    countryCode: input.countryCode ?? 'de',
    remote: input.remote ?? false,
    status: input.status ?? 'SOURCING',
    postingStatus: input.postingStatus ?? 'PUBLIC',
    hiringTeam: input.hiringTeam ?? [],
    createdAt,
    updatedAt: createdAt,
    lastActivityAt: createdAt,
  };
  world.addJob(job);
  return job;
}

export function createCandidate({
  world,
  ids,
  input,
}: Creation<
  ControlInput<'createCandidate'> & { phoneNumber?: string | undefined; internal?: boolean }
>): Candidate {
  const createdAt = world.now();
  const candidate: Candidate = {
    id: ids.uuid(),
    companyId: input.companyId,
    sequence: world.nextSequence(),
    firstName: input.firstName,
    lastName: input.lastName,
    email: input.email,
    phoneNumber: input.phoneNumber ?? null,
    city: input.city ?? null,
    country: input.country ?? null,
    tags: input.tags ?? [],
    internal: input.internal ?? false,
    createdAt,
    updatedAt: createdAt,
  };
  world.addCandidate(candidate);
  return candidate;
}

export function createApplication({
  world,
  ids,
  input,
}: Creation<
  ControlInput<'createApplication'> & { companyId: string; source?: string }
>): Application {
  const createdAt = world.now();
  const status = input.status ?? 'NEW';
  const subStatus = input.subStatus ?? null;
  const application: Application = {
    id: ids.uuid(),
    companyId: input.companyId,
    candidateId: input.candidateId,
    jobId: input.jobId,
    primary: input.primary ?? world.applicationsOf(input.candidateId).length === 0,
    status,
    subStatus,
    source: input.source ?? 'Career Site',
    history: [{ status, subStatus, changedAt: createdAt }],
    createdAt,
  };
  world.addApplication(application);
  return application;
}

export function makeTimeslot(options: { ids: Ids; input: TimeslotInput }): Timeslot {
  const { ids, input } = options;
  return {
    id: ids.uuid(),
    interviewType: input.interviewType ?? null,
    title: input.title ?? null,
    place: input.place ?? null,
    startsAt: Date.parse(input.startsOn),
    endsAt: Date.parse(input.endsOn),
    interviewers: (input.interviewers ?? []).map((interviewer) =>
      typeof interviewer === 'string' ? { id: interviewer, status: 'pending' } : interviewer,
    ),
    candidateStatus: 'pending',
    noShow: false,
  };
}

export function createInterview({
  world,
  ids,
  input,
}: Creation<
  Omit<ControlInput<'scheduleInterview'>, 'applicationId'> & {
    application: Application;
    refUrl?: string | undefined;
    createdOn?: string | undefined;
    candidateStatus?: Interview['candidateStatus'] | undefined;
  }
>): Interview {
  const { application } = input;
  const location = input.location ?? null;
  const interview: Interview = {
    id: ids.uuid(),
    companyId: application.companyId,
    applicationId: application.id,
    candidateId: application.candidateId,
    jobId: application.jobId,
    organizerId: input.organizerId ?? null,
    timezone: input.timezone ?? 'Europe/Berlin',
    location,
    locationType:
      input.locationType ?? (location?.includes('zoom.us/') ? 'VIDEO_MEETING_ZOOM' : null),
    timeslots: input.timeslots.map((timeslot) => makeTimeslot({ ids, input: timeslot })),
    candidateStatus: input.candidateStatus ?? 'pending',
    source: input.source ?? 'UI',
    refUrl: input.refUrl ?? null,
    createdAt: input.createdOn === undefined ? world.now() : Date.parse(input.createdOn),
    cancelledAt: null,
  };
  world.addInterview(interview);
  return interview;
}
