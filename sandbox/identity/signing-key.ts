import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import { openStateFile } from '../state-file.js';

export const algorithm = 'ES256';

export interface SigningKey {
  keyId: string;
  privateKey: CryptoKey;
  /** As it stands in the JWKS: without private parts. */
  publicJwk: JWK;
}

function publicPartOf(jwk: JWK, keyId: string): JWK {
  const { d: _private, ...publicParts } = jwk;
  return { ...publicParts, kid: keyId, alg: algorithm, use: 'sig' };
}

/** The key in the file, or a new one that is put there; without a file it lives in memory. */
export async function openSigningKey({
  keyFile,
}: {
  keyFile: string | undefined;
}): Promise<SigningKey> {
  const file = openStateFile<JWK>({ path: keyFile });
  let jwk = file.read();
  if (jwk === null) {
    const pair = await generateKeyPair(algorithm, { extractable: true });
    jwk = await exportJWK(pair.privateKey);
    file.write(jwk);
  }
  const keyId = await calculateJwkThumbprint(jwk);
  return {
    keyId,
    privateKey: (await importJWK(jwk, algorithm)) as CryptoKey,
    publicJwk: publicPartOf(jwk, keyId),
  };
}
