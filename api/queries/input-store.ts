import type { CredentialDoc, WebhookReceiptDoc } from '../../common/read-model/documents.js';

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
}
