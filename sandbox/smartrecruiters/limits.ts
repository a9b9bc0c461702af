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

const realSecondMs = 1_000;

/** A request that was let in; `release` ends its time in flight and may be called twice. */
export interface Admission {
  admitted: boolean;
  inFlight: number;
  candidatesListsInFlight: number;
  release(): void;
}

/** Requests at even distances that do not pass through here but count. */
interface ForeignUse {
  sinceMs: number;
  stepMs: number;
}

interface Usage {
  acceptedAtMs: number[];
  foreign: ForeignUse | null;
  inFlight: number;
  candidatesLists: number;
}

/**
 * Counts requests per credential over a sliding second (shorter where time runs faster), on the real monotonic clock: a test that
 * moves the simulator's clock must not lift the limits. Refused requests use up nothing.
 * Where a compressed second would be shorter than `shortestWindowMs`, several are counted as one.
 */
export class Limiter {
  private readonly limits: Limits;
  private readonly secondMs: number;
  private readonly windowMs: number;
  /** How many simulated seconds the window spans. */
  private readonly span: number;
  private readonly usages = new Map<string, Usage>();

  constructor(options: { limits: Limits; timeFactor: number; shortestWindowMs?: number }) {
    this.limits = options.limits;
    this.secondMs = realSecondMs / options.timeFactor;
    this.windowMs = Math.max(this.secondMs, options.shortestWindowMs ?? 0);
    this.span = this.windowMs / this.secondMs;
  }

  /** Somebody else sends this many requests a (simulated) second with the credential. */
  useElsewhere(options: { clientId: string; perSecond: number }): void {
    const { clientId, perSecond } = options;
    this.usage(clientId).foreign =
      perSecond === 0 ? null : { sinceMs: performance.now(), stepMs: this.secondMs / perSecond };
  }

  admit(options: { clientId: string; candidatesList: boolean }): Admission {
    const usage = this.usage(options.clientId);
    const listCount = options.candidatesList ? 1 : 0;
    const admitted =
      this.spent(usage) < this.limits.requestsPerSecond * this.span &&
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
    const spent = usage === undefined ? 0 : this.spent(usage);
    const left = this.limits.requestsPerSecond - spent / this.span;
    response.set({
      'X-RateLimit-Limit': String(this.limits.requestsPerSecond),
      'X-RateLimit-Remaining': String(Math.max(0, Math.floor(left))),
      'X-RateLimit-Concurrent-Limit': String(concurrentLimit),
      'X-RateLimit-Concurrent-Remaining': String(Math.max(0, concurrentLimit - used)),
    });
  }

  /** Own and foreign requests in the window that ends now. */
  private spent({ acceptedAtMs, foreign }: Usage): number {
    if (foreign === null) return acceptedAtMs.length;
    const elapsedMs = performance.now() - foreign.sinceMs;
    // The first of them comes at once.
    const sentUntil = (atMs: number): number =>
      atMs < 0 ? 0 : Math.floor(atMs / foreign.stepMs) + 1;
    return acceptedAtMs.length + sentUntil(elapsedMs) - sentUntil(elapsedMs - this.windowMs);
  }

  private usage(clientId: string): Usage {
    let usage = this.usages.get(clientId);
    if (usage === undefined) {
      usage = { acceptedAtMs: [], foreign: null, inFlight: 0, candidatesLists: 0 };
      this.usages.set(clientId, usage);
    }
    const oldestMs = performance.now() - this.windowMs;
    while ((usage.acceptedAtMs[0] ?? Number.POSITIVE_INFINITY) <= oldestMs) {
      usage.acceptedAtMs.shift();
    }
    return usage;
  }
}
