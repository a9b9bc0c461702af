import type { Collections } from '../../common/read-model/collections.js';
import { isDuplicateKey } from '../../common/read-model/consistency.js';
import type { VendorEventDoc } from '../../common/read-model/documents.js';
import { readVendorEvent } from '../../common/vendor-event.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { VendorCallback } from '../smartrecruiters/vendor-types.js';
import type { WebhooksClient } from '../smartrecruiters/webhooks-client.js';

/** A callback may be logged a little after it was tried. */
const overlapMs = 10 * 60_000;
/** A gap with more pages than these is healed by reading everything instead. */
const mostPages = 20;

/**
 * Takes over the events whose delivery failed since `from`: each becomes a receipt as if it had come
 * in, once, since the key is the event's own id. `unreadable`: entries of which nobody can say what
 * they were about. `whole`: the log was read to its end, and every entry of it.
 */
export async function healGap(
  collections: Collections,
  input: Life & { webhooks: WebhooksClient; subscriptionId: string; from: number; until: number },
): Promise<{ found: number; unreadable: number; whole: boolean }> {
  const { webhooks, subscriptionId, from, until } = input;
  let found = 0;
  let unreadable = 0;
  let pageId: string | null = null;
  for (let page = 0; page < mostPages; page += 1) {
    const read: Awaited<ReturnType<WebhooksClient['readCallbacksLogPage']>> =
      await webhooks.readCallbacksLogPage({
        subscriptionId,
        callbackStatus: 'failed',
        after: from - overlapMs,
        before: until,
        pageId,
      });
    const told = eventsOf(input, read.items);
    unreadable += read.skipped + told.unreadable;
    found += await addEvents(collections, told.events);
    pageId = read.nextPageId;
    if (pageId === null) return { found, unreadable, whole: unreadable === 0 };
  }
  return { found, unreadable, whole: false };
}

function eventsOf(
  life: Life,
  callbacks: readonly VendorCallback[],
): { events: VendorEventDoc[]; unreadable: number } {
  const byId = new Map<string, VendorEventDoc>();
  let unreadable = 0;
  for (const { headers, body } of callbacks) {
    const read = readVendorEvent({
      orgId: life.orgId,
      generation: life.generation,
      eventId: headers['event-id'] ?? '',
      // Without a name nobody can say that it was one that is not asked for.
      eventName: headers['event-name'] ?? '',
      body: Buffer.from(body, 'utf8'),
      now: Date.now(),
    });
    if (read.kind === 'event') byId.set(read.event._id, read.event);
    else if (read.kind === 'unreadable' || headers['event-name'] === undefined) unreadable += 1;
  }
  return { events: [...byId.values()], unreadable };
}

/** How many of them were not there yet. */
async function addEvents(
  collections: Collections,
  events: readonly VendorEventDoc[],
): Promise<number> {
  let added = 0;
  for (const event of events) {
    try {
      await collections.vendor_events.collection.insertOne(event as never);
      added += 1;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }
  return added;
}

/**
 * Makes every row that is watched due: events were lost of which nobody can say what they were about.
 * Rows that are done stay so.
 */
export async function readEverythingSoon(collections: Collections, life: Life): Promise<void> {
  const { orgId, generation } = life;
  const now = Date.now();
  await collections.applications.collection.updateMany(
    {
      orgId,
      generation,
      active: true,
      kind: { $in: ['catalogue', 'listing', 'application'] },
      tier: { $ne: 'done' },
      nextCheckAt: { $gt: now },
    },
    { $set: { nextCheckAt: now } },
  );
}
