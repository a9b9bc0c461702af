import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import { createDataConverter } from '../common/data-converter.js';
import { createLogger } from '../common/logger.js';
import { createMetrics } from '../common/metrics.js';
import { ensureIndexes } from '../common/read-model/collections.js';
import type { SeededWorld } from '../sandbox/smartrecruiters/control.js';
import { workflowBundleOptions } from '../worker/build-workflow-bundle.js';
import { composeActivityDeps } from '../worker/compose.js';
import { createWorkers } from '../worker/create-workers.js';
import { installRuntime } from '../worker/runtime.js';
import { interviewWatchWorkflowId } from '../workflows/contracts/ids.js';
import { taskQueues } from '../workflows/contracts/task-queues.js';
import type { interviewWatch } from '../workflows/interview-watch.js';
import { bareQueues, type PollActivities } from './bare.js';
import { bareBundleOptions } from './bundles.js';
import { rounded } from './percentiles.js';
import { say, sayResult, table } from './report.js';
import { openOrganization } from './stored-organization.js';
import { compressTimes, hourMs, minuteMs } from './watch/compression.js';
import { askerOf } from './watch/naive.js';
import { costOf, type WorkflowCost } from './workflow-cost.js';
import type { pollEveryMinute } from './workflows.js';
import { startWorld, type World } from './world.js';

/**
 * What an organization costs in which nothing happens: two roles on, twenty warm applications, no
 * interview ahead. Against a workflow that asks for everything once a minute, on the same server, in
 * the same compressed time. Temporal, the workers and the workflows are the real ones.
 */
const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '6' },
    factor: { type: 'string', default: '60' },
    seed: { type: 'string', default: '4' },
  },
});
const factor = Number(values.factor);
const hours = Number(values.hours);
const startedAt = Date.now();
const pollWorkflowId = 'poll-every-minute';

interface Cost extends WorkflowCost {
  requests: number;
}

async function seedIdle(world: World, name: string): Promise<SeededWorld> {
  return await world.smartRecruiters.control.seedWorld({
    ...{ name, seed: Number(values.seed), roles: 2, applicationsPerRole: 10 },
    mix: { hot: 0, warm: 1, cold: 0 },
  });
}

async function requestsOf(world: World, { credential }: SeededWorld): Promise<number> {
  const { clientId } = credential;
  return (await world.smartRecruiters.control.statistics({ clientId })).count;
}

async function pollActivitiesOf(world: World, company: SeededWorld): Promise<PollActivities> {
  const ask = await askerOf({ simulator: world.smartRecruiters, credential: company.credential });
  const applicationIds = company.jobs.flatMap((job) => job.applicationIds);
  return {
    async pollOnce() {
      await ask('/jobs?limit=100');
      for (const applicationId of applicationIds) {
        await ask(`/interviews-api/v201904/interviews?applicationId=${applicationId}`);
      }
      return applicationIds.length + 1;
    },
  };
}

/** Both workers run in this process; `stop` drains them. */
async function startWorkers(world: World, polled: SeededWorld) {
  const { config, client, database } = world;
  const logger = createLogger({ level: config.logLevel, name: 'bench' });
  installRuntime({ logger, metricsAddress: null });
  const { times, periods: watchPeriods, limiterTimes } = compressTimes(factor);
  const deps = await composeActivityDeps({
    ...{ config, database, client, logger, metrics: createMetrics() },
    overrides: { times, watchPeriods, limiterTimes },
  });
  await ensureIndexes(deps);
  const { connectionOptions, namespace } = config.temporal;
  const connection = await NativeConnection.connect(connectionOptions);
  const dataConverter = createDataConverter({ codecKeys: config.keys.codec });
  const bundled = { logger: new DefaultLogger('ERROR') };
  const workers = [
    ...(await createWorkers({
      ...{ connection, namespace, dataConverter, taskQueues, logger },
      activities: createActivities(deps),
      workflowBundle: await bundleWorkflowCode({ ...workflowBundleOptions(), ...bundled }),
    })),
    ...(await Promise.all(
      [bareQueues.integration, bareQueues.watch].map(async (taskQueue) =>
        Worker.create({
          ...{ connection, namespace, dataConverter, taskQueue },
          activities: { ...(await pollActivitiesOf(world, polled)) },
          workflowBundle: await bundleWorkflowCode({ ...bareBundleOptions(), ...bundled }),
        }),
      ),
    )),
  ];
  const runs = Promise.all(workers.map((worker) => worker.run()));
  return {
    deps,
    times,
    async stop() {
      for (const worker of workers) worker.shutdown();
      await runs;
      deps.mailer.close();
      await connection.close();
    },
  };
}

async function untilImported(world: World, company: SeededWorld): Promise<void> {
  const companyId = company.company.id;
  for (const until = Date.now() + 2 * minuteMs; ; await sleep(250)) {
    const { length } = await world.smartRecruiters.control.reads({ companyId });
    if (length === 20) return;
    if (Date.now() > until) throw new Error(`only ${length} of 20 applications were read`);
  }
}

async function measure(world: World): Promise<void> {
  const [watched, polled] = [await seedIdle(world, 'watched'), await seedIdle(world, 'polled')];
  const workers = await startWorkers(world, polled);
  const { client } = world;
  try {
    const life = await openOrganization({
      ...{ deps: workers.deps, orgId: 'org-idle', credential: watched.credential },
      jobIds: watched.jobs.map(({ id }) => id),
    });
    const watchWorkflowId = interviewWatchWorkflowId(life);
    const watch = await client.workflow.start<typeof interviewWatch>('interviewWatch', {
      ...{ workflowId: watchWorkflowId, taskQueue: taskQueues.integration },
      args: [{ ...life, taskQueues, times: workers.times, maxHistoryEvents: null, state: null }],
    });
    const poll = await client.workflow.start<typeof pollEveryMinute>('pollEveryMinute', {
      ...{ workflowId: pollWorkflowId, taskQueue: bareQueues.integration },
      args: [{ minuteMs: minuteMs / factor }],
    });
    await untilImported(world, watched);
    // What the import left behind is not what an idle day is made of.
    await sleep((30 * minuteMs) / factor);

    const from = Date.now();
    const before = [await requestsOf(world, watched), await requestsOf(world, polled)];
    say(`  imported; ${hours} simulated hours in ${rounded((hours * 60) / factor, 1)} minutes`);
    await sleep((hours * hourMs) / factor);
    const until = Date.now();
    const after = [await requestsOf(world, watched), await requestsOf(world, polled)];
    const stretch = { client, from, until };
    const aDay = (24 * hourMs) / ((until - from) * factor);
    const costs = [
      await costOf({ ...stretch, workflowId: watchWorkflowId }),
      await costOf({ ...stretch, workflowId: pollWorkflowId }),
    ].map((cost, index) => ({ ...cost, requests: (after[index] ?? 0) - (before[index] ?? 0) }));
    report(costs, aDay);
    await watch.terminate('measured');
    await poll.terminate('measured');
  } finally {
    await workers.stop();
  }
}

function report(costs: readonly Cost[], aDay: number): void {
  const [ours, theirs] = costs;
  if (ours === undefined || theirs === undefined) throw new Error('nothing was measured');
  const kinds = ['requests', 'events', 'actions', 'activities', 'timers'] as const;
  say('');
  say(
    table({
      header: ['a day of an idle organization', 'watch', 'every minute', 'ratio'],
      rows: kinds.map((kind) => [
        kind,
        rounded(ours[kind] * aDay, 0),
        rounded(theirs[kind] * aDay, 0),
        rounded(ours[kind] / theirs[kind], 3),
      ]),
    }),
  );
  sayResult({
    bench: 'idle',
    requestsRatio: rounded(ours.requests / theirs.requests, 3),
    eventsRatio: rounded(ours.events / theirs.events, 3),
    actionsRatio: rounded(ours.actions / theirs.actions, 3),
    eventsADay: rounded(ours.events * aDay, 0),
    measuredHours: rounded(24 / aDay, 1),
    timeFactor: factor,
    tookSeconds: rounded((Date.now() - startedAt) / 1_000, 0),
  });
}

const world = await startWorld({ smartRecruiters: { timeFactor: factor } });
try {
  await measure(world);
} finally {
  await world.close();
}
