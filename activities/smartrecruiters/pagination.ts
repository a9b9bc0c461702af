import { type SmartRecruitersEndpoint, SmartRecruitersError } from './errors.js';

/** One page as it came: its readable items and where the next page is. */
export interface RawPage<Item> {
  items: Item[];
  nextPageId: string | null;
  total: number | null;
  /** Items that could not be read. */
  skipped: number;
}

export interface Page<Item> {
  items: Item[];
  total: number | null;
  skipped: number;
}

/** A listing this long is a loop of the vendor's, not a customer's data. */
const maxPages = 10_000;

/**
 * Walks a cursor listing. Every id comes once, whatever the pages repeat; the walk ends at a cursor
 * that is absent, empty or was seen before. A page that fails throws in the middle of the walk: the
 * caller must then treat what it has as part of a listing, which proves nothing about what is missing.
 */
export async function* paginate<Item>(options: {
  endpoint: SmartRecruitersEndpoint;
  fetchPage: (pageId: string | null) => Promise<RawPage<Item>>;
  idOf: (item: Item) => string;
}): AsyncGenerator<Page<Item>, void, undefined> {
  const seenIds = new Set<string>();
  const seenCursors = new Set<string>();
  let pageId: string | null = null;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const page: RawPage<Item> = await options.fetchPage(pageId);
    const items = page.items.filter((item) => {
      const id = options.idOf(item);
      if (seenIds.has(id)) return false;
      seenIds.add(id);
      return true;
    });
    yield { items, total: page.total, skipped: page.skipped };
    const next = page.nextPageId;
    if (next === null || next === '' || seenCursors.has(next)) return;
    seenCursors.add(next);
    pageId = next;
  }
  throw new SmartRecruitersError({
    kind: 'contract',
    endpoint: options.endpoint,
    reason: 'endless_listing',
  });
}

/**
 * The cursor in a `Link` header with `rel="next"`; some endpoints give it only there (dossier
 * section 3). Only the `pageId` is taken: a URL out of an answer is never fetched.
 */
export function pageIdOfLink(header: string | null): string | null {
  if (header === null) return null;
  for (const match of header.matchAll(/<([^<>]*)>((?:\s*;\s*[^;,<>]+)*)/g)) {
    const [, target = '', parameters = ''] = match;
    if (!/;\s*rel\s*=\s*"?(?:[^";]*\s)?next(?:\s[^";]*)?"?\s*(?:;|$)/i.test(parameters)) continue;
    const query = target.split('#', 1)[0]?.split('?')[1] ?? '';
    const pageId = new URLSearchParams(query).get('pageId');
    if (pageId !== null && pageId !== '') return pageId;
  }
  return null;
}
