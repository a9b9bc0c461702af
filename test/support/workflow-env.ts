import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { KeyRing } from '../../common/config.js';
import { createDataConverter } from '../../common/data-converter.js';
import { createLogger } from '../../common/logger.js';
import { activityFailures } from '../../worker/interceptors/activity-failures.js';
import {
  type ProtocolTimes,
  protocolTimes,
  scaleTimes,
} from '../../workflows/contracts/protocol-times.js';
import type { TaskQueues } from '../../workflows/contracts/task-queues.js';
import { createFakeActivities, type FakeActivities } from './fake-activities.js';

// Workers say a page for each of their states; a test that fails says what failed.
Runtime.install({ logger: new DefaultLogger('ERROR') });

/** A key for tests and for the saved histories alone: 32 bytes that anybody may read here. */
const testCodecKey = Buffer.from('a-test-key-that-protects-nothing');
export const testCodecKeys: KeyRing = {
  current: { id: 'test', key: testCodecKey },
  all: new Map([['test', testCodecKey]]),
};

/** Without it, every history would name the machine that it was made on. */
const identity = 'tests';

/** The data converter of the product, with a key that is no secret. */
export function testDataConverter(): DataConverter {
  return createDataConverter({ codecKeys: testCodecKeys });
}

/**
 * A hundredth of the real times. What tests wait out is shorter still; the horizon stays, since it
 * is compared with the calendar and not waited for.
 */
export const testTimes: ProtocolTimes = {
  ...scaleTimes(protocolTimes, 0.01),
  joinHorizonMs: protocolTimes.joinHorizonMs,
  requestEarliestMs: 600,
  requestLatestMs: 300,
  leaveAfterEndMs: 400,
  offAckMs: 500,
  // Fakes that a test holds back are not dead.
  livenessMs: protocolTimes.livenessMs,
};

/** Fake activities, and a worker that runs the built workflows over them on a queue of its own. */
export interface WorkflowEnvironment {
  client: Client;
  fakes: FakeActivities;
  taskQueues: TaskQueues;
  times: ProtocolTimes;
  /** Ends the worker and the connections; workflows that still run are terminated. */
  close(): Promise<void>;
}

/** The connections that a test brings along itself, e.g. to a time-skipping server. */
export interface GivenConnections {
  client: Client;
  connection: NativeConnection;
}

/**
 * Starts a worker against the server that the test run shares, or over connections that are given.
 * The test's workflows run on one queue that no other test knows.
 */
export async function startWorkflowEnvironment(
  options: {
    times?: Partial<ProtocolTimes>;
    connections?: GivenConnections;
    address?: string;
    bundlePath?: string;
  } = {},
): Promise<WorkflowEnvironment> {
  const fakes = createFakeActivities();
  const queue = `test-${randomUUID().slice(0, 8)}`;
  const dataConverter = testDataConverter();
  const own =
    options.connections === undefined
      ? await connect(options.address ?? fromEnvironment('TEST_TEMPORAL_ADDRESS'))
      : null;
  const { client, connection } = options.connections ?? required(own);
  const worker = await Worker.create({
    connection,
    identity,
    namespace: client.options.namespace,
    taskQueue: queue,
    dataConverter,
    workflowBundle: { codePath: options.bundlePath ?? fromEnvironment('TEST_WORKFLOW_BUNDLE') },
    activities: { ...fakes.activities },
    interceptors: { activity: [activityFailures(createLogger({ level: 'silent', name: 'test' }))] },
    shutdownGraceTime: 100,
    shutdownForceTime: 2_000,
  });
  const running = worker.run();
  return {
    client,
    fakes,
    taskQueues: { integration: queue, join: queue, watch: queue },
    times: { ...testTimes, ...options.times },
    async close() {
      fakes.end();
      worker.shutdown();
      await running;
      if (own === null) return;
      await terminateOpen(client, queue);
      await own.close();
    },
  };
}

async function connect(
  address: string,
): Promise<GivenConnections & { close: () => Promise<void> }> {
  const connection = await NativeConnection.connect({ address });
  const clientConnection = await Connection.connect({ address });
  const client = new Client({
    connection: clientConnection,
    dataConverter: testDataConverter(),
    identity,
  });
  return {
    client,
    connection,
    async close() {
      await clientConnection.close();
      await connection.close();
    },
  };
}

/** A watch never ends by itself; without a worker it would stay on the shared server for ever. */
async function terminateOpen(client: Client, queue: string): Promise<void> {
  const open = client.workflow.list({
    query: `TaskQueue = '${queue}' AND ExecutionStatus = 'Running'`,
  });
  for await (const { workflowId } of open) {
    await client.workflow
      .getHandle(workflowId)
      .terminate('the test is over')
      .catch(() => undefined);
  }
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set: run this through npm test, which starts the servers`);
  }
  return value;
}

function required<Value>(value: Value | null): Value {
  if (value === null) throw new Error('no connection was given');
  return value;
}
