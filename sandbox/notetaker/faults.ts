import { setTimeout as wait } from 'node:timers/promises';
import { ProblemError } from './problem.js';
import type { FaultRequest, Operation } from './types.js';

export interface Answer {
  status: number;
  body: unknown;
}

/** What the client gets to see of a call. */
export type Delivery =
  | { kind: 'send'; answer: Answer | ProblemError }
  | { kind: 'html' }
  | { kind: 'hang' }
  | { kind: 'reset' };

export interface FaultList {
  add(fault: FaultRequest): void;
  take(call: { operation: Operation; key: string | null }): FaultRequest | null;
  clear(): void;
}

const defaultDelayMs = 1000;

/** Faults that wait for their call; the one that was injected first is taken first. */
export function createFaultList(): FaultList {
  let pending: (FaultRequest & { left: number })[] = [];
  return {
    add(fault) {
      pending.push({ ...fault, left: fault.times ?? 1 });
    },
    take({ operation, key }) {
      const found = pending.find(
        (fault) =>
          (fault.on === 'any' || fault.on === operation) &&
          (fault.keyPrefix === undefined || (key?.startsWith(fault.keyPrefix) ?? false)),
      );
      if (found === undefined) {
        return null;
      }
      found.left -= 1;
      pending = pending.filter((fault) => fault.left > 0);
      return found;
    },
    clear() {
      pending = [];
    },
  };
}

function refusalOf(fault: FaultRequest): ProblemError | null {
  const retryAfterSeconds = fault.retryAfterSeconds ?? 1;
  switch (fault.kind) {
    case 'rate_limited':
      return new ProblemError({ code: 'rate_limited', retryAfterSeconds });
    case 'capacity':
      return new ProblemError({ code: 'capacity', retryAfterSeconds });
    case 'refuse':
      return new ProblemError({
        code: 'invalid_request',
        detail: 'This meeting cannot be joined.',
        errors: [{ pointer: '/meetingUrl', detail: 'cannot be joined' }],
      });
    case 'internal':
    case 'unauthorized':
    case 'forbidden':
      return new ProblemError({ code: fault.kind });
    default:
      return null;
  }
}

/**
 * Does a call the way its fault says.
 *
 * @param input.run does the work; never throws
 * @param input.signal ends the waiting of `slow` and `late` when the simulator stops
 */
export async function performWithFault(input: {
  fault: FaultRequest | null;
  run: () => Answer | ProblemError;
  signal: AbortSignal;
}): Promise<Delivery> {
  const { fault, run, signal } = input;
  if (fault === null) {
    return { kind: 'send', answer: run() };
  }
  const refusal = refusalOf(fault);
  if (refusal !== null) {
    return { kind: 'send', answer: refusal };
  }
  const delay = () => wait(fault.delayMs ?? defaultDelayMs, undefined, { signal });
  switch (fault.kind) {
    case 'html':
      return { kind: 'html' };
    case 'reset':
      return { kind: 'reset' };
    case 'late':
      await delay();
      return { kind: 'send', answer: run() };
    case 'slow': {
      const answer = run();
      await delay();
      return { kind: 'send', answer };
    }
    case 'accept_then_hang':
      run();
      return { kind: 'hang' };
    case 'accept_then_reset':
      run();
      return { kind: 'reset' };
    default:
      run();
      return { kind: 'send', answer: new ProblemError({ code: 'internal' }) };
  }
}
