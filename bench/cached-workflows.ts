import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import { configOrExit } from '../common/config.js';
import { createDataConverter } from '../common/data-converter.js';
import { createLogger } from '../common/logger.js';
import { createWorkers } from '../worker/create-workers.js';
import { installRuntime } from '../worker/runtime.js';
import type { Activities } from '../workflows/contracts/activities.js';
import { joinInterviewWorkflowId } from '../workflows/contracts/ids.js';
import { type DesiredJoin, desiredSignal } from '../workflows/contracts/join-interview.js';
import { protocolTimes } from '../workflows/contracts/protocol-times.js';
import type { TaskQueues } from '../workflows/contracts/task-queues.js';
import type { joinInterview } from '../workflows/join-interview.js';
import { say } from './report.js';
import type { bareTimer } from './workflows.js';

/**
 * Measures in a process of its own what one cached workflow costs: `joinInterview` parked on the
 * timer of its one session, or a bare timer. Prints one line of JSON. Arguments: which of the two,
 * the path of its bundle, how many are cached. Needs `--expose-gc`, and `TEMPORAL_DEBUG=1`: then the
 * workflows run in this thread, whose heap can be read, in one reused V8 context as they do
 * everywhere.
 */
const [kind, bundlePath = '', count = '0'] = process.argv.slice(2);
const cached = Number(count);
const parkedMs = 2 * 24 * 60 * 60_000;
/** Cached before the first look, so that code is compiled and caches are filled. */
const warmUps = 20;

const config = configOrExit({ role: 'worker' });
installRuntime({
  logger: createLogger({ level: config.logLevel, name: 'bench' }),
  metricsAddress: null,
});
const { connectionOptions, namespace } = config.temporal;
const connection = await NativeConnection.connect(connectionOptions);
const clientConnection = await Connection.connect(connectionOptions);
const dataConverter = createDataConverter({ codecKeys: config.keys.codec });
const client = new Client({ connection: clientConnection, namespace, dataConverter });
const id = randomUUID().slice(0, 8);
const taskQueues: TaskQueues = {
  integration: `integration-${id}`,
  join: `join-${id}`,
  watch: `watch-${id}`,
};

let recorded = 0;
const activities = {
  loadSessions: async () => ({ sessions: [] }),
  recordSession: async () => {
    recorded += 1;
  },
} satisfies Partial<Activities>;
const [worker, ...others] = await createWorkers({
  connection,
  namespace,
  dataConverter,
  taskQueues,
  // A join that waits for its minute runs no others.
  activities: activities as unknown as Activities,
  logger: createLogger({ level: config.logLevel, name: 'bench' }),
  workflowBundle: { codePath: bundlePath },
});
if (worker === undefined) throw new Error('there is no worker');
const runs = Promise.all([worker, ...others].map((one) => one.run()));

async function startOne(index: number): Promise<void> {
  const taskQueue = taskQueues.integration;
  if (kind === 'bareTimer') {
    const workflowId = `bare-timer-${id}-${index}`;
    const args: [{ ms: number }] = [{ ms: parkedMs }];
    await client.workflow.start<typeof bareTimer>('bareTimer', { workflowId, taskQueue, args });
    return;
  }
  const key = { orgId: 'org-bench', generation: randomUUID(), interviewId: randomUUID() };
  const startsAt = Date.now() + parkedMs;
  const desired: DesiredJoin = {
    version: 1,
    jobId: randomUUID(),
    mailDue: false,
    sessions: [
      {
        ...{ sessionId: randomUUID(), startsAt, endsAt: startsAt + 1_800_000 },
        ...{ roomKey: randomUUID().replaceAll('-', ''), verdict: 'join', code: 'will_join' },
        wantedAt: null,
      },
    ],
  };
  await client.workflow.signalWithStart<typeof joinInterview, [DesiredJoin]>('joinInterview', {
    workflowId: joinInterviewWorkflowId(key),
    taskQueue,
    args: [{ ...key, taskQueues, times: protocolTimes, maxHistoryEvents: null, state: null }],
    signal: desiredSignal,
    signalArgs: [desired],
  });
}

/** Starts so many and waits until all of them are cached and nothing is going on any more. */
async function park(from: number, until: number): Promise<void> {
  for (let index = from; index < until; index += 10) {
    const batch = Array.from({ length: Math.min(10, until - index) }, (_, at) => index + at);
    await Promise.all(batch.map(startOne));
  }
  const isQuiet = () => {
    const { numCachedWorkflows, numInFlightWorkflowActivations } = statusOf(worker);
    const isRecorded = kind === 'bareTimer' || recorded === until;
    return numCachedWorkflows === until && isRecorded && numInFlightWorkflowActivations === 0;
  };
  for (let quiet = 0; quiet < 10; quiet = isQuiet() ? quiet + 1 : 0) await sleep(100);
}

function statusOf(of: Worker | undefined) {
  if (of === undefined) throw new Error('there is no worker');
  return of.getStatus();
}

/** Bytes in use after the collector has found nothing more. */
async function bytesInUse(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  let last = Infinity;
  for (let pass = 0; pass < 20; pass += 1) {
    await sleep(100);
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    if (last - (heapUsed + external) < 10_000 && pass > 3) break;
    last = heapUsed + external;
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

await park(0, warmUps);
const before = await bytesInUse();
await park(warmUps, warmUps + cached);
const after = await bytesInUse();
say(JSON.stringify({ bytesEach: (after - before) / cached }));

for (const one of [worker, ...others]) one.shutdown();
await runs;
await clientConnection.close();
await connection.close();
