import type { InstallationDoc, WatchReportDoc } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { found, foundAndTold, mended } from './findings.js';

/** A receipt of a webhook is followed within seconds; one that waits longer lost its nudge. */
const eventsMayWaitMs = 10_000;
/** After this a watch that cannot follow is no news; its sweeps find what the event told. */
const eventsNudgedForMs = 60 * 60_000;
/** So many of the longest rests of a watch without a slice that worked. */
const silentPeriods = 3;

type Active = Pick<InstallationDoc, '_id' | 'generation' | 'updatedAt'>;

/** Nobody follows while an installation is paused, so only active ones are looked at. */
export async function activeInstallations(deps: ActivityDeps): Promise<Active[]> {
  return await deps.collections.installations
    .find({ phase: 'active' }, { generation: 1, updatedAt: 1 })
    .lean<Active[]>();
}

/** The nudge about an event may have been lost, or the API could not reach Temporal. */
export async function nudgeForEvents(
  deps: ActivityDeps,
  active: readonly Active[],
): Promise<number> {
  let nudged = 0;
  // One by one, so that the many events of one organization hide nobody else's.
  for (const { _id: orgId, generation } of active) {
    nudged += await mended(deps, 'waiting_events', { orgId }, async () => {
      if (!(await hasWaitingEvents(deps, { orgId, generation }))) return false;
      await deps.workflows.nudgeWatch({ orgId, generation });
      found(deps, 'waiting_events', { orgId });
      return true;
    });
  }
  return nudged;
}

async function hasWaitingEvents(deps: ActivityDeps, life: Life): Promise<boolean> {
  const now = Date.now();
  const waits = await deps.collections.vendor_events.exists({
    ...life,
    followedAt: null,
    receivedAt: { $lt: now - eventsMayWaitMs, $gt: now - eventsNudgedForMs },
    $or: [{ retryAt: null }, { retryAt: { $lt: now - eventsMayWaitMs } }],
  });
  return waits !== null;
}

/** Watches that do not run are started again; those that have got nothing for long are woken. */
export async function mendWatches(deps: ActivityDeps, active: readonly Active[]): Promise<number> {
  let count = 0;
  for (const installation of active) {
    const { _id: orgId } = installation;
    count += await mended(deps, 'watch_not_running', { orgId }, () =>
      mendWatch(deps, installation),
    );
  }
  return count;
}

async function mendWatch(
  deps: ActivityDeps,
  { _id: orgId, generation, updatedAt }: Active,
): Promise<boolean> {
  const life = { orgId, generation };
  const silentFor = silentPeriods * deps.times.watchIdleMs;
  if (!(await deps.workflows.isWatchRunning(life))) {
    // An installation that has just become active is about to start its watch by itself.
    if (Date.now() - updatedAt < deps.times.retryMs * 6) return false;
    if (!(await startAgain(deps, life))) return false;
    await foundAndTold(deps, 'watch_not_running', life);
    return true;
  }
  const report = await deps.collections.watch_reports
    .findOne({ _id: orgId, generation })
    .lean<WatchReportDoc | null>();
  const since = Date.now() - silentFor;
  if ((report?.at ?? updatedAt) >= since && !hasGotNothingSince(report, since)) return false;
  const isRefused = report?.setback?.kind === 'refused';
  await deps.workflows.nudgeWatch(life);
  await foundAndTold(deps, isRefused ? 'watch_refused' : 'watch_silent', life);
  return true;
}

/** It goes on reporting, but every slice since then ended in a refusal or without an answer. */
function hasGotNothingSince(report: WatchReportDoc | null, since: number): boolean {
  const setback = report?.setback ?? null;
  return setback !== null && setback.since < since;
}

/**
 * Starts the watch of a life that is still the present one. An uninstall that began meanwhile has
 * seen the watch closed and would leave this one behind: so it is looked at once more afterwards.
 */
async function startAgain(deps: ActivityDeps, life: Life): Promise<boolean> {
  await deps.workflows.startWatch(life);
  const after = await deps.collections.installations
    .findOne({ _id: life.orgId })
    .lean<InstallationDoc | null>();
  if (after?.generation === life.generation && after.phase === 'active') return true;
  await deps.workflows.cancelWatch(life);
  return false;
}
