import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, type Worker } from '@temporalio/worker';
import type { ActivityDeps } from '../../activities/deps.js';
import { createActivities } from '../../activities/index.js';
import { type WatchPeriods, watchPeriods } from '../../activities/watching/tiers.js';
import { type Config, loadConfig } from '../../common/config.js';
import { createDataConverter } from '../../common/data-converter.js';
import { createLogger } from '../../common/logger.js';
import { createMetrics } from '../../common/metrics.js';
import { ensureIndexes } from '../../common/read-model/collections.js';
import { connectDatabase, type Database } from '../../common/read-model/connection.js';
import { newSecrets, processEnvironment, type SandboxSecrets } from '../../sandbox/environment.js';
import {
  type IdentitySimulator,
  startIdentitySimulator,
} from '../../sandbox/identity/simulator.js';
import { startMailCatcher } from '../../sandbox/mail/catcher.js';
import { startNotetakerSimulator } from '../../sandbox/notetaker/simulator.js';
import { freePort } from '../../sandbox/servers/ports.js';
import { startSmartRecruitersSimulator } from '../../sandbox/smartrecruiters/simulator.js';
import { type Composition, composeActivityDeps } from '../../worker/compose.js';
import { createWorkers } from '../../worker/create-workers.js';
import type { ProtocolTimes } from '../../workflows/contracts/protocol-times.js';
import type { TaskQueues } from '../../workflows/contracts/task-queues.js';

// Workers say a page for each of their states; a test that fails says what failed.
Runtime.install({ logger: new DefaultLogger('ERROR') });

export function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set: run this through npm test, which starts the servers`);
  }
  return value;
}

/** Queues of one test alone, so that no other test's worker takes its tasks. */
export function ownTaskQueues(): TaskQueues {
  const id = randomUUID().slice(0, 8);
  return { integration: `integration-${id}`, join: `join-${id}`, watch: `watch-${id}` };
}

export function scaledPeriods(factor: number): WatchPeriods {
  return Object.fromEntries(
    Object.entries(watchPeriods).map(([name, ms]) => [name, Math.max(20, Math.round(ms * factor))]),
  ) as unknown as WatchPeriods;
}

type Started<Start extends (...args: never[]) => Promise<unknown>> = Awaited<ReturnType<Start>>;

/** The outside world of a test: the simulators, and a database of its own. */
export interface World {
  smartRecruiters: Started<typeof startSmartRecruitersSimulator>;
  notetaker: Started<typeof startNotetakerSimulator>;
  identity: IdentitySimulator;
  mail: Started<typeof startMailCatcher>;
  database: Database;
  config: Config;
  environment: Record<string, string>;
  secrets: SandboxSecrets;
  apiUrl: string;
  close(): Promise<void>;
}

export async function startWorld(options: {
  stepMs?: number;
  organizations?: string[];
}): Promise<World> {
  const secrets = newSecrets();
  const [apiPort, operationsPort] = [await freePort(), await freePort()];
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const smartRecruiters = await startSmartRecruitersSimulator({ latencyMs: 1 });
  const notetaker = await startNotetakerSimulator({
    apiKey: secrets.notetakerApiKey,
    webhookSecret: secrets.notetakerWebhookSecret,
    webhookUrl: `${apiUrl}/v1/webhooks/notetaker/pillar`,
    pace: { stepMs: options.stepMs ?? 100, tickMs: 20, webhookRetryMs: 200 },
  });
  const identity = await startIdentitySimulator(
    options.organizations === undefined ? {} : { organizations: options.organizations },
  );
  const mail = await startMailCatcher({});
  const uri = new URL(required('TEST_MONGODB_URI'));
  uri.pathname = `/test-${randomUUID().slice(0, 8)}`;
  const environment = processEnvironment({
    secrets,
    logLevel: process.env.TEST_LOG_LEVEL ?? 'fatal',
    addresses: {
      temporal: required('TEST_TEMPORAL_ADDRESS'),
      mongodb: uri.toString(),
      smartRecruiters: smartRecruiters.url,
      notetakerApi: notetaker.apiUrl,
      identity,
      smtp: mail.smtpUrl,
      publicUrl: apiUrl,
      apiPort,
      operationsPort,
      temporalUiOrigin: null,
    },
  });
  const loaded = loadConfig({ role: 'worker', env: environment });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const database = await connectDatabase({ uri: uri.toString(), appName: 'test' });
  return {
    smartRecruiters,
    notetaker,
    identity,
    mail,
    database,
    environment,
    secrets,
    apiUrl,
    config: loaded.config,
    async close() {
      await database.close();
      await Promise.all([
        smartRecruiters.close(),
        notetaker.close(),
        identity.close(),
        mail.close(),
      ]);
    },
  };
}

/** A worker in this process, over the world; `stop` drains it. */
export interface InProcessWorker {
  deps: ActivityDeps;
  client: Client;
  taskQueues: TaskQueues;
  stop(): Promise<void>;
}

export async function startWorker(input: {
  world: World;
  times: ProtocolTimes;
  taskQueues: TaskQueues;
  periods?: WatchPeriods;
  overrides?: Composition['overrides'];
}): Promise<InProcessWorker> {
  const { world, times, taskQueues } = input;
  const address = required('TEST_TEMPORAL_ADDRESS');
  const connection = await NativeConnection.connect({ address });
  const clientConnection = await Connection.connect({ address });
  const dataConverter = createDataConverter({ codecKeys: world.config.keys.codec });
  const client = new Client({ connection: clientConnection, dataConverter });
  const logger = createLogger({ level: world.config.logLevel, name: 'test' });
  const deps = await composeActivityDeps({
    config: world.config,
    database: world.database,
    client,
    logger,
    metrics: createMetrics(),
    overrides: {
      times,
      taskQueues,
      watchPeriods: input.periods ?? scaledPeriods(1),
      ...input.overrides,
    },
  });
  await ensureIndexes(deps);
  const workers: Worker[] = await createWorkers({
    connection,
    namespace: 'default',
    dataConverter,
    taskQueues,
    activities: createActivities(deps),
    logger,
    workflowBundle: { codePath: required('TEST_WORKFLOW_BUNDLE') },
    shutdownGraceMs: 500,
  });
  const runs = Promise.all(workers.map((worker) => worker.run()));
  return {
    deps,
    client,
    taskQueues,
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await runs;
      deps.mailer.close();
      await clientConnection.close();
      await connection.close();
    },
  };
}
