import type { Application, Candidate, EventName, Interview, Job } from './records.js';

/** Something happened that a webhook can tell: ids only, as in the vendor's bodies. */
export interface WorldEvent {
  companyId: string;
  name: EventName;
  body: Record<string, string>;
  /** Path of the entity as it is now; null when it is gone. */
  path: string | null;
}

export function interviewEvent(
  name: 'interview.created' | 'interview.updated' | 'interview.canceled',
  interview: Interview,
): WorldEvent {
  return {
    companyId: interview.companyId,
    name,
    // The documentation lists these four: there is no job id.
    body: {
      interview_id: interview.id,
      application_id: interview.applicationId,
      candidate_id: interview.candidateId,
      company_id: interview.companyId,
    },
    path:
      name === 'interview.canceled' ? null : `/interviews-api/v201904/interviews/${interview.id}`,
  };
}

export function applicationEvent(
  name: 'application.created' | 'application.status.updated',
  application: Application,
): WorldEvent {
  const { jobId, candidateId } = application;
  return {
    companyId: application.companyId,
    name,
    body: { job_id: jobId, candidate_id: candidateId, application_id: application.id },
    path: `/candidates/${candidateId}/jobs/${jobId}`,
  };
}

export function jobEvent(
  name: 'job.created' | 'job.updated' | 'job.status.updated',
  job: Job,
): WorldEvent {
  return { companyId: job.companyId, name, body: { id: job.id }, path: `/jobs/${job.id}` };
}

export function candidateEvent(
  name: 'candidate.created' | 'candidate.updated' | 'candidate.deleted',
  candidate: Candidate,
): WorldEvent {
  return {
    companyId: candidate.companyId,
    name,
    body: { id: candidate.id },
    path: name === 'candidate.deleted' ? null : `/candidates/${candidate.id}`,
  };
}
