import { createHmac } from 'node:crypto';
import type { KeyRing } from '../common/config.js';
import { createKeyedHash, type KeyedHash, secretsEqual } from '../common/keyed-hash.js';

/** Keyed digests: what they stand for cannot be guessed from them without the vault's keys. */
export interface Digests {
  /** Of a command's body; names the key, so that a rotation does not make bodies look different. */
  ofBody(body: unknown): string;
  isOfBody(input: { body: unknown; digest: string }): boolean;
  /** Names the vendor's budget without naming the client id. */
  budgetKey(input: { clientId: string }): string;
}

export function createDigests({ keys }: { keys: KeyRing }): Digests {
  const hashes = new Map<string, KeyedHash>(
    [...keys.all].map(([id, key]) => [
      id,
      // A key of its own: the vault's key itself only ever seals.
      createKeyedHash({ key: createHmac('sha256', key).update('api/digests').digest() }),
    ]),
  );
  const digestWith = (id: string, body: unknown): string | null => {
    const hash = hashes.get(id);
    return hash === undefined ? null : `${id}.${hash('command-body', canonicalJson(body))}`;
  };
  const current = keys.current.id;

  return {
    ofBody: (body) => digestWith(current, body) ?? '',
    isOfBody: ({ body, digest }) => {
      const expected = digestWith(digest.split('.', 1)[0] ?? '', body);
      return expected !== null && secretsEqual(expected, digest);
    },
    budgetKey: ({ clientId }) => hashes.get(current)?.('vendor-budget', clientId) ?? '',
  };
}

/** The same text for the same value, whatever the order of its fields. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
