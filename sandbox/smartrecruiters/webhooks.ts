import { randomUUID } from 'node:crypto';
import { seededChance } from './chance.js';
import type { WebhookFaults, WebhookStatistics } from './control.js';
import type { Subscription } from './records.js';
import {
  type CallbackRow,
  type Delivery,
  deliveryHeaders,
  eventVersion,
  liveKeys,
  retryAfterMs,
} from './webhook-delivery.js';
import { createPoster, type Poster } from './webhook-post.js';
import { DeliveryCounts } from './webhook-statistics.js';
import type { World } from './world.js';
import type { WorldEvent } from './world-events.js';

const dayMs = 86_400_000;
const logDays = 30;
const mostLogRows = 20_000;
const mostInFlight = 50;
const answerWithinMs = 5_000;
const handshakeWithinMs = 20_000;
const overtakenWithinMs = 100;

interface Line {
  waiting: Delivery[];
  inFlight: number;
  /** Kept back until a later one has overtaken them. */
  held: Delivery[];
  heldTimer: NodeJS.Timeout | undefined;
  retries: Map<Delivery, NodeJS.Timeout>;
  log: CallbackRow[];
}

const noFaults: WebhookFaults = { duplicate: 0, disorder: 0, drop: 0, corruptSignature: 0 };

/** An event to send, whether or not the world knows its name. */
interface Outgoing {
  companyId: string;
  name: string;
  body: Record<string, unknown>;
  eventId?: string | undefined;
  version?: string | undefined;
  link?: string | undefined;
}

/**
 * Tells subscribers what happens in the world: POST with a signature, 202 expected within 5 s,
 * ten retries, suspension after a series of failures. Durations of the vendor (retries, life of a
 * key, length of the log) pass `timeFactor` times as fast; the 5 s and 20 s are real.
 * Lines, retries and the log are in memory: a restart ends them.
 */
export class Webhooks {
  faults: WebhookFaults = noFaults;
  private readonly world: World;
  private readonly timeFactor: number;
  private readonly suspendAfterFailures: number;
  private readonly poster: Poster = createPoster();
  private readonly lines = new Map<string, Line>();
  private readonly counts = new Map<string, DeliveryCounts>();
  private readonly chance = seededChance('webhooks');
  private logSequence = 0;
  private closed = false;

  constructor(options: { world: World; timeFactor: number; suspendAfterFailures: number }) {
    this.world = options.world;
    this.timeFactor = options.timeFactor;
    this.suspendAfterFailures = options.suspendAfterFailures;
  }

  /** Something happened: everybody of the company who asked for this event hears of it. */
  happened(event: WorldEvent): void {
    const { companyId, name, body, path } = event;
    const subscribers = this.world.subscriptions
      .ofCompany(companyId)
      .filter((row) => row.events.includes(name));
    if (subscribers.length === 0) return;
    const link = path === null ? undefined : `<https://api.smartrecruiters.com${path}>; rel=self`;
    this.send({ event: { companyId, name, body, link }, subscribers });
  }

  /** Puts the event in line for those of them that are active. */
  send(options: { event: Outgoing; subscribers: readonly Subscription[] }): void {
    const { event, subscribers } = options;
    const eventId = event.eventId ?? randomUUID();
    const body = JSON.stringify(event.body);
    for (const subscription of subscribers) {
      if (subscription.status !== 'active') continue;
      this.enqueue({
        subscription,
        body,
        eventId,
        name: event.name,
        version: event.version ?? eventVersion,
        link: event.link,
        attempts: 0,
        corrupt: this.chance.share() < this.faults.corruptSignature,
      });
    }
  }

  /**
   * The handshake: whether the callback gave `X-Hook-Secret` back with 200 within 20 s. If so the
   * subscription is active, also when it was suspended.
   */
  async activate(subscription: Subscription): Promise<boolean> {
    const secret = randomUUID();
    const answer = await this.poster.post({
      url: subscription.callbackUrl,
      headers: { 'x-hook-secret': secret },
      body: '',
      timeoutMs: handshakeWithinMs,
    });
    if (answer.status !== 200 || answer.headers['x-hook-secret'] !== secret) return false;
    subscription.status = 'active';
    subscription.failuresInARow = 0;
    this.world.changed();
    return true;
  }

  /** Nothing is delivered any more, and what waited for a retry never will be. */
  suspend(subscription: Subscription): void {
    subscription.status = 'suspended';
    this.countsOf(subscription.companyId).add('suspensionCount');
    this.emptyLine(subscription);
    this.world.changed();
  }

  remove(subscription: Subscription): void {
    this.emptyLine(subscription);
    this.lines.delete(subscription.id);
    this.world.removeSubscription(subscription);
  }

  liveKeys(subscription: Subscription): string[] {
    return liveKeys({ subscription, now: this.world.now(), timeFactor: this.timeFactor });
  }

  /** The attempts of the last 30 days (the last 20,000 at most), in no order. */
  log(subscription: Subscription): CallbackRow[] {
    const oldest = this.world.now() - (logDays * dayMs) / this.timeFactor;
    return this.line(subscription.id).log.filter(({ at }) => at >= oldest);
  }

  statistics({
    companyId,
    answersSince = 0,
  }: {
    companyId?: string | undefined;
    answersSince?: number | undefined;
  }): WebhookStatistics {
    const parts = companyId === undefined ? [...this.counts.values()] : [this.countsOf(companyId)];
    let waitingCount = 0;
    for (const [id, line] of this.lines) {
      const owner = this.world.subscriptions.get(id)?.companyId;
      if (companyId !== undefined && owner !== companyId) continue;
      waitingCount += line.waiting.length + line.inFlight + line.held.length + line.retries.size;
    }
    return DeliveryCounts.sum({ parts, waitingCount, answersSince });
  }

  close(): void {
    this.closed = true;
    for (const line of this.lines.values()) this.clearLine(line);
    this.poster.close();
  }

  private enqueue(delivery: Delivery): void {
    const { companyId, id } = delivery.subscription;
    const counts = this.countsOf(companyId);
    const line = this.line(id);
    counts.add('eventCount');
    if (this.chance.share() < this.faults.drop) {
      counts.add('droppedCount');
      return;
    }
    if (this.chance.share() < this.faults.disorder) {
      line.held.push(delivery);
      if (line.held.length >= 2) {
        void this.releaseHeld(line);
      } else {
        line.heldTimer = setTimeout(() => void this.releaseHeld(line), overtakenWithinMs);
      }
    } else {
      line.waiting.push(delivery);
    }
    if (this.chance.share() < this.faults.duplicate) {
      counts.add('duplicateCount');
      line.waiting.push({ ...delivery });
    }
    this.pump(line);
  }

  /** The last one that came is answered before the first one leaves. */
  private async releaseHeld(line: Line): Promise<void> {
    clearTimeout(line.heldTimer);
    const held = line.held.reverse();
    line.held = [];
    for (const delivery of held) await this.attempt(line, delivery);
  }

  private pump(line: Line): void {
    while (line.inFlight < mostInFlight) {
      const delivery = line.waiting.shift();
      if (delivery === undefined) return;
      void this.attempt(line, delivery).then(() => this.pump(line));
    }
  }

  private async attempt(line: Line, delivery: Delivery): Promise<void> {
    const { subscription } = delivery;
    const counts = this.countsOf(subscription.companyId);
    if (subscription.status !== 'active') {
      counts.add('givenUpCount');
      return;
    }
    line.inFlight += 1;
    const at = this.world.now();
    const headers = deliveryHeaders({ delivery, now: at, secretKeys: this.liveKeys(subscription) });
    const answer = await this.poster.post({
      url: subscription.callbackUrl,
      headers,
      body: delivery.body,
      timeoutMs: answerWithinMs,
    });
    line.inFlight -= 1;
    if (this.closed) return;
    delivery.attempts += 1;
    const taken = answer.status === 202;
    counts.answer({ status: answer.status, tookMs: answer.tookMs, taken });
    this.logSequence += 1;
    line.log.push({
      id: String(this.logSequence),
      sequence: this.logSequence,
      status: taken ? 'successful' : 'failed',
      at,
      url: subscription.callbackUrl,
      body: delivery.body,
      headers,
    });
    if (line.log.length > mostLogRows * 1.1) line.log.splice(0, line.log.length - mostLogRows);
    if (taken) subscription.failuresInARow = 0;
    else this.failed(line, delivery);
  }

  private failed(line: Line, delivery: Delivery): void {
    const { subscription } = delivery;
    const counts = this.countsOf(subscription.companyId);
    const delayMs = retryAfterMs(delivery.attempts);
    subscription.failuresInARow += 1;
    if (subscription.status !== 'active' || delayMs === null) {
      counts.add('givenUpCount');
      return;
    }
    if (subscription.failuresInARow >= this.suspendAfterFailures) {
      counts.add('givenUpCount');
      this.suspend(subscription);
      return;
    }
    const timer = setTimeout(() => {
      line.retries.delete(delivery);
      line.waiting.push(delivery);
      this.pump(line);
    }, delayMs / this.timeFactor);
    timer.unref();
    line.retries.set(delivery, timer);
  }

  private line(subscriptionId: string): Line {
    let line = this.lines.get(subscriptionId);
    if (line === undefined) {
      line = {
        waiting: [],
        inFlight: 0,
        held: [],
        heldTimer: undefined,
        retries: new Map(),
        log: [],
      };
      this.lines.set(subscriptionId, line);
    }
    return line;
  }

  private countsOf(companyId: string): DeliveryCounts {
    let counts = this.counts.get(companyId);
    if (counts === undefined) {
      counts = new DeliveryCounts();
      this.counts.set(companyId, counts);
    }
    return counts;
  }

  private emptyLine(subscription: Subscription): void {
    const line = this.line(subscription.id);
    this.countsOf(subscription.companyId).add('givenUpCount', this.clearLine(line));
  }

  private clearLine(line: Line): number {
    const count = line.waiting.length + line.held.length + line.retries.size;
    clearTimeout(line.heldTimer);
    for (const timer of line.retries.values()) clearTimeout(timer);
    line.waiting = [];
    line.held = [];
    line.retries.clear();
    return count;
  }
}
