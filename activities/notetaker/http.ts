/** Largest answer that is read: a page of 100 bots with full metadata is below it. */
const largestAnswerBytes = 4 * 1024 * 1024;

export type HttpOutcome =
  | { kind: 'answer'; status: number; json: unknown; retryAfterMs: number | null }
  /** An answer came, only not one of the API: a redirect, HTML, cut off or too large. */
  | { kind: 'unusable'; status: number; why: string }
  | { kind: 'no_answer'; why: 'timeout' | 'network' };

/**
 * One JSON request: no redirects, no repetition, never throws.
 *
 * @param input.timeoutMs for all of it, the reading of the answer included
 */
export async function requestJson(input: {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  url: URL;
  bearer: string;
  body?: object | undefined;
  timeoutMs: number;
}): Promise<HttpOutcome> {
  const { method, url, bearer, body, timeoutMs } = input;
  const signal = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
  try {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      signal,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${bearer}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return await readAnswer(response);
  } catch {
    // The error's own text can contain the address; it is dropped.
    return { kind: 'no_answer', why: signal.aborted ? 'timeout' : 'network' };
  }
}

async function readAnswer(response: Response): Promise<HttpOutcome> {
  const { status } = response;
  const type = response.headers.get('content-type') ?? '';
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(type)) {
    await response.body?.cancel();
    return { kind: 'unusable', status, why: 'not JSON' };
  }
  const text = await readText(response);
  if (text === null) {
    return { kind: 'unusable', status, why: 'too large' };
  }
  try {
    const json: unknown = JSON.parse(text);
    return { kind: 'answer', status, json, retryAfterMs: retryAfterMsOf(response) };
  } catch {
    return { kind: 'unusable', status, why: 'malformed JSON' };
  }
}

async function readText(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > largestAnswerBytes) {
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
