import { randomUUID } from 'node:crypto';
import type { ActivityDeps } from '../../activities/deps.js';
import type { Turn, TurnResult } from '../../activities/watching/turn.js';
import { hintVendorEvents } from '../../activities/webhooks/hint-events.js';
import { lookUpVendorEvents } from '../../activities/webhooks/look-up-events.js';
import { subscriptionTurn } from '../../activities/webhooks/subscription.js';
import type {
  InstallationDoc,
  SubscriptionDoc,
  VendorEventDoc,
} from '../../common/read-model/documents.js';
import { readVendorEvent } from '../../common/vendor-event.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { Stage } from './stage.js';

/** Both halves of what a slice does with events, one after the other: the number followed. */
export async function followVendorEvents(deps: ActivityDeps, life: Life): Promise<number> {
  const hinted = await hintVendorEvents(deps, life);
  return hinted + (await lookUpVendorEvents(deps, life));
}

/** What the tests of webhooks do with a stage: turns of the subscription, events that come in. */
export function webhooksOn(stageOf: () => Stage) {
  const vendor = () => stageOf().deps.company.webhooks;
  const atVendor = () => [...vendor().subscriptions.values()];

  async function turnWith(deps: ActivityDeps = stageOf().deps): Promise<TurnResult> {
    const installation = await stageOf()
      .deps.collections.installations.findOne({ _id: stageOf().life.orgId })
      .lean<InstallationDoc>();
    const client = await deps.clients.clientFor('credential-1');
    const turn = { ...stageOf().life, installation, client, periods: deps.watchPeriods } as Turn;
    return await subscriptionTurn(deps, turn);
  }

  async function stored(): Promise<SubscriptionDoc> {
    const doc = await stageOf()
      .deps.collections.subscriptions.findOne({ orgId: stageOf().life.orgId })
      .lean<SubscriptionDoc | null>();
    if (doc === null) throw new Error('no subscription is stored');
    return doc;
  }

  async function change(fields: Partial<SubscriptionDoc>): Promise<void> {
    const { _id } = await stored();
    await stageOf().deps.collections.subscriptions.updateOne({ _id }, { $set: fields });
  }

  async function receive(
    eventName: string,
    body: object,
    eventId: string = randomUUID(),
    change: Partial<VendorEventDoc> = {},
  ): Promise<void> {
    const read = readVendorEvent({
      ...stageOf().life,
      eventId,
      eventName,
      body: Buffer.from(JSON.stringify(body)),
      now: Date.now(),
    });
    if (read.kind !== 'event') throw new Error(`the event is ${read.kind}`);
    await stageOf().deps.collections.vendor_events.collection.insertOne({
      ...read.event,
      ...change,
    } as never);
  }

  return { vendor, atVendor, turnWith, stored, change, receive };
}
