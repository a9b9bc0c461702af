import { setTimeout as sleep } from 'node:timers/promises';
import { seededRandom } from '../../test/support/seeded-random.js';
import { openOrganization } from '../stored-organization.js';
import { storeReadRows } from '../stored-rows.js';
import { knownApplications } from './large.js';
import { usageOf } from './observer.js';
import { startStage, startWatch, type WorldSeed } from './stage.js';

const lifted = {
  requestsPerSecond: 1_000_000,
  concurrentRequests: 1_000,
  concurrentCandidatesLists: 1_000,
};
/** So fast that everything is always due and no limit holds anything back. */
const factor = 500;
/** Until code is compiled and the roles were listed. */
const warmUpMs = 6_000;
const measuredMs = 8_000;

/**
 * Requests a second that product, store and simulator do together on this machine over a work list
 * of this size, nothing held back by a limit: what a factor may ask for.
 */
export async function measureThroughput(input: {
  mongodbUri: string;
  seed: WorldSeed;
}): Promise<number> {
  const stage = await startStage({ ...input, factor, limits: lifted });
  const { simulator, world, deps, compression } = stage;
  try {
    const life = await openOrganization({
      ...{ deps, orgId: 'org-bench', credential: world.credential },
      jobIds: world.jobs.map(({ id }) => id),
    });
    await storeReadRows({
      ...{ collections: deps.collections, life, periods: compression.periods },
      applications: await knownApplications({ simulator, world }),
      random: seededRandom(1),
    });
    const watch = startWatch(stage, life);
    try {
      await sleep(warmUpMs);
      const [before, startedAt] = [await usageOf({ simulator, world }), Date.now()];
      await sleep(measuredMs);
      const after = await usageOf({ simulator, world });
      return ((after.count - before.count) / (Date.now() - startedAt)) * 1_000;
    } finally {
      await watch.stop();
    }
  } finally {
    await stage.close();
  }
}
