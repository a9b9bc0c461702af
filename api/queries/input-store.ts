import type {
  CredentialDoc,
  SubscriptionDoc,
  VendorEventDoc,
  WebhookReceiptDoc,
} from '../../common/read-model/documents.js';

/**
 * The writes of the API: inputs that are only ever added. Product state is written by workflows.
 * Throws `StoreUnavailableError` when the store is away.
 */
export interface InputStore {
  /** Stores a sealed upload; one that exists already is left alone. */
  addUpload(upload: CredentialDoc): Promise<void>;
  /** Takes back an upload that nobody has adopted. */
  discardUpload(key: { orgId: string; credentialRef: string }): Promise<void>;
  /** False when this event was stored before. */
  addWebhookReceipt(receipt: WebhookReceiptDoc): Promise<{ isNew: boolean }>;
  /** By the hash of the key that a caller gave; null: no such key, or none any more. */
  subscription(key: { keyHash: string }): Promise<SubscriptionDoc | null>;
  /** False when this event was stored before. */
  addVendorEvent(event: VendorEventDoc): Promise<{ isNew: boolean }>;
  /** An interviewer's own word, by the hash of who they are. Repeatable. */
  setOptOut(word: { orgId: string; userHash: string; isOut: boolean; at: number }): Promise<void>;
}
