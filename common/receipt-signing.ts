import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { CompactSign, exportJWK, type JSONWebKeySet } from 'jose';
import type { KeyRing } from './config.js';

export type ReceiptSigner = {
  /** The payload as compact JWS (RFC 7515), `alg` EdDSA, `kid` the id of the current key. */
  sign(payload: Readonly<Record<string, unknown>>): Promise<string>;
  /** Public halves of all keys, for `/.well-known/jwks.json`: receipts of older keys verify too. */
  publicJwks(): Promise<JSONWebKeySet>;
};

/** DER of a PKCS #8 Ed25519 private key up to its 32-byte seed (RFC 8410, section 7). */
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

const privateKeyOf = (seed: Buffer): KeyObject =>
  createPrivateKey({ key: Buffer.concat([pkcs8Prefix, seed]), format: 'der', type: 'pkcs8' });

/** Signs uninstall receipts; the 32 bytes of each key are the seed of an Ed25519 key pair. */
export const createReceiptSigner = ({ keys }: { keys: KeyRing }): ReceiptSigner => {
  const signingKey = privateKeyOf(keys.current.key);

  return {
    sign: (payload) =>
      new CompactSign(Buffer.from(JSON.stringify(payload)))
        .setProtectedHeader({ alg: 'EdDSA', kid: keys.current.id, typ: 'receipt+jws' })
        .sign(signingKey),

    publicJwks: async () => ({
      keys: await Promise.all(
        [...keys.all].map(async ([kid, seed]) => ({
          ...(await exportJWK(createPublicKey(privateKeyOf(seed)))),
          kid,
          alg: 'EdDSA',
          use: 'sig',
        })),
      ),
    }),
  };
};
