import { dueAlerts } from '../alerts/alert-store.js';
import { deliverAlert } from '../alerts/deliver.js';
import type { ActivityDeps } from '../deps.js';
import { mended } from './findings.js';

/** Tried in one sweep, so many at a time: a channel that hangs must not hold up the sweep. */
const mostAtOnce = 100;
const inParallel = 10;
const budgetMs = 60_000;

/** Alerts that some channel has not taken yet and whose next try is due. */
export async function deliverAlerts(deps: ActivityDeps): Promise<number> {
  const startedAt = Date.now();
  const due = await dueAlerts(deps, { now: startedAt, limit: mostAtOnce });
  let delivered = 0;
  for (let at = 0; at < due.length && Date.now() - startedAt < budgetMs; at += inParallel) {
    const counts = await Promise.all(
      due.slice(at, at + inParallel).map((alert) =>
        mended(deps, 'alert_waiting', { orgId: alert.orgId }, async () => {
          return (await deliverAlert(deps, alert)) === 'delivered';
        }),
      ),
    );
    delivered += counts.reduce((sum, count) => sum + count, 0);
  }
  const waiting = await deps.collections.alerts.countDocuments({ nextAttemptAt: { $ne: null } });
  deps.metrics.alertsWaiting.set(waiting);
  return delivered;
}
