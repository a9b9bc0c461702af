import { type FailureType, failureTypes } from '../workflows/contracts/failure-types.js';

interface ProblemRow {
  status: number;
  title: string;
  /** What the caller can do about it. */
  detail: string;
  retryAfterSeconds?: number;
}

/** Every error answer of this API: the closed list of `code` with its status and sentence. */
const table = {
  unauthenticated: {
    status: 401,
    title: 'No valid token',
    detail: 'Send a Pillar access token that has not expired as a bearer token.',
  },
  invalid_signature: {
    status: 401,
    title: 'The signature does not hold',
    detail: 'Sign the raw body with the shared secret and a time stamp of the last five minutes.',
  },
  forbidden: {
    status: 403,
    title: 'The permission is missing',
    detail: 'An Owner of the organization can do this.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    detail: 'Nothing answers at this address, or it belongs to another organization.',
  },
  job_not_found: {
    status: 404,
    title: 'The job is not known',
    detail: 'Look the job up in the list of jobs; it may have been closed or deleted.',
  },
  role_not_found: {
    status: 404,
    title: 'The role is not known',
    detail: 'Turn the job on first; then it is a role.',
  },
  interview_not_found: {
    status: 404,
    title: 'The interview is not known',
    detail: 'Look it up in the list of interviews; a new one is found within minutes.',
  },
  command_not_found: {
    status: 404,
    title: 'The command is not known',
    detail: 'Outcomes of commands are kept for 24 hours.',
  },
  receipt_not_found: {
    status: 404,
    title: 'The receipt is not known',
    detail: 'Receipts are readable for 90 days after the uninstall.',
  },
  nothing_captured: {
    status: 404,
    title: 'Nothing was captured',
    detail: 'The notetaker has recorded no session of this interview; its sessions say why.',
  },
  recording_off: {
    status: 404,
    title: 'Recording is turned off',
    detail: 'An Owner can turn recording on in the settings; then past recordings show again too.',
  },
  transcription_off: {
    status: 404,
    title: 'Transcription is turned off',
    detail: 'An Owner can turn transcription on in the settings.',
  },
  artifact_not_found: {
    status: 404,
    title: 'The notetaker service has none',
    detail: 'The session was captured, but this was not made, or is no longer kept.',
  },
  malformed_json: {
    status: 400,
    title: 'The body is not JSON',
    detail: 'Send one well-formed JSON document in UTF-8.',
  },
  invalid_query: {
    status: 400,
    title: 'The query does not fit',
    detail: 'Correct the parameters named in errors.',
  },
  invalid_header: {
    status: 400,
    title: 'A header does not fit',
    detail: 'Correct the headers named in errors.',
  },
  not_acceptable: {
    status: 406,
    title: 'No such form of it',
    detail: 'Accept application/json or text/vtt.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    detail: 'Send less in one request.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body has a type that is not read',
    detail: 'Send application/json in UTF-8 without compression.',
  },
  invalid_body: {
    status: 422,
    title: 'The body does not fit',
    detail: 'Correct the fields named in errors.',
  },
  not_available: {
    status: 422,
    title: 'The setting is not available yet',
    detail: 'This version does not enforce the settings named in errors; leave them as they are.',
  },
  idempotency_key_reused: {
    status: 422,
    title: 'The idempotency key was used for another body',
    detail: 'Use a new key for a new command, the same key only to repeat one.',
  },
  credentials_rejected: {
    status: 422,
    title: 'SmartRecruiters refuses the credential',
    detail: 'Check the client id and secret in SmartRecruiters and paste both again.',
  },
  consent_needs_candidate_emails: {
    status: 422,
    title: 'Consent by notice needs e-mails to candidates',
    detail: 'Leave candidate e-mails on, or choose another way of consent first.',
  },
  link_unreadable: {
    status: 422,
    title: 'The link is not one of a meeting',
    detail: 'Send the https link with which a person joins the meeting.',
  },
  not_installed: {
    status: 409,
    title: 'SmartRecruiters is not connected',
    detail: 'Connect it with a client id and secret first.',
  },
  uninstalling: {
    status: 409,
    title: 'The integration is being uninstalled',
    detail: 'Wait until the uninstall has completed.',
    retryAfterSeconds: 5,
  },
  different_company: {
    status: 409,
    title: 'The credential belongs to another SmartRecruiters company',
    detail: 'Uninstall first to connect another company.',
  },
  artifact_not_ready: {
    status: 409,
    title: 'Not ready yet',
    detail: 'The notetaker service still works on it; ask again in a while.',
    retryAfterSeconds: 30,
  },
  version_mismatch: {
    status: 412,
    title: 'Somebody else has changed it meanwhile',
    detail: 'Read it again and repeat the change with its present version.',
  },
  slow_down: {
    status: 429,
    title: 'Too many requests',
    detail: 'Wait as long as Retry-After says.',
  },
  internal_error: {
    status: 500,
    title: 'Something went wrong here',
    detail: 'Repeat the request; tell us the requestId when it happens again.',
  },
  vendor_unavailable: {
    status: 503,
    title: 'SmartRecruiters does not answer',
    detail: 'Nothing was changed; repeat it in a while.',
    retryAfterSeconds: 30,
  },
  artifact_unavailable: {
    status: 503,
    title: 'It could not be fetched in time',
    detail: 'The notetaker service does not answer, or is slow; ask again in a while.',
    retryAfterSeconds: 10,
  },
  commands_unavailable: {
    status: 503,
    title: 'Commands are not taken at the moment',
    detail: 'Nothing was changed; repeat it in a while, with the same Idempotency-Key.',
    retryAfterSeconds: 10,
  },
  store_unavailable: {
    status: 503,
    title: 'The store does not answer',
    detail: 'Repeat it in a while.',
    retryAfterSeconds: 5,
  },
  sign_in_unavailable: {
    status: 503,
    title: 'Tokens cannot be checked at the moment',
    detail: 'The keys of the sign-in do not answer; repeat it in a while.',
    retryAfterSeconds: 10,
  },
} as const satisfies Record<string, ProblemRow>;

export type ProblemCode = keyof typeof table;
export const problemCodes = Object.keys(table) as ProblemCode[];

/** One fault of a request: `pointer` is an RFC 6901 pointer, or the name of a parameter or header. */
export interface Fault {
  pointer: string;
  detail: string;
}

export interface ProblemBody {
  type: 'about:blank';
  title: string;
  status: number;
  detail: string;
  code: ProblemCode;
  requestId: string;
  errors?: Fault[];
}

/** Thrown anywhere behind a route; `middleware/error-handler.ts` alone writes it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly errors: Fault[] | null;

  constructor({ code, errors, cause }: { code: ProblemCode; errors?: Fault[]; cause?: unknown }) {
    super(table[code].title, { cause });
    this.code = code;
    this.errors = errors ?? null;
  }
}

export function problemRow({ code }: { code: ProblemCode }): ProblemRow {
  return table[code];
}

export function problemBody({
  code,
  requestId,
  errors,
}: {
  code: ProblemCode;
  requestId: string;
  errors: Fault[] | null;
}): ProblemBody {
  const { status, title, detail } = table[code];
  const body: ProblemBody = { type: 'about:blank', title, status, detail, code, requestId };
  return errors === null ? body : { ...body, errors };
}

const codeByFailure: Record<FailureType, ProblemCode> = {
  [failureTypes.notInstalled]: 'not_installed',
  [failureTypes.uninstalling]: 'uninstalling',
  [failureTypes.credentialsRejected]: 'credentials_rejected',
  [failureTypes.differentCompany]: 'different_company',
  [failureTypes.vendorUnavailable]: 'vendor_unavailable',
  [failureTypes.jobNotFound]: 'job_not_found',
  [failureTypes.interviewNotFound]: 'interview_not_found',
  [failureTypes.roleNotFound]: 'role_not_found',
  [failureTypes.versionMismatch]: 'version_mismatch',
  [failureTypes.consentNeedsCandidateEmails]: 'consent_needs_candidate_emails',
  [failureTypes.linkUnreadable]: 'link_unreadable',
  // What follows reaches the API only when a workflow let it through: the vendor or the store is
  // at fault, never the caller.
  [failureTypes.providerAuth]: 'credentials_rejected',
  [failureTypes.providerScope]: 'vendor_unavailable',
  [failureTypes.providerNotFound]: 'vendor_unavailable',
  [failureTypes.providerRejected]: 'vendor_unavailable',
  [failureTypes.providerThrottled]: 'vendor_unavailable',
  [failureTypes.providerUnavailable]: 'vendor_unavailable',
  [failureTypes.providerContract]: 'vendor_unavailable',
  [failureTypes.storeUnavailable]: 'store_unavailable',
  [failureTypes.stillRunning]: 'commands_unavailable',
};

function isFailureType(type: string): type is FailureType {
  return Object.hasOwn(codeByFailure, type);
}

/** The answer to a command that its workflow refused or could not carry out. */
export function codeOfFailure({ type }: { type: string }): ProblemCode {
  return isFailureType(type) ? codeByFailure[type] : 'internal_error';
}
