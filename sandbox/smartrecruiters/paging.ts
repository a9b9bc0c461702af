import type { Request, Response } from 'express';
import { badRequest } from './errors.js';
import { queryNumber, queryValue } from './query.js';

export interface Page<Row> {
  rows: Row[];
  limit: number;
  offset: number;
  totalFound: number;
  /** Undefined on the last page. */
  nextPageId: string | undefined;
}

/**
 * A cursor names the last row of a page by its place in the order of creation, so rows that come
 * or go between two pages neither repeat nor hide others. It holds `/`, `+` and `=` like the real
 * one: a client that does not encode it gets 400.
 */
function encodeCursor(sequence: number): string {
  return `p/${Buffer.from(String(sequence)).toString('base64url')}+${sequence % 97}==`;
}

function decodeCursor(cursor: string): number {
  const [, body, check] = /^p\/([\w-]+)\+(\d+)==$/.exec(cursor) ?? [];
  const sequence = Number(Buffer.from(body ?? '', 'base64url').toString());
  if (body === undefined || !Number.isInteger(sequence) || String(sequence % 97) !== check) {
    throw badRequest('pageId is invalid');
  }
  return sequence;
}

/** Cuts one page out of rows, which may come in any order. */
export function pageOf<Row extends { sequence: number }>(options: {
  request: Request;
  rows: Row[];
  defaultLimit: number;
}): Page<Row> {
  const { request, defaultLimit } = options;
  const limit = queryNumber({ request, name: 'limit', min: 1, max: 100, fallback: defaultLimit });
  const pageId = queryValue(request, 'pageId');
  const offset = queryNumber({
    request,
    name: 'offset',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    fallback: 0,
  });
  const sorted = options.rows.toSorted((one, other) => one.sequence - other.sequence);
  const after = pageId === undefined || pageId === '' ? undefined : decodeCursor(pageId);
  const from =
    after === undefined ? offset : sorted.findLastIndex((row) => row.sequence <= after) + 1;
  const rows = sorted.slice(from, from + limit);
  const last = rows.at(-1);
  const more = last !== undefined && from + limit < sorted.length;
  return {
    rows,
    limit,
    offset: from,
    totalFound: sorted.length,
    nextPageId: more ? encodeCursor(last.sequence) : undefined,
  };
}

/** Adds the `Link` header that points to the next page, with the cursor encoded. */
export function linkNextPage(options: {
  request: Request;
  response: Response;
  nextPageId: string | undefined;
}): void {
  const { request, response, nextPageId } = options;
  if (nextPageId === undefined) return;
  const url = new URL(request.originalUrl, `${request.protocol}://${request.get('host')}`);
  url.searchParams.set('pageId', nextPageId);
  response.set('Link', `<${url.href}>; rel="next"`);
}
