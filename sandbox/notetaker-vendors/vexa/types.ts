import type { BotRecord } from '../bot-record.js';
import type { CommonOptions } from '../control.js';
import type { VendorCore } from '../vendor-core.js';

export interface VexaOptions extends CommonOptions {
  /** What `PUT /user/webhook` would have set before the start; absent: nothing. */
  webhookUrl?: string | undefined;
  webhookSecret?: string | undefined;
  /** Event types that are on besides `meeting.completed`; the useful ones unless given. */
  webhookEvents?: string[] | undefined;
  /** What the key may do; `bot` and `tx` unless given. */
  scopes?: ('bot' | 'tx')[] | undefined;
  /** Live bots of the account; 1000 unless given. */
  maxConcurrent?: number | undefined;
  /** False: bots that transcribe are refused with 503. */
  hasTranscription?: boolean | undefined;
}

/** What an account has configured; copied onto a meeting when its bot is made. */
export interface WebhookConfig {
  url: string | null;
  secret: string;
  events: ReadonlySet<string>;
}

export interface StatusTransition {
  from: string | null;
  to: string;
  timestamp: string;
  reason: string | null;
  transition_source: string;
}

export interface VexaOwn {
  numericId: number;
  platform: string;
  nativeId: string;
  title: string | null;
  autoJoin: boolean;
  isRecorded: boolean;
  isTranscribed: boolean;
  sessionUid: string;
  completionReason: string | null;
  failureStage: string | null;
  transitions: StatusTransition[];
  webhook: WebhookConfig;
  isErased: boolean;
  stateOverride: string | null;
}

export type VexaBot = BotRecord<VexaOwn>;
export type VexaCore = VendorCore<VexaOwn>;
