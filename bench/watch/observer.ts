import { setTimeout as sleep } from 'node:timers/promises';
import type { Collections } from '../../common/read-model/collections.js';
import type { LedgerEntry, SeededWorld } from '../../sandbox/smartrecruiters/control.js';
import type { ControlInput } from '../../sandbox/smartrecruiters/control-inputs.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { RemoteSimulator } from '../simulator-process.js';
import { ChangeFollower, type FollowedChange, followedByLists, isUndecided } from './changes.js';
import { hourMs } from './compression.js';
import { Staleness, type TrueTier, tiersAt, windowsAfter } from './truth.js';

/** What the script does, and for how long it is watched: simulated milliseconds. */
export interface Script {
  seed: number;
  forMs: number;
  /** What the script did is watched for so long after it, unless all of it is known before. */
  tailMs: number;
  perHour: ControlInput<'startScript'>['perHour'];
  leadMinutes: ControlInput<'startScript'>['leadMinutes'];
  tiers?: ControlInput<'startScript'>['tiers'];
}

/** What was seen from outside of the product in one run. */
export interface Observed {
  /** Simulated milliseconds. */
  staleness: Record<TrueTier, number[]>;
  changes: FollowedChange[];
  /** When the measurement ended (epoch ms); starts before it are decided. */
  until: number;
  /** Simulated milliseconds. */
  lastedMs: number;
  requestsPerHour: number;
  refused429: number;
  /** Applications whose interview was near, on average. */
  imminentAtATime: number;
}

/**
 * Runs the script and samples the world's own record of what was listed when. Everything that was
 * spent before is left out.
 */
export async function observe(input: {
  simulator: RemoteSimulator;
  world: SeededWorld;
  factor: number;
  script: Script;
  /** Where the product keeps what it learnt; null: the lists themselves are what a poller knows. */
  store: { collections: Collections; life: Life } | null;
  everyMs: number;
}): Promise<Observed> {
  const { simulator, world, factor, script, store, everyMs } = input;
  const { control } = simulator;
  const companyId = world.company.id;
  const { interviews: seeded } = await control.snapshot({ companyId });
  const before = await usageOf(input);
  const startedAt = Date.now();
  const staleness = new Staleness({ factor, since: startedAt });
  const follower = store === null ? null : new ChangeFollower(store);
  const { seed, forMs, perHour, leadMinutes, tiers } = script;
  await control.startScript({
    ...{ companyId, seed, forMs, perHour, leadMinutes },
    ...(tiers === undefined ? {} : { tiers }),
  });

  const scriptEndsAt = startedAt + forMs / factor;
  const until = scriptEndsAt + script.tailMs / factor;
  const isOver = () =>
    Date.now() >= until ||
    (Date.now() >= scriptEndsAt && follower?.changes.some(isUndecided) === false);
  let ledger: LedgerEntry[] = [];
  let imminent = 0;
  let samples = 0;
  while (!isOver()) {
    const [reads, entries] = await Promise.all([
      control.reads({ companyId }),
      control.ledger({ companyId }),
    ]);
    ledger = entries;
    const now = Date.now();
    const windows = windowsAfter({ seeded, ledger, factor });
    const imminentFromMs = hourMs / factor;
    const known = tiersAt({
      ...{ applicationIds: world.applicationIds, windows: windows.values(), now, imminentFromMs },
    });
    staleness.add({ now, tiers: known, reads });
    await follower?.look(ledger);
    imminent += [...known.values()].filter((tier) => tier === 'imminent').length;
    samples += 1;
    await sleep(Math.max(0, Math.min(everyMs, until - Date.now())));
  }
  ledger = await control.ledger({ companyId });
  await follower?.look(ledger);
  const after = await usageOf(input);
  const lastedMs = (Date.now() - startedAt) * factor;
  return {
    staleness: staleness.samples,
    changes: follower?.changes ?? followedByLists(ledger),
    until: Date.now(),
    lastedMs,
    requestsPerHour: (after.count - before.count) / (lastedMs / hourMs),
    refused429: after.refused - before.refused,
    imminentAtATime: imminent / samples,
  };
}

/** Requests and refusals of the world's credential so far. */
export async function usageOf(input: {
  simulator: RemoteSimulator;
  world: SeededWorld;
}): Promise<{ count: number; refused: number }> {
  const { clientId } = input.world.credential;
  const { count, rateLimitedCount } = await input.simulator.control.statistics({ clientId });
  return { count, refused: rateLimitedCount };
}
