import type { InstallationDoc, SubscriptionDoc } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { withHeartbeat } from '../pause.js';
import { hashesOf, sortOut } from './own-subscriptions.js';

/** For all calls together. */
const removalMs = 15_000;

/**
 * Deletes the subscription of a life that ends, as far as the vendor answers in time: what stays
 * behind is refused here for its key, and a later life on this address deletes it. Never throws for
 * the vendor's sake.
 */
export async function removeSubscription(deps: ActivityDeps, life: Life): Promise<void> {
  const { collections } = deps;
  const { orgId } = life;
  const docs = await collections.subscriptions.find({ orgId }).lean<SubscriptionDoc[]>();
  const made = docs.filter(({ keyHash }) => keyHash !== null);
  const installation = await collections.installations
    .findOne({ _id: orgId })
    .lean<InstallationDoc | null>();
  const credentialRef = installation?.credentialRef ?? null;
  if (made.length === 0 || credentialRef === null) return;
  try {
    await withHeartbeat(() => removeAll(deps, { made, credentialRef }));
  } catch (error) {
    deps.logger.warn({ err: error, orgId }, 'the webhook subscription could not be deleted');
  }
}

async function removeAll(
  deps: ActivityDeps,
  input: { made: readonly SubscriptionDoc[]; credentialRef: string },
): Promise<void> {
  const { made, credentialRef } = input;
  const { publicUrl } = deps;
  const call = { lane: 'interactive' as const, signal: AbortSignal.timeout(removalMs) };
  const { webhooks } = await deps.clients.clientFor(credentialRef);
  const ids = new Set(made.flatMap((doc) => doc.subscriptionId ?? []));
  try {
    // Also one whose id was never stored.
    const listed = await webhooks.listSubscriptions(call);
    const knownHashes = new Set(hashesOf({ publicUrl, listed }));
    for (const { keyHash, subscriptionId } of made) {
      const { mine, strays } = sortOut({ listed, publicUrl, keyHash, subscriptionId, knownHashes });
      for (const one of mine === null ? strays : [mine, ...strays]) ids.add(one.subscriptionId);
    }
  } finally {
    for (const subscriptionId of ids) {
      await webhooks.deleteSubscription({ subscriptionId, ...call });
    }
  }
}
