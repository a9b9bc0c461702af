import type { Model } from 'mongoose';
import { appendAudit } from '../../common/read-model/audit-trail.js';
import type { Collections } from '../../common/read-model/collections.js';
import { isDuplicateKey } from '../../common/read-model/consistency.js';
import type { SubscriptionDoc } from '../../common/read-model/documents.js';
import type { InputStore } from './input-store.js';
import { storeCall } from './store-call.js';

/** The inputs in MongoDB; every write is safe to repeat. */
export function createMongoInputStore({ collections }: { collections: Collections }): InputStore {
  const { credentials } = collections;
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

    addWebhookReceipt: (receipt) => storeCall(() => addOnce(collections.webhook_receipts, receipt)),

    subscription: ({ keyHash }) =>
      storeCall(() =>
        collections.subscriptions.findOne({ keyHash }).lean<SubscriptionDoc | null>(),
      ),

    addVendorEvent: (event) => storeCall(() => addOnce(collections.vendor_events, event)),

    setOptOut: ({ orgId, userHash, isOut, at }) =>
      storeCall(async () => {
        const _id = `${orgId}/${userHash}`;
        const isNews = isOut
          ? (await addOnce(collections.opt_outs, { _id, orgId, at })).isNew
          : (await collections.opt_outs.deleteOne({ _id, orgId })).deletedCount === 1;
        if (!isNews) return;
        // The no comes first, whatever becomes of its entry. That somebody said it, never who: neither
        // in the part that is kept for ever nor in `by`.
        const event = isOut ? 'interviewer_opted_out' : 'interviewer_opted_in';
        const entry = { orgId, at, event, by: 'interviewer', subject: null, detail: {} };
        await appendAudit({ collections, entry });
      }),
  };
}

async function addOnce<Doc extends { _id: string }>(
  collection: Model<Doc>,
  doc: Doc,
): Promise<{ isNew: boolean }> {
  try {
    await collection.collection.insertOne(doc as never);
    return { isNew: true };
  } catch (error) {
    if (isDuplicateKey(error)) return { isNew: false };
    throw error;
  }
}
