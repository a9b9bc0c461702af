import type { Response } from 'express';

/** The limits of one credential. The defaults are the vendor's documented ones. */
export interface Limits {
  requestsPerSecond: number;
  concurrentRequests: number;
  /** `GET /candidates` only; its requests count against the general limit too. */
  concurrentCandidatesLists: number;
}

export const documentedLimits: Limits = {
  requestsPerSecond: 10,
  concurrentRequests: 8,
  concurrentCandidatesLists: 1,
};

const windowMs = 1_000;

/** A request that was let in; `release` ends its time in flight and may be called twice. */
export interface Admission {
  admitted: boolean;
  inFlight: number;
  candidatesListsInFlight: number;
  release(): void;
}

interface Usage {
  acceptedAtMs: number[];
  inFlight: number;
  candidatesLists: number;
}

/**
 * Counts requests per credential over a sliding second, on the real monotonic clock: a test that
 * moves the simulator's clock must not lift the limits. Refused requests use up nothing.
 */
export class Limiter {
  private readonly limits: Limits;
  private readonly usages = new Map<string, Usage>();

  constructor(limits: Limits) {
    this.limits = limits;
  }

  admit(options: { clientId: string; candidatesList: boolean }): Admission {
    const usage = this.usage(options.clientId);
    const listCount = options.candidatesList ? 1 : 0;
    const admitted =
      usage.acceptedAtMs.length < this.limits.requestsPerSecond &&
      usage.inFlight < this.limits.concurrentRequests &&
      (!options.candidatesList || usage.candidatesLists < this.limits.concurrentCandidatesLists);
    const attempt = {
      inFlight: usage.inFlight + 1,
      candidatesListsInFlight: usage.candidatesLists + listCount,
    };
    if (!admitted) return { admitted, ...attempt, release: () => undefined };
    usage.acceptedAtMs.push(performance.now());
    usage.inFlight += 1;
    usage.candidatesLists += listCount;
    let released = false;
    return {
      admitted,
      ...attempt,
      release() {
        if (released) return;
        released = true;
        usage.inFlight -= 1;
        usage.candidatesLists -= listCount;
      },
    };
  }

  /** Puts the four documented headers on an answer; there is no `Retry-After`. */
  describe(options: {
    response: Response;
    clientId: string | undefined;
    candidatesList: boolean;
  }): void {
    const { response, clientId, candidatesList } = options;
    const usage = clientId === undefined ? undefined : this.usage(clientId);
    const concurrentLimit = candidatesList
      ? this.limits.concurrentCandidatesLists
      : this.limits.concurrentRequests;
    const used = candidatesList ? (usage?.candidatesLists ?? 0) : (usage?.inFlight ?? 0);
    const spent = usage?.acceptedAtMs.length ?? 0;
    response.set({
      'X-RateLimit-Limit': String(this.limits.requestsPerSecond),
      'X-RateLimit-Remaining': String(Math.max(0, this.limits.requestsPerSecond - spent)),
      'X-RateLimit-Concurrent-Limit': String(concurrentLimit),
      'X-RateLimit-Concurrent-Remaining': String(Math.max(0, concurrentLimit - used)),
    });
  }

  private usage(clientId: string): Usage {
    let usage = this.usages.get(clientId);
    if (usage === undefined) {
      usage = { acceptedAtMs: [], inFlight: 0, candidatesLists: 0 };
      this.usages.set(clientId, usage);
    }
    const oldestMs = performance.now() - windowMs;
    while ((usage.acceptedAtMs[0] ?? Number.POSITIVE_INFINITY) <= oldestMs) {
      usage.acceptedAtMs.shift();
    }
    return usage;
  }
}
