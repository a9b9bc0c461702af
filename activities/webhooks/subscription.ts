import { randomBytes } from 'node:crypto';
import { isLoopback } from '../../common/config-values.js';
import type { SubscriptionDoc, SubscriptionState } from '../../common/read-model/documents.js';
import { hookSecretContext } from '../../common/sealed-fields.js';
import { callbackUrlOf, subscriptionKeyHash, vendorEventNames } from '../../common/vendor-event.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { isSmartRecruitersError } from '../smartrecruiters/errors.js';
import type { VendorSubscription } from '../smartrecruiters/vendor-types.js';
import type { WebhooksClient } from '../smartrecruiters/webhooks-client.js';
import type { Turn, TurnResult } from '../watching/turn.js';
import { healGap, readEverythingSoon } from './heal.js';
import { hashesOf, sortOut } from './own-subscriptions.js';
import { openSubscription, SupersededError, writeSubscription } from './subscription-store.js';

/** The vendor waits 20 s for the echo; the request may first wait for its turn at the limiter. */
const activationMs = 2 * 60_000;
const keyLifeMs = 30 * 24 * 3_600_000;
/** So long the vendor goes on signing with the key before. */
const oldKeyGoodMs = 24 * 3_600_000;
/** What a person has to change is looked at this many periods apart: daily. */
const periodsUntilPersonActs = 96;

/** One turn at the subscription; every write to it replaces `doc`. */
interface Tending extends Life {
  deps: ActivityDeps;
  /** Whose subscription it is. */
  credentialRef: string | null;
  webhooks: WebhooksClient;
  doc: SubscriptionDoc;
  startedAt: number;
}

/**
 * Keeps the webhook subscription of a life: looks before it makes, activates, has a secret key,
 * rotates it, lifts a suspension, heals what was missed. Every step is stored before the next one, so
 * that a turn that dies anywhere is taken up by the next one, and what it left at the vendor is
 * either adopted or deleted. A credential without the scope is no fault: everything works by polling.
 *
 * Throws `SmartRecruitersError` (never of kind `scope`) when the vendor does not answer.
 */
export async function subscriptionTurn(deps: ActivityDeps, turn: Turn): Promise<TurnResult> {
  const { periods } = turn;
  const counted = countRequests(turn.client.webhooks);
  const result = (state: string, afterMs: number): TurnResult => ({
    requests: counted.requests(),
    changed: 0,
    row: {
      lastReadAt: Date.now(),
      lastResult: state,
      nextCheckAt: Date.now() + afterMs,
    },
  });
  try {
    const life = { orgId: turn.orgId, generation: turn.generation };
    const tending: Tending = {
      ...life,
      deps,
      credentialRef: turn.installation.credentialRef,
      webhooks: counted.webhooks,
      doc: await openSubscription(deps.collections, life),
      startedAt: Date.now(),
    };
    const state = await tend(tending);
    const forPerson = state === 'no_scope' || tending.doc.reason === 'public_url';
    return result(state, periods.subscription * (forPerson ? periodsUntilPersonActs : 1));
  } catch (error) {
    if (error instanceof SupersededError) return result('superseded', periods.retry);
    throw error;
  }
}

async function tend(at: Tending): Promise<SubscriptionState> {
  if (!canBeCalled(at.deps)) return await settle(at, 'failed', 'public_url');
  try {
    const found = await look(at);
    const subscription = found ?? (await make(at));
    if (subscription === null) return at.doc.state;
    if (at.doc.subscriptionId !== subscription.subscriptionId) {
      await write(at, { subscriptionId: subscription.subscriptionId });
    }
    if (subscription.status !== 'active' && !(await activate(at, subscription))) {
      return at.doc.state;
    }
    if (!(await ensureSecret(at, subscription))) return at.doc.state;
    await settle(at, 'active', null);
    await heal(at, subscription);
    return at.doc.state;
  } catch (error) {
    if (isSmartRecruitersError(error, 'scope')) return await settle(at, 'no_scope', 'scope');
    if (isSmartRecruitersError(error, 'not_found')) return await missing(at);
    throw error;
  }
}

/** The vendor cannot call this machine by a name that means itself there. */
function canBeCalled({ publicUrl, smartRecruitersUrl }: ActivityDeps): boolean {
  if (!isLoopback(new URL(publicUrl))) return true;
  return isLoopback(new URL(smartRecruitersUrl));
}

/** The life's subscription at the vendor, if there is one; what nobody knows any more is deleted. */
async function look(at: Tending): Promise<VendorSubscription | null> {
  const { deps, webhooks, doc } = at;
  const { publicUrl } = deps;
  const listed = await webhooks.listSubscriptions();
  const { subscriptionId } = doc;
  // A list may lag behind what was made, so the stored id is asked for before it counts as lost.
  if (subscriptionId !== null && !listed.some((one) => one.subscriptionId === subscriptionId)) {
    const kept = await unlessGone(() => webhooks.getSubscription({ subscriptionId }));
    if (kept !== null) listed.push(kept);
  }
  const hashes = hashesOf({ publicUrl, listed });
  const stored = await deps.collections.subscriptions
    .find({ keyHash: { $in: hashes } })
    .lean<SubscriptionDoc[]>();
  const { mine, strays } = sortOut({
    listed,
    publicUrl,
    keyHash: doc.keyHash,
    subscriptionId,
    knownHashes: new Set(stored.flatMap(({ keyHash }) => (keyHash === null ? [] : [keyHash]))),
  });
  for (const stray of strays) await deleteStray(at, stray);
  return mine;
}

/** Null: it is not there; to a new credential that of the one before may be forbidden instead. */
async function unlessGone<Found>(get: () => Promise<Found>): Promise<Found | null> {
  try {
    return await get();
  } catch (error) {
    if (isSmartRecruitersError(error, 'not_found')) return null;
    if (isSmartRecruitersError(error, 'scope')) return null;
    throw error;
  }
}

async function deleteStray(at: Tending, { subscriptionId }: VendorSubscription): Promise<void> {
  try {
    await at.webhooks.deleteSubscription({ subscriptionId });
    at.deps.logger.info({ orgId: at.orgId, subscriptionId }, 'a stray subscription was deleted');
  } catch (error) {
    // One that may not be deleted does no harm: its key is unknown here.
    if (!isSmartRecruitersError(error, 'scope') && !isSmartRecruitersError(error, 'rejected')) {
      throw error;
    }
  }
}

/**
 * Makes a subscription under a new key. The key's hash is stored first: a crash, or an answer that
 * is lost, leaves one that the next turn knows by it, so that the request is never just repeated.
 */
async function make(at: Tending): Promise<VendorSubscription | null> {
  const key = randomBytes(32).toString('base64url');
  await write(at, {
    state: 'preparing',
    keyHash: subscriptionKeyHash(key),
    subscriptionId: null,
    activationUntil: null,
    secrets: [],
    healedAt: at.startedAt,
    gap: losesEvents(at.doc),
    reason: null,
  });
  await confirmCredential(at);
  try {
    return await at.webhooks.createSubscription({
      callbackUrl: callbackUrlOf({ publicUrl: at.deps.publicUrl, key }),
      events: vendorEventNames,
    });
  } catch (error) {
    if (!isSmartRecruitersError(error, 'rejected')) throw error;
    await settle(at, 'failed', 'refused');
    return null;
  }
}

/** One that was replaced meanwhile must not make what nobody could delete any more. */
async function confirmCredential({
  deps,
  orgId,
  generation,
  credentialRef,
}: Tending): Promise<void> {
  const { installations } = deps.collections;
  const current = await installations.exists({ _id: orgId, generation, credentialRef });
  if (current === null) throw new SupersededError('the credential was replaced');
}

/** Lets the vendor ask for the echo, and only then; false when it did not get to us. */
async function activate(at: Tending, subscription: VendorSubscription): Promise<boolean> {
  const wasActive = at.doc.state === 'active' || at.doc.state === 'suspended';
  await write(at, {
    state: wasActive ? 'suspended' : 'preparing',
    activationUntil: Date.now() + activationMs,
    gap: losesEvents(at.doc),
    reason: wasActive ? 'suspended' : null,
  });
  try {
    await at.webhooks.activateSubscription({ subscriptionId: subscription.subscriptionId });
  } catch (error) {
    // What the vendor says when the callback did not answer it is not documented: it may well be 5xx.
    const isNo = ['rejected', 'unavailable', 'contract'] as const;
    if (!isNo.some((kind) => isSmartRecruitersError(error, kind))) throw error;
    at.deps.logger.warn({ err: error, orgId: at.orgId }, 'webhooks could not be activated');
    await settle(at, wasActive ? 'suspended' : 'failed', 'not_activated');
    return false;
  }
  await write(at, { activationUntil: null });
  return true;
}

/**
 * Has a key that opens and is young enough; false when the subscription had to be given up for it.
 * A key whose answer was lost costs no more than one more signature for a day.
 */
async function ensureSecret(at: Tending, subscription: VendorSubscription): Promise<boolean> {
  const { deps, doc } = at;
  const { subscriptionId } = subscription;
  const now = Date.now();
  const good = doc.secrets.filter(({ goodUntil }) => goodUntil === null || goodUntil > now);
  const current = good.find(({ goodUntil }) => goodUntil === null);
  const opens = current !== undefined && canOpen(at, current.sealed);
  if (opens && now - current.madeAt < keyLifeMs) {
    if (good.length < doc.secrets.length) await write(at, { secrets: good });
    return true;
  }
  let secretKey: string;
  try {
    ({ secretKey } = await at.webhooks.createSecretKey({ subscriptionId }));
  } catch (error) {
    if (opens && isSmartRecruitersError(error) && error.kind !== 'not_found') {
      deps.logger.warn({ err: error, orgId: at.orgId }, 'the webhook key could not be rotated');
      return true;
    }
    if (!isSmartRecruitersError(error, 'rejected')) throw error;
    // There may be 16 live keys; a new subscription begins with none.
    await at.webhooks.deleteSubscription({ subscriptionId });
    await forget(at);
    return false;
  }
  const madeAt = Date.now();
  const sealed = deps.vault.seal({ plaintext: secretKey, context: hookSecretContext(at) });
  const older = good.map((one) => ({ ...one, goodUntil: one.goodUntil ?? madeAt + oldKeyGoodMs }));
  await write(at, { secrets: [{ sealed, madeAt, goodUntil: null }, ...older] });
  return true;
}

function canOpen(at: Tending, sealed: string): boolean {
  try {
    at.deps.vault.open({ sealed, context: hookSecretContext(at) });
    return true;
  } catch {
    return false;
  }
}

/** A 404 on the way: only when the subscription itself is gone is another one made. */
async function missing(at: Tending): Promise<SubscriptionState> {
  const { subscriptionId } = at.doc;
  const { webhooks } = at;
  const isGone =
    subscriptionId === null ||
    (await unlessGone(() => webhooks.getSubscription({ subscriptionId }))) === null;
  return isGone ? await forget(at) : await settle(at, 'failed', 'refused');
}

/** The next turn begins anew; what events would have told of until then is read. */
async function forget(at: Tending): Promise<SubscriptionState> {
  const wasActive = at.doc.state === 'active' || at.doc.state === 'suspended';
  await write(at, {
    state: 'preparing',
    keyHash: null,
    subscriptionId: null,
    activationUntil: null,
    secrets: [],
    gap: losesEvents(at.doc),
    reason: 'gone',
  });
  if (wasActive) await readEverythingSoon(at.deps.collections, at);
  return at.doc.state;
}

async function heal(at: Tending, { subscriptionId }: VendorSubscription): Promise<void> {
  const { deps, doc, startedAt } = at;
  const { collections } = deps;
  try {
    if (doc.healedAt !== null) {
      const { found, unreadable, whole } = await healGap(collections, {
        orgId: at.orgId,
        generation: at.generation,
        webhooks: at.webhooks,
        subscriptionId,
        from: doc.healedAt,
        until: startedAt,
      });
      if (found > 0) deps.metrics.webhooksReceived.inc(healedLabels, found);
      if (unreadable > 0) {
        deps.metrics.webhooksReceived.inc(unreadableLabels, unreadable);
        deps.logger.warn(
          { orgId: at.orgId, unreadable },
          'the callbacks log has unreadable entries',
        );
      }
      // Stored before `healedAt` moves on.
      if (!whole && !at.doc.gap) await write(at, { gap: true });
    }
  } catch (error) {
    if (!isSmartRecruitersError(error)) throw error;
    // The next turn begins this reading anew.
    if (error.reason === 'cursor_expired') return;
    // The log may have a scope of its own; the sweeps find what it would have told.
    if (error.kind !== 'scope' && error.kind !== 'not_found') throw error;
  }
  if (at.doc.gap) await readEverythingSoon(collections, at);
  await write(at, { healedAt: startedAt, gap: false });
}

const healedLabels = { source: 'smartrecruiters', result: 'healed' };
const unreadableLabels = { source: 'smartrecruiters', result: 'unreadable' };

/**
 * Events may be lost, of which no log tells, when deliveries end that went on until now. It is stored
 * in the write that says so, and stays until everything that is watched was made due.
 */
function losesEvents({ gap, state }: SubscriptionDoc): boolean {
  return gap || state === 'active' || state === 'suspended';
}

async function write(
  at: Tending,
  change: Parameters<typeof writeSubscription>[2],
): Promise<SubscriptionDoc> {
  at.doc = await writeSubscription(at.deps.collections, at.doc, change);
  return at.doc;
}

async function settle(
  at: Tending,
  state: SubscriptionState,
  reason: string | null,
): Promise<SubscriptionState> {
  const gap = state === 'active' ? at.doc.gap : losesEvents(at.doc);
  await write(at, { state, reason, gap, activationUntil: null, checkedAt: Date.now() });
  return state;
}

function countRequests(webhooks: WebhooksClient): {
  webhooks: WebhooksClient;
  requests: () => number;
} {
  let requests = 0;
  const counting = new Proxy(webhooks, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        requests += 1;
        return member.apply(target, args) as unknown;
      };
    },
  });
  return { webhooks: counting, requests: () => requests };
}
