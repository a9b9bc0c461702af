import type { WorkRow } from '../../common/read-model/documents.js';
import type { ActivityDeps } from '../deps.js';
import { isSmartRecruitersError } from '../smartrecruiters/errors.js';
import type { VendorApplication } from '../smartrecruiters/vendor-types.js';
import { keepToRoles } from './follow-candidates.js';
import { isDone, never, tierOf } from './tiers.js';
import type { Turn, TurnResult } from './turn.js';

/**
 * Asks once for the vendor's id of an application; then the row is one of an application and due at
 * once. One that is over and was never read needs no reading. An application that the vendor does not
 * know is done with until a listing names it again. A role that is off is not asked about: its rows
 * were left active by a process that died, and are taken off.
 */
export async function resolveTurn(deps: ActivityDeps, turn: Turn): Promise<TurnResult> {
  const { row, client, periods } = turn;
  const { candidateId, jobId } = row;
  const answered = (change: TurnResult['row']) => ({ requests: 1, changed: 0, row: change });
  if (candidateId === null || jobId === null) {
    return { requests: 0, changed: 0, row: { tier: 'done', nextCheckAt: never } };
  }
  if (!row.pinned && !(await isOn(deps, turn, jobId))) {
    await keepToRoles(deps, turn, [{ jobId }]);
    // Where it stood, should the role be on again.
    return { requests: 0, changed: 0, row: { urgent: row.urgent } };
  }
  let application: VendorApplication;
  try {
    application = await client.getApplication({ candidateId, jobId, lane: 'watch' });
  } catch (error) {
    if (!isSmartRecruitersError(error, 'not_found')) throw error;
    return answered({ ...doneWith, lastResult: 'not_found' });
  }
  const { applicationId, status } = application;
  const now = Date.now();
  const wasEverRead = row.lastReadAt !== null || row.pinned;
  if (isDone(status) && !wasEverRead && !isAskedFor(row)) {
    return answered({
      ...doneWith,
      status,
      lastResult: 'over',
      ...(applicationId !== null && { kind: 'application' as const, applicationId }),
    });
  }
  if (applicationId === null) {
    const nextCheckAt = now + periods.cold;
    return answered({ status, nextCheckAt, lastReadAt: now, lastResult: 'no_application_id' });
  }
  const { hint, activityAt } = row;
  return answered({
    kind: 'application',
    applicationId,
    status,
    tier: tierOf({ status, windows: [], hint, activityAt, now, periods }),
    lastResult: 'resolved',
    // What hinted at it asks for its interviews.
    urgent: row.urgent,
    // In its place: found before others, read before them.
    nextCheckAt: Math.min(row.nextCheckAt, now),
  });
}

async function isOn(
  { collections, consistency }: ActivityDeps,
  { orgId, generation }: Turn,
  jobId: string,
): Promise<boolean> {
  const _id = `${orgId}/${jobId}`;
  const role = await collections.roles.findOne(
    { _id, generation, enabled: true },
    { _id: 1 },
    consistency.read,
  );
  return role !== null;
}

const doneWith = { tier: 'done', nextCheckAt: never, urgent: false } as const;

function isAskedFor({ hint }: Pick<WorkRow, 'hint'>): boolean {
  return hint?.reason === 'webhook' || hint?.reason === 'refresh';
}
