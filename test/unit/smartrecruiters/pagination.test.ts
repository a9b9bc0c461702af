import fc from 'fast-check';
import { pageIdOfLink, paginate } from '../../../activities/smartrecruiters/pagination.js';
import type { ListingPage } from '../../../activities/smartrecruiters/vendor-types.js';

interface Row {
  id: string;
}

function walk(pages: ListingPage<Row>[], asked: (string | null)[] = []) {
  return paginate<Row>({
    endpoint: 'jobs.list',
    idOf: (row) => row.id,
    async fetchPage(pageId) {
      asked.push(pageId);
      const page = pages[pageId === null ? 0 : Number(pageId)];
      if (page === undefined) throw new Error('no such page');
      return page;
    },
  });
}

const rowsOf = (ids: string[]) => ids.map((id) => ({ id }));

it('every id comes exactly once, whatever the pages repeat', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')), {
        minLength: 1,
        maxLength: 8,
      }),
      async (chunks) => {
        const pages = chunks.map((ids, index) => ({
          items: rowsOf(ids),
          nextPageId: index + 1 < chunks.length ? String(index + 1) : null,
          total: null,
          skipped: 0,
        }));
        const seen: string[] = [];
        for await (const page of walk(pages)) seen.push(...page.items.map((row) => row.id));
        expect(seen.toSorted()).toEqual([...new Set(chunks.flat())].toSorted());
      },
    ),
  );
});

it('always ends, wherever the cursors lead', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(5), { minLength: 6, maxLength: 6 }), async (cursors) => {
      const asked: (string | null)[] = [];
      const pages = cursors.map((next) => ({
        items: [],
        nextPageId: String(next),
        total: null,
        skipped: 0,
      }));
      for await (const page of walk(pages, asked)) expect(page.items).toEqual([]);
      expect(new Set(asked).size).toBe(asked.length);
    }),
  );
});

it('an empty cursor ends the listing', async () => {
  const asked: (string | null)[] = [];
  const pages = walk([{ items: rowsOf(['a']), nextPageId: '', total: 1, skipped: 2 }], asked);
  const seen = [];
  for await (const page of pages) seen.push(page);
  expect(seen).toEqual([{ items: [{ id: 'a' }], total: 1, skipped: 2 }]);
  expect(asked).toEqual([null]);
});

it('a page that fails midway throws after the pages before it', async () => {
  const pages = walk([{ items: rowsOf(['a']), nextPageId: '9', total: null, skipped: 0 }]);
  const seen: Row[] = [];
  await expect(
    (async () => {
      for await (const page of pages) seen.push(...page.items);
    })(),
  ).rejects.toThrow('no such page');
  expect(seen).toEqual([{ id: 'a' }]);
});

describe('the Link header', () => {
  it.each([
    ['<https://x.example/candidates?pageId=a%2Fb%2Bc%3D&limit=10>; rel="next"', 'a/b+c='],
    ['</candidates?limit=10&pageId=n>; rel=next', 'n'],
    ['<https://x/c?pageId=p>; rel="prev", <https://x/c?pageId=n>; rel="next"; title="t"', 'n'],
    ['<https://x/c?pageId=p>; rel="prev"', null],
    ['<https://x/c>; rel="next"', null],
    ['<https://x/c?pageId=>; rel="next"', null],
    ['</subscriptions?limit=10&page_id=n%3D>; rel="next"', 'n='],
    ['nonsense', null],
  ])('%s', (header, pageId) => {
    expect(pageIdOfLink(header)).toBe(pageId);
  });

  it('absent', () => {
    expect(pageIdOfLink(null)).toBeNull();
  });
});
