import type {
  VendorInterview as NeutralInterview,
  VendorTimeslot as NeutralTimeslot,
} from '../interviews/normalize.js';

/**
 * What SmartRecruiters says, in this project's own words. Times are epoch ms; null is "not said".
 * Words of the vendor's open enumerations (statuses, sources) stay as they came.
 */
export interface VendorJob {
  jobId: string;
  title: string;
  refNumber: string | null;
  department: string | null;
  /** City, region and country in one line, or `Remote`. */
  location: string | null;
  status: string;
  /** Candidates of this job may be interviewed. */
  open: boolean;
  /** Published as `PRIVATE` (dossier 4.1), the one mark of the kind that the vendor is known to have. */
  confidential: boolean;
  updatedAt: number | null;
  lastActivityAt: number | null;
}

/** A candidate in a listing; names and e-mails are left with the vendor. */
export interface VendorCandidate {
  candidateId: string;
  primary: { jobId: string; status: string } | null;
  /** The list does not say the status of these. */
  secondaryJobIds: string[];
  updatedAt: number | null;
}

export interface VendorApplication {
  candidateId: string;
  jobId: string;
  /** Absent for some tenants: then only webhooks give application ids. */
  applicationId: string | null;
  status: string;
}

export interface VendorJobApplication {
  applicationId: string;
  candidateId: string;
  jobId: string;
  status: string;
}

export interface VendorTimeslot extends NeutralTimeslot {
  noShow: boolean;
}

/** `timezone` is a zone of the IANA database, for display only; `UTC` when the vendor's was unknown. */
export interface VendorInterview extends NeutralInterview {
  refUrl: string | null;
  /** The vendor has no such field today. */
  status: string | null;
  createdAt: number | null;
  timeslots: VendorTimeslot[];
}

export type UnreadableReason =
  | 'time_without_zone'
  | 'end_before_start'
  | 'no_timeslots'
  /** A status, which the vendor does not have today, says cancelled: a doubt, never a proof. */
  | 'said_to_be_cancelled'
  | 'unknown_shape';

/** An interview that exists but whose facts cannot be trusted; it is never to be seen as gone. */
export interface UnreadableInterview {
  interviewId: string;
  reason: UnreadableReason;
}

export interface VendorInterviews {
  interviews: VendorInterview[];
  unreadable: UnreadableInterview[];
  /** Items without an id: while there are any, the list proves no absence. */
  skipped: number;
}

export interface VendorUser {
  userId: string;
  email: string | null;
  firstName: string | null;
  active: boolean;
}

export interface VendorPerson {
  candidateId: string;
  email: string | null;
  firstName: string | null;
}

/**
 * One page of a listing. An id may come again on a later page; a listing that ends early, or whose
 * pages have `skipped` items, proves nothing about what it does not name.
 */
export interface ListingPage<Item> {
  items: Item[];
  /** The cursor of the next page; null on the last one. */
  nextPageId: string | null;
  /** How many items the whole listing has; null: not said. */
  total: number | null;
  /** Items that could not be read. */
  skipped: number;
}

/** A webhook subscription. `status` as the vendor says it: `active`, `inactive`, `suspended` … */
export interface VendorSubscription {
  subscriptionId: string;
  callbackUrl: string;
  status: string;
  /** Names of events. */
  events: string[];
}

/** One delivery of a webhook as the vendor logged it. */
export interface VendorCallback {
  /** As the vendor says it. */
  status: string;
  at: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** As it was sent: what the signature in `headers` covers. */
  body: string;
}
