import type { ActivityDeps } from '../activities/deps.js';
import { protocolTimes } from '../workflows/contracts/protocol-times.js';
import { rounded } from './percentiles.js';
import { say, sayResult, table } from './report.js';
import { storeOrganization } from './stored-organization.js';
import {
  inBatches,
  lateOf,
  lateRow,
  measureBare,
  measureJoins,
  shapeOfJoin,
  withBothWorkers,
} from './timed-joins.js';
import type { World } from './world.js';

/**
 * 2,000 interviews of 50 organizations that begin in the same minute. Their requests are spread over
 * the minutes before it; late is a request that reached the provider after its own plan. Beside it,
 * in turn and never at the same time, as many bare workflows of the same shape, (a) all due at one
 * instant and (b) due when the joins are.
 */
const organizations = Number(process.env.BENCH_ORGANIZATIONS ?? 50);
const joinsEach = Number(process.env.BENCH_JOINS_EACH ?? 40);
const startsWithinMs = 60_000;
/** Storing and telling all of them takes less than this, also on two busy cores. */
const leadMs = { product: 210_000, bare: 120_000 };
const startedAt = Date.now();
const since = () => `${Math.round((Date.now() - startedAt) / 1_000)} s`;

async function storeAll(world: World, deps: ActivityDeps) {
  const firstStartAt = Date.now() + leadMs.product + protocolTimes.requestEarliestMs;
  const count = organizations * joinsEach;
  const starts = Array.from({ length: organizations }, (_, organization) =>
    Array.from({ length: joinsEach }, (__, join) =>
      Math.round(firstStartAt + ((join * organizations + organization) * startsWithinMs) / count),
    ),
  );
  const stored: Awaited<ReturnType<typeof storeOrganization>>[] = [];
  await inBatches([...starts.entries()], 10, async ([index, instants]) => {
    stored.push(
      await storeOrganization({
        ...{ world, deps, instants, byStart: true, name: `join-${index}` },
        firstRoom: (index + 1) * joinsEach,
      }),
    );
  });
  const joins = stored.flat();
  const firstPlannedAt = Math.min(...joins.map(({ plannedAt }) => plannedAt));
  if (Date.now() > firstPlannedAt) throw new Error('the joins were told too late');
  return joins;
}

async function measure(world: World, deps: ActivityDeps): Promise<void> {
  const shape = await shapeOfJoin(world, deps);
  say(`  a join runs ${shape.names.join(', ')}`);
  const joins = await storeAll(world, deps);
  say(`  ${joins.length} joins told after ${since()}`);
  const firstStartAt = Math.min(...joins.map((join) => join.startsAt));
  const product = await measureJoins(world, deps, joins);
  const { p50, p99, max } = lateOf([product]);
  say(`  product measured after ${since()}: late p50 ${p50}, p99 ${p99}, max ${max} ms`);

  const beforeStart = joins.map((join) => join.plannedAt - firstStartAt);
  const bareStartAt = Date.now() + leadMs.bare + protocolTimes.requestEarliestMs;
  const spread = await measureBare(
    world,
    shape,
    beforeStart.map((ms) => bareStartAt + ms),
  );
  say(`  bare, spread, measured after ${since()}: p99 ${lateOf([spread]).p99} ms`);
  const instant = Date.now() + leadMs.bare;
  const atOnce = await measureBare(
    world,
    shape,
    joins.map(() => instant),
  );

  say('');
  say(
    table({
      header: ['late against plan, ms', 'n', 'p50', 'p95', 'p99', 'max'],
      rows: [
        lateRow('(a) bare, all at one instant', [atOnce]),
        lateRow('(b) bare, spread alike', [spread]),
        lateRow('joinInterview', [product]),
      ],
    }),
  );
  const [ours, theirs] = [lateOf([product]), lateOf([spread])];
  sayResult({
    bench: 'join',
    requestedAfterStart: product.afterStart,
    neverRequested: product.never,
    p99LateRatio: rounded(ours.p99 / theirs.p99),
    p50LateMs: rounded(ours.p50, 0),
    p99LateMs: rounded(ours.p99, 0),
    baselineP99LateMs: rounded(theirs.p99, 0),
    atOneInstantP99LateMs: rounded(lateOf([atOnce]).p99, 0),
    interviews: joins.length,
    organizations,
    tookSeconds: rounded((Date.now() - startedAt) / 1_000, 0),
  });
}

await withBothWorkers(measure);
