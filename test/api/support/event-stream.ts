import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';

export interface Told {
  id: string | null;
  event: string;
  data: unknown;
}

export interface OpenStream {
  status: number;
  headers: Headers;
  told: Told[];
  /** The last id that came, with or without an event. */
  lastId: () => string | null;
  comments: () => number;
  isEnded: () => boolean;
  close(): void;
}

export async function listening(app: Express): Promise<{ server: Server; url: string }> {
  const server = createServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

export async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** Follows a stream of server-sent events as a browser would. */
export async function openStream(input: {
  url: string;
  token: string;
  lastEventId?: string;
}): Promise<OpenStream> {
  const abort = new AbortController();
  const response = await fetch(input.url, {
    signal: abort.signal,
    headers: {
      authorization: `Bearer ${input.token}`,
      ...(input.lastEventId === undefined ? {} : { 'last-event-id': input.lastEventId }),
    },
  });
  const told: Told[] = [];
  const state = { id: null as string | null, comments: 0, isEnded: false };
  const read = async () => {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      const blocks = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) takeBlock(block);
    }
  };
  const takeBlock = (block: string) => {
    let event = 'message';
    let data: string | null = null;
    for (const line of block.split('\n')) {
      const [, field = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line) ?? [];
      if (line.startsWith(':')) state.comments += 1;
      else if (field === 'id') state.id = value;
      else if (field === 'event') event = value;
      else if (field === 'data') data = value;
    }
    if (data !== null) told.push({ id: state.id, event, data: JSON.parse(data) });
  };
  void read()
    .catch(() => undefined)
    .finally(() => {
      state.isEnded = true;
    });
  return {
    status: response.status,
    headers: response.headers,
    told,
    lastId: () => state.id,
    comments: () => state.comments,
    isEnded: () => state.isEnded,
    close: () => abort.abort(),
  };
}
