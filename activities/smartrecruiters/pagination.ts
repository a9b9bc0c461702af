import { type SmartRecruitersEndpoint, SmartRecruitersError } from './errors.js';
import type { ListingPage } from './vendor-types.js';

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
  fetchPage: (pageId: string | null) => Promise<ListingPage<Item>>;
  idOf: (item: Item) => string;
}): AsyncGenerator<Page<Item>, void, undefined> {
  const seenIds = new Set<string>();
  const seenCursors = new Set<string>();
  let pageId: string | null = null;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const page: ListingPage<Item> = await options.fetchPage(pageId);
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
 * section 3), and the webhooks call it `page_id`. Only the cursor is taken: a URL out of an answer is
 * never fetched.
 */
export function pageIdOfLink(header: string | null): string | null {
  if (header === null) return null;
  for (const match of header.matchAll(/<([^<>]*)>((?:\s*;\s*[^;,<>]+)*)/g)) {
    const [, target = '', attributes = ''] = match;
    if (!/;\s*rel\s*=\s*"?(?:[^";]*\s)?next(?:\s[^";]*)?"?\s*(?:;|$)/i.test(attributes)) continue;
    const query = target.split('#', 1)[0]?.split('?')[1] ?? '';
    const parameters = new URLSearchParams(query);
    const pageId = parameters.get('pageId') ?? parameters.get('page_id');
    if (pageId !== null && pageId !== '') return pageId;
  }
  return null;
}
