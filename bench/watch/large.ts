import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededWorld } from '../../sandbox/smartrecruiters/control.js';
import { seededRandom } from '../../test/support/seeded-random.js';
import type { RemoteSimulator } from '../simulator-process.js';
import { openOrganization } from '../stored-organization.js';
import { type KnownApplication, storeReadRows } from '../stored-rows.js';
import { type Observed, observe } from './observer.js';
import type { RunInput } from './runs.js';
import { startStage, startWatch } from './stage.js';

/** As a first import would have left them; those with an interview ahead are read again at once. */
export async function knownApplications(input: {
  simulator: RemoteSimulator;
  world: SeededWorld;
}): Promise<KnownApplication[]> {
  const { simulator, world } = input;
  const snapshot = await simulator.control.snapshot({ companyId: world.company.id });
  const activityOf = new Map(snapshot.candidates.map(({ id, updatedAt }) => [id, updatedAt]));
  const unread = new Set(snapshot.interviews.map(({ applicationId }) => applicationId));
  const tierOf = new Map(
    (['hot', 'warm', 'cold'] as const).flatMap((tier) =>
      world.applicationIds[tier].map((id) => [id, tier] as const),
    ),
  );
  return snapshot.applications.map(({ id, candidateId, jobId, status }) => ({
    ...{ applicationId: id, candidateId, jobId, status, unread: unread.has(id) },
    tier: tierOf.get(id) ?? 'cold',
    activityAt: activityOf.get(candidateId) ?? 0,
  }));
}

/**
 * A company whose work is near the whole budget. Its first import would take longer than the
 * measurement, so the store begins as an import leaves it.
 */
export async function runLarge(input: RunInput & { settleMs: number }): Promise<Observed> {
  const { factor, script, everyMs } = input;
  const stage = await startStage(input);
  const { simulator, world, deps, compression } = stage;
  try {
    const life = await openOrganization({
      ...{ deps, orgId: 'org-large', credential: world.credential },
      jobIds: world.jobs.map(({ id }) => id),
    });
    await storeReadRows({
      ...{ collections: deps.collections, life, periods: compression.periods },
      applications: await knownApplications({ simulator, world }),
      random: seededRandom(script.seed),
    });
    const watch = startWatch(stage, life);
    try {
      await sleep(input.settleMs / factor);
      const store = { collections: deps.collections, life };
      return await observe({ simulator, world, factor, script, store, everyMs });
    } finally {
      await watch.stop();
    }
  } finally {
    await stage.close();
  }
}
