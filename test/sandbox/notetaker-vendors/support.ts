import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { defaultApiKey, type VendorSimulator } from '../../../sandbox/notetaker-vendors/control.js';

export const meet = 'https://meet.google.com/abc-defg-hij';
export const zoom = 'https://us02web.zoom.us/j/84012345678?pwd=Q1w2E3r4';

/** Whatever a vendor answers. */
export type Json = Record<string, unknown>;
export type Answered = Json & { id: string | number };

export interface Called {
  status: number;
  text: string;
  body: Answered;
  headers: Headers;
}

/** A call with the vendor's key header; `timeoutMs` makes the client give up, which rejects. */
export async function call(
  simulator: VendorSimulator,
  method: string,
  path: string,
  options: { body?: unknown; headers?: Record<string, string>; timeoutMs?: number } = {},
): Promise<Called> {
  const isVexa = simulator.control.provider === 'vexa';
  const answer = await fetch(path.startsWith('http') ? path : `${simulator.apiUrl}${path}`, {
    method,
    headers: {
      ...(isVexa ? { 'x-api-key': defaultApiKey } : { authorization: `Token ${defaultApiKey}` }),
      'content-type': 'application/json',
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    signal: AbortSignal.timeout(options.timeoutMs ?? 5000),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.includes('json') ?? false;
  const body = isJson ? (JSON.parse(text) as Answered) : { id: '' };
  return { status: answer.status, text, body, headers: answer.headers };
}

export async function until<T>(
  look: () => Promise<T | undefined | false | null> | T | undefined | false | null,
): Promise<T> {
  const deadline = Date.now() + 8000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false && found !== null) {
      return found;
    }
    if (Date.now() > deadline) {
      throw new Error('The awaited condition did not come true.');
    }
    await wait(5);
  }
}

export interface Received {
  body: string;
  headers: Record<string, string>;
  at: number;
}

/** An endpoint that keeps what it gets and answers with `status()`. */
export async function startReceiver(status: (count: number) => number = () => 200) {
  const received: Received[] = [];
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    received.push({
      body: Buffer.concat(chunks).toString('utf8'),
      headers: Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      ),
      at: Date.now(),
    });
    response.writeHead(status(received.length)).end();
  }
  const server = createServer((request, response) => void receive(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    json: () => received.map((one) => JSON.parse(one.body) as Json),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
