import { decodeCursor, encodeCursor } from '../cursor.js';
import { Problem } from '../errors.js';
import type { Page, PageInput } from '../queries/read-model.js';
import type { Answer } from '../route.js';

export function pageInput(input: {
  cursor: string | undefined;
  limit: number;
  sort: 'string' | 'number';
}): PageInput {
  const { cursor, limit, sort } = input;
  if (cursor === undefined) return { after: null, limit };
  const after = decodeCursor({ cursor, sort });
  if (after === null) {
    throw new Problem({
      code: 'invalid_query',
      errors: [{ pointer: '/cursor', detail: 'is not a cursor of this list' }],
    });
  }
  return { after, limit };
}

export function pageAnswer<T, S>(input: {
  page: Page<T>;
  present: (item: T) => S;
  asOf: number | null;
}): Answer {
  const { page, present, asOf } = input;
  return {
    status: 200,
    body: { items: page.items.map(present), nextCursor: encodeCursor(page.next), asOf },
  };
}

export function emptyPage<T>(): Page<T> {
  return { items: [], next: null };
}
