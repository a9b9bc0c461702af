import type { ListingCursor, WorkRow } from '../../common/read-model/documents.js';
import type { ActivityDeps } from '../deps.js';
import {
  isSmartRecruitersError,
  type SmartRecruitersEndpoint,
  SmartRecruitersError,
} from '../smartrecruiters/errors.js';
import type { ListingPage } from '../smartrecruiters/vendor-types.js';
import { cursorRefused, mostExpiries } from './lasting-results.js';
import { periodOf, type WatchPeriods } from './tiers.js';
import type { Turn, TurnResult } from './turn.js';

/** A listing that names this many more than the vendor says there are walks in a circle. */
const mostSurplus = 1_000;
const mostItems = 1_000_000;

/** Windows of two readings overlap by so much: the vendor's clock and its lists may lag, ms. */
export function overlapOf(periods: WatchPeriods): number {
  return periods.changes;
}

/** How long a cursor is trusted after its page; nobody documents how long the vendor keeps one, ms. */
export function cursorLifeOf(periods: WatchPeriods): number {
  return 3 * periods.changes;
}

export interface PagedListing<Item> {
  endpoint: SmartRecruitersEndpoint;
  /** What came before is not enough: a listing that began earlier begins anew. */
  notBefore?: number;
  /** For a listing that begins now: only what changed since then; null: a full one. */
  since: () => number | null;
  read: (cursor: ListingCursor) => Promise<ListingPage<Item>>;
  /** Stores what a page named; repeated when the process dies before its cursor is stored. */
  follow: (items: readonly Item[], cursor: ListingCursor) => Promise<void>;
  /** The last page was followed; repeated likewise. */
  whole: (cursor: ListingCursor) => Promise<{ requests: number; row: TurnResult['row'] }>;
}

/**
 * One page of a listing, whose cursor the row keeps: a crash at any page costs that page. While
 * pages are left the row stays due where it is, so that a listing under way loses no place to rows
 * that became due after it. `lastReadAt` is when the last page was asked for and, once the listing
 * is whole, when its first was: what changed meanwhile is asked for again. Throws what the vendor's
 * client throws; a cursor that the vendor no longer takes only begins the listing anew, and from the
 * fifth time on without an end in between only when it is due by its own period.
 */
export async function pageTurn<Item>(
  deps: Pick<ActivityDeps, 'watchPeriods' | 'reached'>,
  turn: Turn,
  listing: PagedListing<Item>,
): Promise<TurnResult> {
  const now = Date.now();
  const { watchPeriods: periods } = deps;
  const notBefore = listing.notBefore ?? 0;
  const cursor =
    cursorInHand(turn.row, now, periods, notBefore) ??
    beginAgain(now, sinceOf(turn.row, listing), {
      total: turn.row.cursor?.total ?? null,
      // A command asks for the listing as if nothing had been tried.
      expiries: (turn.row.cursor?.startedAt ?? 0) < notBefore ? 0 : expiriesOf(turn.row.cursor),
    });
  let page: ListingPage<Item>;
  try {
    page = await listing.read(cursor);
  } catch (error) {
    if (cursor.pageId === null || !isCursorExpired(error)) throw error;
    return { requests: 1, changed: 0, row: afterExpiry(turn, cursor, { now, periods }) };
  }
  await listing.follow(page.items, cursor);
  await deps.reached('page_read', turn);
  const next = afterPage(cursor, page);
  if (page.nextPageId === null || page.nextPageId === '' || page.nextPageId === cursor.pageId) {
    const { requests, row } = await listing.whole(next);
    const ended = { cursor: null, lastReadAt: cursor.startedAt, lastResult: 'read', ...row };
    return { requests: requests + 1, changed: 0, row: ended };
  }
  if (isEndless(next)) {
    const { endpoint } = listing;
    throw new SmartRecruitersError({ kind: 'contract', endpoint, reason: 'endless_listing' });
  }
  const nextCheckAt = Math.min(turn.row.nextCheckAt, now);
  return {
    requests: 1,
    changed: 0,
    row: {
      cursor: next,
      lastReadAt: now,
      lastResult: 'page',
      nextCheckAt,
      // What was urgent about it is its last page as well.
      urgent: turn.row.urgent,
    },
  };
}

/** A listing that broke off is asked again for the window that it had. */
function sinceOf<Item>(row: WorkRow, listing: PagedListing<Item>): number | null {
  const since = listing.since();
  return since === null ? null : Math.min(since, row.cursor?.since ?? since);
}

function beginAgain(
  now: number,
  since: number | null,
  { total, expiries }: { total: number | null; expiries: number },
): ListingCursor {
  const counted = expiries > 0 ? { expiries } : {};
  return { pageId: null, startedAt: now, seen: 0, total, since, skipped: 0, ...counted };
}

function expiriesOf(cursor: ListingCursor | null): number {
  return cursor?.expiries ?? 0;
}

function afterExpiry(
  { row, periods: own }: Turn,
  { since, total, ...cursor }: ListingCursor,
  { now, periods }: { now: number; periods: WatchPeriods },
): TurnResult['row'] {
  const expiries = (cursor.expiries ?? 0) + 1;
  const isRefused = expiries >= mostExpiries;
  return {
    cursor: beginAgain(now, since, { total, expiries }),
    lastReadAt: now,
    lastResult: isRefused ? cursorRefused : 'cursor_expired',
    // Not at once: a vendor that refuses every cursor must not cost the whole budget.
    nextCheckAt: now + (isRefused ? periodOf(row, own) : periods.retry),
  };
}

function cursorInHand(
  row: WorkRow,
  now: number,
  periods: WatchPeriods,
  notBefore: number,
): ListingCursor | null {
  const { cursor, lastReadAt } = row;
  if (!cursor || cursor.startedAt < notBefore) return null;
  return now - (lastReadAt ?? cursor.startedAt) > cursorLifeOf(periods) ? null : cursor;
}

function isCursorExpired(error: unknown): boolean {
  return isSmartRecruitersError(error) && error.reason === 'cursor_expired';
}

function afterPage<Item>(cursor: ListingCursor, page: ListingPage<Item>): ListingCursor {
  // An empty page that names a next one counts as well, so that a chain of them has an end.
  const least = page.nextPageId === null ? 0 : 1;
  return {
    ...cursor,
    pageId: page.nextPageId,
    seen: cursor.seen + Math.max(least, page.items.length + page.skipped),
    total: page.total ?? cursor.total,
    skipped: cursor.skipped + page.skipped,
  };
}

function isEndless({ seen, total }: ListingCursor): boolean {
  return seen > (total === null ? mostItems : 2 * total + mostSurplus);
}
