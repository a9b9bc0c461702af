import type { Attention } from '../../workflows/contracts/attention.js';
import type { Decision } from '../../workflows/contracts/decision.js';
import type {
  CommandResult,
  InstallationPhase,
  Stopping,
} from '../../workflows/contracts/installation.js';
import type { JoinState, SessionOutcome } from '../../workflows/contracts/join-interview.js';
import type { ScopeReport } from '../../workflows/contracts/scopes.js';
import type { Settings } from '../../workflows/contracts/settings.js';

export type * from './watch-documents.js';

/**
 * The documents of every collection. All keys are business keys in `_id`, so that a repeated write
 * meets itself; all times are epoch milliseconds, except `expiresAt`, a Date that a TTL index needs
 * (and that every query repeats, since not every server removes what is past it).
 */

/** `_id` = orgId. Written only by the installation's activities, guarded by `version`. */
export interface InstallationDoc {
  _id: string;
  orgId: string;
  generation: string;
  phase: InstallationPhase;
  settings: Settings;
  scopes: ScopeReport[];
  /** The most urgent one first. */
  attentions: Attention[];
  credentialRef: string | null;
  receiptId: string | null;
  stopping: Stopping[];
  version: number;
  updatedAt: number;
}

/** `_id` = credentialRef (random). `uploaded` ones that no command adopts expire after an hour. */
export interface CredentialDoc {
  _id: string;
  orgId: string;
  state: 'uploaded' | 'in_use';
  /** Sealed JSON `{ clientId, clientSecret }`. */
  sealed: string;
  /** Keyed hash of the client id: names the vendor's budget without naming the client. */
  budgetKey: string;
  createdAt: number;
  expiresAt: Date | null;
}

/** `_id` = orgId/jobId. The catalogue of the vendor's jobs. */
export interface JobDoc {
  _id: string;
  orgId: string;
  generation: string;
  jobId: string;
  title: string;
  refNumber: string | null;
  department: string | null;
  location: string | null;
  status: string;
  /** CREATED, SOURCING, INTERVIEW, OFFER are open; ON_HOLD can be chosen. */
  open: boolean;
  /** Published as private. Absent in what an earlier release stored: not known to be. */
  confidential?: boolean;
  lastActivityAt: number | null;
  seenAt: number;
}

/** `_id` = orgId/jobId. A job that Pillar knows, with its toggle. */
export interface RoleDoc {
  _id: string;
  orgId: string;
  generation: string;
  jobId: string;
  title: string;
  department: string | null;
  location: string | null;
  enabled: boolean;
  /** The Owner's own last word in `choose_jobs` and as exception in `import_all`; null: never said. */
  chosen: boolean | null;
  scheduled: 'include' | 'exclude';
  enabledAt: number | null;
  enabledBy: string | null;
  epoch: number;
  stopping: Stopping[];
  /** Notices of interviews already scheduled are held until the people are counted (`waiting`: for an Owner). */
  mailHold: null | 'counting' | 'waiting';
  /** The command that made its scheduled interviews joinable: what was read since then is counted. */
  mailHoldSince: number | null;
  removed: boolean;
  version: number;
}

export type LinkState = 'found' | 'none' | 'unreadable' | 'set_by_person';
export type LinkProvider = 'zoom' | 'google_meet' | 'microsoft_teams' | 'webex' | 'other';

export interface TimeslotFacts {
  timeslotId: string;
  startsAt: number;
  endsAt: number;
  interviewerIds: string[];
  /** Absent in what an earlier release stored, until the interview is read again. */
  title?: string | null;
  interviewType?: string | null;
  roomKey: string | null;
}

export interface PlannedSession {
  sessionId: string;
  /** What it is made of, in string order; absent when an earlier release planned it. */
  timeslotIds?: string[];
  startsAt: number;
  endsAt: number;
  provider: LinkProvider | null;
  roomKey: string | null;
  /** False: a service that no notetaker joins. */
  joinable: boolean;
  /** Sealed canonical link; opened only to ask the provider and to write a mail. */
  sealedLink: string | null;
}

/** How far one session is; written only by its join. */
export interface SessionProgress {
  sessionId: string;
  state: JoinState;
  outcome: SessionOutcome | null;
  reason: string | null;
  /** When the outcome was given. */
  outcomeAt: number | null;
  plannedAt: number;
  requestedAt: number | null;
  joinedAt: number | null;
  recordingStartedAt: number | null;
  endedAt: number | null;
  /** The bot that was there last, by the provider's id; null: none, or unknown. */
  botId: string | null;
  attempt: number;
  roomKey: string | null;
  startsAt: number;
  endsAt: number;
}

export type NoticeState = 'none' | 'held' | 'pending' | 'accepted' | 'undeliverable';

export interface TimelineEntry {
  at: number;
  kind: string;
  detail: string;
  by: string;
}

/** `_id` = orgId/generation/interviewId. */
export interface InterviewDoc {
  _id: string;
  orgId: string;
  generation: string;
  interviewId: string;
  applicationId: string;
  candidateId: string;
  jobId: string;
  title: string;
  interviewType: string | null;
  timezone: string;
  startsAt: number;
  endsAt: number;
  timeslots: TimeslotFacts[];
  link: { state: LinkState; provider: LinkProvider | null };
  /** Marked as private at the vendor; its job may be so as well. Such interviews are never joined. */
  confidential: boolean;
  /** Link that a person set by hand, sealed; stands above what the vendor says. */
  sealedLinkByPerson: string | null;
  plan: PlannedSession[];
  /** Hash of the normal form, and of that part of it that moves a bot. */
  hash: string;
  planHash: string;
  /** False: the vendor sent it in a form that could not be read. */
  readable: boolean;
  /** Number of the reading that these facts come from; only a newer one overwrites. */
  readSeq: number;
  lastReadAt: number;
  /** First reading while its role is on. */
  firstSeenAt: number | null;
  /** Already scheduled when its role was turned on without its scheduled interviews. */
  excluded: boolean;
  /** Cancelled for sure: absent from a successful list and 404 by id. */
  goneAt: number | null;
  choice: null | { action: 'join' | 'skip'; by: string; at: number; sealedReason: string | null };
  notice: { state: NoticeState; acceptedAt: number | null };
  /** The plan (`planHash`) about which each side was mailed last; null: not yet. */
  mailed: { candidate: string | null; interviewers: string | null };
  /** What its join was told last, and when; `done` once the signal was accepted. */
  told: { hash: string; at: number; done: boolean } | null;
  decision: Decision;
  /** By sessionId. */
  progress: Record<string, SessionProgress>;
  stopping: Stopping | null;
  timeline: TimelineEntry[];
  version: number;
}

export type HolderState = 'free' | 'claimed' | 'requesting' | 'live' | 'stopping';

export interface Epochs {
  installation: number;
  settings: number;
  role: number;
  interview: number;
}

/** An interview whose session shares the room and the time, and so the bot, of a holder. */
export interface ClaimMember {
  /** generation/sessionId, as a holder of its own would be called. */
  holderId: string;
  interviewId: string;
  sessionId: string;
  jobId: string;
  generation: string;
  from: number;
  until: number;
  epochs: Epochs;
  /** Of the member's own claims; a holder that it becomes goes on from the greater of both. */
  attempt: number;
}

export interface ClaimHolder {
  holderId: string;
  interviewId: string;
  sessionId: string;
  jobId: string;
  generation: string;
  from: number;
  until: number;
  /** Those who ride along; the one who asked for the bot is not among them. */
  members: ClaimMember[];
  state: HolderState;
  attempt: number;
  epochs: Epochs;
  claimedUntil: number;
  requestDeadlineAt: number | null;
  requestedAt: number | null;
  providerBotKey: string | null;
  providerBotId: string | null;
  /** Of a provider that addresses bots by their room: so long a removal may still reach it. */
  stopAskedUntil?: number;
  /** Sealed link that the request went to: the interview may have moved, or be gone, since. */
  sealedLink?: string;
}

/** `_id` = orgId/roomKey. */
export interface ClaimDoc {
  _id: string;
  orgId: string;
  roomKey: string;
  rev: number;
  holders: ClaimHolder[];
}

/** `_id` = orgId/kind or orgId/kind/key; survives erasure. */
export interface FenceDoc {
  _id: string;
  orgId: string;
  kind: 'installation' | 'settings' | 'role' | 'interview' | 'operations';
  key: string | null;
  /**
   * The life that wrote it. Of the installation's own fence: the life that may act. A role's off and
   * an interview's `joins` hold in this life only; an interview's off, a person's no, in every one.
   */
  generation: string;
  epoch: number;
  off: boolean;
  /** Of an interview's fence: a person asked for the notetaker, which beats a role that is off. */
  joins: boolean;
  /** Of a role's fence: a narrower capture mode wrote it, no person; a wider one lifts it. */
  byCaptureMode: boolean;
  at: number;
  /** Of an operations fence: why, and who said so. */
  reason?: string;
  by?: string;
}

/** `_id` = orgId/commandId. Kept 24 h. */
export interface CommandDoc {
  _id: string;
  orgId: string;
  commandId: string;
  bodyDigest: string | null;
  state: 'done' | 'failed';
  result: CommandResult | null;
  failure: { type: string; message: string } | null;
  at: number;
  expiresAt: Date;
}

export type ChangeKind = 'installation' | 'role' | 'interview' | 'import' | 'command';

/**
 * `_id` = orgId/seq. What server-sent events read; kept an hour. `seq` comes from the writer's
 * clock, so a row may become visible a little after one with a higher number: readers overlap.
 */
export interface ChangeDoc {
  _id: string;
  orgId: string;
  seq: number;
  kind: ChangeKind;
  key: string;
  at: number;
  expiresAt: Date;
}

/** `_id` = orgId/hash of the interview. A person's word; outlives every generation. */
export interface TombstoneDoc {
  _id: string;
  orgId: string;
  action: 'skip';
  epoch: number;
  at: number;
}

/** `_id` = orgId/keyed hash of the user's id. An interviewer's no; outlives every generation. */
export interface OptOutDoc {
  _id: string;
  orgId: string;
  at: number;
}

export type AlertKind =
  /** Not in the room 60 s after the start, or known ahead that it will not be. */
  | 'missing'
  | 'preflight'
  | 'lobby'
  /** Something that the auditor found. */
  | 'finding';

/** `_id` = key of one alert. Stored before it is delivered; delivered at least once. */
export interface AlertDoc {
  _id: string;
  orgId: string;
  generation: string;
  /** Null: of no interview. */
  interviewId: string | null;
  /** Of the session that it is about; epoch ms. */
  startsAt: number | null;
  kind: AlertKind;
  /** A code, and what to do about it in the words of the templates; never people or links. */
  reason: string;
  at: number;
  /** Channels that took it: `email`, `webhook`. */
  delivered: string[];
  attempts: number;
  /** Null: delivered everywhere, or given up. */
  nextAttemptAt: number | null;
  expiresAt: Date;
}

/** `_id` = orgId/generation/interviewId/sessionId/kind. What was fetched for a reader a moment ago. */
export interface ArtifactDoc {
  _id: string;
  orgId: string;
  state: 'ready' | 'none';
  /** Sealed JSON: a recording reference or transcript segments. */
  sealed: string | null;
  at: number;
  expiresAt: Date;
}

/** `_id` = key of one mail to one person about one event. */
export interface NotificationDoc {
  _id: string;
  orgId: string;
  generation: string;
  interviewId: string;
  kind:
    | 'candidate_notice'
    | 'candidate_change'
    | 'interviewer_notice'
    | 'interviewer_change'
    | 'interviewer_admit'
    | 'alert';
  state: 'claimed' | 'accepted' | 'undeliverable';
  messageId: string;
  attempts: number;
  at: number;
  acceptedAt: number | null;
}

/** `_id` = orgId/seq, zero-padded. Each row's hash covers the one before it. */
export interface AuditDoc {
  _id: string;
  orgId: string;
  seq: number;
  at: number;
  event: string;
  by: string;
  subject: string | null;
  detail: Record<string, string | number | boolean | null>;
  prevHash: string;
  hash: string;
}

/** `_id` = receiptId. Readable for 90 days. */
export interface ReceiptDoc {
  _id: string;
  orgId: string;
  generation: string;
  state: 'uninstalling' | 'completed';
  /** How many documents of each collection were erased; counted before the first one goes. */
  erased: Record<string, number> | null;
  jws: string | null;
  requestedAt: number;
  completedAt: number | null;
  expiresAt: Date;
}

/** `_id` = provider/eventId. An incoming webhook of a notetaker, stored before it is answered. */
export interface WebhookReceiptDoc {
  _id: string;
  source: string;
  botKey: string | null;
  at: number;
  expiresAt: Date;
}

/** `_id` = budget key. The limiter that all processes share for one credential. */
export interface ProviderLeaseDoc {
  _id: string;
  rev: number;
  nextAt: number;
  blockedUntil: number;
  /** Refusals by the vendor in a row. */
  throttles: number;
  /** Until then the spacing is wider: somebody else uses this credential too. */
  slowUntil: number;
  /** How much wider; grows while the foreign use goes on. */
  slowFactor: number;
  /** When our own latest requests began: what they do not explain is foreign use. */
  recent: number[];
  /** By lane: when its own share of the rate allows the next request; `slowed`: all but `join`. */
  shareAt: Partial<Record<string, number>>;
  /** By lane: somebody waits there, until then unless renewed; nobody else borrows meanwhile. */
  demandUntil: Partial<Record<string, number>>;
  leases: { id: string; lane: string; until: number; exclusive: boolean }[];
}

/** `_id` = a name. Secrets of the service itself, sealed (the key of keyed hashes). */
export interface ServiceSecretDoc {
  _id: string;
  sealed: string;
}
