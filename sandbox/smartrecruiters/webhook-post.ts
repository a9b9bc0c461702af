import {
  Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  request as startRequest,
} from 'node:http';

interface PostAnswer {
  /** Null: no answer in time, or a broken connection. */
  status: number | null;
  headers: IncomingHttpHeaders;
  /** From sending to the answer's head. */
  tookMs: number;
}

/** Sends what a subscriber gets; connections are kept, so that hundreds a second are cheap. */
export interface Poster {
  /** Never rejects; follows no redirect. */
  post(options: {
    url: string;
    headers: Record<string, string>;
    body: string;
    timeoutMs: number;
  }): Promise<PostAnswer>;
  /** Ends what is under way. */
  close(): void;
}

/** Whether a callback may be called at all: a simulator talks to nobody outside this machine. */
export function isLoopbackUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'http:') return false;
  return url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\./.test(url.hostname);
}

export function createPoster(): Poster {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const underWay = new Set<ClientRequest>();
  let closed = false;

  async function post(options: Parameters<Poster['post']>[0]): Promise<PostAnswer> {
    const { url, headers, body, timeoutMs } = options;
    const startedMs = performance.now();
    const none = (): PostAnswer => ({
      status: null,
      headers: {},
      tookMs: performance.now() - startedMs,
    });
    if (closed) return none();
    return new Promise((resolve) => {
      const request = startRequest(
        url,
        {
          method: 'POST',
          agent,
          headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
        },
        (answer) => {
          answer.resume();
          answer.once('error', () => undefined);
          resolve({
            status: answer.statusCode ?? null,
            headers: answer.headers,
            tookMs: performance.now() - startedMs,
          });
        },
      );
      let late = false;
      const timer = setTimeout(() => {
        late = true;
        request.destroy();
      }, timeoutMs);
      underWay.add(request);
      request.once('error', () => {
        // The other side may close a kept connection while a request is on its way to it.
        resolve(request.reusedSocket && !late && !closed ? post(options) : none());
      });
      request.once('close', () => {
        clearTimeout(timer);
        underWay.delete(request);
        resolve(none());
      });
      request.end(body);
    });
  }

  return {
    post,
    close() {
      closed = true;
      for (const request of underWay) request.destroy();
      agent.destroy();
    },
  };
}
