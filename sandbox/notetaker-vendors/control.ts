/**
 * What a test does to a simulated vendor and sees of it, in words that no vendor has: one suite can
 * run over Recall.ai, Attendee and Vexa alike. All of it is in process.
 *
 * Times of day are epoch ms. Lengths of the script (`afterMs` of a room) are the vendor's time, like
 * its own windows and waits, and pass `timeFactor` times as fast; those of faults are real.
 */

export type VendorName = 'recall' | 'attendee' | 'vexa';

/** Where a bot is, whatever its vendor calls it. `denied`: in the call, recording refused. */
export type Phase =
  | 'scheduled'
  | 'staged'
  | 'joining'
  | 'lobby'
  | 'in_call'
  | 'denied'
  | 'recording'
  | 'leaving'
  | 'processing'
  | 'ended';

/** Why a bot was over. `launch_missed`: the vendor never sent it. `deleted`: taken back before. */
export type EndReason =
  | 'meeting_ended'
  | 'everyone_left'
  | 'nobody_joined'
  | 'kicked'
  | 'denied'
  | 'lobby_timeout'
  | 'asked_to_leave'
  | 'permission_denied'
  | 'not_started'
  | 'bad_link'
  | 'longest_stay'
  | 'launch_missed'
  | 'deleted'
  | 'fatal';

/** What becomes of bots that enter a room. `afterMs` counts from the entry into lobby or call. */
export type RoomBehaviour =
  /** Let in after so long in the lobby (2000); 0: there is no lobby. */
  | { kind: 'admit'; afterMs?: number; meetingEndsAfterMs?: number }
  /** Waits in the lobby until it gives up, or `admit` lets it in. */
  | { kind: 'lobby' }
  | { kind: 'deny'; afterMs?: number }
  /** The host does not open the meeting. */
  | { kind: 'not_started' }
  | { kind: 'nobody_joins' }
  | { kind: 'recording_denied'; subCode?: string }
  | { kind: 'kick'; afterMs: number }
  /** The people leave so long after the bot came; it follows when its vendor lets it. */
  | { kind: 'everyone_leaves'; afterMs: number }
  | { kind: 'bad_link' }
  /** Breaks with the vendor's own code; `during` is `joining` unless given. */
  | { kind: 'fatal'; subCode?: string; during?: 'joining' | 'lobby' | 'call'; afterMs?: number };

export type Operation = 'create' | 'update' | 'delete' | 'leave' | 'get' | 'list' | 'artifact';

/**
 * - refusals in the vendor's own form, nothing done: `rate_limited`, `server_error` (`status`, 503
 *   unless given), `capacity` (Recall 507, Attendee 400, Vexa 429 without `Retry-After`),
 *   `unauthorized`, `billing`, `blocked` (an HTML page), `gone`, and `wrong_state` (a Recall DELETE
 *   answers 405)
 * - `hang`: done only after `delayMs`, even when the client has gone by then
 * - `late_answer`: done at once, answered after `delayMs`
 * - `accept_then_lose`, `accept_then_hang`, `accept_then_error`: done; the connection is reset, never
 *   answered, or answered with `status` (500)
 * - `lose`: the connection is reset, nothing done
 */
export type FaultKind =
  | 'rate_limited'
  | 'server_error'
  | 'capacity'
  | 'unauthorized'
  | 'billing'
  | 'blocked'
  | 'gone'
  | 'wrong_state'
  | 'hang'
  | 'late_answer'
  | 'accept_then_lose'
  | 'accept_then_hang'
  | 'accept_then_error'
  | 'lose';

export interface FaultRequest {
  on: Operation | 'any';
  kind: FaultKind;
  /** How many calls; 1 unless given, `Infinity` for all until `clearFaults`. */
  times?: number;
  /** Real milliseconds; 1000 unless given. */
  delayMs?: number;
  retryAfterSeconds?: number;
  status?: number;
  /** Only calls whose body or path holds this text, such as a link or a bot's id. */
  matching?: string;
}

export interface VendorBot {
  /** As the vendor's API shows it; Vexa's number as text. */
  id: string;
  meetingUrl: string;
  room: string;
  name: string;
  joinAt: number | null;
  createdAt: number;
  metadata: Record<string, string>;
  deduplicationKey: string | null;
  phase: Phase;
  /** The vendor's own word of the moment. */
  state: string;
  history: { phase: Phase; at: number }[];
  joinedAt: number | null;
  recordingStartedAt: number | null;
  recordingEndedAt: number | null;
  endedAt: number | null;
  endReason: EndReason | null;
}

/** A create that reached the simulator, whatever the client saw of the answer. */
export interface CreateCall {
  arrivedAt: number;
  /** Null: the call was refused by a fault or a limit, or is still hanging. */
  decidedAt: number | null;
  status: number | null;
  botId: string | null;
  fault: FaultKind | null;
  body: unknown;
}

/** Two bots that were on their way into or inside one room at one time. */
export interface SecondBot {
  room: string;
  at: number;
  botIds: [string, string];
}

export interface VendorStatistics {
  /** Calls by operation and status (`none` where nothing was answered), such as `create 201`. */
  calls: Record<string, number>;
  /** Calls that arrived, refused ones and repetitions included. */
  creates: number;
  deletes: number;
  leaves: number;
  bots: number;
  activeBots: number;
  /** Greatest number of bots on their way into or inside one room at one time. */
  mostBotsInOneRoom: number;
  secondBots: number;
  webhooks: WebhookStatistics;
}

export interface WebhookStatistics {
  delivered: number;
  failedAttempts: number;
  /** Given up by the vendor's own rules. */
  dropped: number;
  /** Lost because the test asked for it. */
  suppressed: number;
  waiting: number;
}

/** `reorder`: held in pairs, the later one is sent first. */
export type WebhookMode = 'normal' | 'lose' | 'duplicate' | 'reorder';

export interface VendorControl {
  readonly provider: VendorName;
  /** All bots ever made, oldest first. */
  bots(filter?: { meetingUrl?: string }): VendorBot[];
  bot(id: string): VendorBot | null;
  /** @param meetingUrl null: all rooms that have no behaviour of their own */
  setRoom(meetingUrl: string | null, behaviour: RoomBehaviour): void;
  /** Ends the meeting for the bots that are there now. */
  endMeeting(meetingUrl: string): void;
  /** Lets a bot in whatever its room says. */
  admit(botId: string): void;
  /** A participant throws the bot out of the call. */
  kick(botId: string): void;
  faults(...faults: FaultRequest[]): void;
  clearFaults(): void;
  /** @param settings.url null: none any more; Attendee's own per bot stay */
  webhooks(settings: { url?: string | null; mode?: WebhookMode }): void;
  /** Sends a signed webhook for a bot that nobody ordered; its id. */
  strayWebhook(): string;
  /** Gives a bot a state that is in no documentation, in the API and as a webhook. */
  unknownState(botId: string, state?: string): void;
  creates(): CreateCall[];
  secondBots(): SecondBot[];
  statistics(): VendorStatistics;
}

export interface VendorSimulator {
  /** What an adapter takes as its base address, the version path included. */
  apiUrl: string;
  control: VendorControl;
  close(): Promise<void>;
}

/** What all simulators take. */
export interface CommonOptions {
  apiKey?: string | undefined;
  port?: number | undefined;
  /** How many times faster than the vendor's own time; 1 unless given. */
  timeFactor?: number | undefined;
  /** Real milliseconds between two looks at the bots; 10 unless given. */
  tickMs?: number | undefined;
  /** Whether the published limits of calls are kept; true unless given. */
  limits?: boolean | undefined;
}

export const defaultApiKey = 'simulated-vendor-key';
