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
import { type PlannedJoin, storeOrganization } from './stored-organization.js';
import type { bareJoin } from './workflows.js';
import { startWorld, type World } from './world.js';

/** So long after the last plan a request that was not made counts as made, and as never made. */
const patienceMs = 60_000;

export type Shape = Awaited<ReturnType<typeof joinShape>>;

/** What one run came to. */
export interface Round {
  /** Behind plan, ms. */
  lateMs: number[];
  afterStart: number;
  never: number;
}

export async function inBatches<Item>(
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

/**
 * Nothing is left of them, or the auditor would give each live bot its join back, and whatever is
 * measured next would be measured beside two thousand meetings.
 */
async function forget(
  world: World,
  deps: ActivityDeps,
  joins: readonly PlannedJoin[],
): Promise<void> {
  await deps.collections.interviews.collection.deleteMany({});
  await deps.collections.claims.collection.deleteMany({});
  await inBatches(joins, 20, (join) =>
    world.client.workflow
      .getHandle(joinInterviewWorkflowId(join))
      .terminate('measured')
      .catch(() => undefined),
  );
  // After the last of them could still ask: a bot that is out there keeps nobody busy.
  await world.notetaker.control.reset();
}

/** Joins that are told already: waits until each has asked for its bot, and ends them. */
export async function measureJoins(
  world: World,
  deps: ActivityDeps,
  joins: readonly PlannedJoin[],
): Promise<Round> {
  const arrived = await awaitRequests(world, joins);
  await forget(world, deps, joins);
  const gaveUpAt = Math.max(...joins.map(({ plannedAt }) => plannedAt)) + patienceMs;
  const requestedAt = (join: PlannedJoin) => arrived.get(join.sessionId) ?? gaveUpAt;
  return {
    // What is out before its instant is not late.
    lateMs: joins.map((join) => Math.max(0, requestedAt(join) - join.plannedAt)),
    afterStart: joins.filter((join) => requestedAt(join) > join.startsAt).length,
    never: joins.length - arrived.size,
  };
}

/** Bare workflows for the same instants; they are started before the first of them. */
export async function measureBare(
  world: World,
  shape: Shape,
  instants: readonly number[],
): Promise<Round> {
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
export async function shapeOfJoin(world: World, deps: ActivityDeps): Promise<Shape> {
  const joins = await storeOrganization({
    ...{ world, deps, name: 'bench-shape', instants: [Date.now() + 8_000], firstRoom: 0 },
  });
  await awaitRequests(world, joins);
  const [join] = joins;
  if (join === undefined) throw new Error('no join was planned');
  const shape = await joinShape(world.client.workflow.getHandle(joinInterviewWorkflowId(join)));
  await forget(world, deps, joins);
  return shape;
}

export function lateOf(rounds: readonly Round[]) {
  return percentilesOf(rounds.flatMap(({ lateMs }) => lateMs));
}

/** One line of the table of lateness. */
export function lateRow(name: string, rounds: readonly Round[]): (string | number)[] {
  const { p50, p95, p99, max } = lateOf(rounds);
  const count = rounds.reduce((sum, { lateMs }) => sum + lateMs.length, 0);
  return [name, count, ...[p50, p95, p99, max].map((value) => rounded(value, 0))];
}

/** Runs a measurement over the product's worker and the bare one, and ends both. */
export async function withBothWorkers(
  measure: (world: World, deps: ActivityDeps) => Promise<void>,
): Promise<void> {
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
}
