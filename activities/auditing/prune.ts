import type { ActivityDeps } from '../deps.js';

const expiring = [
  'changes',
  'commands',
  'credentials',
  'receipts',
  'webhook_receipts',
  'vendor_events',
  'alerts',
  'artifacts',
] as const;

/** Not every server removes what is past its TTL. */
export async function prune({ collections }: ActivityDeps): Promise<void> {
  const past = { expiresAt: { $lt: new Date() } };
  for (const name of expiring) await collections[name].collection.deleteMany(past);
}
