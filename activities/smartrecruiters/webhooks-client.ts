import { isSmartRecruitersError } from './errors.js';
import { paginate } from './pagination.js';
import { type CallOptions, type Requester, sameId, segment } from './requester.js';
import type { ListingPage, VendorCallback, VendorSubscription } from './vendor-types.js';
import {
  readCallbackPage,
  readSecretKey,
  readSubscription,
  readSubscriptionPage,
} from './webhook-schemas.js';

/**
 * Webhook subscriptions of the credential (dossier 4.13). Without the vendor's webhook scope every
 * call is refused with kind `scope`. What writes is never sent twice: after an error of kind
 * `unavailable` look before you make another.
 */
export interface WebhooksClient {
  /** All of them, whoever made them. */
  listSubscriptions(input?: CallOptions): Promise<VendorSubscription[]>;
  /** Made inactive; the vendor allows 20. */
  createSubscription(
    input: { callbackUrl: string; events: readonly string[] } & CallOptions,
  ): Promise<VendorSubscription>;
  getSubscription(input: { subscriptionId: string } & CallOptions): Promise<VendorSubscription>;
  /** The vendor asks the callback for an echo of `X-Hook-Secret` before this resolves. */
  activateSubscription(input: { subscriptionId: string } & CallOptions): Promise<void>;
  /** One that is gone already counts as deleted. */
  deleteSubscription(input: { subscriptionId: string } & CallOptions): Promise<void>;
  /** The key before it stays good for 24 h. */
  createSecretKey(input: { subscriptionId: string } & CallOptions): Promise<{ secretKey: string }>;
  /** Newest first, up to 30 days back. Throws with reason `cursor_expired` like other listings. */
  readCallbacksLogPage(
    input: {
      subscriptionId: string;
      callbackStatus?: 'failed' | 'successful';
      /** Epoch ms. */
      after?: number;
      before?: number;
      pageId: string | null;
    } & CallOptions,
  ): Promise<ListingPage<VendorCallback>>;
}

const subscriptionsPath = '/webhooks-api/v201907/subscriptions';

export function createWebhooksClient(requester: Requester): WebhooksClient {
  return {
    async listSubscriptions(input = {}) {
      const found: VendorSubscription[] = [];
      const pages = paginate<VendorSubscription>({
        endpoint: 'webhooks.list',
        idOf: (subscription) => subscription.subscriptionId,
        fetchPage: async (pageId) =>
          await requester.page(input, {
            endpoint: 'webhooks.list',
            path: subscriptionsPath,
            pageId,
            cursorName: 'page_id',
            read: readSubscriptionPage,
          }),
      });
      for await (const { items } of pages) found.push(...items);
      return found;
    },

    async createSubscription({ callbackUrl, events, ...call }) {
      const endpoint = 'webhooks.create';
      const body = await requester.send(call, {
        endpoint,
        method: 'POST',
        path: subscriptionsPath,
        body: { callbackUrl, events: [...events] },
      });
      return readSubscription(endpoint, body);
    },

    async getSubscription({ subscriptionId, ...call }) {
      const endpoint = 'webhooks.get';
      const path = `${subscriptionsPath}/${segment(endpoint, subscriptionId)}`;
      const found = readSubscription(endpoint, await requester.send(call, { endpoint, path }));
      return sameId(endpoint, found.subscriptionId, subscriptionId, found);
    },

    async activateSubscription({ subscriptionId, ...call }) {
      const endpoint = 'webhooks.activate';
      const path = `${subscriptionsPath}/${segment(endpoint, subscriptionId)}/activation`;
      await requester.send(call, { endpoint, method: 'PUT', path });
    },

    async deleteSubscription({ subscriptionId, ...call }) {
      const endpoint = 'webhooks.delete';
      const path = `${subscriptionsPath}/${segment(endpoint, subscriptionId)}`;
      try {
        await requester.send(call, { endpoint, method: 'DELETE', path });
      } catch (error) {
        if (!isSmartRecruitersError(error, 'not_found')) throw error;
      }
    },

    async createSecretKey({ subscriptionId, ...call }) {
      const endpoint = 'webhooks.secret_key';
      const path = `${subscriptionsPath}/${segment(endpoint, subscriptionId)}/secret-key`;
      return readSecretKey(await requester.send(call, { endpoint, method: 'POST', path }));
    },

    async readCallbacksLogPage({ subscriptionId, callbackStatus, after, before, pageId, ...call }) {
      const endpoint = 'webhooks.callbacks_log';
      const query = new URLSearchParams();
      if (callbackStatus !== undefined) query.set('callbackStatus', callbackStatus);
      if (after !== undefined) query.set('after', new Date(after).toISOString());
      if (before !== undefined) query.set('before', new Date(before).toISOString());
      return await requester.page(call, {
        endpoint,
        path: `${subscriptionsPath}/${segment(endpoint, subscriptionId)}/callbacks-log`,
        query,
        pageId,
        cursorName: 'page_id',
        read: readCallbackPage,
      });
    },
  };
}
