/** Largest answer that is read by default: a page of 100 bots with full metadata is below it. */
const largestAnswerBytes = 4 * 1024 * 1024;

export type HttpOutcome =
  /** `json` is null for a success without a body. */
  | { kind: 'answer'; status: number; json: unknown; retryAfterMs: number | null }
  /** An answer came, only not one of the API: a redirect, HTML, cut off or too large. */
  | { kind: 'unusable'; status: number; why: string }
  | { kind: 'no_answer'; why: 'timeout' | 'network' };

export type HttpMethod = 'GET' | 'POST' | 'PATCH' | 'DELETE';

/**
 * One JSON request: no redirects, no repetition, never throws.
 *
 * @param input.timeoutMs for all of it, the reading of the answer included
 * @param input.anyType a file store that gives JSON another type is believed
 */
export async function requestJson(input: {
  method: HttpMethod;
  url: URL;
  headers: Record<string, string>;
  body?: object | undefined;
  timeoutMs: number;
  largestBytes?: number | undefined;
  anyType?: boolean | undefined;
}): Promise<HttpOutcome> {
  const { method, url, headers, body, timeoutMs } = input;
  const { largestBytes = largestAnswerBytes, anyType = false } = input;
  const signal = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
  try {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      signal,
      headers: {
        accept: 'application/json',
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return await readAnswer({ response, largestBytes, anyType });
  } catch {
    // The error's own text can contain the address; it is dropped.
    return { kind: 'no_answer', why: signal.aborted ? 'timeout' : 'network' };
  }
}

async function readAnswer(input: {
  response: Response;
  largestBytes: number;
  anyType: boolean;
}): Promise<HttpOutcome> {
  const { response, largestBytes, anyType } = input;
  const { status } = response;
  const type = response.headers.get('content-type') ?? '';
  const isJson = anyType || /^application\/(?:[\w.-]+\+)?json\b/i.test(type);
  if (!isJson && !mayBeEmpty(response)) {
    await response.body?.cancel();
    return { kind: 'unusable', status, why: 'not JSON' };
  }
  const text = await readText(response, largestBytes);
  if (text === null) {
    return { kind: 'unusable', status, why: 'too large' };
  }
  if (text === '' && response.ok) {
    return { kind: 'answer', status, json: null, retryAfterMs: null };
  }
  if (!isJson) {
    return { kind: 'unusable', status, why: 'not JSON' };
  }
  try {
    const json: unknown = JSON.parse(text);
    return { kind: 'answer', status, json, retryAfterMs: retryAfterMsOf(response) };
  } catch {
    return { kind: 'unusable', status, why: 'malformed JSON' };
  }
}

/** Removals are answered with 204, or 200 and nothing. */
function mayBeEmpty({ ok, status, headers }: Response): boolean {
  return (
    ok && (status === 204 || headers.get('content-length') === '0' || !headers.has('content-type'))
  );
}

async function readText(response: Response, largestBytes: number): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > largestBytes) {
      return null;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The header's form in seconds; the contract promises no other. */
function retryAfterMsOf(response: Response): number | null {
  const text = response.headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) * 1000 : null;
}
