import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
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
import { eventually } from './eventually.js';
import { required } from './required.js';

// Workers say a page for each of their states; a test that fails says what failed.
Runtime.install({ logger: new DefaultLogger('ERROR') });

export { required };

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
  /** Length of every meeting from the bot's joining; until the planned end unless given. */
  meetingMs?: number;
  organizations?: string[];
  /** Of the simulated SmartRecruiters: its limits and retries pass this much faster. */
  timeFactor?: number;
  /** For processes that use the default task queues: nobody else's worker takes their tasks. */
  ownNamespace?: boolean;
  /** Another notetaker than Pillar's own. */
  notetaker?: { provider: string; apiUrl: string; apiKey: string; webhookSecret: string };
  /** Servers of the test's own, which it may stop. */
  servers?: { temporal?: string; mongodb?: string };
}): Promise<World> {
  const secrets = newSecrets();
  const [apiPort, operationsPort] = [await freePort(), await freePort()];
  const apiUrl = `http://127.0.0.1:${apiPort}`;
  const smartRecruiters = await startSmartRecruitersSimulator({
    latencyMs: 1,
    timeFactor: options.timeFactor ?? 1,
  });
  const notetaker = await startNotetakerSimulator({
    apiKey: secrets.notetakerApiKey,
    webhookSecret: secrets.notetakerWebhookSecret,
    webhookUrl: `${apiUrl}/v1/webhooks/notetaker/pillar`,
    pace: {
      stepMs: options.stepMs ?? 100,
      tickMs: 20,
      webhookRetryMs: 200,
      ...(options.meetingMs === undefined ? {} : { meetingMs: options.meetingMs }),
    },
  });
  const identity = await startIdentitySimulator(
    options.organizations === undefined ? {} : { organizations: options.organizations },
  );
  const mail = await startMailCatcher({});
  const uri = new URL(options.servers?.mongodb ?? required('TEST_MONGODB_URI'));
  uri.pathname = `/test-${randomUUID().slice(0, 8)}`;
  const temporal = options.servers?.temporal ?? required('TEST_TEMPORAL_ADDRESS');
  const environment = processEnvironment({
    secrets,
    logLevel: process.env.TEST_LOG_LEVEL ?? 'fatal',
    addresses: {
      temporal,
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
  if (options.notetaker !== undefined) {
    const { provider, apiUrl: url, apiKey, webhookSecret } = options.notetaker;
    Object.assign(environment, {
      ...{ NOTETAKER_PROVIDER: provider, NOTETAKER_API_URL: url, NOTETAKER_API_KEY: apiKey },
      NOTETAKER_WEBHOOK_SECRET: webhookSecret,
    });
  }
  if (options.ownNamespace) {
    environment.TEMPORAL_NAMESPACE = `test-${randomUUID().slice(0, 8)}`;
    await registerNamespace({ address: temporal, namespace: environment.TEMPORAL_NAMESPACE });
  }
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

/** Resolves when the namespace answers, which takes the server a moment. */
async function registerNamespace(input: { address: string; namespace: string }): Promise<void> {
  const { address, namespace } = input;
  const connection = await Connection.connect({ address });
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs('1 day'),
    });
    const client = new Client({ connection, namespace });
    await eventually(() => client.workflow.count().then(() => true), {
      what: `the namespace ${namespace}`,
    });
  } finally {
    await connection.close();
  }
}

/** A client of the world's namespace, with the world's keys. */
export async function connectClient(
  world: Pick<World, 'config'>,
): Promise<{ client: Client; close: () => Promise<void> }> {
  const { connectionOptions, namespace } = world.config.temporal;
  const connection = await Connection.connect(connectionOptions);
  const dataConverter = createDataConverter({ codecKeys: world.config.keys.codec });
  const client = new Client({ connection, namespace, dataConverter });
  return { client, close: () => connection.close() };
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
