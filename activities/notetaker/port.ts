/**
 * What the service needs from whoever runs the bots. All ids are the provider's; `key` is ours and
 * names one request (`docs/protocols.md` 4).
 */
export interface Notetaker {
  capabilities: NotetakerCapabilities;
  /**
   * Asks for one bot. One call, one HTTP request, no repetition.
   *
   * @throws {NotetakerError} `provesNoBot` says for which errors it is certain that none was made
   */
  create(request: CreateBotRequest): Promise<{ botId: string }>;
  /** @throws {NotetakerError} `wrong_state` once it has started, `gone` when there is none */
  move(input: {
    botId: string;
    joinAt?: number;
    leaveAt?: number | null;
    meetingUrl?: string;
  }): Promise<BotSnapshot>;
  /**
   * Tells a bot to leave. That it is over or unknown is no error. It is out of the meeting only when
   * `isOutOfMeeting` says so of a later reading.
   *
   * @returns the bot as it is now; null when there is none or the answer did not say
   */
  remove(input: { botId: string }): Promise<BotSnapshot | null>;
  get(input: { botId: string }): Promise<BotSnapshot | null>;
  /**
   * The newest bot that a request with this key made. A provider that knows no keys looks into the
   * room of `meetingUrl` for one that was created after `requestedAt`.
   */
  findRequested(request: RequestToFind): Promise<BotSnapshot | null>;
  /**
   * Bots that have not ended; reads page after page. A provider that knows no keys gives all of the
   * account's, with an empty `key`.
   */
  listActive(input: { keyPrefix: string }): AsyncIterable<BotSnapshot>;
  /** Null: there is no recording, or not yet. */
  recording(input: { botId: string }): Promise<RecordingReference | null>;
  /** Null: there is no transcript, or not yet. In the order of time. */
  transcript(input: { botId: string }): Promise<TranscriptSegment[] | null>;
}

export type NotetakerProvider = 'pillar' | 'recall' | 'attendee' | 'vexa';

/** Of one request whose fate is to be found out. */
export interface RequestToFind {
  key: string;
  meetingUrl: string;
  /** When its compare-and-set to `requesting` was made; epoch ms. */
  requestedAt: number;
}

/** What a provider can do; the protocols are steered by this alone, never by its name. */
export interface NotetakerCapabilities {
  provider: NotetakerProvider;
  /** Published limit of creates. */
  createPerMinute: number;
  /** A bot is asked for between these two before the start, in milliseconds. */
  requestLead: { earliestMs: number; latestMs: number };
  /**
   * Between so long before the start and the start itself a bot cannot be taken back, whatever is
   * tried; null: it always can.
   */
  frozenBeforeStartMs: number | null;
  /**
   * What our key names. `attempt`: one request. `room`: the provider refuses a second live bot of
   * one key, so that a room cannot have two even when a process stalls without bound.
   */
  keyScope: 'attempt' | 'room';
  /** Bots are addressed by their room: an empty room comes before a request, and a late removal would meet the next bot. */
  addressesRooms: boolean;
  /** Bots carry our metadata and key; else only the stored id tells whose they are. */
  carriesKeys: boolean;
  /** Meeting services that its bots join. */
  joins: ReadonlySet<'zoom' | 'google_meet' | 'microsoft_teams' | 'webex' | 'other'>;
}

export interface RecordingReference {
  /** Short-lived; never stored. */
  url: string;
  /** Epoch ms; null: the provider does not say. */
  expiresAt: number | null;
  /** Epoch ms. */
  startedAt: number | null;
}

/** Times in milliseconds from the beginning of the recording. */
export interface TranscriptSegment {
  /** As the provider names the speaker; null: unknown. */
  speaker: string | null;
  startMs: number;
  endMs: number;
  text: string;
}

export interface CreateBotRequest {
  key: string;
  meetingUrl: string;
  /** Epoch ms. */
  joinAt: number;
  /** Epoch ms; null: when the meeting ends. */
  leaveAt: number | null;
  botName: string;
  /** Ids only, never people. */
  metadata: Record<string, string>;
  record: boolean;
  transcribe: boolean;
  /** For the whole call, its answer included. */
  timeoutMs: number;
}

export type NotetakerState =
  | 'scheduled'
  | 'starting'
  | 'joining'
  | 'waiting_room'
  | 'in_call'
  | 'recording'
  | 'leaving'
  | 'processing'
  | 'ended';

export type NotetakerOutcome =
  | 'attended_recorded'
  | 'attended_not_recorded'
  | 'not_admitted'
  | 'no_one_joined'
  | 'meeting_not_started'
  | 'removed'
  | 'cancelled'
  | 'failed';

/** A bot in neutral words; times are epoch ms, and once set they stay. */
export interface BotSnapshot {
  botId: string;
  key: string;
  state: NotetakerState;
  /** Null until `ended`. */
  outcome: NotetakerOutcome | null;
  /** The provider's own, more exact word; not a closed list. */
  reason: string | null;
  /** Whether another bot may have more luck within the interview, by `notetaker-providers` tables. */
  anotherMayHelp: boolean;
  joinAt: number | null;
  createdAt: number | null;
  joinedAt: number | null;
  recordingStartedAt: number | null;
  recordingEndedAt: number | null;
  endedAt: number | null;
  removedBy: 'api' | 'participant' | null;
  metadata: Record<string, string>;
  /** Greater in the newer of two copies. */
  version: number;
}

export type NotetakerErrorKind =
  /** The request itself was refused: another try would be refused too. */
  | 'refused'
  | 'rate_limited'
  /** No bot is free at present. */
  | 'capacity'
  /** A create whose fate nobody knows: it must be looked up, not repeated. */
  | 'unknown_outcome'
  /** No usable answer to a call that may be repeated. */
  | 'unavailable'
  | 'auth'
  | 'gone'
  | 'wrong_state';

/** Names neither the link nor the bot's name; safe to log. */
export class NotetakerError extends Error {
  readonly kind: NotetakerErrorKind;
  /** HTTP status, null without an answer. */
  readonly status: number | null;
  /** The provider's own code, such as `invalid_request`. */
  readonly code: string | null;
  readonly retryAfterMs: number | null;

  constructor(input: {
    kind: NotetakerErrorKind;
    operation: string;
    status?: number | null;
    code?: string | null;
    retryAfterMs?: number | null;
    /** Why there was no usable answer, in the words of this code. */
    why?: string;
  }) {
    const { kind, operation, status = null, code = null, retryAfterMs = null, why } = input;
    const details = [status, code, why].filter((part) => part !== null && part !== undefined);
    super(`notetaker ${operation}: ${kind}${details.length > 0 ? ` (${details.join(', ')})` : ''}`);
    this.name = 'NotetakerError';
    this.kind = kind;
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

const proofs: ReadonlySet<NotetakerErrorKind> = new Set([
  'refused',
  'auth',
  'rate_limited',
  'capacity',
]);

/** Whether a failed create proves that no bot was made by it, so that its claim may be freed. */
export function provesNoBot(error: unknown): boolean {
  return error instanceof NotetakerError && proofs.has(error.kind);
}

/** A bot may still have to write its files, but nobody sees it in the meeting any more. */
export function isOutOfMeeting(snapshot: Pick<BotSnapshot, 'state'>): boolean {
  return snapshot.state === 'processing' || snapshot.state === 'ended';
}
