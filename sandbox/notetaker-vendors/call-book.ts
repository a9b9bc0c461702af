import { type Answer, bodyOf, notAnObject, type VendorCall } from './answers.js';
import type { CreateCall, FaultRequest, Operation } from './control.js';

/** A call that arrived, completed as things happen. */
export interface CallEntry {
  meet(fault: FaultRequest | null): void;
  decide(answer: Answer): void;
}

export interface CallBook {
  arrive(operation: Operation, call: VendorCall): CallEntry;
  /** @param status null: the client got no answer */
  count(operation: Operation, status: number | null): void;
  creates(): CreateCall[];
  counts(): Record<string, number>;
  arrived(operation: Operation): number;
}

const keptCreates = 20_000;

function idIn(answer: Answer): string | null {
  const { body, status } = answer;
  const isMade = status < 300 && typeof body === 'object' && body !== null && 'id' in body;
  return isMade ? String(body.id) : null;
}

/** Remembers every create, and how many calls ended how. */
export function createCallBook(): CallBook {
  const creates: CreateCall[] = [];
  const counts: Record<string, number> = {};
  const arrived = new Map<Operation, number>();
  return {
    arrive(operation, call) {
      arrived.set(operation, (arrived.get(operation) ?? 0) + 1);
      if (operation !== 'create') {
        return { meet() {}, decide() {} };
      }
      const body = bodyOf(call);
      const entry: CreateCall = {
        arrivedAt: Date.now(),
        decidedAt: null,
        status: null,
        botId: null,
        fault: null,
        body: body === notAnObject ? null : body,
      };
      creates.push(entry);
      if (creates.length > keptCreates) {
        creates.shift();
      }
      return {
        meet(fault) {
          entry.fault = fault?.kind ?? null;
        },
        decide(answer) {
          entry.decidedAt = Date.now();
          entry.status = answer.status;
          entry.botId = idIn(answer);
        },
      };
    },
    count(operation, status) {
      const name = `${operation} ${status ?? 'none'}`;
      counts[name] = (counts[name] ?? 0) + 1;
    },
    creates: () => creates.map((call) => ({ ...call })),
    counts: () => ({ ...counts }),
    arrived: (operation) => arrived.get(operation) ?? 0,
  };
}
