import {
  isSmartRecruitersError,
  type SmartRecruitersEndpoint,
  SmartRecruitersError,
} from './errors.js';
import { pageIdOfLink } from './pagination.js';
import type { Lane } from './rate-limiter.js';
import { isVendorId } from './schema-parts.js';
import type { Transport, VendorRequest } from './transport.js';
import type { ListingPage } from './vendor-types.js';

/** How one call is made. */
export interface CallOptions {
  /** Default `watch`. */
  lane?: Lane;
  /** For one request with its wait for a turn; default is the client's own. */
  timeoutMs?: number;
  /** An aborted call rejects with the signal's reason. */
  signal?: AbortSignal;
}

export interface ListOptions extends CallOptions {
  /** Default and most: 100. */
  pageSize?: number;
}

const mostPerPage = 100;
/** How the vendor may refuse a cursor; it documents no lifetime (dossier section 3). */
const statusesOfBadCursor: readonly (number | null)[] = [400, 404, 410, 422];

/** What all parts of the client share: turns, pages, ids in paths. */
export interface Requester {
  /** The body of the answer; null when it has none. */
  send(
    call: CallOptions,
    request: Pick<VendorRequest, 'endpoint' | 'method' | 'path' | 'query' | 'body'>,
  ): Promise<unknown>;
  /** Throws with reason `cursor_expired` when the vendor no longer takes the `pageId`. */
  page<Item>(
    call: ListOptions,
    list: {
      endpoint: SmartRecruitersEndpoint;
      path: string;
      query?: URLSearchParams;
      exclusive?: boolean;
      pageId: string | null;
      cursorName?: 'pageId' | 'page_id';
      read: (body: unknown) => ListingPage<Item>;
    },
  ): Promise<ListingPage<Item>>;
}

export function createRequester(transport: Transport): Requester {
  return {
    async send(call, request) {
      const { body } = await transport.send({ ...turnOf(call), ...request });
      return body;
    },

    async page(call, list) {
      const { endpoint, path, exclusive = false, pageId } = list;
      const query = new URLSearchParams(list.query);
      query.set('limit', String(Math.min(mostPerPage, call.pageSize ?? mostPerPage)));
      if (pageId !== null) query.set(list.cursorName ?? 'pageId', pageId);
      try {
        const request = { ...turnOf(call), endpoint, path, query, exclusive };
        const { body, link } = await transport.send(request);
        const page = list.read(body);
        return { ...page, nextPageId: page.nextPageId ?? pageIdOfLink(link) };
      } catch (error) {
        if (pageId === null || !isSmartRecruitersError(error)) throw error;
        const { kind, status } = error;
        if (!statusesOfBadCursor.includes(status)) throw error;
        throw new SmartRecruitersError({ kind, endpoint, status, reason: 'cursor_expired' });
      }
    },
  };
}

function turnOf(call: CallOptions): Pick<VendorRequest, 'lane' | 'timeoutMs' | 'signal'> {
  return {
    lane: call.lane ?? 'watch',
    ...(call.timeoutMs !== undefined && { timeoutMs: call.timeoutMs }),
    ...(call.signal !== undefined && { signal: call.signal }),
  };
}

/** An id as part of a path; the vendor has nothing under a word that cannot be one. */
export function segment(endpoint: SmartRecruitersEndpoint, value: string): string {
  if (!isVendorId(value)) {
    throw new SmartRecruitersError({ kind: 'not_found', endpoint, reason: 'not_an_id' });
  }
  return encodeURIComponent(value);
}

/** Guards against an answer about somebody or something else. */
export function sameId<Result>(
  endpoint: SmartRecruitersEndpoint,
  got: string,
  asked: string,
  result: Result,
): Result {
  if (got !== asked) throw unexpectedShape(endpoint);
  return result;
}

export function unexpectedShape(endpoint: SmartRecruitersEndpoint): SmartRecruitersError {
  return new SmartRecruitersError({ kind: 'contract', endpoint, reason: 'unknown_shape' });
}
