import { type Answer, Refusal, type VendorCall } from '../answers.js';
import { type CallLimit, createCallLimiter } from '../call-limits.js';
import { defaultApiKey, type Operation } from '../control.js';
import type { RefusedFault } from '../faults.js';
import type { VendorManners } from '../vendor-server.js';
import type { VexaOptions } from './types.js';

export const detailAnswer = (status: number, detail: unknown): Answer => ({
  status,
  body: { detail },
});
export const notFound = detailAnswer(404, 'Meeting not found');
/** Without `Retry-After`: not the rate but the number of bots. */
export const tooManyBots = detailAnswer(429, 'Maximum number of concurrent bots reached');

const tooFast = (seconds: number): Answer => ({
  ...detailAnswer(429, 'Rate limit exceeded'),
  headers: { 'retry-after': String(seconds) },
});

function refusalOf(fault: RefusedFault, operation: Operation): Answer {
  switch (fault.kind) {
    case 'rate_limited':
      return tooFast(fault.retryAfterSeconds ?? 1);
    case 'server_error':
      return detailAnswer(fault.status ?? 503, 'Message bus unavailable');
    case 'capacity':
      return tooManyBots;
    case 'unauthorized':
      return detailAnswer(401, 'Invalid API key');
    case 'billing':
      return detailAnswer(403, { code: 'service_not_allowed', message: 'Account refused' });
    case 'blocked':
      return { status: 403, html: '<html><body><h1>403 Forbidden</h1></body></html>' };
    case 'gone':
      return notFound;
    case 'wrong_state':
      return operation === 'delete'
        ? detailAnswer(405, 'Method Not Allowed')
        : detailAnswer(409, 'The meeting is being stopped');
  }
}

/** 600 per minute and address at the edge; per user 40 a second and bursts of 120. */
const limits: Record<string, CallLimit> = {
  edge: { count: 600, perMs: 60_000 },
  user: { count: 120, perMs: 3000 },
};

const needsBot = /^\/bots(\/|$)/;
const needsTx = /^\/(meetings|transcripts)(\/|$)/;

/** Key with its scopes, limits and refusals of the gateway. */
export function createVexaManners(options: VexaOptions): VendorManners {
  const limiter = createCallLimiter({ timeFactor: options.timeFactor ?? 1 });
  const scopes = options.scopes ?? ['bot', 'tx'];
  const expected = options.apiKey ?? defaultApiKey;

  function checkScope(call: VendorCall): void {
    const lacksBot = needsBot.test(call.path) && !scopes.includes('bot');
    const lacksTx = needsTx.test(call.path) && !scopes.includes('tx');
    if (lacksBot || lacksTx) {
      throw new Refusal(detailAnswer(403, 'Insufficient scope'));
    }
  }

  return {
    notFound: detailAnswer(404, 'Not Found'),
    refuse: refusalOf,
    guard(call) {
      if (call.headers['x-api-key'] !== expected) {
        throw new Refusal(detailAnswer(401, 'Invalid API key'));
      }
      checkScope(call);
      for (const [name, limit] of options.limits === false ? [] : Object.entries(limits)) {
        const wait = limiter.take(name, limit);
        if (wait !== null) {
          throw new Refusal(tooFast(wait));
        }
      }
    },
  };
}
