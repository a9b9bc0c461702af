import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import type { KeyRing } from './config.js';

const encrypted = 'binary/encrypted';
const cipherName = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

const PayloadMessage = proto.temporal.api.common.v1.Payload;

/** A payload that carries our marker and cannot be read. The message holds a key id at most. */
export class PayloadDecryptionError extends Error {
  override readonly name = 'PayloadDecryptionError';
  readonly code: 'unknown_key' | 'unreadable';

  constructor(code: 'unknown_key' | 'unreadable', message: string) {
    super(message);
    this.code = code;
  }
}

const text = (bytes: Uint8Array | null | undefined): string | undefined =>
  bytes ? Buffer.from(bytes).toString() : undefined;

/** Binds the key id and the purpose to the ciphertext, so that neither can be exchanged. */
const additionalData = (keyId: string): Buffer => Buffer.from(`temporal-payload:${keyId}`);

/**
 * Encrypts whole payloads, metadata included, with AES-256-GCM.
 *
 * New payloads use the current key and carry its id in the metadata; older ones open with the key
 * they name, so keys rotate by putting a new one first. Payloads without our marker (written before
 * encryption, or by a tool) pass through `decode` unchanged.
 *
 * `decode` rejects with `PayloadDecryptionError`.
 */
export const createEncryptionCodec = ({ keys }: { keys: KeyRing }): PayloadCodec => {
  const seal = (payload: Payload): Payload => {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv(cipherName, keys.current.key, iv).setAAD(
      additionalData(keys.current.id),
    );
    const plain = PayloadMessage.encode(payload).finish();
    const data = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    return {
      metadata: {
        encoding: Buffer.from(encrypted),
        'encryption-key-id': Buffer.from(keys.current.id),
      },
      data,
    };
  };

  const open = (payload: Payload): Payload => {
    if (text(payload.metadata?.encoding) !== encrypted) return payload;
    const keyId = text(payload.metadata?.['encryption-key-id']) ?? '';
    const key = keys.all.get(keyId);
    if (!key) {
      const named = /^[A-Za-z0-9_-]{1,32}$/.test(keyId) ? `"${keyId}"` : 'it names';
      throw new PayloadDecryptionError(
        'unknown_key',
        `A payload cannot be decrypted: the key ${named} is not among CODEC_KEYS`,
      );
    }
    const data = Buffer.from(payload.data ?? []);
    try {
      const decipher = createDecipheriv(cipherName, key, data.subarray(0, ivBytes), {
        authTagLength: tagBytes,
      })
        .setAAD(additionalData(keyId))
        .setAuthTag(data.subarray(-tagBytes));
      const plain = Buffer.concat([
        decipher.update(data.subarray(ivBytes, -tagBytes)),
        decipher.final(),
      ]);
      return PayloadMessage.decode(plain);
    } catch {
      throw new PayloadDecryptionError(
        'unreadable',
        `A payload cannot be decrypted with the key "${keyId}": it was changed, cut off, or sealed with another key of that id`,
      );
    }
  };

  return {
    encode: async (payloads) => payloads.map(seal),
    decode: async (payloads) => payloads.map(open),
  };
};
