import { kindOfStatus, type SmartRecruitersEndpoint, SmartRecruitersError } from './errors.js';
import type { Observed } from './limiter-state.js';

export interface Answer {
  /** null when the answer has none, as a 204. */
  body: unknown;
  link: string | null;
}

const mostBytes = 5 * 1024 * 1024;

/** The JSON of a 2xx answer, or null for a 401; else throws what the answer means. */
export async function answerOf(
  endpoint: SmartRecruitersEndpoint,
  response: Response,
): Promise<Answer | null> {
  const { status } = response;
  const html = response.headers.get('content-type')?.toLowerCase().includes('html') === true;
  if (status === 401) {
    await response.body?.cancel();
    return null;
  }
  if (status !== 429 && html) {
    // A page of a proxy or firewall: its 403 or 404 says nothing about scopes or interviews.
    await response.body?.cancel();
    throw new SmartRecruitersError({ kind: 'unavailable', endpoint, status, reason: 'html' });
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new SmartRecruitersError({
      kind: kindOfStatus(status),
      endpoint,
      status,
      retryAfterMs: retryAfterMsOf(response.headers.get('retry-after')),
    });
  }
  const text = await textOf(endpoint, response);
  if (status === 204 || (status === 202 && text === '')) {
    return { body: null, link: response.headers.get('link') };
  }
  try {
    return { body: JSON.parse(text), link: response.headers.get('link') };
  } catch {
    throw new SmartRecruitersError({ kind: 'unavailable', endpoint, status, reason: 'not_json' });
  }
}

async function textOf(endpoint: SmartRecruitersEndpoint, response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > mostBytes) {
      throw new SmartRecruitersError({
        kind: 'contract',
        endpoint,
        status: response.status,
        reason: 'too_large',
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** What the headers say about the budget. */
export function observedIn(response: Response): Observed {
  return {
    limit: countIn(response.headers.get('x-ratelimit-limit')),
    remaining: countIn(response.headers.get('x-ratelimit-remaining')),
    concurrentRemaining: countIn(response.headers.get('x-ratelimit-concurrent-remaining')),
    throttled: response.status === 429,
    retryAfterMs: retryAfterMsOf(response.headers.get('retry-after')),
  };
}

function countIn(header: string | null): number | null {
  return header !== null && /^\d{1,9}$/.test(header.trim()) ? Number(header) : null;
}

/** `Retry-After` in either of its forms (RFC 9110, 10.2.3), as a time from now. */
export function retryAfterMsOf(header: string | null, now = Date.now()): number | null {
  if (header === null) return null;
  if (/^\s*\d{1,9}\s*$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
