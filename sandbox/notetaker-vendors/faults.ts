import { setTimeout as wait } from 'node:timers/promises';
import type { Answer, VendorCall } from './answers.js';
import type { FaultRequest, Operation } from './control.js';

/** What the client gets to see of a call. */
export type Delivery = { kind: 'send'; answer: Answer } | { kind: 'hang' } | { kind: 'reset' };

export interface FaultList {
  add(faults: FaultRequest[]): void;
  take(operation: Operation, call: VendorCall): FaultRequest | null;
  clear(): void;
}

/** Faults that wait for their call; the one that was injected first is taken first. */
export function createFaultList(): FaultList {
  let pending: (FaultRequest & { left: number })[] = [];
  return {
    add(faults) {
      pending.push(...faults.map((fault) => ({ ...fault, left: fault.times ?? 1 })));
    },
    take(operation, call) {
      const text = `${call.path}\n${call.rawBody}`;
      const found = pending.find(
        (fault) =>
          (fault.on === 'any' || fault.on === operation) &&
          (fault.matching === undefined || text.includes(fault.matching)),
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

/** The faults that the vendor answers in its own form, without doing anything. */
export type RefusedFault = FaultRequest & {
  kind:
    | 'rate_limited'
    | 'server_error'
    | 'capacity'
    | 'unauthorized'
    | 'billing'
    | 'blocked'
    | 'gone'
    | 'wrong_state';
};

const refused: ReadonlySet<string> = new Set([
  'rate_limited',
  'server_error',
  'capacity',
  'unauthorized',
  'billing',
  'blocked',
  'gone',
  'wrong_state',
]);

const isRefused = (fault: FaultRequest): fault is RefusedFault => refused.has(fault.kind);

/**
 * Does a call the way its fault says.
 *
 * @param input.run does the work; never throws
 * @param input.signal ends all waiting when the simulator stops
 */
export async function performWithFault(input: {
  fault: FaultRequest | null;
  run: () => Answer;
  refuse: (fault: RefusedFault) => Answer;
  signal: AbortSignal;
}): Promise<Delivery> {
  const { fault, run, refuse, signal } = input;
  if (fault === null) {
    return { kind: 'send', answer: run() };
  }
  if (isRefused(fault)) {
    return { kind: 'send', answer: refuse(fault) };
  }
  const delay = () => wait(fault.delayMs ?? 1000, undefined, { signal });
  switch (fault.kind) {
    case 'hang':
      await delay();
      return { kind: 'send', answer: run() };
    case 'late_answer': {
      const answer = run();
      await delay();
      return { kind: 'send', answer };
    }
    case 'accept_then_lose':
      run();
      return { kind: 'reset' };
    case 'accept_then_hang':
      run();
      return { kind: 'hang' };
    case 'accept_then_error':
      run();
      return {
        kind: 'send',
        answer: { status: fault.status ?? 500, html: '<h1>Server Error</h1>' },
      };
    default:
      return { kind: 'reset' };
  }
}
