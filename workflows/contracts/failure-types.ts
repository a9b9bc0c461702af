/**
 * Types of `ApplicationFailure`, the only names by which failures travel. The API turns the first
 * group into HTTP answers; the second are what activities say about the outside.
 */
export const failureTypes = {
  notInstalled: 'NotInstalled',
  uninstalling: 'Uninstalling',
  credentialsRejected: 'CredentialsRejected',
  differentCompany: 'DifferentCompany',
  vendorUnavailable: 'VendorUnavailable',
  jobNotFound: 'JobNotFound',
  interviewNotFound: 'InterviewNotFound',
  roleNotFound: 'RoleNotFound',
  versionMismatch: 'VersionMismatch',
  consentNeedsCandidateEmails: 'ConsentNeedsCandidateEmails',
  linkUnreadable: 'LinkUnreadable',

  providerAuth: 'ProviderAuth',
  providerScope: 'ProviderScope',
  providerNotFound: 'ProviderNotFound',
  providerRejected: 'ProviderRejected',
  providerThrottled: 'ProviderThrottled',
  providerUnavailable: 'ProviderUnavailable',
  providerContract: 'ProviderContract',
  storeUnavailable: 'StoreUnavailable',
  stillRunning: 'StillRunning',
} as const;

export type FailureType = (typeof failureTypes)[keyof typeof failureTypes];
