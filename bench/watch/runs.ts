import { setTimeout as sleep } from 'node:timers/promises';
import type { SubscriptionDoc } from '../../common/read-model/documents.js';
import type { SeededWorld } from '../../sandbox/smartrecruiters/control.js';
import type { Life } from '../../workflows/contracts/activities.js';
import { say } from '../report.js';
import type { RemoteSimulator } from '../simulator-process.js';
import { openOrganization } from '../stored-organization.js';
import { minuteMs } from './compression.js';
import { startNaivePoller } from './naive.js';
import { type Observed, observe, type Script, usageOf } from './observer.js';
import { type Stage, startSeededWorld, startStage, startWatch, type WorldSeed } from './stage.js';

export interface RunInput {
  mongodbUri: string;
  factor: number;
  seed: WorldSeed;
  script: Script;
  /** Real milliseconds between two samples. */
  everyMs: number;
}

const longestImportMs = 10 * minuteMs;
/** Simulated; until the periods of the run are those by which rows were last read. */
const settleMs = { polling: 10 * minuteMs, webhooks: 35 * minuteMs };

/** The product's own watch over a fresh world: first import, then the script is observed. */
export async function runOurs(input: RunInput & { webhooks: boolean }): Promise<Observed> {
  const { factor, script, everyMs, webhooks } = input;
  const stage = await startStage(input);
  const { simulator, world, deps } = stage;
  try {
    const life = await openOrganization({
      ...{ deps, orgId: 'org-bench', credential: world.credential },
      jobIds: world.jobs.map(({ id }) => id),
    });
    const watch = startWatch(stage, life);
    try {
      await imported({ simulator, world });
      if (webhooks) await subscribed(stage, life);
      await sleep((webhooks ? settleMs.webhooks : settleMs.polling) / factor);
      const store = { collections: deps.collections, life };
      const observed = await observe({ simulator, world, factor, script, store, everyMs });
      const { slices, failed } = watch.counts();
      say(`  ${slices} slices, ${failed} rows failed`);
      return observed;
    } finally {
      await watch.stop();
    }
  } finally {
    await stage.close();
  }
}

/** A round-robin poller over a fresh world, at a given number of requests in a simulated hour. */
export async function runNaive(input: RunInput & { requestsPerHour: number }): Promise<Observed> {
  const { factor, seed, script, everyMs, requestsPerHour } = input;
  const { simulator, world } = await startSeededWorld({ factor, seed });
  const perSecond = (requestsPerHour / 3_600) * factor;
  try {
    // Its first round is its import; it is not measured either.
    const poller = await startNaivePoller({ simulator, world, perSecond: 6 * factor });
    try {
      await imported({ simulator, world });
      poller.pace(perSecond);
      const rounds = poller.rounds() + 1;
      // Until the first slow round is over everything is fresh by the fast one.
      while (poller.rounds() < rounds) await sleep(100);
      return await observe({ simulator, world, factor, script, store: null, everyMs });
    } finally {
      await poller.stop();
    }
  } finally {
    await simulator.close();
  }
}

/** Resolves when every application was listed once. */
async function imported(input: { simulator: RemoteSimulator; world: SeededWorld }): Promise<void> {
  const { simulator, world } = input;
  const companyId = world.company.id;
  const wanted = Object.values(world.applicationIds).flat().length;
  const startedAt = Date.now();
  for (;;) {
    const { length: found } = await simulator.control.reads({ companyId });
    const seconds = Math.round((Date.now() - startedAt) / 1_000);
    if (found >= wanted) {
      const { count } = await usageOf(input);
      say(`  first import: ${wanted} applications, ${count} requests, ${seconds} s`);
      return;
    }
    if (Date.now() > startedAt + longestImportMs) {
      throw new Error(`only ${found} of ${wanted} applications were read within ${seconds} s`);
    }
    await sleep(250);
  }
}

async function subscribed(stage: Stage, { orgId }: Life): Promise<void> {
  const until = Date.now() + minuteMs;
  for (;;) {
    const found = await stage.deps.collections.subscriptions
      .findOne({ orgId })
      .lean<SubscriptionDoc | null>();
    if (found?.state === 'active') return;
    if (Date.now() > until) {
      throw new Error(`the subscription is ${found?.state ?? 'not there'}: ${found?.reason}`);
    }
    await sleep(100);
  }
}
