import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityDeps } from '../../activities/deps.js';
import { createWatchActivities } from '../../activities/interview-watch.js';
import { composeApi } from '../../api/compose.js';
import { type Config, loadConfig } from '../../common/config.js';
import { createLogger } from '../../common/logger.js';
import { createMetrics } from '../../common/metrics.js';
import { ensureIndexes } from '../../common/read-model/collections.js';
import { connectDatabase, type Database } from '../../common/read-model/connection.js';
import { newSecrets, processEnvironment } from '../../sandbox/environment.js';
import { freePort } from '../../sandbox/servers/ports.js';
import type { SeededWorld } from '../../sandbox/smartrecruiters/control.js';
import type { ControlInput } from '../../sandbox/smartrecruiters/control-inputs.js';
import { grantableScopes, scopes } from '../../sandbox/smartrecruiters/records.js';
import { composeActivityDeps } from '../../worker/compose.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { SliceReport } from '../../workflows/contracts/interview-watch.js';
import { protocolTimes } from '../../workflows/contracts/protocol-times.js';
import { pauseBeforeNextSlice } from '../../workflows/state/watch-interval.js';
import {
  type RemoteSimulator,
  type SimulatorProcessOptions,
  startSimulatorProcess,
} from '../simulator-process.js';
import { type CompressedTimes, compressTimes } from './compression.js';
import { createHeardClient, type HeardClient } from './heard-client.js';

/** The seeded world of one run, without `scopes`: whether there are webhooks is the run's choice. */
export type WorldSeed = Omit<ControlInput<'seedWorld'>, 'scopes'>;

/** One fresh seeded world, and the product over it with a database of its own. */
export interface Stage {
  compression: CompressedTimes;
  simulator: RemoteSimulator;
  world: SeededWorld;
  deps: ActivityDeps;
  heard: HeardClient;
  close(): Promise<void>;
}

/** A simulator of its own with the seeded world in it; nobody reads it yet. */
export async function startSeededWorld(input: {
  factor: number;
  seed: WorldSeed;
  webhooks?: boolean;
  limits?: SimulatorProcessOptions['limits'];
}): Promise<{ simulator: RemoteSimulator; world: SeededWorld }> {
  const { factor, seed, webhooks = false, limits } = input;
  const simulator = await startSimulatorProcess({
    timeFactor: factor,
    ...(limits === undefined ? {} : { limits }),
  });
  const world = await simulator.control.seedWorld({
    ...seed,
    scopes: webhooks ? [...grantableScopes] : [...scopes],
  });
  return { simulator, world };
}

/**
 * The product's own composition over a seeded world: its store, limiter, client and, with
 * `webhooks`, the API that takes them. Only Temporal is not there: see `createHeardClient`.
 */
export async function startStage(input: {
  mongodbUri: string;
  factor: number;
  seed: WorldSeed;
  webhooks?: boolean;
  limits?: SimulatorProcessOptions['limits'];
}): Promise<Stage> {
  const { simulator, world } = await startSeededWorld(input);
  const apiPort = await freePort();
  const uri = new URL(input.mongodbUri);
  uri.pathname = `/bench-${randomUUID().slice(0, 8)}`;
  const config = configFor({ mongodb: uri.toString(), smartRecruiters: simulator.url, apiPort });
  const database = await connectDatabase({ uri: uri.toString(), appName: 'bench' });
  const heard = createHeardClient(config);
  const logger = createLogger({ level: config.logLevel, name: 'bench' });
  const metrics = createMetrics();
  const compression = compressTimes(input.factor);
  const { times, periods: watchPeriods, limiterTimes } = compression;
  const deps = await composeActivityDeps({
    ...{ config, database, client: heard.client, logger, metrics },
    overrides: { times, watchPeriods, limiterTimes },
  });
  await ensureIndexes(deps);
  const api = input.webhooks
    ? await serveApi({ config, database, heard, logger, metrics, apiPort })
    : null;
  return {
    compression,
    simulator,
    world,
    deps,
    heard,
    async close() {
      await simulator.close();
      await api?.close();
      deps.mailer.close();
      await database.dropDatabase();
      await database.close();
    },
  };
}

function configFor(addresses: {
  mongodb: string;
  smartRecruiters: string;
  apiPort: number;
}): Config {
  const nowhere = 'http://127.0.0.1:9';
  const env = processEnvironment({
    secrets: newSecrets(),
    logLevel: process.env.BENCH_LOG_LEVEL ?? 'fatal',
    addresses: {
      ...addresses,
      temporal: '127.0.0.1:9',
      notetakerApi: nowhere,
      identity: { jwksUrl: nowhere, issuer: nowhere, audience: 'bench', tokenUrl: nowhere },
      smtp: 'smtp://127.0.0.1:9',
      publicUrl: `http://127.0.0.1:${addresses.apiPort}`,
      operationsPort: addresses.apiPort,
      temporalUiOrigin: null,
    },
  });
  const loaded = loadConfig({ role: 'worker', env });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  return loaded.config;
}

async function serveApi(input: {
  config: Config;
  database: Database;
  heard: HeardClient;
  logger: ActivityDeps['logger'];
  metrics: ActivityDeps['metrics'];
  apiPort: number;
}): Promise<{ close: () => Promise<void> }> {
  const { heard, apiPort, ...parts } = input;
  const api = composeApi({ ...parts, client: heard.client });
  const server: Server = createServer(api.app);
  server.listen(apiPort, '127.0.0.1');
  await once(server, 'listening');
  return {
    async close() {
      api.closeStreams();
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A watch that runs; `stop` ends it after the slice that is under way. */
export interface RunningWatch {
  /** Slices so far, and the requests that they reported. */
  counts(): { slices: number; requests: number; failed: number };
  stop(): Promise<void>;
}

/**
 * Drives the product's slices as `workflows/interview-watch.ts` does: the same pause between two of
 * them, cut short by a nudge.
 */
export function startWatch(stage: Stage, life: Life): RunningWatch {
  const { deps, heard, compression } = stage;
  const { times } = compression;
  const activities = createWatchActivities(deps);
  const stopping = new AbortController();
  let slices = 0;
  let requests = 0;
  let failed = 0;
  let failures = 0;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const environment = new MockActivityEnvironment();
      const abort = () => environment.cancel();
      stopping.signal.addEventListener('abort', abort);
      let nextDueAt: number | null = null;
      try {
        const report = await environment.run<[], SliceReport, () => Promise<SliceReport>>(() =>
          activities.watchSlice({ ...life, budgetMs: times.sliceBudgetMs }),
        );
        ({ nextDueAt } = report);
        requests += report.requests;
        failed += report.failed;
        failures = 0;
      } catch (error) {
        if (stopping.signal.aborted) return;
        failures += 1;
        deps.logger.error({ err: error }, 'a slice failed');
      } finally {
        stopping.signal.removeEventListener('abort', abort);
      }
      slices += 1;
      // Worked out in simulated time: the least rest is a constant of the product's own.
      const { watchIdleMs: idleMs, retryMs } = protocolTimes;
      const now = Date.now();
      const dueInMs = nextDueAt === null ? null : (nextDueAt - now) * compression.factor;
      const restMs = pauseBeforeNextSlice({
        ...{ now, nextDueAt: dueInMs === null ? null : now + dueInMs, failures, spread: 0 },
        ...{ idleMs, retryMs },
      });
      const ms = restMs / compression.factor;
      await heard.nudgedOr({ ms, signal: stopping.signal });
    }
  }

  const running = run();
  return {
    counts: () => ({ slices, requests, failed }),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
