import type { ActivityDeps } from '../activities/deps.js';
import { rounded } from './percentiles.js';
import { say, sayResult, table } from './report.js';
import { storeOrganization } from './stored-organization.js';
import {
  lateOf,
  lateRow,
  measureBare,
  measureJoins,
  type Round,
  shapeOfJoin,
  withBothWorkers,
} from './timed-joins.js';
import type { World } from './world.js';

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
const rounds = Number(process.env.BENCH_ROUNDS ?? 2);
const startedAt = Date.now();

/** Instants that are spread evenly, dealt to the organizations in turn. */
function planFrom(firstAt: number): number[][] {
  const everyMs = spreadMs / (organizations * joinsEach);
  return Array.from({ length: organizations }, (_, organization) =>
    Array.from({ length: joinsEach }, (__, join) =>
      Math.round(firstAt + (join * organizations + organization) * everyMs),
    ),
  );
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
  return await measureJoins(world, deps, joins);
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
    const instants = planFrom(Date.now() + leadMs.bare).flat();
    bare.push(await measureBare(world, shape, instants));
    product.push(await productRound(world, deps, round));
  }
  say('');
  say(
    table({
      header: ['late, ms', 'n', 'p50', 'p95', 'p99', 'max'],
      rows: [
        ...product.flatMap((one, index) => [
          lateRow(`round ${index + 1}: bare workflow`, bare.slice(index, index + 1)),
          lateRow(`round ${index + 1}: joinInterview`, [one]),
        ]),
        lateRow('all: bare workflow', bare),
        lateRow('all: joinInterview', product),
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

await withBothWorkers(measure);
