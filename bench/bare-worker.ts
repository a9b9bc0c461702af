import { once } from 'node:events';
import { createServer } from 'node:http';
import { bundleWorkflowCode, DefaultLogger, NativeConnection } from '@temporalio/worker';
import { configOrExit } from '../common/config.js';
import { createDataConverter } from '../common/data-converter.js';
import { createLogger } from '../common/logger.js';
import { createWorkers, runWorkers } from '../worker/create-workers.js';
import { installRuntime } from '../worker/runtime.js';
import type { Activities } from '../workflows/contracts/activities.js';
import { type BareActivities, bareQueues } from './bare.js';
import { bareBundleOptions } from './bundles.js';

/** The product's worker with nothing in it: same options, keys and connections, bare workflows. */
const config = configOrExit({ role: 'worker' });
const logger = createLogger({ level: config.logLevel, name: 'bare-worker' });
installRuntime({ logger, metricsAddress: null });

const { connectionOptions, namespace } = config.temporal;
const connection = await NativeConnection.connect(connectionOptions);
const activities: BareActivities = { nothing: async () => Date.now() };
const workers = await createWorkers({
  connection,
  namespace,
  dataConverter: createDataConverter({ codecKeys: config.keys.codec }),
  taskQueues: bareQueues,
  // The workers only look the activities up by name.
  activities: activities as unknown as Activities,
  logger,
  workflowBundle: await bundleWorkflowCode({
    ...bareBundleOptions(),
    logger: new DefaultLogger('ERROR'),
  }),
});

const running = runWorkers(workers, once(process, 'SIGTERM'));
const ready = createServer((_request, response) => response.end('polling'));
ready.listen(config.operations.port, '127.0.0.1');
await running;
ready.close();
ready.closeAllConnections();
await connection.close();
