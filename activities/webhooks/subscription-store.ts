import { appendChange } from '../../common/read-model/changes.js';
import type { Collections } from '../../common/read-model/collections.js';
import type { SubscriptionDoc } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import { isAlive } from '../interviews/store-reading.js';

/** Somebody else wrote the subscription first, or its life is over: what was read of it is void. */
export class SupersededError extends Error {
  override readonly name = 'SupersededError';
}

function subscriptionDocId({ orgId, generation }: Life): string {
  return `${orgId}/${generation}`;
}

/**
 * The life's subscription; made, with nothing at the vendor yet, when there is none. Throws
 * `SupersededError` when the life is over: what an erasure deleted must not come back.
 */
export async function openSubscription(
  collections: Collections,
  life: Life,
): Promise<SubscriptionDoc> {
  const isOver = () => new SupersededError('the life is over');
  if (!(await isAlive(collections, life))) throw isOver();
  const _id = subscriptionDocId(life);
  const fresh: Omit<SubscriptionDoc, '_id'> = {
    orgId: life.orgId,
    generation: life.generation,
    rev: 0,
    state: 'preparing',
    keyHash: null,
    subscriptionId: null,
    activationUntil: null,
    secrets: [],
    healedAt: null,
    gap: false,
    stateSince: Date.now(),
    checkedAt: null,
    reason: null,
  };
  await collections.subscriptions.collection.updateOne(
    { _id: _id as never },
    { $setOnInsert: fresh },
    { upsert: true },
  );
  if (!(await isAlive(collections, life))) {
    await collections.subscriptions.deleteOne({ _id, keyHash: null });
    throw isOver();
  }
  const doc = await collections.subscriptions.findOne({ _id }).lean<SubscriptionDoc | null>();
  if (doc === null) throw new SupersededError('the subscription was erased');
  return doc;
}

/**
 * Writes a change onto the very document that was read, and gives the new one. Throws
 * `SupersededError` when somebody wrote in between. The page hears of a new state.
 */
export async function writeSubscription(
  collections: Collections,
  doc: SubscriptionDoc,
  change: Partial<Omit<SubscriptionDoc, '_id' | 'orgId' | 'generation' | 'rev' | 'stateSince'>>,
): Promise<SubscriptionDoc> {
  const isNewState = change.state !== undefined && change.state !== doc.state;
  const next: SubscriptionDoc = {
    ...doc,
    ...change,
    rev: doc.rev + 1,
    stateSince: isNewState ? Date.now() : doc.stateSince,
  };
  const { _id, ...fields } = next;
  const outcome = await collections.subscriptions.collection.updateOne(
    { _id: _id as never, rev: doc.rev },
    { $set: fields },
  );
  if (outcome.matchedCount === 0) throw new SupersededError('somebody else was first');
  if (isNewState) {
    await appendChange({ collections, orgId: doc.orgId, kind: 'installation', key: doc.orgId });
  }
  return next;
}
