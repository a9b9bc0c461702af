import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ActivityDeps } from '../activities/deps.js';
import { watchPeriods } from '../activities/watching/tiers.js';
import { createLogger } from '../common/logger.js';
import { createMetrics } from '../common/metrics.js';
import { ensureIndexes } from '../common/read-model/collections.js';
import { type SeededRandom, seededRandom } from '../test/support/seeded-random.js';
import { composeActivityDeps } from '../worker/compose.js';
import type { Life } from '../workflows/contracts/activities.js';
import { interviewWatchWorkflowId } from '../workflows/contracts/ids.js';
import { protocolTimes } from '../workflows/contracts/protocol-times.js';
import { taskQueues } from '../workflows/contracts/task-queues.js';
import type { interviewWatch } from '../workflows/interview-watch.js';
import { percentilesOf, rounded } from './percentiles.js';
import { memoryOf, type ProcessMemory } from './process-memory.js';
import { type ProductProcess, startProductWorker } from './programs.js';
import { say, sayResult, table } from './report.js';
import { openOrganization } from './stored-organization.js';
import { storeReadRows } from './stored-rows.js';
import { minuteMs } from './watch/compression.js';
import { knownApplications } from './watch/large.js';
import { startWorld, type World } from './world.js';

/**
 * What a worker needs for many watched organizations. They are stored as a first import leaves them
 * and read one seeded company, whose limits are lifted: each has a budget of its own, and what the
 * vendor allows is not what is measured. The worker is the product's own process.
 */
const { values } = parseArgs({
  options: {
    organizations: { type: 'string', default: '500' },
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string', default: '4' },
  },
});
const organizations = Number(values.organizations);
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const startedAt = Date.now();
const applicationsEach = 100;
const everyMs = 10_000;

type Sample = ProcessMemory & { at: number; requests: number };

async function storeOrganizations(world: World, deps: ActivityDeps): Promise<Life[]> {
  const { control } = world.smartRecruiters;
  const company = await control.seedWorld({
    ...{ name: 'shared', seed, roles: 1, applicationsPerRole: applicationsEach },
    mix: { hot: 5, warm: 55, cold: 40 },
  });
  const applications = await knownApplications({
    simulator: world.smartRecruiters,
    world: company,
  });
  const random: SeededRandom = seededRandom(seed);
  const lives: Life[] = [];
  const left = Array.from({ length: organizations }, (_, index) => `org-${index}`);
  const store = async () => {
    for (let orgId = left.pop(); orgId !== undefined; orgId = left.pop()) {
      const jobIds = company.jobs.map(({ id }) => id);
      const life = await openOrganization({ deps, orgId, credential: company.credential, jobIds });
      const { collections } = deps;
      await storeReadRows({ collections, life, applications, periods: watchPeriods, random });
      lives.push(life);
    }
  };
  await Promise.all(Array.from({ length: 10 }, store));
  return lives;
}

async function sampled(world: World, worker: ProductProcess): Promise<Sample> {
  const { pid, operationsPort } = worker;
  const token = world.environment.OPERATIONS_TOKEN ?? '';
  const memory = await memoryOf({ pid, operationsPort, token });
  const { count } = await world.smartRecruiters.control.statistics();
  return { ...memory, at: Date.now(), requests: count };
}

async function watchAll(world: World, lives: readonly Life[]): Promise<void> {
  const left = [...lives];
  const start = async () => {
    for (let life = left.pop(); life !== undefined; life = left.pop()) {
      await world.client.workflow.start<typeof interviewWatch>('interviewWatch', {
        ...{ workflowId: interviewWatchWorkflowId(life), taskQueue: taskQueues.integration },
        args: [{ ...life, taskQueues, times: protocolTimes, maxHistoryEvents: null, state: null }],
      });
    }
  };
  await Promise.all(Array.from({ length: 10 }, start));
}

async function measure(world: World, deps: ActivityDeps): Promise<void> {
  const lives = await storeOrganizations(world, deps);
  say(`  ${lives.length} organizations stored after ${secondsSince(startedAt)} s`);
  const worker = await startProductWorker({ world });
  try {
    await sleep(everyMs);
    const idle = await sampled(world, worker);
    await watchAll(world, lives);
    const begunAt = Date.now();
    const samples: Sample[] = [];
    while (Date.now() < begunAt + minutes * minuteMs) {
      await sleep(everyMs);
      samples.push(await sampled(world, worker));
    }
    report(idle, samples, begunAt);
  } finally {
    await worker.stop();
  }
}

const secondsSince = (at: number) => Math.round((Date.now() - at) / 1_000);
const mib = (bytes: number) => rounded(bytes / 1_048_576, 1);

function report(idle: Sample, samples: readonly Sample[], begunAt: number): void {
  const row = (name: string, one: Sample) => [
    ...[name, mib(one.rss), mib(one.heapUsed), mib(one.external), one.requests - idle.requests],
  ];
  say('');
  say(
    table({
      header: [`${organizations} organizations, MiB`, 'RSS', 'heap', 'external', 'requests so far'],
      rows: [
        row('worker without work', idle),
        ...samples
          .filter((_, index) => index % 3 === 2)
          .map((one) => row(`after ${Math.round((one.at - begunAt) / 1_000)} s`, one)),
      ],
    }),
  );
  const half = samples.slice(Math.floor(samples.length / 2));
  const median = (kind: 'rss' | 'heapUsed') => percentilesOf(half.map((one) => one[kind])).p50;
  sayResult({
    bench: 'memory',
    organizations,
    applicationsEach,
    rssMib: mib(median('rss')),
    heapMib: mib(median('heapUsed')),
    // What is left after a collection: the process collects only when it has to.
    leastHeapMib: mib(Math.min(...half.map((one) => one.heapUsed))),
    mostRssMib: mib(Math.max(...samples.map(({ rss }) => rss))),
    idleRssMib: mib(idle.rss),
    kibEachOrganization: rounded((median('rss') - idle.rss) / 1_024 / organizations, 1),
    minutes,
    tookSeconds: secondsSince(startedAt),
  });
}

const lifted = {
  requestsPerSecond: 1_000_000,
  concurrentRequests: 10_000,
  concurrentCandidatesLists: 10_000,
};
const world = await startWorld({ smartRecruiters: { limits: lifted } });
const deps = await composeActivityDeps({
  ...world,
  logger: createLogger({ level: world.config.logLevel, name: 'bench' }),
  metrics: createMetrics(),
});
try {
  await ensureIndexes(deps);
  await measure(world, deps);
} finally {
  deps.mailer.close();
  await world.close();
}
