import { type Circuits, createCircuits } from './circuits.js';
import { createSmartRecruitersClient, type SmartRecruitersClient } from './client.js';
import type { LimiterTimes } from './limiter-times.js';
import type { RateLimiter } from './rate-limiter.js';
import type { ClientCredential } from './token.js';
import type { ClientLogger, ClientMetrics } from './transport.js';

/** About 15 kB each with its token and circuits, so 30 MB when all of them are in use. */
const defaultMaxClients = 2_000;

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
 * goes when there are more than `maxClients` (default 2,000): enough for every organization of an
 * environment, since one that misses costs a token at each slice. What is known of the vendor's
 * outages belongs to the budget, so clients of one budget share it, a renewed one too.
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
  const { openCredential, maxClients = defaultMaxClients, ...clientOptions } = options;
  /** In the order of last use. */
  const clients = new Map<string, Promise<SmartRecruitersClient>>();
  /** By budget, likewise. */
  const circuitsOf = new Map<string, Circuits>();

  function sharedCircuits(budgetKey: string): Circuits {
    const circuits = circuitsOf.get(budgetKey) ?? createCircuits(options);
    use(circuitsOf, budgetKey, circuits);
    return circuits;
  }

  /** Makes it the one used last, and drops the one whose use is longest ago. */
  function use<Value>(all: Map<string, Value>, key: string, value: Value): void {
    all.delete(key);
    all.set(key, value);
    const oldest = all.keys().next().value;
    if (all.size > maxClients && oldest !== undefined) all.delete(oldest);
  }

  async function open(credentialRef: string): Promise<SmartRecruitersClient> {
    const { budgetKey, clientId, clientSecret } = await openCredential(credentialRef);
    const credential = { clientId, clientSecret };
    const circuits = sharedCircuits(budgetKey);
    return createSmartRecruitersClient({ ...clientOptions, credential, budgetKey, circuits });
  }

  return {
    async clientFor(credentialRef) {
      const client = clients.get(credentialRef) ?? open(credentialRef);
      use(clients, credentialRef, client);
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
