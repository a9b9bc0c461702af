import type { Collections } from '../../common/read-model/collections.js';
import { isDuplicateKey } from '../../common/read-model/consistency.js';
import type { InputStore } from './input-store.js';
import { storeCall } from './store-call.js';

/** The inputs in MongoDB; every write is safe to repeat. */
export function createMongoInputStore({ collections }: { collections: Collections }): InputStore {
  const { credentials, webhook_receipts: webhookReceipts } = collections;
  return {
    addUpload: (upload) =>
      storeCall(async () => {
        const { _id, ...fields } = upload;
        await credentials.updateOne({ _id }, { $setOnInsert: fields }, { upsert: true });
      }),

    discardUpload: ({ orgId, credentialRef }) =>
      storeCall(async () => {
        await credentials.deleteOne({ _id: credentialRef, orgId, state: 'uploaded' });
      }),

    addWebhookReceipt: (receipt) =>
      storeCall(async () => {
        try {
          await webhookReceipts.create(receipt);
          return { isNew: true };
        } catch (error) {
          if (isDuplicateKey(error)) return { isNew: false };
          throw error;
        }
      }),
  };
}
