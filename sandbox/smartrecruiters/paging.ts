import type { Request, Response } from 'express';
import { ApiError, badRequest } from './errors.js';
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
export class Cursors {
  private readonly world: { cursorGeneration: number; changed(): void };
  private expiredStatus: 400 | 404 | 410 | 422 = 400;

  constructor(world: { cursorGeneration: number; changed(): void }) {
    this.world = world;
  }

  encode(sequence: number): string {
    const body = `${this.world.cursorGeneration}.${sequence}`;
    return `p/${Buffer.from(body).toString('base64url')}+${sequence % 97}==`;
  }

  /** 400 for what no cursor looks like; the chosen status for one from before the expiry. */
  decode(cursor: string): number {
    const [, body, check] = /^p\/([\w-]+)\+(\d+)==$/.exec(cursor) ?? [];
    const text = Buffer.from(body ?? '', 'base64url').toString();
    const [, generation, sequence] = /^(\d+)\.(\d+)$/.exec(text) ?? [];
    if (sequence === undefined || String(Number(sequence) % 97) !== check) {
      throw badRequest('pageId is invalid');
    }
    if (Number(generation) !== this.world.cursorGeneration) {
      throw new ApiError({
        status: this.expiredStatus,
        code: 'PAGE_ID_EXPIRED',
        message: 'pageId is no longer valid',
      });
    }
    return Number(sequence);
  }

  /** All that were handed out so far. */
  expire(status: 400 | 404 | 410 | 422): void {
    this.expiredStatus = status;
    this.world.cursorGeneration += 1;
    this.world.changed();
  }
}

/** Cuts one page out of rows, which may come in any order. */
export function pageOf<Row extends { sequence: number }>(options: {
  request: Request;
  cursors: Cursors;
  rows: Row[];
  defaultLimit: number;
  /** Of the parameter that holds the cursor; default `pageId`. */
  parameter?: string;
  /** Which end of the order of creation comes first; default the oldest. */
  newestFirst?: boolean;
}): Page<Row> {
  const { request, cursors, defaultLimit, parameter = 'pageId', newestFirst = false } = options;
  const limit = queryNumber({ request, name: 'limit', min: 1, max: 100, fallback: defaultLimit });
  const pageId = queryValue(request, parameter);
  const offset = queryNumber({
    request,
    name: 'offset',
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    fallback: 0,
  });
  const sign = newestFirst ? -1 : 1;
  const sorted = options.rows.toSorted((one, other) => sign * (one.sequence - other.sequence));
  const after = pageId === undefined || pageId === '' ? undefined : cursors.decode(pageId);
  const from =
    after === undefined
      ? offset
      : sorted.findLastIndex((row) => sign * (row.sequence - after) <= 0) + 1;
  const rows = sorted.slice(from, from + limit);
  const last = rows.at(-1);
  const more = last !== undefined && from + limit < sorted.length;
  return {
    rows,
    limit,
    offset: from,
    totalFound: sorted.length,
    nextPageId: more ? cursors.encode(last.sequence) : undefined,
  };
}

/** Adds the `Link` header that points to the next page, with the cursor encoded. */
export function linkNextPage(options: {
  request: Request;
  response: Response;
  nextPageId: string | undefined;
  /** Default `pageId`. */
  parameter?: string;
}): void {
  const { request, response, nextPageId, parameter = 'pageId' } = options;
  if (nextPageId === undefined) return;
  const url = new URL(request.originalUrl, `${request.protocol}://${request.get('host')}`);
  url.searchParams.set(parameter, nextPageId);
  response.set('Link', `<${url.href}>; rel="next"`);
}
