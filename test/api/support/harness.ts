import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import supertest from 'supertest';
import { createApp } from '../../../api/app.js';
import type { ApiDeps } from '../../../api/deps.js';
import { createDigests } from '../../../api/digests.js';
import { createTokenVerifier } from '../../../api/middleware/auth.js';
import type { Role } from '../../../api/route.js';
import { createSignedLinks } from '../../../api/signed-links.js';
import { createKeyedHash } from '../../../common/keyed-hash.js';
import { createLogger } from '../../../common/logger.js';
import { createMetrics } from '../../../common/metrics.js';
import { createReceiptSigner } from '../../../common/receipt-signing.js';
import { createVault } from '../../../common/vault.js';
import { noon } from './documents.js';
import { emptyWorld, fakeGateway, fakeInputStore, fakeReadModel } from './fakes.js';

export const base = '/v1/organizations/acme/smartrecruiters';
export const webhookSecret = 'whsec-a-secret-of-the-notetaker';

export function keyRing(id: string, fill: number) {
  const key = Buffer.alloc(32, fill);
  return { current: { id, key }, all: new Map([[id, key]]) };
}

const issuer = 'https://sign-in.pillar.example';
const audience = 'pillar-smartrecruiters';
const signing = await generateKeyPair('ES256', { extractable: true });
const jwk = { ...(await exportJWK(signing.publicKey)), kid: 'k1', alg: 'ES256' };
export const otherKeys = await generateKeyPair('ES256', { extractable: true });

/** A token as Pillar's sign-in makes it; `claims` overrides, undefined removes. */
export async function tokenWith(
  claims: JWTPayload & { org?: unknown; role?: unknown } = {},
  privateKey = signing.privateKey,
): Promise<string> {
  const all: Record<string, unknown> = {
    sub: 'user-owner',
    org: 'acme',
    role: 'owner',
    iss: issuer,
    aud: audience,
    exp: noon / 1000 + 600,
    ...claims,
  };
  const payload = Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined),
  );
  return await new SignJWT(payload)
    .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
    .sign(privateKey);
}

export const tokens: Record<Role, string> = {
  owner: await tokenWith(),
  admin: await tokenWith({ sub: 'user-admin', role: 'admin' }),
  member: await tokenWith({ sub: 'user-member', role: 'member' }),
};

/** The app over fakes, with everything it wrote to its log. */
export function harness(part: Partial<ApiDeps> = {}) {
  const world = emptyWorld();
  const gateway = fakeGateway();
  const logLines: string[] = [];
  const clock = { now: noon };
  const now = () => clock.now;
  const vault = createVault({ keys: keyRing('v1', 1) });
  const digests = createDigests({ keys: keyRing('v1', 1) });
  const readModel = fakeReadModel(world);
  const keyedHash = createKeyedHash({ key: Buffer.alloc(32, 3) });
  const metrics = createMetrics();
  const api = createApp({
    readModel,
    inputs: fakeInputStore(world),
    gateway,
    tokens: createTokenVerifier({
      keys: createLocalJWKSet({ keys: [jwk] }),
      issuer,
      audience,
      now,
    }),
    vault,
    digests,
    links: createSignedLinks({
      loadKeyedHash: async () => keyedHash,
      now,
    }),
    receiptKeys: createReceiptSigner({ keys: keyRing('r1', 2) }),
    notetaker: { provider: 'pillar', webhookSecrets: [webhookSecret] },
    page: { folder: null, tokenUrl: 'https://sign-in.pillar.example/token' },
    publicUrl: 'https://smartrecruiters.pillar.example',
    metrics,
    logger: createLogger({
      level: 'trace',
      name: 'test',
      destination: { write: (line: string) => void logLines.push(line) },
    }),
    now,
    requestsPerMinute: 10_000,
    events: { pollMs: 10, overlapMs: 5_000, heartbeatMs: 1_000 },
    ...part,
  });
  return {
    ...api,
    world,
    readModel,
    gateway,
    vault,
    digests,
    keyedHash,
    clock,
    metrics,
    logLines,
    request: supertest(api.app),
    as: (role: Role) => ({ authorization: `Bearer ${tokens[role]}` }),
  };
}

export type Harness = ReturnType<typeof harness>;
