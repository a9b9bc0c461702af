import type { ListingCursor, RoleDoc } from '../../common/read-model/documents.js';
import type { ActivityDeps } from '../deps.js';
import type { ListingPage, VendorCandidate } from '../smartrecruiters/vendor-types.js';
import { enabledJobs, followCandidates } from './follow-candidates.js';
import { overlapOf, pageTurn } from './listing-page.js';
import type { Turn, TurnResult } from './turn.js';

/** So many jobs are named in one request for what changed. */
const jobsTogether = 40;

/**
 * One page of candidates: of one role, all of them; or, for the row without a job, of all roles that
 * are on, those who changed since the last reading. It adds what it sees and takes nothing away:
 * who moves from page to page while they are read is seen by the next one. Asked for without a
 * filter by status, since nobody says whether job and status must be of the same application.
 */
export async function listingTurn(deps: ActivityDeps, turn: Turn): Promise<TurnResult> {
  const { jobId } = turn.row;
  return jobId === null ? await changesTurn(deps, turn) : await roleTurn(deps, turn, jobId);
}

async function roleTurn(deps: ActivityDeps, turn: Turn, jobId: string): Promise<TurnResult> {
  const role = await deps.collections.roles
    .findOne({ _id: `${turn.orgId}/${jobId}` }, null, deps.consistency.read)
    .lean<RoleDoc | null>();
  const nextCheckAt = () => Date.now() + turn.periods.listing;
  // Taken off the list, or about to be; who turns the role on again moves the row as well.
  if (role?.enabled !== true) {
    return { requests: 0, changed: 0, row: { nextCheckAt: nextCheckAt() } };
  }
  return await pageTurn<VendorCandidate>(deps, turn, {
    endpoint: 'candidates.list',
    // What a command is to count is listed from its beginning.
    notBefore: Math.max(role.enabledAt ?? 0, role.mailHoldSince ?? 0),
    since: () => null,
    read: ({ pageId }) =>
      turn.client.readCandidatesPage({ pageId, jobIds: [jobId], lane: 'watch' }),
    follow: (candidates) => followCandidates(deps, turn, { candidates, jobId, since: null }),
    whole: async ({ startedAt }) => ({
      requests: 0,
      row: { fullAt: startedAt, nextCheckAt: nextCheckAt() },
    }),
  });
}

async function changesTurn(deps: ActivityDeps, turn: Turn): Promise<TurnResult> {
  const { row, periods } = turn;
  const jobIds = await enabledJobs(deps, turn);
  const nextCheckAt = () => Date.now() + periods.changes;
  if (jobIds.length === 0) {
    const nothing = { cursor: null, lastReadAt: Date.now(), lastResult: 'read' };
    return { requests: 0, changed: 0, row: { ...nothing, nextCheckAt: nextCheckAt() } };
  }
  return await pageTurn<VendorCandidate>(deps, turn, {
    endpoint: 'candidates.list',
    since: () => (row.lastReadAt ?? Date.now()) - overlapOf(deps.watchPeriods),
    read: (cursor) => readChanges(turn, cursor, jobIds),
    follow: (candidates, { since }) =>
      followCandidates(deps, turn, { candidates, jobId: null, since }),
    whole: async ({ startedAt }) => ({
      requests: 0,
      row: { fullAt: startedAt, nextCheckAt: nextCheckAt() },
    }),
  });
}

/** Where the listing of changes stands: the jobs that are asked for together, and their page. */
interface Place {
  jobIds: string[];
  pageId: string | null;
}

/**
 * The roles are asked for in groups, one after the other. A group that was begun is ended as it was,
 * since its cursor stands for just these jobs.
 */
async function readChanges(
  turn: Turn,
  { pageId, since }: ListingCursor,
  jobIds: readonly string[],
): Promise<ListingPage<VendorCandidate>> {
  const place: Place =
    pageId === null
      ? { jobIds: jobIds.slice(0, jobsTogether), pageId: null }
      : (JSON.parse(pageId) as Place);
  const page = await turn.client.readCandidatesPage({
    ...place,
    lane: 'watch',
    ...(since !== null && { updatedAfter: since }),
  });
  const last = place.jobIds.at(-1) ?? '';
  const next = jobIds.filter((jobId) => jobId > last).slice(0, jobsTogether);
  const isGroupDone =
    page.nextPageId === null || page.nextPageId === '' || page.nextPageId === place.pageId;
  const nextPlace: Place = isGroupDone
    ? { jobIds: next, pageId: null }
    : { ...place, pageId: page.nextPageId };
  return {
    ...page,
    total: null,
    nextPageId: isGroupDone && next.length === 0 ? null : JSON.stringify(nextPlace),
  };
}
