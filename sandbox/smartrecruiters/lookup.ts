import { notFound } from './errors.js';
import type { Application, Candidate, Interview, Job, Timeslot } from './records.js';
import type { Grant } from './tokens.js';
import type { World } from './world.js';

/** Finding records as one credential sees them: its own company, and its access group only. */

export function seesJob(options: { grant: Grant; jobId: string }): boolean {
  const { visibleJobIds, hiddenJobIds } = options.grant.credential;
  return (
    (visibleJobIds === null || visibleJobIds.includes(options.jobId)) &&
    !hiddenJobIds.includes(options.jobId)
  );
}

export function findJob(options: { world: World; grant: Grant; jobId: string }): Job {
  const { world, grant, jobId } = options;
  const job = world.jobs.get(jobId);
  if (job?.companyId !== grant.credential.companyId || !seesJob({ grant, jobId })) {
    throw notFound('Job');
  }
  return job;
}

export function visibleApplications(options: {
  world: World;
  grant: Grant;
  candidateId: string;
}): Application[] {
  const { world, grant, candidateId } = options;
  return world
    .applicationsOf(candidateId)
    .filter((application) => seesJob({ grant, jobId: application.jobId }));
}

export function findCandidate(options: {
  world: World;
  grant: Grant;
  candidateId: string;
}): Candidate {
  const { world, grant, candidateId } = options;
  const candidate = world.candidates.get(candidateId);
  const hidden =
    world.applicationsOf(candidateId).length > 0 &&
    visibleApplications({ world, grant, candidateId }).length === 0;
  if (candidate?.companyId !== grant.credential.companyId || hidden) throw notFound('Candidate');
  return candidate;
}

export function findAssignment(options: {
  world: World;
  grant: Grant;
  candidateId: string;
  jobId: string;
}): Application {
  const { world, grant, candidateId, jobId } = options;
  findCandidate({ world, grant, candidateId });
  const application = world.application({ candidateId, jobId });
  if (application === undefined || !seesJob({ grant, jobId })) throw notFound('Application');
  return application;
}

export function findApplication(options: {
  world: World;
  grant: Grant;
  applicationId: string;
}): Application {
  const { world, grant, applicationId } = options;
  const application = world.applications.get(applicationId);
  if (
    application?.companyId !== grant.credential.companyId ||
    !seesJob({ grant, jobId: application.jobId })
  ) {
    throw notFound('Job application');
  }
  return application;
}

/** Whether the API shows this interview at all: a cancelled one is gone for good. */
export function seesInterview(options: {
  world: World;
  grant: Grant;
  interview: Interview;
}): boolean {
  const { world, grant, interview } = options;
  const company = world.companies.get(interview.companyId);
  return (
    interview.companyId === grant.credential.companyId &&
    interview.cancelledAt === null &&
    seesJob({ grant, jobId: interview.jobId }) &&
    !(interview.source === 'UI' && company?.quirks.hideUiInterviews === true)
  );
}

export function findInterview(options: {
  world: World;
  grant: Grant;
  interviewId: string;
}): Interview {
  const { world, grant, interviewId } = options;
  const interview = world.interviews.get(interviewId);
  if (interview === undefined || !seesInterview({ world, grant, interview })) {
    throw notFound('Interview');
  }
  return interview;
}

export function findTimeslot(options: { interview: Interview; timeslotId: string }): Timeslot {
  const timeslot = options.interview.timeslots.find((row) => row.id === options.timeslotId);
  if (timeslot === undefined) throw notFound('Timeslot');
  return timeslot;
}
