import type { InstallationDoc, SubscriptionDoc } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { pauseWithHeartbeat, withHeartbeat } from '../pause.js';
import { isSmartRecruitersError } from '../smartrecruiters/errors.js';
import type { WebhooksClient } from '../smartrecruiters/webhooks-client.js';
import { hastenRows, subscriptionRowId } from '../watching/work-list.js';
import { hashesOf, sortOut } from './own-subscriptions.js';
import { SupersededError, writeSubscription } from './subscription-store.js';

/** For all calls of one try. */
const tryMs = 15_000;
/** A person waits for the change of a credential. */
const retireMs = 2_000;

/**
 * Deletes the subscription of a life that ends, as far as the vendor answers in time: what may pass is
 * tried again for a minute, with heartbeats. What stays behind is refused here for its key, and a later
 * life on this address deletes it. Never throws for the vendor's sake.
 */
export async function removeSubscription(deps: ActivityDeps, life: Life): Promise<void> {
  const { collections, times } = deps;
  const { orgId } = life;
  const docs = await collections.subscriptions.find({ orgId }).lean<SubscriptionDoc[]>();
  const installation = await collections.installations
    .findOne({ _id: orgId })
    .lean<InstallationDoc | null>();
  const credentialRef = installation?.credentialRef ?? null;
  if (credentialRef === null) return;
  const removal = removalOf(deps, docs);
  if (removal === null) return;
  const until = Date.now() + 2 * times.livenessMs;
  await withHeartbeat(async () => {
    let pauseMs = times.stopCheckEveryMs;
    while (await removal.mayTryAgain({ credentialRef, withinMs: tryMs })) {
      if (Date.now() + pauseMs > until) break;
      await pauseWithHeartbeat(pauseMs);
      pauseMs = Math.min(2 * pauseMs, times.retryMs);
    }
  });
}

/**
 * Gives up the subscription that a credential made which is about to be destroyed: with it goes the
 * only way to delete it. One try, two seconds; whatever comes of it, the next turn makes a new one.
 */
export async function retireSubscription(
  deps: ActivityDeps,
  input: Life & { credentialRef: string },
): Promise<void> {
  const { collections } = deps;
  const { orgId, generation, credentialRef } = input;
  const life = { orgId, generation };
  const doc = await collections.subscriptions.findOne(life).lean<SubscriptionDoc | null>();
  const removal = removalOf(deps, doc === null ? [] : [doc]);
  if (doc === null || removal === null) return;
  await removal.mayTryAgain({ credentialRef, withinMs: retireMs });
  for (let isWritten = false; !isWritten; ) {
    const current = await collections.subscriptions.findOne(life).lean<SubscriptionDoc | null>();
    // A turn with the new credential has made its own already.
    if (current === null || current.keyHash !== doc.keyHash) return;
    isWritten = await isDoneUnlessSuperseded(() =>
      writeSubscription(collections, current, {
        state: 'preparing',
        keyHash: null,
        subscriptionId: null,
        activationUntil: null,
        secrets: [],
        gap: true,
        reason: null,
      }),
    );
  }
  await hastenRows(collections, { ...life, _id: subscriptionRowId(life) });
}

async function isDoneUnlessSuperseded(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof SupersededError) return false;
    throw error;
  }
}

interface Removal {
  /** Tries what is left; true: some of it failed for a reason that may pass. */
  mayTryAgain(input: { credentialRef: string; withinMs: number }): Promise<boolean>;
}

/** Null: there never was a subscription. */
function removalOf(deps: ActivityDeps, docs: readonly SubscriptionDoc[]): Removal | null {
  const made = docs.filter(({ keyHash }) => keyHash !== null);
  if (made.length === 0) return null;
  const { publicUrl, logger } = deps;
  const ids = new Set(made.flatMap((doc) => doc.subscriptionId ?? []));
  let isListed = false;

  /** Also those whose id was never stored. */
  async function list(webhooks: WebhooksClient, signal: AbortSignal): Promise<void> {
    const listed = await webhooks.listSubscriptions({ lane: 'interactive', signal });
    const knownHashes = new Set(hashesOf({ publicUrl, listed }));
    for (const { keyHash, subscriptionId } of made) {
      const { mine, strays } = sortOut({ listed, publicUrl, keyHash, subscriptionId, knownHashes });
      for (const one of mine === null ? strays : [mine, ...strays]) ids.add(one.subscriptionId);
    }
  }

  return {
    async mayTryAgain({ credentialRef, withinMs }) {
      const signal = AbortSignal.timeout(withinMs);
      let again = false;
      /** False: it has to be tried again. */
      const isSettled = async (work: (webhooks: WebhooksClient) => Promise<void>) => {
        try {
          const { webhooks } = await deps.clients.clientFor(credentialRef);
          await work(webhooks);
          return true;
        } catch (error) {
          const { orgId } = made[0] ?? {};
          logger.warn({ err: error, orgId }, 'a webhook subscription could not be deleted');
          const mayPass =
            signal.aborted ||
            isSmartRecruitersError(error, 'unavailable') ||
            isSmartRecruitersError(error, 'throttled');
          again ||= mayPass;
          return !mayPass;
        }
      };
      // Those that are known first, so that a slow list takes nothing from them.
      const removeAll = async () => {
        for (const subscriptionId of [...ids]) {
          const call = { subscriptionId, lane: 'interactive', signal } as const;
          if (await isSettled((webhooks) => webhooks.deleteSubscription(call))) {
            ids.delete(subscriptionId);
          }
        }
      };
      await removeAll();
      if (isListed) return again;
      isListed = await isSettled((webhooks) => list(webhooks, signal));
      if (isListed) await removeAll();
      return again;
    },
  };
}
