import type { Client } from '@temporalio/client';
import { createWebhookPoster } from '../activities/alerts/webhook-poster.js';
import type { ActivityDeps } from '../activities/deps.js';
import { createClaimStore } from '../activities/joining/claim-store.js';
import { createRequestPace } from '../activities/joining/request-pace.js';
import { createMailer } from '../activities/mail/mailer.js';
import { createNotetaker } from '../activities/notetaker/index.js';
import {
  createClientPool,
  type OpenedCredential,
} from '../activities/smartrecruiters/client-pool.js';
import { SmartRecruitersError } from '../activities/smartrecruiters/errors.js';
import { type LimiterTimes, limiterTimes } from '../activities/smartrecruiters/limiter-times.js';
import { createMongoRateLimiter } from '../activities/smartrecruiters/mongo-rate-limiter.js';
import { watchPeriods } from '../activities/watching/tiers.js';
import { createWorkflowDoor } from '../activities/workflow-door.js';
import type { Config } from '../common/config.js';
import { createKeyedHash } from '../common/keyed-hash.js';
import type { Logger } from '../common/logger.js';
import type { Metrics } from '../common/metrics.js';
import { collectionsOf } from '../common/read-model/collections.js';
import type { Database } from '../common/read-model/connection.js';
import { consistencyOf } from '../common/read-model/consistency.js';
import type { CredentialDoc } from '../common/read-model/documents.js';
import { createReceiptSigner } from '../common/receipt-signing.js';
import { credentialContext } from '../common/sealed-fields.js';
import { loadHashKey } from '../common/service-secrets.js';
import { createVault } from '../common/vault.js';
import { protocolTimes } from '../workflows/contracts/protocol-times.js';
import { taskQueues } from '../workflows/contracts/task-queues.js';

/** What tests change: times that keep their proportions, other queues, a step to die at. */
export interface Composition {
  config: Config;
  database: Database;
  client: Client;
  logger: Logger;
  metrics: Metrics;
  overrides?: Partial<
    Pick<ActivityDeps, 'times' | 'taskQueues' | 'watchPeriods' | 'reached' | 'notetaker'>
  > & { maxHistoryEvents?: number; limiterTimes?: LimiterTimes };
}

/** Puts the activities' outside together. Rejects when the store cannot be reached. */
export async function composeActivityDeps(input: Composition): Promise<ActivityDeps> {
  const { config, database, client, logger, metrics, overrides = {} } = input;
  const { maxHistoryEvents = null, limiterTimes: paces = limiterTimes, ...changed } = overrides;
  const collections = collectionsOf({ database });
  const consistency = await consistencyOf({ database });
  const vault = createVault({ keys: config.keys.vault });
  const times = changed.times ?? protocolTimes;
  const queues = changed.taskQueues ?? taskQueues;

  const notetaker = changed.notetaker ?? createNotetaker(config.notetaker);

  async function openCredential(credentialRef: string): Promise<OpenedCredential> {
    const stored = await collections.credentials
      .findOne({ _id: credentialRef })
      .lean<CredentialDoc | null>();
    // Destroyed meanwhile: for whoever still asks, that is the same as refused.
    if (stored === null) {
      throw new SmartRecruitersError({ kind: 'auth', endpoint: 'token', reason: 'destroyed' });
    }
    const context = credentialContext(credentialRef);
    const opened = JSON.parse(vault.open({ sealed: stored.sealed, context })) as {
      clientId: string;
      clientSecret: string;
    };
    return { ...opened, budgetKey: stored.budgetKey };
  }

  return {
    collections,
    consistency,
    claims: createClaimStore({ collections, consistency }),
    vault,
    keyedHash: createKeyedHash({ key: await loadHashKey({ collections, vault }) }),
    receipts: createReceiptSigner({ keys: config.keys.receipt }),
    clients: createClientPool({
      apiUrl: config.smartRecruiters.apiUrl,
      limiter: createMongoRateLimiter({ leases: collections.provider_leases, times: paces }),
      times: paces,
      openCredential,
      logger,
      metrics: {
        requestEnded({ endpoint, status, outcome, durationMs }) {
          metrics.vendorRequests.inc({ endpoint, status: outcome });
          metrics.vendorRequestSeconds.observe({ endpoint }, durationMs / 1000);
          if (status === 429) metrics.vendorTooManyRequests.inc({ endpoint });
        },
      },
    }),
    notetaker,
    requestPace: createRequestPace({
      collections,
      provider: config.notetaker.provider,
      createPerMinute: notetaker.capabilities.createPerMinute,
    }),
    mailer: createMailer({ smtpUrl: config.mail.smtpUrl, from: config.mail.from }),
    webhooks: createWebhookPoster({ pillar: config.pillar.webhook }),
    workflows: createWorkflowDoor({ client, taskQueues: queues, times, maxHistoryEvents }),
    watchPeriods,
    environmentName: config.environmentName,
    publicUrl: config.publicUrl,
    smartRecruitersUrl: config.smartRecruiters.apiUrl,
    logger,
    metrics,
    reached: async () => undefined,
    ...changed,
    times,
    taskQueues: queues,
  };
}
