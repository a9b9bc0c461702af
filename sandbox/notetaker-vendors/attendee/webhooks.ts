import { createHmac, randomUUID } from 'node:crypto';
import type { WebhookQueue, WebhookRules } from '../webhook-queue.js';
import { canonicalJson, type PythonValue, pythonJson } from './python-json.js';
import type { AttendeeBot, Subscription } from './types.js';

/** Three attempts in all, with an exponential backoff from 1 s that is spread by chance. */
export const attendeeWebhookRules: WebhookRules = {
  answerWithinMs: 10_000,
  pausesMs: [1000, 2000],
  jitter: (pauseMs) => pauseMs * (0.5 + Math.random()),
};

/** `X-Webhook-Signature`: base64 HMAC-SHA256 over the canonical form, not over what is sent. */
export function attendeeSignature(input: { secret: string; payload: PythonValue }): string {
  return createHmac('sha256', Buffer.from(input.secret, 'base64'))
    .update(canonicalJson(input.payload))
    .digest('base64');
}

export interface StateChange {
  newState: string;
  oldState: string;
  /** ISO 8601, as in the bot's list of events. */
  createdAt: string;
  eventType: string;
  eventSubType: string | null;
  eventMetadata: { [key: string]: PythonValue };
}

export interface AttendeeNotices {
  setUrl: (url: string | null) => void;
  stateChange(
    bot: Pick<AttendeeBot, 'id' | 'metadata'> & { subscriptions: Subscription[] | null },
    change: StateChange,
  ): void;
}

/** Puts events into the queue of whoever subscribed, signed by the project's secret. */
export function createAttendeeNotices(input: {
  queue: WebhookQueue;
  url: string | null;
  secret: string;
}): AttendeeNotices {
  const { queue, secret } = input;
  let { url } = input;
  const trigger = 'bot.state_change';

  return {
    setUrl(to) {
      url = to;
    },
    stateChange(bot, change) {
      const project: Subscription[] = url === null ? [] : [{ url, triggers: [trigger] }];
      for (const subscription of bot.subscriptions ?? project) {
        if (subscription.triggers.includes(trigger)) {
          const payload: PythonValue = {
            idempotency_key: randomUUID(),
            bot_id: bot.id,
            bot_metadata: bot.metadata,
            trigger,
            data: {
              new_state: change.newState,
              old_state: change.oldState,
              created_at: change.createdAt,
              event_type: change.eventType,
              event_sub_type: change.eventSubType,
              event_metadata: change.eventMetadata,
            },
          };
          const signature = attendeeSignature({ secret, payload });
          queue.enqueue({
            url: subscription.url,
            body: pythonJson(payload),
            headers: () => ({
              'user-agent': 'Attendee-Webhook/1.0',
              'x-webhook-signature': signature,
            }),
          });
        }
      }
    },
  };
}
