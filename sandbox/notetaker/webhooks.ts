import { createHmac, randomUUID } from 'node:crypto';
import { viewOf } from './bot-view.js';
import type { BotRecord, Pace, Statistics, WebhookMode, WebhookSettings } from './types.js';

/** One event on its way; `body` is kept as sent, so that repetitions are equal byte for byte. */
export interface Delivery {
  eventId: string;
  body: string;
  attempts: number;
  nextAttemptAt: number;
  createdAt: number;
}

export interface WebhookSender {
  enqueue(bot: BotRecord): void;
  /** Starts what is due; does not wait for it. */
  tick(): void;
  configure(settings: WebhookSettings): void;
  statistics(): Statistics['webhooks'];
  toSave(): Delivery[];
  clear(): void;
  /** Aborts what is under way; it stays to be saved and sent later. */
  close(): void;
}

const answerWithinMs = 10_000;
const longestPauseMs = 5 * 60_000;
const givesUpAfterMs = 24 * 3_600_000;
const atOnce = 16;

/** The header value: `v1=` and the hex HMAC-SHA256 over `id.timestamp.rawBody`, once per secret. */
export function signatureOf(input: {
  secrets: string[];
  eventId: string;
  timestamp: string;
  rawBody: string;
}): string {
  const text = `${input.eventId}.${input.timestamp}.${input.rawBody}`;
  return input.secrets
    .map((secret) => `v1=${createHmac('sha256', secret).update(text).digest('hex')}`)
    .join(' ');
}

/** Posts state changes to the configured URL until a 2xx takes them; see the contract. */
export function createWebhookSender(input: {
  now: () => number;
  pace: Pace;
  settings: { url: string | null; secrets: string[] };
  saved: Delivery[];
}): WebhookSender {
  const { now, pace } = input;
  let { url, secrets } = input.settings;
  let mode: WebhookMode = 'normal';
  let waiting = [...input.saved];
  let held: Delivery[] = [];
  let heldUntil = 0;
  let counts = { delivered: 0, failedAttempts: 0, suppressed: 0 };
  const underWay = new Set<Delivery>();
  const closing = new AbortController();

  async function post(delivery: Delivery, target: string): Promise<boolean> {
    const timestamp = String(Math.floor(now() / 1000));
    const { eventId, body: rawBody } = delivery;
    try {
      const answer = await fetch(target, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(answerWithinMs)]),
        headers: {
          'content-type': 'application/json',
          'pillar-webhook-id': eventId,
          'pillar-webhook-timestamp': timestamp,
          'pillar-webhook-signature': signatureOf({ secrets, eventId, timestamp, rawBody }),
        },
        body: rawBody,
      });
      await answer.body?.cancel();
      return answer.ok;
    } catch {
      return false;
    }
  }

  async function attempt(delivery: Delivery, target: string): Promise<void> {
    underWay.add(delivery);
    const taken = await post(delivery, target);
    underWay.delete(delivery);
    if (closing.signal.aborted && !taken) {
      return;
    }
    delivery.attempts += 1;
    if (taken) {
      counts.delivered += 1;
    } else {
      counts.failedAttempts += 1;
      const pauseMs = pace.webhookRetryMs * 2 ** (delivery.attempts - 1);
      delivery.nextAttemptAt = now() + Math.min(pauseMs, longestPauseMs);
    }
    if (taken || now() > delivery.createdAt + givesUpAfterMs) {
      waiting = waiting.filter((one) => one !== delivery);
    }
  }

  async function sendBackwards(deliveries: Delivery[], target: string): Promise<void> {
    for (const delivery of deliveries.toReversed()) {
      await attempt(delivery, target);
    }
  }

  function releaseHeld(target: string): void {
    const isDue = held.length >= 2 || (held.length > 0 && now() >= heldUntil);
    if (isDue) {
      const batch = held;
      held = [];
      for (const delivery of batch) {
        underWay.add(delivery);
      }
      waiting.push(...batch);
      void sendBackwards(batch, target);
    }
  }

  return {
    enqueue(bot) {
      if (url === null) {
        return;
      }
      if (mode === 'suppress') {
        counts.suppressed += 1;
        return;
      }
      const eventId = `evt_${randomUUID()}`;
      const event = {
        eventId,
        type: 'bot.state_changed',
        occurredAt: new Date(bot.stateSinceAt).toISOString(),
        bot: viewOf(bot),
      };
      const at = now();
      const delivery = { eventId, body: JSON.stringify(event), attempts: 0, createdAt: at };
      if (mode === 'reorder') {
        heldUntil = at + 20 * pace.tickMs;
        held.push({ ...delivery, nextAttemptAt: at });
        return;
      }
      waiting.push({ ...delivery, nextAttemptAt: at });
      if (mode === 'duplicate') {
        waiting.push({ ...delivery, nextAttemptAt: at });
      }
    },
    tick() {
      if (url === null || closing.signal.aborted) {
        return;
      }
      releaseHeld(url);
      const due = waiting.filter((one) => one.nextAttemptAt <= now() && !underWay.has(one));
      for (const delivery of due.slice(0, Math.max(0, atOnce - underWay.size))) {
        void attempt(delivery, url);
      }
    },
    configure(settings) {
      url = settings.url === undefined ? url : settings.url;
      secrets = settings.secrets ?? secrets;
      mode = settings.mode ?? mode;
    },
    statistics: () => ({ ...counts, waiting: waiting.length + held.length }),
    toSave: () => [...waiting, ...held],
    clear() {
      waiting = [];
      held = [];
      counts = { delivered: 0, failedAttempts: 0, suppressed: 0 };
    },
    close: () => closing.abort(),
  };
}
