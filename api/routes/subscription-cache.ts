import type { SubscriptionDoc } from '../../common/read-model/documents.js';
import { hookSecretContext } from '../../common/sealed-fields.js';
import type { ApiDeps } from '../deps.js';

/** A subscription as a webhook is checked against it: its secrets opened. */
export interface OpenSubscription {
  doc: SubscriptionDoc;
  secrets: readonly { secret: string; goodUntil: number | null }[];
  readAt: number;
}

/** A replaced key and a deleted subscription are noticed after this. */
const keptMs = 5_000;
const mostKept = 1_000;

/**
 * Subscriptions by the hash of their key, for seconds: hundreds of webhooks a second cost no read
 * each. Reads that run at the same time are one. A key that nobody has is never kept, so that guesses
 * fill no memory.
 */
export function createSubscriptionCache({
  inputs,
  vault,
  logger,
  now,
}: Pick<ApiDeps, 'inputs' | 'vault' | 'logger' | 'now'>) {
  const known = new Map<string, OpenSubscription>();
  const reading = new Map<string, Promise<OpenSubscription | null>>();

  async function load(keyHash: string): Promise<OpenSubscription | null> {
    const doc = await inputs.subscription({ keyHash });
    known.delete(keyHash);
    if (doc === null) return null;
    const opened: OpenSubscription = { doc, secrets: open(doc), readAt: now() };
    known.set(keyHash, opened);
    const oldest = known.keys().next().value;
    if (known.size > mostKept && oldest !== undefined) known.delete(oldest);
    return opened;
  }

  function open(doc: SubscriptionDoc): OpenSubscription['secrets'] {
    return doc.secrets.flatMap(({ sealed, goodUntil }) => {
      try {
        return [{ secret: vault.open({ sealed, context: hookSecretContext(doc) }), goodUntil }];
      } catch (error) {
        // Its key has left VAULT_KEYS; the watch makes another secret.
        logger.warn({ err: error, orgId: doc.orgId }, 'a webhook secret does not open');
        return [];
      }
    });
  }

  async function read(keyHash: string): Promise<OpenSubscription | null> {
    const running = reading.get(keyHash) ?? load(keyHash);
    reading.set(keyHash, running);
    try {
      return await running;
    } finally {
      if (reading.get(keyHash) === running) reading.delete(keyHash);
    }
  }

  return {
    /** As known for at most `keptMs`; null: no such key. Throws `StoreUnavailableError`. */
    async find(keyHash: string): Promise<OpenSubscription | null> {
      const found = known.get(keyHash);
      return found !== undefined && now() - found.readAt < keptMs ? found : await read(keyHash);
    },
    /**
     * As it is now: what would be refused by what is known may be by a key, or in an activation, of a
     * moment ago. Only who has the subscription's key gets as far as this.
     */
    fresh: read,
  };
}
