import { compactVerify, createLocalJWKSet, decodeProtectedHeader } from 'jose';
import { createReceiptSigner } from '../../../common/receipt-signing.js';
import { keyRingOf, rotated } from './fixtures.js';

const keys = keyRingOf('r1');
const receipt = { receiptId: 'receipt-1', state: 'completed', at: 1_700_000_000_000 };

const verified = async (jws: string, signer: ReturnType<typeof createReceiptSigner>) => {
  const { payload } = await compactVerify(jws, createLocalJWKSet(await signer.publicJwks()), {
    algorithms: ['EdDSA'],
  });
  return JSON.parse(Buffer.from(payload).toString());
};

describe('receipts', () => {
  it('verify against the published keys, also after a rotation', async () => {
    const jws = await createReceiptSigner({ keys }).sign(receipt);
    expect(await verified(jws, createReceiptSigner({ keys }))).toEqual(receipt);
    expect(await verified(jws, createReceiptSigner({ keys: rotated(keys, 'r2') }))).toEqual(
      receipt,
    );
    expect(decodeProtectedHeader(jws)).toMatchObject({ alg: 'EdDSA', kid: 'r1' });
  });

  it('do not verify when changed, or signed by another key of the same id', async () => {
    const signer = createReceiptSigner({ keys });
    const [header, , signature] = (await signer.sign(receipt)).split('.');
    const forged = Buffer.from(JSON.stringify({ ...receipt, at: 0 })).toString('base64url');
    await expect(verified(`${header}.${forged}.${signature}`, signer)).rejects.toThrow(
      'signature verification failed',
    );
    const stranger = await createReceiptSigner({ keys: keyRingOf('r1') }).sign(receipt);
    await expect(verified(stranger, signer)).rejects.toThrow('signature verification failed');
  });

  it('publish public halves only', async () => {
    const jwks = await createReceiptSigner({ keys: rotated(keys, 'r2') }).publicJwks();
    expect(jwks.keys.map(({ kid }) => kid)).toEqual(['r2', 'r1']);
    for (const jwk of jwks.keys) {
      expect(jwk).toMatchObject({ kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig' });
      expect(jwk).not.toHaveProperty('d');
    }
  });
});
