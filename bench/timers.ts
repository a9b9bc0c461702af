import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { ActivityDeps } from '../activities/deps.js';
import { createLogger } from '../common/logger.js';
import { createMetrics } from '../common/metrics.js';
import { composeActivityDeps } from '../worker/compose.js';
import { joinInterviewWorkflowId } from '../workflows/contracts/ids.js';
import { type BareJoinInput, bareQueues } from './bare.js';
import { joinShape } from './histories.js';
import { percentilesOf, rounded } from './percentiles.js';
import { startBareWorker, startProductWorker } from './programs.js';
import { say, sayResult, table } from './report.js';
import { type PlannedJoin, storeOrganization } from './stored-organization.js';
import type { bareJoin } from './workflows.js';
import { startWorld, type World } from './world.js';

/**
 * 500 joins of 25 organizations whose bots are due spread over one minute, against 500 bare
 * workflows planned for the same instants: a timer, and as many activities that do nothing as a
 * join runs up to its request. Late is, for a join, when its request reached the provider after its
 * plan; for a bare workflow, when the last of its activities ran. In turn, never at the same time.
 */
const organizations = 25;
const joinsEach = 20;
const spreadMs = 60_000;
/** Storing and starting everything takes less than this, also on two busy cores. */
const leadMs = { product: 75_000, bare: 20_000 };
/** So long after the last plan a request that was not made counts as made, and as never made. */
const patienceMs = 60_000;
const rounds = Number(process.env.BENCH_ROUNDS ?? 2);
const startedAt = Date.now();

type Shape = Awaited<ReturnType<typeof joinShape>>;

interface Round {
  lateMs: number[];
  afterStart: number;
  never: number;
}

/** Instants that are spread evenly, dealt to the organizations in turn. */
function planFrom(firstAt: number): number[][] {
  const everyMs = spreadMs / (organizations * joinsEach);
  return Array.from({ length: organizations }, (_, organization) =>
    Array.from({ length: joinsEach }, (__, join) =>
      Math.round(firstAt + (join * organizations + organization) * everyMs),
    ),
  );
}

async function inBatches<Item>(
  items: readonly Item[],
  size: number,
  work: (item: Item) => Promise<unknown>,
): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: size }, worker));
}

async function requestsOf(
  world: World,
  joins: readonly PlannedJoin[],
): Promise<Map<string, number>> {
  const sessions = new Set(joins.map(({ sessionId }) => sessionId));
  const arrived = new Map<string, number>();
  for (const { key, arrivedAt } of await world.notetaker.control.creates()) {
    const sessionId = key?.split(':').at(-2) ?? '';
    if (sessions.has(sessionId) && !arrived.has(sessionId)) arrived.set(sessionId, arrivedAt);
  }
  return arrived;
}

async function awaitRequests(
  world: World,
  joins: readonly PlannedJoin[],
): Promise<Map<string, number>> {
  const until = Math.max(...joins.map(({ plannedAt }) => plannedAt)) + patienceMs;
  await sleep(Math.max(0, Math.max(...joins.map(({ plannedAt }) => plannedAt)) - Date.now()));
  for (;;) {
    const arrived = await requestsOf(world, joins);
    if (arrived.size === joins.length || Date.now() > until) return arrived;
    await sleep(500);
  }
}

async function productRound(world: World, deps: ActivityDeps, round: number): Promise<Round> {
  const plan = planFrom(Date.now() + leadMs.product);
  const begunAt = Date.now();
  const stored = await Promise.all(
    plan.map((instants, index) =>
      storeOrganization({
        ...{ world, deps, instants, name: `bench-${round}-${index}` },
        firstRoom: (round * organizations + index + 1) * joinsEach,
      }),
    ),
  );
  const joins = stored.flat();
  say(
    `  round ${round}: ${joins.length} joins told in ${Math.round((Date.now() - begunAt) / 1000)} s`,
  );
  if (Date.now() > begunAt + leadMs.product) throw new Error('the joins were told too late');
  const arrived = await awaitRequests(world, joins);
  await inBatches(joins, 20, (join) =>
    world.client.workflow
      .getHandle(joinInterviewWorkflowId(join))
      .terminate('measured')
      .catch(() => undefined),
  );
  const gaveUpAt = Math.max(...joins.map(({ plannedAt }) => plannedAt)) + patienceMs;
  const requestedAt = (join: PlannedJoin) => arrived.get(join.sessionId) ?? gaveUpAt;
  return {
    lateMs: joins.map((join) => requestedAt(join) - join.plannedAt),
    afterStart: joins.filter((join) => requestedAt(join) > join.startsAt).length,
    never: joins.length - arrived.size,
  };
}

async function bareRound(world: World, shape: Shape): Promise<Round> {
  const instants = planFrom(Date.now() + leadMs.bare).flat();
  const handles: { handle: WorkflowHandle<typeof bareJoin>; plannedAt: number }[] = [];
  const { beforeTimer, afterTimer } = shape;
  await inBatches(instants, 20, async (plannedAt) => {
    const input: BareJoinInput = { plannedAt, beforeTimer, afterTimer };
    const handle = await world.client.workflow.start<typeof bareJoin>('bareJoin', {
      workflowId: `bare-join-${randomUUID()}`,
      taskQueue: bareQueues.integration,
      args: [input],
    });
    handles.push({ handle, plannedAt });
  });
  if (Date.now() > Math.min(...instants)) throw new Error('the workflows were started too late');
  await sleep(Math.max(...instants) + 5_000 - Date.now());
  const lateMs: number[] = [];
  await inBatches(handles, 20, async ({ handle, plannedAt }) => {
    lateMs.push((await handle.result()) - plannedAt);
  });
  return { lateMs, afterStart: 0, never: 0 };
}

/** One join of an organization of its own, whose history says what a bare one has to run. */
async function shapeOfJoin(world: World, deps: ActivityDeps): Promise<Shape> {
  const joins = await storeOrganization({
    ...{ world, deps, name: 'bench-shape', instants: [Date.now() + 8_000], firstRoom: 0 },
  });
  await awaitRequests(world, joins);
  const [join] = joins;
  if (join === undefined) throw new Error('no join was planned');
  const handle = world.client.workflow.getHandle(joinInterviewWorkflowId(join));
  const shape = await joinShape(handle);
  await handle.terminate('measured');
  return shape;
}

async function measure(world: World, deps: ActivityDeps): Promise<void> {
  const shape = await shapeOfJoin(world, deps);
  say(
    `  a join runs ${shape.beforeTimer.length} activities before its timer and ` +
      `${shape.afterTimer.length} after it: ${shape.names.join(', ')}`,
  );
  const product: Round[] = [];
  const bare: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    bare.push(await bareRound(world, shape));
    product.push(await productRound(world, deps, round));
  }
  const lateOf = (some: Round[]) => percentilesOf(some.flatMap(({ lateMs }) => lateMs));
  const row = (name: string, some: Round[]) => {
    const { p50, p95, p99, max } = lateOf(some);
    const count = some.reduce((sum, { lateMs }) => sum + lateMs.length, 0);
    return [name, count, ...[p50, p95, p99, max].map((value) => rounded(value, 0))];
  };
  say('');
  say(
    table({
      header: ['late, ms', 'n', 'p50', 'p95', 'p99', 'max'],
      rows: [
        ...product.flatMap((one, index) => [
          row(`round ${index + 1}: bare workflow`, bare.slice(index, index + 1)),
          row(`round ${index + 1}: joinInterview`, [one]),
        ]),
        row('all: bare workflow', bare),
        row('all: joinInterview', product),
      ],
    }),
  );
  const [ours, theirs] = [lateOf(product), lateOf(bare)];
  sayResult({
    bench: 'timers',
    p99LateRatio: rounded(ours.p99 / theirs.p99),
    requestedAfterStart: product.reduce((sum, { afterStart }) => sum + afterStart, 0),
    neverRequested: product.reduce((sum, { never }) => sum + never, 0),
    p50LateMs: rounded(ours.p50, 0),
    p99LateMs: rounded(ours.p99, 0),
    baselineP50LateMs: rounded(theirs.p50, 0),
    baselineP99LateMs: rounded(theirs.p99, 0),
    samples: organizations * joinsEach * rounds,
    tookSeconds: rounded((Date.now() - startedAt) / 1000, 0),
  });
}

const world = await startWorld();
const programs = await Promise.all([startProductWorker({ world }), startBareWorker({ world })]);
const deps = await composeActivityDeps({
  ...world,
  logger: createLogger({ level: world.config.logLevel, name: 'bench' }),
  metrics: createMetrics(),
});
try {
  await measure(world, deps);
} finally {
  deps.mailer.close();
  await Promise.all(programs.map((program) => program.stop()));
  await world.close();
}
