import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection } from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import { configOrExit } from '../common/config.js';
import { createDataConverter } from '../common/data-converter.js';
import { createLogger } from '../common/logger.js';
import { createMetrics } from '../common/metrics.js';
import { createOperationsApp } from '../common/operations-server.js';
import { connectDatabase, pingDatabase } from '../common/read-model/connection.js';
import { lazyClientConnection } from '../common/temporal-connection.js';
import { taskQueues } from '../workflows/contracts/task-queues.js';
import { builtBundlePath, workflowBundleOptions } from './build-workflow-bundle.js';
import { measureClockSkew, tolerableSkewMs } from './clock-skew.js';
import { composeActivityDeps } from './compose.js';
import { createWorkers, runWorkers } from './create-workers.js';
import { prepareServers } from './prepare.js';
import { installRuntime } from './runtime.js';

/**
 * The worker's process: configuration, logger, runtime, store, connections, then polling until
 * SIGTERM or SIGINT. On the way out it finishes what it has begun, within its grace time.
 */
const hourMs = 60 * 60 * 1000;

const config = configOrExit({ role: 'worker' });
const logger = createLogger({ level: config.logLevel, name: 'worker' });
// A port that is taken, a store sealed with other keys: one line in the log instead of a stack.
process.on('uncaughtException', (error) => {
  logger.fatal({ err: error }, 'the worker cannot go on');
  process.exit(1);
});
const metrics = createMetrics();
installRuntime({ logger, metricsAddress: null });

const stop = Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
const database = await reach('MongoDB', () =>
  connectDatabase({ uri: config.mongodbUri, appName: 'pillar-worker' }),
);
const { connectionOptions, namespace } = config.temporal;
const connection = await reach('Temporal', () => NativeConnection.connect(connectionOptions));
const dataConverter = createDataConverter({ codecKeys: config.keys.codec });
const clientConnection = lazyClientConnection({ connectionOptions });
const client = new Client({ connection: clientConnection, namespace, dataConverter });
await prepareServers({ database, client, say: (line) => logger.info(line) });

const deps = await composeActivityDeps({ config, database, client, logger, metrics });
let skewMs = await measureClockSkew(deps);
const skewTimer = setInterval(() => {
  measureClockSkew(deps)
    .then((measured) => {
      skewMs = measured;
    })
    .catch((error: unknown) => logger.warn({ err: error }, 'the clock could not be compared'));
}, hourMs);

const workers = await createWorkers({
  connection,
  namespace,
  dataConverter,
  taskQueues,
  activities: createActivities(deps),
  logger,
  workflowBundle: existsSync(builtBundlePath)
    ? { codePath: builtBundlePath }
    : await bundleWorkflowCode({ ...workflowBundleOptions(), logger: new DefaultLogger('ERROR') }),
});

const operations = createServer(
  createOperationsApp({
    metrics,
    token: config.operations.token,
    async readiness() {
      const checks = {
        polling: workers.every((worker) => worker.getState() === 'RUNNING'),
        mongodb: await pingDatabase({ database }),
        clock: Math.abs(skewMs) <= tolerableSkewMs,
      };
      return { ready: Object.values(checks).every(Boolean), checks };
    },
  }),
);
operations.listen(config.operations.port);
await once(operations, 'listening');
logger.info(
  { operationsPort: config.operations.port, skewMs: Math.round(skewMs) },
  'the worker polls',
);

await runWorkers(workers, stop);

logger.info('the worker has drained');
clearInterval(skewTimer);
operations.close();
operations.closeAllConnections();
deps.mailer.close();
await connection.close();
await clientConnection.close();
await database.close();

async function reach<Reached>(what: string, connect: () => Promise<Reached>): Promise<Reached> {
  try {
    return await connect();
  } catch (error) {
    logger.fatal({ err: error }, `${what} cannot be reached`);
    return process.exit(1);
  }
}
