/**
 * Business ids of the workflows, one function a type. Ids are stored in clear, shown in lists and
 * written to logs: they hold internal ids only. Ids of the vendor are percent-encoded, so that a
 * slash in one cannot make it another workflow's id.
 */
export const orgIdPattern = /^[A-Za-z0-9_-]{1,64}$/;

export function installationWorkflowId({ orgId }: { orgId: string }): string {
  return `installation/${orgId}`;
}

export function interviewWatchWorkflowId(key: { orgId: string; generation: string }): string {
  return `interview-watch/${key.orgId}/${key.generation}`;
}

export function joinInterviewWorkflowId(key: {
  orgId: string;
  generation: string;
  interviewId: string;
}): string {
  return `join-interview/${key.orgId}/${key.generation}/${encodeURIComponent(key.interviewId)}`;
}

export function fetchArtifactWorkflowId(key: {
  orgId: string;
  generation: string;
  interviewId: string;
  sessionId: string;
  kind: string;
}): string {
  const { orgId, generation, interviewId, sessionId, kind } = key;
  const ids = [interviewId, sessionId].map(encodeURIComponent).join('/');
  return `fetch-artifact/${orgId}/${generation}/${ids}/${kind}`;
}

/** The Schedule and the prefix of the workflow ids that it starts. */
export const auditorScheduleId = 'auditor';
export const auditorWorkflowId = 'auditor';

/** What owns a claim: one session of one installation's life. */
export function holderIdOf(key: { generation: string; sessionId: string }): string {
  return `${key.generation}/${encodeURIComponent(key.sessionId)}`;
}
