import type { Session } from './session.js';

export interface ServerEvent {
  type: string;
  data: string;
}

export type LiveStatus = 'connecting' | 'live' | 'reconnecting';

const firstDelayMs = 1_000;
const longestDelayMs = 30_000;
/** The stream carries a heartbeat; a silence this long means that it is dead. */
const silenceMs = 45_000;

/**
 * Follows `GET /events` until `signal` aborts: bearer header, `Last-Event-ID`, back-off with jitter.
 * `onOpen` tells whether the stream continues where the last one ended; if not, whatever was read
 * before may be out of date.
 */
export async function followEvents(input: {
  url: string;
  session: Session;
  signal: AbortSignal;
  onEvent: (event: ServerEvent) => void;
  onOpen: (opened: { resumed: boolean }) => void;
  onStatus: (status: LiveStatus) => void;
}): Promise<void> {
  const { url, session, signal, onEvent, onOpen, onStatus } = input;
  let lastEventId: string | null = null;
  let delayMs = firstDelayMs;

  onStatus('connecting');
  while (!signal.aborted) {
    const connection = new AbortController();
    const stop = () => connection.abort();
    signal.addEventListener('abort', stop);
    let watchdog = window.setTimeout(stop, silenceMs);
    try {
      const response = await fetch(url, {
        headers: {
          authorization: `Bearer ${await session.token()}`,
          accept: 'text/event-stream',
          ...(lastEventId === null ? {} : { 'last-event-id': lastEventId }),
        },
        cache: 'no-store',
        signal: connection.signal,
      });
      if (response.status === 401) await session.renew();
      if (response.ok && response.body !== null) {
        onOpen({ resumed: lastEventId !== null });
        onStatus('live');
        delayMs = firstDelayMs;
        const parse = createEventParser({
          onId: (id) => {
            lastEventId = id === '' ? null : id;
          },
          onEvent,
        });
        const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
        for (let read = await reader.read(); !read.done; read = await reader.read()) {
          window.clearTimeout(watchdog);
          watchdog = window.setTimeout(stop, silenceMs);
          parse(read.value);
        }
      }
    } catch {
      // A broken connection is the normal end of a stream: the next turn of the loop opens another.
    } finally {
      window.clearTimeout(watchdog);
      signal.removeEventListener('abort', stop);
      connection.abort();
    }
    if (signal.aborted) return;
    onStatus('reconnecting');
    await waitFor(delayMs * (0.5 + Math.random() / 2), signal);
    delayMs = Math.min(delayMs * 2, longestDelayMs);
  }
}

/**
 * Splits a text/event-stream into events, chunk by chunk (WHATWG HTML, "server-sent events"). An id
 * counts as soon as its block ends, also of one without data: that is how a server tells where a
 * stream begins.
 */
export function createEventParser(input: {
  onId: (id: string) => void;
  onEvent: (event: ServerEvent) => void;
}): (chunk: string) => void {
  const { onId, onEvent } = input;
  let rest = '';
  let id: string | null = null;
  let type = '';
  let data: string[] = [];

  const takeLine = (line: string) => {
    if (line === '') {
      if (id !== null) onId(id);
      if (data.length > 0) onEvent({ type: type || 'message', data: data.join('\n') });
      id = null;
      type = '';
      data = [];
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'event') type = value;
    else if (field === 'id') id = value;
  };

  return (chunk) => {
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) takeLine(line);
  };
}

function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = window.setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      window.clearTimeout(timer);
      resolve();
    });
  });
}
