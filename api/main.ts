import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Client } from '@temporalio/client';
import { createCodecEndpoint } from '../common/codec-endpoint.js';
import { configOrExit } from '../common/config.js';
import { createDataConverter } from '../common/data-converter.js';
import { createEncryptionCodec } from '../common/encryption-codec.js';
import { createLogger } from '../common/logger.js';
import { createMetrics } from '../common/metrics.js';
import { createOperationsApp } from '../common/operations-server.js';
import { connectDatabase } from '../common/read-model/connection.js';
import { lazyClientConnection } from '../common/temporal-connection.js';
import { composeApi } from './compose.js';

/** What is still under way then is cut off; a command goes on without its request. */
const drainMs = 10_000;

const config = configOrExit({ role: 'api' });
const logger = createLogger({ level: config.logLevel, name: 'api' });
// A port that is taken, a store sealed with other keys: one line in the log instead of a stack.
process.on('uncaughtException', (error) => {
  logger.fatal({ err: error }, 'the API cannot go on');
  process.exit(1);
});
const metrics = createMetrics();

const database = await connectDatabase({
  uri: config.mongodbUri,
  appName: 'pillar-api',
}).catch((error: unknown) => {
  logger.fatal({ err: error }, 'MongoDB cannot be reached');
  return process.exit(1);
});
const { connectionOptions, namespace } = config.temporal;
const connection = lazyClientConnection({ connectionOptions });
const client = new Client({
  connection,
  namespace,
  dataConverter: createDataConverter({ codecKeys: config.keys.codec }),
});

const api = composeApi({ config, database, client, logger, metrics });
const operations = createOperationsApp({
  metrics,
  token: config.operations.token,
  readiness: api.readiness,
  extra: createCodecEndpoint({
    codec: createEncryptionCodec({ keys: config.keys.codec }),
    operationsToken: config.operations.token,
    jwksUrl: config.codec.jwksUrl,
    allowAnonymousFrom: config.codec.anonymousOrigin,
  }),
});

const servers = [
  await listen(createServer(api.app), config.api.port),
  await listen(createServer(operations), config.operations.port),
];
logger.info({ port: config.api.port, operationsPort: config.operations.port }, 'the API listens');

const signal = await Promise.race([
  once(process, 'SIGTERM').then(() => 'SIGTERM'),
  once(process, 'SIGINT').then(() => 'SIGINT'),
]);
logger.info({ signal }, 'the API stops');
const closed = Promise.all(servers.map(closing));
api.closeStreams();
await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, drainMs).unref())]);
for (const server of servers) server.closeAllConnections();
await connection.close();
await database.close();
logger.info('the API has stopped');

async function listen(server: Server, port: number): Promise<Server> {
  server.listen(port);
  await once(server, 'listening');
  return server;
}

/** Takes no new connection; resolves when the requests under way have been answered. */
function closing(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // A connection that is kept alive counts as open until somebody closes it.
    const sweep = setInterval(() => server.closeIdleConnections(), 100);
    server.close(() => {
      clearInterval(sweep);
      resolve();
    });
  });
}
