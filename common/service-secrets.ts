import { randomBytes } from 'node:crypto';
import type { Collections } from './read-model/collections.js';
import type { ServiceSecretDoc } from './read-model/documents.js';
import { serviceSecretContext } from './sealed-fields.js';
import type { Vault } from './vault.js';

const hashKeyName = 'keyed-hash';

/**
 * The key of all keyed hashes: made once, sealed in the store. It must outlive the rotation of
 * `VAULT_KEYS`, because tombstones and room keys rest on it for years.
 */
export async function loadHashKey(input: {
  collections: Collections;
  vault: Vault;
}): Promise<Buffer> {
  const { collections, vault } = input;
  const context = serviceSecretContext(hashKeyName);
  const made = vault.seal({ plaintext: randomBytes(32).toString('base64'), context });
  await collections.service_secrets.collection.updateOne(
    { _id: hashKeyName as never },
    { $setOnInsert: { sealed: made } },
    { upsert: true },
  );
  // Two processes may start at once: what is stored counts, not what was made here.
  const stored = await collections.service_secrets
    .findOne({ _id: hashKeyName })
    .lean<ServiceSecretDoc | null>();
  if (stored === null) throw new Error('the key of the keyed hashes could not be stored');
  const key = Buffer.from(vault.open({ sealed: stored.sealed, context }), 'base64');
  if (vault.needsReseal(stored.sealed)) {
    await collections.service_secrets.updateOne(
      { _id: hashKeyName, sealed: stored.sealed },
      { $set: { sealed: vault.seal({ plaintext: key.toString('base64'), context }) } },
    );
  }
  return key;
}
