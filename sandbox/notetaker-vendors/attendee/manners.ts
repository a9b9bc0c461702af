import { randomUUID } from 'node:crypto';
import { type Answer, Refusal } from '../answers.js';
import { createCallLimiter } from '../call-limits.js';
import { defaultApiKey, type Operation } from '../control.js';
import type { RefusedFault } from '../faults.js';
import type { VendorManners } from '../vendor-server.js';
import type { AttendeeOptions } from './types.js';

/** Almost everything is 400; the text says which. */
export const errorAnswer = (error: string): Answer => ({ status: 400, body: { error } });
export const notFound: Answer = { status: 404, body: { error: 'Bot not found' } };
export const tooManyBots = errorAnswer(
  'You have reached the maximum number of concurrent bots for your project.',
);

const unauthorized: Answer = { status: 401, body: { detail: 'Invalid or missing API key' } };
const throttled = (seconds: number): Answer => ({
  status: 429,
  body: { detail: `Request was throttled. Expected available in ${seconds} seconds.` },
  headers: { 'retry-after': String(seconds) },
});

const doing: Partial<Record<Operation, string>> = {
  create: 'creating',
  update: 'patching',
  delete: 'deleting',
};
const wrongState: Partial<Record<Operation, string>> = {
  update: 'Bot is in state staged but can only be updated when in state scheduled',
  delete: 'Bot is in state staged but can only be deleted when in state scheduled',
  leave: 'Event Leave requested not allowed when bot is in state Staged.',
};

function refusalOf(fault: RefusedFault, operation: Operation): Answer {
  switch (fault.kind) {
    case 'rate_limited':
      return throttled(fault.retryAfterSeconds ?? 1);
    case 'server_error':
      return fault.status === 400
        ? errorAnswer(
            `An error occurred while ${doing[operation] ?? 'handling'} the bot. Error ID: ${randomUUID()}`,
          )
        : { status: fault.status ?? 503, html: '<h1>Server Error</h1>' };
    case 'capacity':
      return tooManyBots;
    case 'unauthorized':
      return unauthorized;
    case 'billing':
      return errorAnswer('Organization has run out of credits. Please add more credits.');
    case 'blocked':
      return { status: 403, html: '<html><body><h1>403 Forbidden</h1></body></html>' };
    case 'gone':
      return notFound;
    case 'wrong_state':
      return errorAnswer(wrongState[operation] ?? 'Bot is in state staged');
  }
}

/** Key, limit (creates only) and refusals of the API. */
export function createAttendeeManners(options: AttendeeOptions): VendorManners {
  const limiter = createCallLimiter({ timeFactor: options.timeFactor ?? 1 });
  const expected = `Token ${options.apiKey ?? defaultApiKey}`;
  const limit = { count: options.createPerMinute ?? 3000, perMs: 60_000 };
  return {
    notFound: { status: 404, html: '<h1>Not Found</h1>' },
    refuse: refusalOf,
    guard(call, operation) {
      if (call.headers.authorization !== expected) {
        throw new Refusal(unauthorized);
      }
      if (operation === 'create' && options.limits !== false) {
        const wait = limiter.take(operation, limit);
        if (wait !== null) {
          throw new Refusal(throttled(wait));
        }
      }
    },
  };
}
