import { appendChange } from '../../common/read-model/changes.js';
import type { CredentialDoc, ReceiptDoc } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { pauseWithHeartbeat } from '../pause.js';
import { removeSubscription } from '../webhooks/removal.js';
import { audit } from './record-outcome.js';

const receiptKeptMs = 90 * 24 * 60 * 60 * 1000;

/** A receipt that is not signed yet: the removal was asked for and is under way. */
export async function openReceipt(
  deps: ActivityDeps,
  input: Life & { receiptId: string },
): Promise<void> {
  const now = Date.now();
  const { _id, ...fields }: ReceiptDoc = {
    _id: input.receiptId,
    orgId: input.orgId,
    generation: input.generation,
    state: 'uninstalling',
    erased: null,
    jws: null,
    requestedAt: now,
    completedAt: null,
    expiresAt: new Date(now + receiptKeptMs),
  };
  await deps.collections.receipts.collection.updateOne(
    { _id: _id as never },
    { $setOnInsert: fields },
    { upsert: true },
  );
}

/**
 * Deletes the webhook subscription, destroys the credentials, erases people and what belongs to them,
 * and signs the receipt. Fences and tombstones stay: they hold ids and hashes, and a later life must
 * not cross them. The audit trail stays without people. Repeatable: what is gone stays gone, and a signed receipt is kept.
 */
export async function eraseInstallation(
  deps: ActivityDeps,
  input: Life & { receiptId: string },
): Promise<void> {
  const { orgId } = input;
  const { collections } = deps;
  const receipt = await collections.receipts
    .findOne({ _id: input.receiptId })
    .lean<ReceiptDoc | null>();
  if (receipt?.state === 'completed') return await removeInstallation(deps, input);

  // The vendor is told while there still is a credential to tell it with.
  await removeSubscription(deps, input);
  const credentials = await collections.credentials.find({ orgId }).lean<CredentialDoc[]>();
  for (const credential of credentials) {
    deps.clients.forget(credential._id);
    await collections.provider_leases.deleteOne({ _id: credential.budgetKey });
  }
  const erased = receipt?.erased ?? (await countAndAudit(deps, input));
  for (const name of erasedCollections) {
    await collections[name].collection.deleteMany({ orgId });
  }
  if ((erased.subscriptions ?? 0) > 0) {
    // The API goes on knowing a subscription for seconds (`api/routes/subscription-cache.ts`).
    await pauseWithHeartbeat(deps.times.retryMs);
    await collections.vendor_events.collection.deleteMany({ orgId });
  }
  await collections.audit_events.updateMany(
    { orgId, by: { $nin: ['system', 'erased'] } },
    { $set: { by: 'erased' } },
  );

  const completedAt = Date.now();
  const jws = await deps.receipts.sign({
    receiptId: input.receiptId,
    orgId,
    generation: input.generation,
    requestedAt: receipt?.requestedAt ?? completedAt,
    completedAt,
    erased,
  });
  // Gone before the receipt says so: an organization whose document stayed could not install again.
  await removeInstallation(deps, input);
  await collections.receipts.updateOne(
    { _id: input.receiptId },
    { $set: { state: 'completed', jws, completedAt } },
  );
}

async function removeInstallation(deps: ActivityDeps, life: Life): Promise<void> {
  const { orgId, generation } = life;
  await deps.collections.installations.deleteOne({ _id: orgId, generation });
  await appendChange({ ...deps, orgId, kind: 'installation', key: orgId });
}

/** Subscriptions before their events: soon after their key is unknown no more come in. */
const erasedCollections = [
  'credentials',
  'subscriptions',
  'applications',
  'interviews',
  // After the interviews: who fetches one meanwhile finds its interview gone and takes it back.
  'artifacts',
  'alerts',
  'jobs',
  'roles',
  'notifications',
  'claims',
  'watch_reports',
  'vendor_events',
] as const;

/** Counted once, before anything goes: a repeated run must not sign a receipt over nothing. */
async function countAndAudit(
  deps: ActivityDeps,
  input: Life & { receiptId: string },
): Promise<Record<string, number>> {
  const { orgId, receiptId } = input;
  const counts = await Promise.all(
    erasedCollections.map((name) => deps.collections[name].collection.countDocuments({ orgId })),
  );
  const erased = Object.fromEntries(erasedCollections.map((name, at) => [name, counts[at] ?? 0]));
  await audit(deps, { orgId, event: 'uninstalled', command: null, subject: null, detail: erased });
  await deps.collections.receipts.updateOne({ _id: receiptId }, { $set: { erased } });
  return erased;
}
