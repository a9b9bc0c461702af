import type { Logger } from 'pino';
import type { NotetakerProvider } from '../common/config.js';
import type { Metrics } from '../common/metrics.js';
import type { ReceiptSigner } from '../common/receipt-signing.js';
import type { Vault } from '../common/vault.js';
import type { Digests } from './digests.js';
import type { TokenVerifier } from './middleware/auth.js';
import type { InputStore } from './queries/input-store.js';
import type { ReadModel } from './queries/read-model.js';
import type { SignedLinks } from './signed-links.js';
import type { TemporalGateway } from './temporal-gateway.js';

/** All that the API stands on; every part can be replaced by a fake. */
export interface ApiDeps {
  readModel: ReadModel;
  inputs: InputStore;
  gateway: TemporalGateway;
  tokens: TokenVerifier;
  vault: Pick<Vault, 'seal' | 'open'>;
  digests: Digests;
  /** One-click links of mails and alerts. */
  links: SignedLinks;
  receiptKeys: Pick<ReceiptSigner, 'publicJwks'>;
  notetaker: { provider: NotetakerProvider; webhookSecrets: readonly string[] };
  page: {
    /** Built page; null serves none. */
    folder: string | null;
    /** Where the page fetches its bearer token. */
    tokenUrl: string;
  };
  /** Where links point; an http one (loopback) turns off what browsers do for https alone. */
  publicUrl: string;
  metrics: Pick<
    Metrics,
    'httpRequests' | 'httpRequestSeconds' | 'webhooksReceived' | 'commandSeconds'
  >;
  logger: Logger;
  now: () => number;
  requestsPerMinute: number;
  /** How often changes are looked for, and how late one may become visible behind a later one. */
  events: { pollMs: number; overlapMs: number; heartbeatMs: number };
}

/** What real runs use. */
export const apiDefaults = {
  requestsPerMinute: 600,
  events: { pollMs: 500, overlapMs: 5_000, heartbeatMs: 15_000 },
} as const satisfies Partial<ApiDeps>;
