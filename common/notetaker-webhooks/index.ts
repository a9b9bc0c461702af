import { readAttendeeWebhook } from './attendee.js';
import { readPillarWebhook } from './pillar.js';
import { readRecallWebhook } from './recall.js';
import { readVexaWebhook } from './vexa.js';
import type { IncomingWebhook, WebhookReader, WebhookReading } from './webhook.js';

export type { BotHint, IncomingWebhook, WebhookReading } from './webhook.js';

const readers = {
  pillar: readPillarWebhook,
  recall: readRecallWebhook,
  attendee: readAttendeeWebhook,
  vexa: readVexaWebhook,
} satisfies Record<string, WebhookReader>;

export type WebhookProvider = keyof typeof readers;

/** Checks a notetaker's webhook over the bytes that came, and only then reads it. Never throws. */
export function readNotetakerWebhook(
  webhook: IncomingWebhook & { provider: WebhookProvider },
): WebhookReading {
  return readers[webhook.provider](webhook);
}
