import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Config } from '../common/config.js';
import { createKeyedHash } from '../common/keyed-hash.js';
import type { Metrics } from '../common/metrics.js';
import type { Readiness } from '../common/operations-server.js';
import { collectionsOf } from '../common/read-model/collections.js';
import type { Database } from '../common/read-model/connection.js';
import { createReceiptSigner } from '../common/receipt-signing.js';
import { loadHashKey } from '../common/service-secrets.js';
import { createVault } from '../common/vault.js';
import type { ProtocolTimes } from '../workflows/contracts/protocol-times.js';
import type { TaskQueues } from '../workflows/contracts/task-queues.js';
import { type Api, createApp } from './app.js';
import { apiDefaults } from './deps.js';
import { createDigests } from './digests.js';
import { createTokenVerifier, remoteKeys } from './middleware/auth.js';
import { createMongoInputStore } from './queries/mongo-input-store.js';
import { createMongoReadModel } from './queries/mongo-read-model.js';
import { storeCall } from './queries/store-call.js';
import { readinessOf } from './routes/service.js';
import { createSignedLinks } from './signed-links.js';
import { createTemporalGateway } from './temporal-gateway.js';

export interface ApiComposition extends Api {
  readiness: () => Promise<Readiness>;
}

/**
 * The API over real parts. `queues`, `protocol` and `maxHistoryEvents` go into the installations
 * that it starts; only tests give them.
 */
export function composeApi(input: {
  config: Config;
  database: Database;
  client: Client;
  logger: Logger;
  metrics: Metrics;
  queues?: TaskQueues;
  protocol?: ProtocolTimes;
  maxHistoryEvents?: number;
}): ApiComposition {
  const { config, database, client, logger, metrics } = input;
  const collections = collectionsOf({ database });
  const readModel = createMongoReadModel({ database, collections });
  const gateway = createTemporalGateway({
    client,
    ...(input.queues && { queues: input.queues }),
    ...(input.protocol && { protocol: input.protocol }),
    maxHistoryEvents: input.maxHistoryEvents ?? null,
    logger: input.logger,
  });
  const vault = createVault({ keys: config.keys.vault });
  const api = createApp({
    ...apiDefaults,
    readModel,
    inputs: createMongoInputStore({ collections }),
    gateway,
    tokens: createTokenVerifier({
      keys: remoteKeys({ url: config.pillar.jwksUrl }),
      issuer: config.pillar.issuer,
      audience: config.pillar.audience,
    }),
    vault,
    digests: createDigests({ keys: config.keys.vault }),
    links: createSignedLinks({
      loadKeyedHash: () =>
        storeCall(async () => createKeyedHash({ key: await loadHashKey({ collections, vault }) })),
      now: Date.now,
    }),
    receiptKeys: createReceiptSigner({ keys: config.keys.receipt }),
    notetaker: {
      provider: config.notetaker.provider,
      webhookSecrets: [config.notetaker.webhookSecret],
    },
    page: { folder: builtPage(), tokenUrl: config.pillar.tokenUrl },
    publicUrl: config.publicUrl,
    metrics,
    logger,
    now: Date.now,
  });
  return {
    ...api,
    async readiness() {
      const checks = await readinessOf({ gateway, readModel });
      return { ready: checks.temporal && checks.mongodb, checks };
    },
  };
}

/** `dist/web`, seen from the sources (`api/`) or from the build (`dist/api/`). */
function builtPage(): string | null {
  const places = ['../dist/web/', '../web/'];
  return (
    places
      .map((place) => fileURLToPath(new URL(place, import.meta.url)))
      .find((folder) => existsSync(`${folder}index.html`) && existsSync(`${folder}assets`)) ?? null
  );
}
