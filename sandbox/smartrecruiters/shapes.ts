import type {
  Application,
  Candidate,
  HiringTeamMember,
  Interview,
  Job,
  Timeslot,
  User,
} from './records.js';

/**
 * The vendor's JSON, field by field. What is missing here is missing there: no application id in
 * lists, no status on secondary assignments, no application id, update time or status on interviews.
 */

type Json = Record<string, unknown>;

function iso(at: number): string {
  return new Date(at).toISOString();
}

function slug(label: string): string {
  return label.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

function link(path: string): { url: string; method: 'GET' } {
  return { url: `https://api.smartrecruiters.com${path}`, method: 'GET' };
}

export function jobItem(job: Job): Json {
  return {
    id: job.id,
    title: job.title,
    refNumber: job.refNumber,
    createdOn: iso(job.createdAt),
    updatedOn: iso(job.updatedAt),
    lastActivityOn: iso(job.lastActivityAt),
    department: { id: slug(job.department), label: job.department, description: '' },
    location: {
      country: job.country,
      countryCode: job.countryCode,
      city: job.city,
      manual: false,
      remote: job.remote,
    },
    status: job.status,
    postingStatus: job.postingStatus,
    language: { code: 'en', label: 'English', labelNative: 'English (US)' },
    actions: { details: link(`/jobs/${job.id}`) },
  };
}

export function jobDetails(job: Job): Json {
  return {
    ...jobItem(job),
    targetHiringDate: iso(job.createdAt + 90 * 86_400_000),
    industry: { id: 'computer_software', label: 'Computer Software' },
    function: { id: slug(job.department), label: job.department },
    typeOfEmployment: { id: 'permanent', label: 'Full-time' },
    experienceLevel: { id: 'mid_senior_level', label: 'Mid-Senior Level' },
    template: false,
    jobAd: {
      sections: {
        companyDescription: {
          title: 'Company Description',
          text: '<p>We build useful things.</p>',
        },
        jobDescription: { title: 'Job Description', text: `<p>${job.title}</p>` },
        qualifications: { title: 'Qualifications', text: '<p>Curiosity.</p>' },
        additionalInformation: { title: 'Additional Information', text: '' },
        videos: { urls: [] },
      },
      language: { code: 'en' },
    },
    properties: [],
    actions: {
      details: link(`/jobs/${job.id}`),
      hiringTeam: link(`/jobs/${job.id}/hiring-team`),
    },
  };
}

export function hiringTeamMember(member: HiringTeamMember): Json {
  return { id: member.userId, role: member.role, actions: {} };
}

function candidateBase(candidate: Candidate): Json {
  return {
    id: candidate.id,
    internal: candidate.internal,
    firstName: candidate.firstName,
    lastName: candidate.lastName,
    email: candidate.email,
    createdOn: iso(candidate.createdAt),
    updatedOn: iso(candidate.updatedAt),
    ...(candidate.city === null && candidate.country === null
      ? {}
      : { location: { city: candidate.city, country: candidate.country } }),
    averageRating: 0,
    tags: candidate.tags,
    consent: { status: 'ACQUIRED' },
    actions: { details: link(`/candidates/${candidate.id}`) },
  };
}

interface Assignments {
  candidate: Candidate;
  applications: Application[];
  titleOf: (jobId: string) => string;
}

function split(applications: Application[]): {
  primary: Application | undefined;
  secondary: Application[];
} {
  const primary = applications.find((row) => row.primary);
  return { primary, secondary: applications.filter((row) => row !== primary) };
}

export function candidateItem({ candidate, applications, titleOf }: Assignments): Json {
  const { primary, secondary } = split(applications);
  return {
    ...candidateBase(candidate),
    ...(primary === undefined
      ? {}
      : {
          primaryAssignment: {
            job: { id: primary.jobId, title: titleOf(primary.jobId), actions: {} },
            status: primary.status,
            ...(primary.subStatus === null ? {} : { subStatus: primary.subStatus }),
          },
        }),
    secondaryAssignments: secondary.map(({ jobId }) => ({
      job: { id: jobId, actions: { details: link(`/jobs/${jobId}`) } },
    })),
  };
}

export function candidateDetails({ candidate, applications, titleOf }: Assignments): Json {
  const { primary, secondary } = split(applications);
  const full = (application: Application): Json => ({
    job: { id: application.jobId, title: titleOf(application.jobId), actions: {} },
    ...standing(application),
  });
  return {
    ...candidateBase(candidate),
    ...(candidate.phoneNumber === null ? {} : { phoneNumber: candidate.phoneNumber }),
    web: {},
    education: [],
    experience: [],
    ...(primary === undefined ? {} : { primaryAssignment: full(primary) }),
    secondaryAssignments: secondary.map(full),
  };
}

function standing(application: Application): Json {
  return {
    status: application.status,
    ...(application.subStatus === null ? {} : { subStatus: application.subStatus }),
    source: application.source,
    actions: {},
  };
}

/** One application seen from its candidate and job: the only place that tells its id. */
export function assignment(options: { application: Application; omitId: boolean }): Json {
  const { application, omitId } = options;
  return {
    ...standing(application),
    ...(omitId ? {} : { applicationId: application.id }),
  };
}

export function statusHistory(application: Application): Json {
  const content = application.history.map((change) => ({
    changedOn: iso(change.changedAt),
    status: change.status,
    ...(change.subStatus === null ? {} : { subStatus: change.subStatus }),
    actions: {},
  }));
  return { totalFound: content.length, content };
}

export function jobApplication(application: Application): Json {
  return {
    status: application.status,
    ...(application.subStatus === null ? {} : { subStatus: application.subStatus }),
    sourceIdentifier: application.source,
    createDate: iso(application.createdAt),
    profileId: application.candidateId,
    jobId: application.jobId,
  };
}

export function timeslotShape(timeslot: Timeslot): Json {
  return {
    id: timeslot.id,
    ...(timeslot.interviewType === null ? {} : { interviewType: timeslot.interviewType }),
    ...(timeslot.title === null ? {} : { title: timeslot.title }),
    ...(timeslot.place === null ? {} : { place: timeslot.place }),
    startsOn: iso(timeslot.startsAt),
    endsOn: iso(timeslot.endsAt),
    interviewers: timeslot.interviewers.map(({ id, status }) => ({ id, status })),
    candidateStatus: timeslot.candidateStatus,
    noShow: timeslot.noShow,
  };
}

export function interviewShape(interview: Interview): Json {
  return {
    id: interview.id,
    candidate: { id: interview.candidateId, status: interview.candidateStatus },
    jobId: interview.jobId,
    ...(interview.organizerId === null ? {} : { organizerId: interview.organizerId }),
    timezone: interview.timezone,
    ...(interview.location === null ? {} : { location: interview.location }),
    ...(interview.locationType === null ? {} : { locationType: interview.locationType }),
    timeslots: interview.timeslots.map(timeslotShape),
    createdOn: iso(interview.createdAt),
    ...(interview.refUrl === null ? {} : { refUrl: interview.refUrl }),
    source: interview.source,
  };
}

/** The list gives only the id of the system role; details add its name. */
export function userItem(user: User): Json {
  return {
    id: user.id,
    email: user.email,
    firstName: user.firstName,
    lastName: user.lastName,
    systemRole: { id: user.systemRole },
    active: user.active,
    updatedOn: iso(user.updatedAt),
    language: { code: 'en' },
    ssoLoginMode: 'PASSWORD',
    accessGroups: [],
  };
}

export function userDetails(user: User): Json {
  const name = user.systemRole.charAt(0) + user.systemRole.slice(1).toLowerCase();
  return { ...userItem(user), systemRole: { id: user.systemRole, name }, location: {} };
}
