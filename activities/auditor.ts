import type { AuditorActivities } from '../workflows/contracts/activities.js';
import type { AuditReport } from '../workflows/contracts/auditor.js';
import { activeBots, removeOrphans } from './auditing/bots.js';
import { deliverAlerts } from './auditing/deliveries.js';
import { mendHolders } from './auditing/holders.js';
import { alarmSilentSessions, mendNotices } from './auditing/interviews.js';
import { followFences } from './auditing/operations.js';
import { prune } from './auditing/prune.js';
import { activeInstallations, mendWatches, nudgeForEvents } from './auditing/watches.js';
import type { ActivityDeps } from './deps.js';
import { withHeartbeat } from './pause.js';
import { measureFreshness } from './watching/measure.js';

/** What is looked at less often than every sweep. A little less than the sweeps' own rhythm. */
const wideEveryMs = 5 * 60_000 - 10_000;

/**
 * Looks across all organizations for what nobody noticed, and mends it; see `docs/protocols.md`. Each
 * part goes on when another one fails; what failed is said at the end, so that the sweep is repeated.
 */
export function createAuditorActivities(deps: ActivityDeps): AuditorActivities {
  // Of this process: after a start, or where several audit, it is looked at sooner.
  let wideAt = 0;
  return {
    audit: () =>
      withHeartbeat(async () => {
        const isWide = Date.now() - wideAt >= wideEveryMs;
        return await sweep(deps, {
          isWide,
          sawWide: () => {
            wideAt = Date.now();
          },
        });
      }),
  };
}

async function sweep(
  deps: ActivityDeps,
  { isWide, sawWide }: { isWide: boolean; sawWide: () => void },
): Promise<AuditReport> {
  const report: AuditReport = {
    bots: 0,
    orphansRemoved: 0,
    claimsFreed: 0,
    requestsSettled: 0,
    stopsAdvanced: 0,
    alertsDelivered: 0,
    watchesMended: 0,
    noticesMended: 0,
    alarmsRaised: 0,
  };
  const failures: unknown[] = [];
  const part = async (look: () => Promise<Partial<AuditReport>>) => {
    try {
      Object.assign(report, await look());
    } catch (error) {
      deps.logger.error({ err: error }, 'a part of the audit failed');
      failures.push(error);
    }
  };

  await part(() => lookAtBots(deps));
  const active = await activeInstallations(deps);
  await part(async () => {
    await followFences(deps, active);
    await nudgeForEvents(deps, active);
    return {};
  });
  if (isWide) {
    const before = failures.length;
    await part(async () => ({ alarmsRaised: await alarmSilentSessions(deps, active) }));
    await part(async () => ({ watchesMended: await mendWatches(deps, active) }));
    await part(async () => ({ noticesMended: await mendNotices(deps, active) }));
    if (failures.length === before) sawWide();
  }
  await part(async () => ({ alertsDelivered: await deliverAlerts(deps) }));
  await part(async () => {
    await prune(deps);
    await measureFreshness(deps);
    return {};
  });
  if (failures.length > 0) throw failures[0];
  deps.metrics.auditorLastRunSeconds.set(Date.now() / 1000);
  return report;
}

/** A provider that does not answer must not leave the holders unmended. */
async function lookAtBots(deps: ActivityDeps): Promise<Partial<AuditReport>> {
  // The provider first, then the store: a bot that is asked for in between has its holder already.
  let failure: unknown = null;
  const bots = await activeBots(deps).catch((error: unknown) => {
    failure = error;
    return [];
  });
  const rooms = await deps.claims.heldByAnybody();
  const orphansRemoved = await removeOrphans(deps, bots, rooms);
  const counts = await mendHolders(deps, rooms);
  if (failure !== null) throw failure;
  return { bots: bots.length, orphansRemoved, ...counts };
}
