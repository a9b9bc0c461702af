import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyRing } from './config.js';

/** Where a sealed value lives. Sealed for one place, it opens in no other. */
export type VaultContext = { collection: string; document: string; field: string };

export type VaultErrorCode = 'malformed' | 'unknown_key' | 'unreadable';

const explanations: Record<VaultErrorCode, string> = {
  malformed: 'A sealed value does not have the form of one',
  unknown_key: 'A sealed value names a key that is not among VAULT_KEYS',
  unreadable: 'A sealed value was changed, moved, or sealed with another key of that id',
};

/** Holds neither plaintext, key, nor sealed text. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  readonly code: VaultErrorCode;

  constructor(code: VaultErrorCode) {
    super(explanations[code]);
    this.code = code;
  }
}

export type Vault = {
  /** `v1.keyId.iv.ciphertext.tag`, the last three in base64url, sealed with the current key. */
  seal(input: { plaintext: string; context: VaultContext }): string;
  /** The plaintext. Throws `VaultError`. */
  open(input: { sealed: string; context: VaultContext }): string;
  /** Whether the value was sealed with another key than the current one. Throws `VaultError` when malformed. */
  needsReseal(sealed: string): boolean;
};

const cipherName = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

const form =
  /^v1\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]{22})$/;

/** JSON keeps the three parts apart whatever characters they hold. */
const additionalData = (keyId: string, { collection, document, field }: VaultContext): Buffer =>
  Buffer.from(JSON.stringify(['v1', keyId, collection, document, field]));

const parse = (sealed: string) => {
  const [, keyId, iv, ciphertext, tag] = form.exec(sealed) ?? [];
  if (keyId === undefined || iv === undefined || ciphertext === undefined || tag === undefined) {
    throw new VaultError('malformed');
  }
  return { keyId, iv: bytes(iv), ciphertext: bytes(ciphertext), tag: bytes(tag) };
};

const bytes = (encoded: string): Buffer => {
  const decoded = Buffer.from(encoded, 'base64url');
  // Several texts decode to the same bytes when spare bits are ignored; only the canonical one is ours.
  if (decoded.toString('base64url') !== encoded) throw new VaultError('malformed');
  return decoded;
};

/** Seals secrets at rest with AES-256-GCM and opens them again; keys rotate by putting a new one first. */
export const createVault = ({ keys }: { keys: KeyRing }): Vault => ({
  seal: ({ plaintext, context }) => {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv(cipherName, keys.current.key, iv).setAAD(
      additionalData(keys.current.id, context),
    );
    const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
    return [
      'v1',
      keys.current.id,
      ...[iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url')),
    ].join('.');
  },

  open: ({ sealed, context }) => {
    const { keyId, iv, ciphertext, tag } = parse(sealed);
    const key = keys.all.get(keyId);
    if (!key) throw new VaultError('unknown_key');
    try {
      const decipher = createDecipheriv(cipherName, key, iv, { authTagLength: tagBytes })
        .setAAD(additionalData(keyId, context))
        .setAuthTag(tag);
      return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
    } catch {
      throw new VaultError('unreadable');
    }
  },

  needsReseal: (sealed) => parse(sealed).keyId !== keys.current.id,
});
