import type { BotRecord } from '../bot-record.js';
import type { CommonOptions } from '../control.js';
import type { VendorCore } from '../vendor-core.js';

export interface RecallOptions extends CommonOptions {
  /** The workspace's one endpoint; absent: no webhooks. */
  webhookUrl?: string | undefined;
  /** `whsec_` and base64; absent: deliveries carry no signature, as in a workspace without a secret. */
  webhookSecret?: string | undefined;
  /** Headers begin with `svix-` instead of `webhook-`. */
  legacyHeaders?: boolean | undefined;
  /** `1.10` sends one kind of event, `bot.status_change`; `1.11` unless given. */
  apiVersion?: '1.10' | '1.11' | undefined;
  /** 60 unless given (later copies of the documentation say 120). */
  createPerMinute?: number | undefined;
  /** Bots that ad-hoc creates can use at one time before they get 507; no end unless given. */
  adHocPool?: number | undefined;
  pageSize?: number | undefined;
  /**
   * Which call takes a bot back between 10 minutes before `join_at` and `joining_call`; sources
   * disagree. `delete` unless given.
   */
  nearWindow?: 'delete' | 'leave' | 'neither' | undefined;
}

export interface StatusChange {
  code: string;
  sub_code: string | null;
  message: string | null;
  created_at: string;
}

/** Of a transcript; `readyAt` null: not before the recording is over. */
export interface RecallTranscript {
  id: string;
  metadata: Record<string, string>;
  readyAt: number | null;
}

export interface RecallRecording {
  id: string;
  metadata: Record<string, string>;
  status: 'processing' | 'done' | 'failed' | 'deleted';
  updatedAt: number;
  hasVideo: boolean;
  transcripts: RecallTranscript[];
  /** Epoch ms. */
  startedAt: number;
  completedAt: number | null;
  /** Null: kept for ever. */
  expiresAt: number | null;
}

export interface RecallOwn {
  isAdHoc: boolean;
  /** From the create: what is recorded, and how. */
  recordingConfig: RecordingConfig;
  automaticLeave: Record<string, unknown>;
  statusChanges: StatusChange[];
  recording: RecallRecording | null;
}

export interface RecordingConfig {
  transcribes: boolean;
  transcriptMetadata: Record<string, string>;
  hasVideo: boolean;
  startsByHand: boolean;
  metadata: Record<string, string>;
  retentionHours: number | null;
}

export type RecallBot = BotRecord<RecallOwn>;
export type RecallCore = VendorCore<RecallOwn>;
