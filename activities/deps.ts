import type { KeyedHash } from '../common/keyed-hash.js';
import type { Logger } from '../common/logger.js';
import type { Metrics } from '../common/metrics.js';
import type { Collections } from '../common/read-model/collections.js';
import type { Consistency } from '../common/read-model/consistency.js';
import type { ReceiptSigner } from '../common/receipt-signing.js';
import type { Vault } from '../common/vault.js';
import type { ProtocolTimes } from '../workflows/contracts/protocol-times.js';
import type { TaskQueues } from '../workflows/contracts/task-queues.js';
import type { WebhookPoster } from './alerts/webhook-poster.js';
import type { ClaimStore } from './joining/claim-store.js';
import type { RequestPace } from './joining/request-pace.js';
import type { Mailer } from './mail/mailer.js';
import type { Notetaker } from './notetaker/port.js';
import type { ClientPool } from './smartrecruiters/client-pool.js';
import type { WatchPeriods } from './watching/tiers.js';
import type { WorkflowDoor } from './workflow-door.js';

/** The steps between which a process may die or stall; fault tests do both at each of them. */
export type CriticalStep =
  | 'claimed'
  | 'request_begun'
  | 'fences_read'
  | 'bot_created'
  | 'bot_recorded'
  | 'fence_written'
  | 'holders_listed'
  | 'row_leased'
  /** A page of a listing was read; where the listing stands is not stored yet. */
  | 'page_read'
  /** Events of the vendor have become hints; that they were followed is not stored yet. */
  | 'events_hinted';

/** Everything that activities reach the outside through, composed in `worker/`. */
export interface ActivityDeps {
  collections: Collections;
  consistency: Consistency;
  claims: ClaimStore;
  vault: Vault;
  keyedHash: KeyedHash;
  receipts: ReceiptSigner;
  clients: ClientPool;
  notetaker: Notetaker;
  requestPace: RequestPace;
  mailer: Mailer;
  /** Sends alerts out, to the organization and to Pillar. */
  webhooks: WebhookPoster;
  workflows: WorkflowDoor;
  times: ProtocolTimes;
  watchPeriods: WatchPeriods;
  taskQueues: TaskQueues;
  environmentName: string;
  publicUrl: string;
  /** The vendor's API; one on this machine is a simulator. */
  smartRecruitersUrl: string;
  logger: Logger;
  metrics: Metrics;
  /** Awaited between two steps of the protocols. */
  reached: (step: CriticalStep, ids: { interviewId?: string; orgId: string }) => Promise<void>;
}
