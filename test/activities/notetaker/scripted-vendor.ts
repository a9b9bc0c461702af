import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  method: string;
  /** With its query. */
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
}

export interface ScriptedAnswer {
  status: number;
  /** A string goes out as it is. Absent: no body at all. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** An API that answers what a test says, request by request. */
export interface ScriptedVendor {
  url: string;
  requests: SeenRequest[];
  answer: (request: SeenRequest) => ScriptedAnswer;
  /** Method and path of each request since the last reset. */
  calls(): string[];
  reset(): void;
  close(): Promise<void>;
}

export async function startScriptedVendor(): Promise<ScriptedVendor> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const seen: SeenRequest = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: text === '' ? null : JSON.parse(text),
      };
      vendor.requests.push(seen);
      const { status, body, headers = {} } = vendor.answer(seen);
      if (body === undefined) {
        response.writeHead(status, headers).end();
        return;
      }
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const notScripted = () => ({ status: 500, body: { unexpected: true } });
  const vendor: ScriptedVendor = {
    url: `http://127.0.0.1:${port}`,
    requests: [],
    answer: notScripted,
    calls: () => vendor.requests.map(({ method, path }) => `${method} ${path}`),
    reset() {
      vendor.requests.length = 0;
      vendor.answer = notScripted;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return vendor;
}

/** Answers by `METHOD path` (query cut off), the last of several as often as it is asked. */
export function answers(
  table: Record<string, ScriptedAnswer | ScriptedAnswer[]>,
): (request: SeenRequest) => ScriptedAnswer {
  const counts = new Map<string, number>();
  return ({ method, path }) => {
    const name = `${method} ${path.split('?')[0]}`;
    const given = table[name];
    if (given === undefined) return { status: 418, body: `not scripted: ${name}` };
    if (!Array.isArray(given)) return given;
    const index = counts.get(name) ?? 0;
    counts.set(name, index + 1);
    return given[Math.min(index, given.length - 1)] ?? { status: 500 };
  };
}
