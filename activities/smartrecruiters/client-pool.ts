import { createSmartRecruitersClient, type SmartRecruitersClient } from './client.js';
import type { LimiterTimes } from './limiter-times.js';
import type { RateLimiter } from './rate-limiter.js';
import type { ClientCredential } from './token.js';
import type { ClientLogger, ClientMetrics } from './transport.js';

export interface ClientPool {
  /** The client of a stored credential; rejects with what `openCredential` rejects with. */
  clientFor(credentialRef: string): Promise<SmartRecruitersClient>;
  /** Drops the client and its token, once a credential is replaced or destroyed. */
  forget(credentialRef: string): void;
}

export interface OpenedCredential extends ClientCredential {
  budgetKey: string;
}

/**
 * One client, and so one cached token, for each credential in this process. The least recently used
 * goes when there are more than `maxClients` (default 200).
 */
export function createClientPool(options: {
  apiUrl: string;
  limiter: RateLimiter;
  openCredential: (credentialRef: string) => Promise<OpenedCredential>;
  logger?: ClientLogger;
  metrics?: ClientMetrics;
  fetch?: typeof globalThis.fetch;
  timeoutMs?: number;
  /** For the breakers; the limiter has its own. */
  times?: LimiterTimes;
  maxClients?: number;
}): ClientPool {
  const { openCredential, maxClients = 200, ...clientOptions } = options;
  /** In the order of last use. */
  const clients = new Map<string, Promise<SmartRecruitersClient>>();

  async function open(credentialRef: string): Promise<SmartRecruitersClient> {
    const { budgetKey, clientId, clientSecret } = await openCredential(credentialRef);
    const credential = { clientId, clientSecret };
    return createSmartRecruitersClient({ ...clientOptions, credential, budgetKey });
  }

  return {
    async clientFor(credentialRef) {
      const client = clients.get(credentialRef) ?? open(credentialRef);
      clients.delete(credentialRef);
      clients.set(credentialRef, client);
      const oldest = clients.keys().next().value;
      if (clients.size > maxClients && oldest !== undefined) clients.delete(oldest);
      try {
        return await client;
      } catch (error) {
        if (clients.get(credentialRef) === client) clients.delete(credentialRef);
        throw error;
      }
    },
    forget(credentialRef) {
      clients.delete(credentialRef);
    },
  };
}
