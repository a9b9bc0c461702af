import type { InstallationDoc, InterviewDoc } from '../../common/read-model/documents.js';
import { listOperationsFences } from '../../common/read-model/operations-fences.js';
import type { ActivityDeps } from '../deps.js';
import { reconcileInterview } from '../interviews/reconcile.js';

type Active = Pick<InstallationDoc, '_id' | 'generation'>;

/** So many interviews of one organization in one sweep, the nearest first. */
const mostAtOnce = 200;

/** Which organizations the operators have stopped, in one reading: a sweep looks at every room. */
export async function fencedOrganizations(deps: ActivityDeps): Promise<(orgId: string) => boolean> {
  const { provider } = deps.notetaker.capabilities;
  const targets = (await listOperationsFences(deps))
    .filter(({ off }) => off)
    .map(({ target }) => target);
  const all = targets.some(
    (target) =>
      target.scope === 'everything' ||
      (target.scope === 'provider' && target.provider === provider),
  );
  const orgIds = new Set(
    targets.map((target) => (target.scope === 'organization' ? target.orgId : null)),
  );
  return (orgId) => all || orgIds.has(orgId);
}

/**
 * The command of the operators reaches the store alone. Here the decisions follow it, and through
 * them the joins and the page: those under a fence that is up, and those of one that is down again.
 */
export async function followFences(deps: ActivityDeps, active: readonly Active[]): Promise<void> {
  const isFenced = await fencedOrganizations(deps);
  const now = Date.now();
  for (const { _id: orgId, generation } of active) {
    const outdated: Record<string, unknown> = isFenced(orgId)
      ? { 'decision.verdict': { $ne: 'skip' } }
      : { 'decision.code': 'fenced_by_operations' };
    const interviews = await deps.collections.interviews
      .find({
        ...{ orgId, generation, goneAt: null, ...outdated },
        endsAt: { $gt: now },
        startsAt: { $lt: now + deps.times.joinHorizonMs },
      })
      .sort({ startsAt: 1 })
      .limit(mostAtOnce)
      .lean<InterviewDoc[]>();
    for (const doc of interviews) await reconcileInterview(deps, doc);
  }
}
