import type { WorkRow } from '../../common/read-model/documents.js';
import type { ActivityDeps } from '../deps.js';
import { isSmartRecruitersError } from '../smartrecruiters/errors.js';
import type { VendorApplication } from '../smartrecruiters/vendor-types.js';
import { isDone, never, tierOf } from './tiers.js';
import type { Turn, TurnResult } from './turn.js';

/**
 * Asks once for the vendor's id of an application; then the row is one of an application and due at
 * once. One that is over and was never read needs no reading. An application that the vendor does not
 * know is done with until a listing names it again.
 */
export async function resolveTurn(_deps: ActivityDeps, turn: Turn): Promise<TurnResult> {
  const { row, client, periods } = turn;
  const { candidateId, jobId } = row;
  const answered = (change: TurnResult['row']) => ({ requests: 1, changed: 0, row: change });
  if (candidateId === null || jobId === null) {
    return { requests: 0, changed: 0, row: { tier: 'done', nextCheckAt: never } };
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

const doneWith = { tier: 'done', nextCheckAt: never, urgent: false } as const;

function isAskedFor({ hint }: Pick<WorkRow, 'hint'>): boolean {
  return hint?.reason === 'webhook' || hint?.reason === 'refresh';
}
