/** The nine scopes that the Owner ticks in SmartRecruiters, in the order in which they are probed. */
export const requiredScopes = [
  'jobs_read',
  'users_read',
  'interview_types_read',
  'candidates_read',
  'candidate_status_read',
  'job_applications_read',
  'interviews_read',
  'candidates_create',
  'interviews_write',
] as const;

export type Scope = (typeof requiredScopes)[number];

/**
 * `granted`: the call worked. `missing`: refused with 403. `unverified`: nothing proves it without
 * a write; it shows at first use. `unknown`: the vendor gave no usable answer.
 */
export type ScopeStatus = 'granted' | 'missing' | 'unverified' | 'unknown';

export interface ScopeReport {
  scope: Scope;
  status: ScopeStatus;
  /** What of the product rests on this scope, in plain words. */
  features: string[];
  checkedAt: number;
}

/** What is lost without a scope. `essential`: without it no interview can be joined. */
export const scopeFeatures: Record<Scope, { features: string[]; essential: boolean }> = {
  jobs_read: { features: ['Choosing jobs', 'Import all'], essential: true },
  users_read: { features: ['E-mails to interviewers'], essential: false },
  interview_types_read: { features: ['Rules by interview type'], essential: false },
  candidates_read: { features: ['Finding interviews', 'E-mails to candidates'], essential: true },
  candidate_status_read: { features: ['History of a candidate’s status'], essential: false },
  job_applications_read: { features: ['Status of applications'], essential: false },
  interviews_read: { features: ['Finding and joining interviews'], essential: true },
  candidates_create: { features: ['Creating candidates from Pillar'], essential: false },
  interviews_write: { features: ['Scheduling interviews from Pillar'], essential: false },
};
