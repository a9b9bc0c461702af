import type { BotRecord } from '../bot-record.js';
import type { CommonOptions } from '../control.js';
import type { VendorCore } from '../vendor-core.js';

export interface AttendeeOptions extends CommonOptions {
  /** The project's subscription; absent: none. A bot's own `webhooks` replace it. */
  webhookUrl?: string | undefined;
  /** Base64 of 32 bytes; nobody's guess unless given. */
  webhookSecret?: string | undefined;
  /** A bot's own webhooks may be plain http, which the vendor refuses. */
  plainHttpWebhooks?: boolean | undefined;
  /** 3000 unless given. */
  createPerMinute?: number | undefined;
  /** Bots in meetings at one time; 2500 unless given. */
  maxConcurrent?: number | undefined;
  /** False: creates for Zoom are refused. */
  hasZoomCredentials?: boolean | undefined;
  /** Milliseconds of the vendor's time; 60,000 unless given, `Infinity` for a scheduler that is down. */
  schedulerEveryMs?: number | undefined;
  /** Whether terminal events say what was charged; true unless given. */
  chargesCredits?: boolean | undefined;
  /** Credits of a run; absent: hundredths of an hour, rounded up. */
  creditsOf?: ((seconds: number) => number) | undefined;
}

export interface AttendeeEvent {
  type: string;
  sub_type: string | null;
  created_at: string;
}

export interface Subscription {
  url: string;
  triggers: string[];
}

export interface AttendeeOwn {
  /** The link as the vendor stores it; see the trap in `links.ts`. */
  normalizedUrl: string;
  events: AttendeeEvent[];
  /** A state that the life of the bot does not explain. */
  stateOverride: string | null;
  /** Null: the project's. */
  subscriptions: Subscription[] | null;
  makesFile: boolean;
  /** The scheduler's last look at this bot. */
  seenPass: number;
  /** How long before `join_at` a staged bot starts; milliseconds of the vendor's time. */
  launchLeadMs: number;
}

export type AttendeeBot = BotRecord<AttendeeOwn>;
export type AttendeeCore = VendorCore<AttendeeOwn>;
