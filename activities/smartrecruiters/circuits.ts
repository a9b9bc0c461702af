import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  DelegateBackoff,
  handleWhen,
} from 'cockatiel';
import {
  isSmartRecruitersError,
  type SmartRecruitersEndpoint,
  SmartRecruitersError,
} from './errors.js';
import type { Lane } from './limiter-state.js';
import { type LimiterTimes, limiterTimes } from './limiter-times.js';

/** What fails together at the vendor, whose parts are services of their own. */
type Part = 'jobs' | 'candidates' | 'interviews' | 'users' | 'webhooks' | 'job-applications';

const partOfPrefix: Record<string, Part> = {
  jobs: 'jobs',
  candidates: 'candidates',
  applications: 'candidates',
  interviews: 'interviews',
  interview_types: 'interviews',
  users: 'users',
  webhooks: 'webhooks',
  job_applications: 'job-applications',
};

const failuresThatOpen = 5;

export interface Circuits {
  /**
   * Throws kind `unavailable`, reason `circuit_open`, with `retryAfterMs`, when the part of the API
   * that this endpoint belongs to is known to be down. Lane `join` is never refused.
   */
  check(call: { endpoint: SmartRecruitersEndpoint; lane: Lane }): void;
  /**
   * Makes the request and learns from its outcome. After five failures of kind `unavailable` in a
   * row the circuit opens: for 5 s, doubling up to 5 min, then one request is let through, and what
   * comes of it closes or opens it. A last look goes through always; one that is answered closes it.
   */
  run<Result>(
    call: { endpoint: SmartRecruitersEndpoint; lane: Lane },
    request: () => Promise<Result>,
  ): Promise<Result>;
}

interface Circuit {
  policy: CircuitBreakerPolicy;
  halfOpensAt: number;
}

type Outcome<Result> = { result: Result } | { refusal: unknown };

/** Circuits of one budget in this process. */
export function createCircuits(options: { times?: LimiterTimes } = {}): Circuits {
  const { firstOpenMs, longestOpenMs } = options.times ?? limiterTimes;
  const circuits = new Map<Part, Circuit>();

  function closed(): Circuit {
    const circuit: Circuit = {
      halfOpensAt: 0,
      policy: circuitBreaker(
        // A probe that was given up proves nothing either.
        handleWhen(
          (error) => isUnavailable(error) || circuit.policy.state === CircuitState.HalfOpen,
        ),
        {
          breaker: new ConsecutiveBreaker(failuresThatOpen),
          halfOpenAfter: new DelegateBackoff(({ attempt }: { attempt: number }) => {
            const ms = Math.min(longestOpenMs, firstOpenMs * 2 ** Math.min(16, attempt - 1));
            circuit.halfOpensAt = Date.now() + ms;
            return ms;
          }),
        },
      ),
    };
    return circuit;
  }

  function circuitOf(endpoint: SmartRecruitersEndpoint): { part: Part; circuit: Circuit } | null {
    const part = partOfPrefix[endpoint.split('.', 1)[0] ?? ''];
    if (part === undefined) return null;
    const circuit = circuits.get(part) ?? closed();
    circuits.set(part, circuit);
    return { part, circuit };
  }

  function refusal(endpoint: SmartRecruitersEndpoint, circuit: Circuit): SmartRecruitersError {
    // While a probe is under way its outcome is soon known.
    const retryAfterMs = Math.ceil(Math.max(firstOpenMs / 5, circuit.halfOpensAt - Date.now()));
    return new SmartRecruitersError({
      kind: 'unavailable',
      endpoint,
      retryAfterMs,
      reason: 'circuit_open',
    });
  }

  function refuses({ policy, halfOpensAt }: Circuit): boolean {
    if (policy.state === CircuitState.HalfOpen) return true;
    return policy.state === CircuitState.Open && Date.now() < halfOpensAt;
  }

  return {
    check({ endpoint, lane }) {
      const found = circuitOf(endpoint);
      if (lane === 'join' || found === null) return;
      if (refuses(found.circuit)) throw refusal(endpoint, found.circuit);
    },

    async run({ endpoint, lane }, request) {
      const found = circuitOf(endpoint);
      if (found === null) return await request();
      const { part, circuit } = found;
      if (lane === 'join' && circuit.policy.state !== CircuitState.Closed) {
        const outcome = await answered(request);
        if (circuits.get(part) === circuit) circuits.set(part, closed());
        return unwrapped(outcome);
      }
      if (refuses(circuit)) throw refusal(endpoint, circuit);
      try {
        return unwrapped(await circuit.policy.execute(async () => await answered(request)));
      } catch (error) {
        if (error instanceof BrokenCircuitError) throw refusal(endpoint, circuit);
        throw error;
      }
    },
  };
}

function isUnavailable(error: unknown): boolean {
  return isSmartRecruitersError(error, 'unavailable');
}

/** Any other word of the vendor's, a refusal too, proves that it is there. */
async function answered<Result>(request: () => Promise<Result>): Promise<Outcome<Result>> {
  try {
    return { result: await request() };
  } catch (error) {
    if (isSmartRecruitersError(error) && error.kind !== 'unavailable') return { refusal: error };
    throw error;
  }
}

function unwrapped<Result>(outcome: Outcome<Result>): Result {
  if ('refusal' in outcome) throw outcome.refusal;
  return outcome.result;
}
