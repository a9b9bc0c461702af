import { keyOfCallback, subscriptionKeyHash } from '../../common/vendor-event.js';
import type { VendorSubscription } from '../smartrecruiters/vendor-types.js';

/** Hashes of the keys in the callbacks that lead to this service. */
export function hashesOf(input: {
  publicUrl: string;
  listed: readonly VendorSubscription[];
}): string[] {
  return input.listed.flatMap((subscription) => {
    const found = keyOfCallback({ ...input, callbackUrl: subscription.callbackUrl });
    return found === null ? [] : [subscriptionKeyHash(found.key)];
  });
}

/**
 * Tells the subscription of a life among all that its credential has at the vendor: by the key's
 * hash, since only the hash is kept. `strays` may go: ours at an address that is no longer ours, a
 * second one with the same key, and those at our address that no stored subscription knows, left by
 * a crash or by a life whose removal did not reach the vendor. Whatever leads elsewhere is not ours.
 */
export function sortOut(input: {
  listed: readonly VendorSubscription[];
  publicUrl: string;
  keyHash: string | null;
  subscriptionId: string | null;
  /** Hashes that a stored subscription has, whatever its organization. */
  knownHashes: ReadonlySet<string>;
}): { mine: VendorSubscription | null; strays: VendorSubscription[] } {
  const { listed, publicUrl, keyHash, subscriptionId, knownHashes } = input;
  const candidates: VendorSubscription[] = [];
  const strays: VendorSubscription[] = [];
  for (const subscription of listed) {
    const found = keyOfCallback({ publicUrl, callbackUrl: subscription.callbackUrl });
    if (found === null) continue;
    const hash = subscriptionKeyHash(found.key);
    const isOfThisLife = hash === keyHash;
    if (isOfThisLife && found.isHere) candidates.push(subscription);
    else if (isOfThisLife || (found.isHere && !knownHashes.has(hash))) strays.push(subscription);
  }
  const mine =
    candidates.find((one) => one.subscriptionId === subscriptionId) ?? candidates[0] ?? null;
  return { mine, strays: [...strays, ...candidates.filter((one) => one !== mine)] };
}
