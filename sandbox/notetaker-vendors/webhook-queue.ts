import type { WebhookMode, WebhookStatistics } from './control.js';

/** One message to one endpoint, equal byte for byte in all its attempts. */
export interface WebhookMessage {
  url: string;
  body: string;
  /** Made anew for each attempt, for the signatures that hold its time. */
  headers(): Record<string, string>;
}

/** How a vendor repeats. Pauses are milliseconds of its time. */
export interface WebhookRules {
  /** Real milliseconds, since the receiver is real. */
  answerWithinMs: number;
  /** Before the first repetition, the second and so on; after the last the message is dropped. */
  pausesMs: number[];
  /** Stretches or shortens a pause by chance. */
  jitter?: (pauseMs: number) => number;
  /** Whether an answer, null for none, ends all attempts; never asked about 2xx. */
  dropsAt?: (status: number | null) => boolean;
  /** An endpoint that took nothing for so long is given up for good. */
  disabledAfterMs?: number;
}

interface Delivery {
  message: WebhookMessage;
  attempts: number;
  nextAttemptAt: number;
}

export interface WebhookQueue {
  enqueue(message: WebhookMessage): void;
  setMode(mode: WebhookMode): void;
  /** Starts what is due; does not wait for it. */
  tick(): void;
  statistics(): WebhookStatistics;
  close(): void;
}

const atOnce = 32;
/** Real milliseconds for which `reorder` waits for a second message. */
const heldMs = 200;

/** Posts messages until a 2xx takes them or the vendor's rules give them up. */
export function createWebhookQueue(input: {
  rules: WebhookRules;
  timeFactor: number;
}): WebhookQueue {
  const { rules, timeFactor } = input;
  const closing = new AbortController();
  const failingSince = new Map<string, number>();
  const underWay = new Set<Delivery>();
  const waiting = new Set<Delivery>();
  let held: Delivery[] = [];
  let heldUntil = 0;
  let mode: WebhookMode = 'normal';
  const counts = { delivered: 0, failedAttempts: 0, dropped: 0, suppressed: 0 };

  async function post(message: WebhookMessage): Promise<number | null> {
    try {
      const answer = await fetch(message.url, {
        method: 'POST',
        redirect: 'manual',
        signal: AbortSignal.any([closing.signal, AbortSignal.timeout(rules.answerWithinMs)]),
        headers: { 'content-type': 'application/json', ...message.headers() },
        body: message.body,
      });
      await answer.body?.cancel();
      return answer.status;
    } catch {
      return null;
    }
  }

  function isDisabled(url: string): boolean {
    const since = failingSince.get(url);
    const limitMs = (rules.disabledAfterMs ?? Number.POSITIVE_INFINITY) / timeFactor;
    return since !== undefined && Date.now() > since + limitMs;
  }

  function afterFailure(delivery: Delivery, status: number | null): void {
    const { url } = delivery.message;
    counts.failedAttempts += 1;
    failingSince.set(url, failingSince.get(url) ?? Date.now());
    const pauseMs = rules.pausesMs[delivery.attempts - 1];
    if (pauseMs === undefined || rules.dropsAt?.(status) || isDisabled(url)) {
      counts.dropped += 1;
      waiting.delete(delivery);
      return;
    }
    delivery.nextAttemptAt = Date.now() + (rules.jitter?.(pauseMs) ?? pauseMs) / timeFactor;
  }

  async function attempt(delivery: Delivery): Promise<void> {
    underWay.add(delivery);
    const status = await post(delivery.message);
    underWay.delete(delivery);
    delivery.attempts += 1;
    if (status !== null && status >= 200 && status < 300) {
      counts.delivered += 1;
      failingSince.delete(delivery.message.url);
      waiting.delete(delivery);
    } else if (!closing.signal.aborted) {
      afterFailure(delivery, status);
    }
  }

  async function sendBackwards(deliveries: Delivery[]): Promise<void> {
    for (const delivery of deliveries.toReversed()) {
      await attempt(delivery);
    }
  }

  function releaseHeld(): void {
    if (held.length >= 2 || (held.length > 0 && Date.now() >= heldUntil)) {
      const batch = held;
      held = [];
      for (const delivery of batch) {
        waiting.add(delivery);
        underWay.add(delivery);
      }
      void sendBackwards(batch);
    }
  }

  return {
    enqueue(message) {
      if (mode === 'lose') {
        counts.suppressed += 1;
        return;
      }
      if (isDisabled(message.url)) {
        counts.dropped += 1;
        return;
      }
      const delivery = () => ({ message, attempts: 0, nextAttemptAt: Date.now() });
      if (mode === 'reorder') {
        heldUntil = Date.now() + heldMs;
        held.push(delivery());
        return;
      }
      waiting.add(delivery());
      if (mode === 'duplicate') {
        waiting.add(delivery());
      }
    },
    setMode(to) {
      mode = to;
    },
    tick() {
      if (closing.signal.aborted) {
        return;
      }
      releaseHeld();
      for (const delivery of waiting) {
        if (underWay.size >= atOnce) {
          return;
        }
        if (delivery.nextAttemptAt <= Date.now() && !underWay.has(delivery)) {
          void attempt(delivery);
        }
      }
    },
    statistics: () => ({ ...counts, waiting: waiting.size + held.length }),
    close: () => closing.abort(),
  };
}
