import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { CriticalStep } from '../../activities/deps.js';
import { createActivities } from '../../activities/index.js';
import { configOrExit } from '../../common/config.js';
import { createDataConverter } from '../../common/data-converter.js';
import { createLogger } from '../../common/logger.js';
import { createMetrics } from '../../common/metrics.js';
import { connectDatabase } from '../../common/read-model/connection.js';
import { composeActivityDeps } from '../../worker/compose.js';
import { createWorkers, runWorkers } from '../../worker/create-workers.js';
import { prepareServers } from '../../worker/prepare.js';
import { installRuntime } from '../../worker/runtime.js';
import type { Armed, FromWorker, ToWorker, WorkerProcessOptions } from './worker-control.js';

/**
 * A worker as `worker/main.ts` starts it, with scaled times and queues of its own, whose critical
 * steps the test that forked it can make deadly or slow. Options come in `TEST_WORKER_OPTIONS`.
 */
const options = JSON.parse(process.env.TEST_WORKER_OPTIONS ?? '{}') as WorkerProcessOptions;
const config = configOrExit({ role: 'worker' });
const logger = createLogger({ level: config.logLevel, name: 'worker' });
const metrics = createMetrics();
installRuntime({ logger, metricsAddress: null });

let armed: (Armed & { seen: number })[] = [];
const releases = new Map<string, () => void>();
let stop: (value?: unknown) => void = () => undefined;
const stopped = new Promise((resolve) => {
  stop = resolve;
});

process.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'arm':
      armed.push({ ...message.armed, seen: 0 });
      return;
    case 'disarm':
      disarm(message.orgId);
      return;
    case 'stop':
      stop();
  }
});
// A test that died takes its workers along.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

function disarm(orgId: string | null): void {
  armed = armed.filter((one) => orgId !== null && one.orgId !== orgId);
  for (const [name, release] of releases) {
    if (orgId === null || name.endsWith(`/${orgId}`)) release();
  }
}

/** Resolves when the parent has the message, so that a death right after it is told before. */
function tell(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(message, undefined, undefined, () => resolve());
  });
}

async function reached(
  step: CriticalStep,
  { orgId, interviewId = null }: { orgId: string; interviewId?: string | null },
): Promise<void> {
  const at = Date.now();
  const hit = armed.find(
    (one) => one.step === step && (one.orgId === undefined || one.orgId === orgId),
  );
  if (hit !== undefined) hit.seen += 1;
  const acts = hit !== undefined && hit.seen === (hit.nth ?? 1);
  if (acts) armed = armed.filter((one) => one !== hit);
  await tell({ kind: 'reached', step, orgId, interviewId, at, acts });
  if (!acts) return;
  if (hit.action.kind === 'die') process.kill(process.pid, 'SIGKILL');
  else if (hit.action.ms !== null) await sleep(hit.action.ms);
  else await new Promise<void>((resolve) => releases.set(`${step}/${orgId}`, resolve));
}

const database = await connectDatabase({ uri: config.mongodbUri, appName: 'test-worker' });
const { connectionOptions, namespace } = config.temporal;
const connection = await NativeConnection.connect(connectionOptions);
const dataConverter = createDataConverter({ codecKeys: config.keys.codec });
const clientConnection = await Connection.connect(connectionOptions);
const client = new Client({ connection: clientConnection, namespace, dataConverter });
if (options.prepares) await prepareServers({ database, client, say: () => undefined });
const deps = await composeActivityDeps({
  config,
  database,
  client,
  logger,
  metrics,
  overrides: {
    reached,
    taskQueues: options.taskQueues,
    ...(options.times === undefined ? {} : { times: options.times }),
    ...(options.periods === undefined ? {} : { watchPeriods: options.periods }),
    ...(options.limiterTimes === undefined ? {} : { limiterTimes: options.limiterTimes }),
  },
});
const workers = await createWorkers({
  connection,
  namespace,
  dataConverter,
  taskQueues: options.taskQueues,
  activities: createActivities(deps),
  logger,
  workflowBundle: { codePath: options.workflowBundle },
  shutdownGraceMs: 500,
});
const running = runWorkers(workers, stopped);
await tell({ kind: 'ready' });
await running;
deps.mailer.close();
await connection.close();
await clientConnection.close();
await database.close();
process.disconnect();
