import { z } from 'zod';
import type { SmartRecruitersEndpoint } from './errors.js';
import { contractError, envelope, id, instantOf, read, word } from './schema-parts.js';
import type { ListingPage, VendorCallback, VendorSubscription } from './vendor-types.js';

/** The shapes of the webhooks API (dossier section 4.13). */

const eventName = z.union([word, z.object({ name: word }).transform((event) => event.name)]);

const subscription = z
  .object({
    id,
    callbackUrl: z.string().min(1).max(2_000),
    status: word,
    events: z.array(eventName.nullable().catch(null)).nullish().catch(null),
  })
  .transform(
    (value): VendorSubscription => ({
      subscriptionId: value.id,
      callbackUrl: value.callbackUrl,
      status: value.status.toLowerCase(),
      events: (value.events ?? []).filter((name) => name !== null),
    }),
  );

const headerValue = z.union([
  z.string(),
  z.number().transform(String),
  z.array(z.string()).transform((values) => values.join(', ')),
]);

/** ISO 8601, or a number of seconds or of milliseconds. */
const loggedAt = z.union([z.string(), z.number()]).transform((value, context) => {
  const number = typeof value === 'number' ? value : /^\d+$/.test(value) ? Number(value) : null;
  const at =
    number === null ? instantOf(String(value)) : number < 100_000_000_000 ? number * 1_000 : number;
  if (at !== null) return at;
  context.addIssue({ code: 'custom', message: 'not a time' });
  return z.NEVER;
});

const callback = z
  .object({
    status: word,
    timestamp: loggedAt,
    requestDetails: z.object({
      body: z.union([
        z.string(),
        z.record(z.string(), z.unknown()).transform((value) => JSON.stringify(value)),
      ]),
      headers: z.record(z.string(), headerValue.nullable().catch(null)),
    }),
  })
  .transform(
    ({ status, timestamp, requestDetails }): VendorCallback => ({
      status: status.toLowerCase(),
      at: timestamp,
      headers: Object.fromEntries(
        Object.entries(requestDetails.headers).flatMap(([name, value]) =>
          value === null ? [] : [[name.toLowerCase(), value]],
        ),
      ),
      body: requestDetails.body,
    }),
  );

/** The lists of webhooks are bare arrays today; an envelope like those of the others is taken too. */
const list = z.union([
  z.array(z.unknown()).transform((content) => ({ content, nextPageId: null, totalFound: null })),
  envelope,
]);

function readList<Item>(
  endpoint: SmartRecruitersEndpoint,
  schema: z.ZodType<Item>,
  body: unknown,
): ListingPage<Item> {
  const page = read(endpoint, list, body);
  const items = page.content.flatMap((raw) => {
    const item = schema.safeParse(raw);
    return item.success ? [item.data] : [];
  });
  return {
    items,
    nextPageId: page.nextPageId,
    total: page.totalFound ?? null,
    skipped: page.content.length - items.length,
  };
}

export const readSubscriptionPage = (body: unknown) =>
  readList('webhooks.list', subscription, body);
export const readCallbackPage = (body: unknown) =>
  readList('webhooks.callbacks_log', callback, body);
export const readSubscription = (
  endpoint: 'webhooks.create' | 'webhooks.get',
  body: unknown,
): VendorSubscription => read(endpoint, subscription, body);

/** The secret is a secret: an error says only that there was none. */
export function readSecretKey(body: unknown): { secretKey: string } {
  const parsed = z.object({ secretKey: z.string().min(1).max(1_000) }).safeParse(body);
  if (!parsed.success) throw contractError('webhooks.secret_key');
  return { secretKey: parsed.data.secretKey };
}
