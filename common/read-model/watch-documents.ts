/**
 * The documents of the watch: its work list, the webhooks that move it, and what it says of itself.
 * Times are epoch milliseconds, keys are business keys, as in `documents.ts`.
 */

export type WorkKind =
  /** The jobs of the company. */
  | 'catalogue'
  /** Candidates: of one role (key = jobId), or what changed in all roles that are on (key `changes`). */
  | 'listing'
  /** An application whose id is not known yet; it becomes an `application` row in place. */
  | 'resolve'
  /** The interviews of one application. */
  | 'application'
  /** The interviewers of the interviews ahead. */
  | 'users'
  /** The webhook subscription: made, kept alive, its gaps healed. */
  | 'subscription';
/** Why a row was moved to the front. A hint is never proof. */
export type HintReason = 'new' | 'updated' | 'webhook' | 'refresh';
/** A listing that is under way: the next page, so that a crash at any page costs that page only. */
export interface ListingCursor {
  /** null: the first page is next. */
  pageId: string | null;
  startedAt: number;
  /** Items named so far, and how many there are when the vendor says so. */
  seen: number;
  total: number | null;
  /** Only what changed since then; null: a full listing. */
  since: number | null;
  /** Items that could not be read: such a listing proves nobody's absence. */
  skipped: number;
  /** How often the listing was begun anew because the vendor took its cursor no longer. */
  expiries?: number;
}
export type WorkTier = 'imminent' | 'hot' | 'warm' | 'cold' | 'done';

/** `_id` = orgId/generation/kind/key. One row of the watch's work list. */
export interface WorkRow {
  _id: string;
  orgId: string;
  generation: string;
  kind: WorkKind;
  jobId: string | null;
  candidateId: string | null;
  /** Resolved once and kept. */
  applicationId: string | null;
  status: string | null;
  tier: WorkTier;
  /** Off while the role is off: the row stays where it was. */
  active: boolean;
  /** A person asked for an interview of this application: it is watched whatever its role says. */
  pinned: boolean;
  nextCheckAt: number;
  /** When something last hinted at a change; keeps the row hot for a day. */
  hint: null | { at: number; reason: HintReason };
  /** The hint came from a webhook or a person and was not followed yet: read before any sweep. */
  urgent: boolean;
  /** Last known activity of the candidate: what is quiet for long becomes cold. */
  activityAt: number | null;
  foundAt: number;
  /** Of a listing or the catalogue: where it stands; null: none is under way. */
  cursor: ListingCursor | null;
  /** Of a listing or the catalogue: when it was last read whole. */
  fullAt: number | null;
  lastReadAt: number | null;
  lastResult: string | null;
  leasedUntil: number;
  leaseOwner: string | null;
  /** Raised before each read of this application, see `docs/protocols.md`. */
  readSeq: number;
}

/**
 * `_id` = orgId/generation/eventId. An incoming webhook of SmartRecruiters, stored before it is
 * answered and followed by the watch; holds ids only. One that was healed from the callbacks log
 * has the same key, so that each event counts once.
 */
export interface VendorEventDoc {
  _id: string;
  orgId: string;
  generation: string;
  eventId: string;
  eventName: string;
  /** The ids in the body; null where it names none. */
  interviewId: string | null;
  applicationId: string | null;
  candidateId: string | null;
  jobId: string | null;
  receivedAt: number;
  /** When the watch had turned it into hints; null: not yet. */
  followedAt: number | null;
  /** Its application has to be asked for at the vendor, not before then; null: not looked at yet. */
  retryAt: number | null;
  expiresAt: Date;
}

export type SubscriptionState =
  /** Not looked at yet, or being made. */
  | 'preparing'
  | 'active'
  /** The vendor stopped sending; it is being lifted. */
  | 'suspended'
  /** The credential lacks a webhook scope: everything works by polling. */
  | 'no_scope'
  /** The vendor could not reach us at the public address, or it refused. */
  | 'failed';

/**
 * `_id` = orgId/generation. The webhook subscription of a life. Written by the watch; the API reads
 * it to check what comes in.
 */
export interface SubscriptionDoc {
  _id: string;
  orgId: string;
  generation: string;
  /** Bumped with every write, for compare-and-set. */
  rev: number;
  state: SubscriptionState;
  /** SHA-256 (hex) of the key in the callback's path; the key itself is not kept. */
  keyHash: string | null;
  /** The vendor's id. */
  subscriptionId: string | null;
  /** The activation secret is echoed only until then. */
  activationUntil: number | null;
  /** Newest first. An old one is good until `goodUntil`; null: the current one. */
  secrets: { sealed: string; madeAt: number; goodUntil: number | null }[];
  /** Events up to then were healed from the callbacks log. */
  healedAt: number | null;
  /** Events may have been lost of which no log tells; until everything that is watched is due. */
  gap: boolean;
  stateSince: number;
  checkedAt: number | null;
  /** A short word why it is not active, for the page. */
  reason: string | null;
}

export interface TierFreshness {
  rows: number;
  p50Seconds: number | null;
  p95Seconds: number | null;
  /** How long the oldest due row has waited. */
  oldestDueSeconds: number;
}

/** The first import: everything found is read once. */
export interface ImportProgress {
  stage: 'jobs' | 'candidates' | 'applications' | 'interviews';
  done: number;
  total: number;
  /** By stage, as they come. */
  counts: { jobs: number; candidates: number; applications: number; interviews: number };
  startedAt: number;
  requestsPerSecond: number;
  etaSeconds: number | null;
}

/**
 * `_id` = orgId. What the watch says of itself after every slice, and every few seconds within one:
 * readers need not count rows. Figures are as of `at`; a reader adds what has passed since.
 */
export interface WatchReportDoc {
  _id: string;
  orgId: string;
  generation: string;
  at: number;
  freshness: Partial<Record<WorkTier, TierFreshness>>;
  load: {
    /** What all rows need by their periods, and what the watch may spend, a second. */
    neededPerSecond: number;
    budgetPerSecond: number;
    /** Every tier is late by this factor of its period; 1 when the budget suffices. */
    latenessFactor: number;
    /** How much shorter the periods of the hottest rows are while there is budget to spare; 1: none. */
    spareFactor: number;
    /** Periods are stretched since webhooks tell of changes. */
    byWebhook: boolean;
  };
  import: ImportProgress | null;
  /** Hot rows are later than twice their target since then. */
  staleSince: number | null;
  /** SmartRecruiters has not answered since then; the rests between slices grow with it. */
  awaySince?: number | null;
  /** Why the last slice got nothing with this credential: nobody asks again at once with the same. */
  setback?: {
    kind: 'refused' | 'away';
    credentialRef: string;
    /** The last time, and the first one since it was last accepted. */
    at: number;
    since: number;
  } | null;
  /** How long counting the work list took, in milliseconds: a long list is counted less often. */
  countedInMs?: number;
  /** Requests to the vendor since the start of this life. */
  requests: number;
}
