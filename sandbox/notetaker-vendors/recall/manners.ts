import { type Answer, Refusal, type VendorCall } from '../answers.js';
import { type CallLimit, createCallLimiter } from '../call-limits.js';
import { defaultApiKey, type Operation } from '../control.js';
import type { RefusedFault } from '../faults.js';
import type { VendorManners } from '../vendor-server.js';
import type { RecallOptions } from './types.js';

const hourMs = 3_600_000;

export const firewalled: Answer = {
  status: 403,
  html: '<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>',
};
export const notFound: Answer = { status: 404, body: { detail: 'Not found.' } };
export const poolEmpty: Answer = {
  status: 507,
  body: {
    code: 'insufficient_capacity',
    detail: 'All ad-hoc bots are in use; try again in 30 seconds.',
  },
  headers: { 'retry-after': '30' },
};
export const methodNotAllowed: Answer = {
  status: 405,
  body: { code: 'method_not_allowed', detail: 'Method "DELETE" not allowed.' },
};

const throttled = (seconds: number): Answer => ({
  status: 429,
  body: { detail: `Request was throttled. Expected available in ${seconds} seconds.` },
  headers: { 'retry-after': String(seconds) },
});
const unauthorized: Answer = {
  status: 401,
  body: { code: 'authentication_failed', detail: 'Invalid API token.' },
};

export const commandRefused = (code: string): Answer => ({
  status: 400,
  body: { code, detail: 'Cannot send a command to this bot.' },
});

function refusalOf(fault: RefusedFault, operation: Operation): Answer {
  switch (fault.kind) {
    case 'rate_limited':
      return throttled(fault.retryAfterSeconds ?? 1);
    case 'server_error':
      return { status: fault.status ?? 503, html: '<h1>Service Unavailable</h1>' };
    case 'capacity':
      return fault.retryAfterSeconds === undefined
        ? poolEmpty
        : { ...poolEmpty, headers: { 'retry-after': String(fault.retryAfterSeconds) } };
    case 'unauthorized':
      return unauthorized;
    case 'billing':
      return { status: 402, body: { code: 'insufficient_credits', detail: 'Out of credits.' } };
    case 'blocked':
      return firewalled;
    case 'gone':
      return notFound;
    case 'wrong_state':
      return operation === 'delete'
        ? methodNotAllowed
        : commandRefused('cannot_command_unstarted_bot');
  }
}

function limitOf(operation: Operation, options: RecallOptions): CallLimit {
  const perMs = 60_000;
  switch (operation) {
    case 'create':
      return { count: options.createPerMinute ?? 60, perMs };
    case 'list':
      return { count: 60, perMs };
    default:
      return { count: 300, perMs };
  }
}

/** A completed answer is replayed for an hour, 507 included; what sheds load is not completed. */
const isCompleted = (answer: Answer) =>
  answer.status === 507 || (answer.status < 500 && ![401, 429].includes(answer.status));

/** Key, firewall, limits, idempotency and refusals of the API. */
export function createRecallManners(options: RecallOptions): VendorManners {
  const timeFactor = options.timeFactor ?? 1;
  const limiter = createCallLimiter({ timeFactor });
  const remembered = new Map<string, { answer: Answer | null; until: number }>();
  const expected = `Token ${options.apiKey ?? defaultApiKey}`;

  function scopeOf(call: VendorCall): string | null {
    const key = call.headers['idempotency-key'];
    return typeof key === 'string' && ['POST', 'PUT', 'PATCH'].includes(call.method)
      ? `${call.method} ${call.path} ${key}`
      : null;
  }

  return {
    notFound,
    refuse: refusalOf,
    guard(call, operation) {
      const isGetWithBody = call.method === 'GET' && call.rawBody !== '';
      if (isGetWithBody || call.rawBody.includes('localhost')) {
        throw new Refusal(firewalled);
      }
      if (call.headers.authorization !== expected) {
        throw new Refusal(unauthorized);
      }
      if (options.limits !== false) {
        const wait = limiter.take(operation, limitOf(operation, options));
        if (wait !== null) {
          throw new Refusal(throttled(wait));
        }
      }
    },
    begin(call) {
      const scope = scopeOf(call);
      if (scope === null) {
        return null;
      }
      const known = remembered.get(scope);
      if (known === undefined || Date.now() > known.until) {
        remembered.set(scope, { answer: null, until: Number.POSITIVE_INFINITY });
        return null;
      }
      if (known.answer === null) {
        const detail = 'A request with this idempotency key is in progress.';
        throw new Refusal({ status: 409, body: { code: 'conflict', detail } });
      }
      return known.answer;
    },
    complete(call, answer) {
      const scope = scopeOf(call);
      if (scope !== null) {
        if (answer !== null && isCompleted(answer)) {
          remembered.set(scope, { answer, until: Date.now() + hourMs / timeFactor });
        } else {
          remembered.delete(scope);
        }
      }
    },
  };
}
