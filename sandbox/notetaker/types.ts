/** The shapes of `docs/notetaker-contract.openapi.json`, and those that only the simulator has. */

export type BotState =
  | 'scheduled'
  | 'starting'
  | 'joining'
  | 'waiting_room'
  | 'in_call'
  | 'recording'
  | 'leaving'
  | 'processing'
  | 'ended';

export type BotOutcome =
  | 'attended_recorded'
  | 'attended_not_recorded'
  | 'not_admitted'
  | 'no_one_joined'
  | 'meeting_not_started'
  | 'removed'
  | 'cancelled'
  | 'failed';

export type RemovedBy = 'api' | 'participant';

/** A bot as the contract shows it; times are ISO 8601. */
export interface Bot {
  id: string;
  key: string;
  state: BotState;
  outcome: BotOutcome | null;
  subCode: string | null;
  meetingUrl: string;
  botName: string;
  joinAt: string;
  leaveAt: string | null;
  createdAt: string;
  facts: {
    joinedAt: string | null;
    recordingStartedAt: string | null;
    recordingEndedAt: string | null;
    endedAt: string | null;
    removedBy: RemovedBy | null;
  };
  metadata: Record<string, string>;
  version: number;
}

/** The body of a create after its check; `joinAt` and `leaveAt` are epoch ms. */
export interface CreateBody {
  key: string;
  meetingUrl: string;
  joinAt: number;
  leaveAt: number | null;
  botName: string;
  metadata: Record<string, string>;
  recording: { record: boolean; transcribe: boolean };
  automaticLeave: {
    waitingRoomSeconds: number;
    noOneJoinedSeconds: number;
    everyoneLeftSeconds: number;
    meetingNotStartedSeconds: number;
  };
}

/** A change of place or time; `leaveAt: null` means until the meeting ends. */
export interface MoveBody {
  joinAt?: number | undefined;
  meetingUrl?: string | undefined;
  leaveAt?: number | null | undefined;
}

/** A bot as it is kept; times are epoch ms. */
export interface BotRecord {
  id: string;
  request: CreateBody;
  room: string;
  roomSinceAt: number;
  meetingUrl: string;
  joinAt: number;
  leaveAt: number | null;
  createdAt: number;
  state: BotState;
  stateSinceAt: number;
  admitted: boolean;
  leaveCode: string | null;
  outcome: BotOutcome | null;
  subCode: string | null;
  facts: {
    joinedAt: number | null;
    recordingStartedAt: number | null;
    recordingEndedAt: number | null;
    endedAt: number | null;
    removedBy: RemovedBy | null;
  };
  version: number;
  history: { state: BotState; at: number; version: number }[];
}

/** What happens in a meeting room. `removalMs`: how long a bot lingers after it was told to leave. */
export interface RoomScenario {
  kind:
    | 'admit'
    | 'never_admit'
    | 'deny'
    | 'host_never_opens'
    | 'everybody_leaves_early'
    | 'nobody_comes'
    | 'recording_denied'
    | 'bad_link';
  removalMs?: number | undefined;
}

/** How fast a bot lives. All are milliseconds. */
export interface Pace {
  /** Between two states. */
  stepMs: number;
  /** Longest wait for admission, the host or company, whatever `automaticLeave` says. */
  longestWaitMs: number;
  /** Length of a meeting counted from the bot's joining; absent: `leaveAt`, `metadata.endsAt`, else 1 h. */
  meetingMs?: number | undefined;
  tickMs: number;
  /** Pause before the first repetition of a webhook; doubled each time, at most 5 min. */
  webhookRetryMs: number;
}

export type Operation = 'create' | 'move' | 'remove' | 'get' | 'list';

export type FaultKind =
  | 'rate_limited'
  | 'internal'
  | 'internal_after_accept'
  | 'capacity'
  | 'refuse'
  | 'unauthorized'
  | 'forbidden'
  | 'html'
  | 'slow'
  | 'late'
  | 'reset'
  | 'accept_then_hang'
  | 'accept_then_reset';

/**
 * A fault for the next calls. `slow`: done at once, answered after `delayMs`. `late`: done only after
 * `delayMs`, although the client may have gone by then. `accept_then_…`: done, never answered.
 */
export interface FaultRequest {
  on: Operation | 'any';
  kind: FaultKind;
  /** How many calls; 1 unless given. */
  times?: number | undefined;
  delayMs?: number | undefined;
  retryAfterSeconds?: number | undefined;
  /** Only creates whose key begins so. */
  keyPrefix?: string | undefined;
}

/** A create that reached the simulator. `takenAt` differs from `arrivedAt` only for `late`. */
export interface CreateCall {
  arrivedAt: number;
  takenAt: number | null;
  key: string | null;
  room: string | null;
  botId: string | null;
  /** What was decided, also when the client never saw it; null for a call that was never taken. */
  status: number | null;
  fault: FaultKind | null;
}

/**
 * Two bots and one room. `in_room`: both were on their way in or inside at the same time.
 * `outstanding`: both had been ordered for it and not yet left it, at least one only scheduled.
 */
export interface SecondBot {
  kind: 'in_room' | 'outstanding';
  room: string;
  botIds: [string, string];
  keys: [string, string];
  from: number;
  /** Null: still so. */
  until: number | null;
}

export interface Statistics {
  /** Calls by operation and status (`none` where nothing was answered), such as `create 201`. */
  calls: Record<string, number>;
  bots: number;
  activeBots: number;
  secondBots: number;
  webhooks: { delivered: number; failedAttempts: number; suppressed: number; waiting: number };
}

export type WebhookMode = 'normal' | 'suppress' | 'duplicate' | 'reorder';

export interface WebhookSettings {
  /** Null: no webhooks. */
  url?: string | null | undefined;
  /** All that sign at present; two during a rotation. */
  secrets?: string[] | undefined;
  mode?: WebhookMode | undefined;
}

/** What tests and the control page do to the simulator; the same in process and over HTTP. */
export interface NotetakerControl {
  /** All bots with full history, oldest first; `meetingUrl` limits to its room. */
  bots(filter?: {
    meetingUrl?: string | undefined;
    keyPrefix?: string | undefined;
  }): Promise<BotRecord[]>;
  creates(): Promise<CreateCall[]>;
  secondBots(): Promise<SecondBot[]>;
  statistics(): Promise<Statistics>;
  /** Without `meetingUrl`: for all rooms that have none of their own. */
  setScenario(input: { meetingUrl?: string | undefined; scenario: RoomScenario }): Promise<void>;
  /** Lets a bot in whatever the room's scenario says. */
  admit(input: { botId: string }): Promise<void>;
  /** A participant throws the bot out of the call. */
  removeByParticipant(input: { botId: string }): Promise<void>;
  /** The same as the API's DELETE. */
  remove(input: { botId: string }): Promise<void>;
  /** Ends the meeting for the bots that are there now. */
  endMeeting(input: { meetingUrl: string }): Promise<void>;
  injectFault(fault: FaultRequest): Promise<void>;
  clearFaults(): Promise<void>;
  setWebhooks(settings: WebhookSettings): Promise<void>;
  /** Forgets bots, calls, scenarios, faults and webhooks that wait. */
  reset(): Promise<void>;
}
