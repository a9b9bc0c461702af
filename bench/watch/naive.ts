import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededWorld } from '../../sandbox/smartrecruiters/control.js';
import type { RemoteSimulator } from '../simulator-process.js';

/** What most connectors are: one list after the other, round and round. */
export interface NaivePoller {
  /** Sets the pace: requests in a real second. */
  pace(perSecond: number): void;
  /** Whole rounds so far. */
  rounds(): number;
  stop(): Promise<void>;
}

/**
 * Polls the interviews of every application in turn, evenly spaced. It is given the applications for
 * free: all that it may spend goes into lists, which is more than a real one could do.
 */
export async function startNaivePoller(input: {
  simulator: RemoteSimulator;
  world: SeededWorld;
  perSecond: number;
}): Promise<NaivePoller> {
  const { simulator, world } = input;
  const applicationIds = world.jobs.flatMap((job) => job.applicationIds);
  const ask = await askerOf({ simulator, credential: world.credential });
  const stopping = new AbortController();
  let { perSecond } = input;
  let next = 0;
  let rounds = 0;
  const inFlight = new Set<Promise<unknown>>();

  async function run(): Promise<void> {
    let dueAt = performance.now();
    while (!stopping.signal.aborted) {
      const applicationId = applicationIds[next] ?? '';
      // At most five at once, as the product.
      if (inFlight.size >= 5) await Promise.race(inFlight);
      const asked = ask(`/interviews-api/v201904/interviews?applicationId=${applicationId}`)
        .catch(() => undefined)
        .finally(() => inFlight.delete(asked));
      inFlight.add(asked);
      next += 1;
      if (next === applicationIds.length) {
        next = 0;
        rounds += 1;
      }
      dueAt = Math.max(dueAt + 1_000 / perSecond, performance.now() - 1_000);
      const restMs = dueAt - performance.now();
      if (restMs > 0) {
        await sleep(restMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
    await Promise.all(inFlight);
  }

  const running = run();
  return {
    pace(wanted) {
      perSecond = wanted;
    },
    rounds: () => rounds,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Sends requests with a token that is fetched once: no run lasts as long as one. */
export async function askerOf(input: {
  simulator: Pick<RemoteSimulator, 'url'>;
  credential: { clientId: string; clientSecret: string };
}): Promise<(path: string) => Promise<unknown>> {
  const { simulator, credential } = input;
  const granted = await fetch(new URL('/identity/oauth/token', simulator.url), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: credential.clientId,
      client_secret: credential.clientSecret,
    }),
  });
  const { access_token: token } = (await granted.json()) as { access_token: string };
  return async (path) => {
    const response = await fetch(new URL(path, simulator.url), {
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
    });
    return await response.json();
  };
}
