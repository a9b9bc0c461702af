import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ControlInput } from '../../../sandbox/smartrecruiters/control-inputs.js';
import type { SmartRecruitersSimulatorOptions } from '../../../sandbox/smartrecruiters/simulator.js';
import {
  type Reply,
  requestToken,
  type Started,
  startWithCompany,
  wideLimits,
} from './started-simulator.js';

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

/** What somebody who subscribed runs: keeps deliveries, answers handshakes. */
export interface Subscriber {
  url: string;
  /** Deliveries in the order in which they came, handshakes excluded. */
  received: Received[];
  /** Null: no answer at all. Default 202. */
  status: number | null;
  echo: 'same' | 'wrong' | 'none';
  close(): Promise<void>;
}

export async function startSubscriber(): Promise<Subscriber> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const secret = request.headers['x-hook-secret'];
      if (typeof secret === 'string') {
        if (subscriber.echo !== 'none') {
          response.setHeader('X-Hook-Secret', subscriber.echo === 'same' ? secret : 'other');
        }
        response.end();
        return;
      }
      subscriber.received.push({
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      });
      if (subscriber.status === null) return;
      response.statusCode = subscriber.status;
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const subscriber: Subscriber = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received: [],
    status: 202,
    echo: 'same',
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return subscriber;
}

export const subscriptions = '/webhooks-api/v201907/subscriptions';

export interface Subscribed extends Started {
  subscriber: Subscriber;
  /** With the scope for webhooks. */
  token: string;
  manage(path: string, options?: { method?: string; body?: unknown }): Promise<Reply>;
  subscribe(options?: { events?: string[]; activate?: boolean }): Promise<string>;
  script(
    input?: Partial<ControlInput<'startScript'>>,
  ): Promise<Awaited<ReturnType<Started['simulator']['control']['startScript']>>>;
  end(): Promise<void>;
}

/** A company, somebody who listens, and a token that may manage webhooks. */
export async function startWithSubscriber(
  options: SmartRecruitersSimulatorOptions = {},
): Promise<Subscribed> {
  const started = await startWithCompany({ limits: wideLimits, ...options });
  const { control, url } = started.simulator;
  const subscriber = await startSubscriber();
  const keys = await control.createCredential({
    companyId: started.companyId,
    scopes: ['webhooks_manage', 'jobs_read', 'interviews_read'],
  });
  const token = await requestToken({ url, ...keys });
  const manage: Subscribed['manage'] = (path, request = {}) =>
    started.call(subscriptions + path, { ...request, token });
  return {
    ...started,
    subscriber,
    token,
    manage,
    async subscribe({ events = ['interview.created', 'interview.updated'], activate = true } = {}) {
      const made = await manage('', {
        method: 'POST',
        body: { callbackUrl: subscriber.url, events },
      });
      const { id } = made.body as { id: string };
      if (activate) await manage(`/${id}/activation`, { method: 'PUT' });
      return id;
    },
    script: (input = {}) =>
      control.startScript({
        companyId: started.companyId,
        seed: 1,
        forMs: 3_600_000,
        perHour: { schedule: 20, move: 10, cancel: 5, reply: 5 },
        leadMinutes: { min: 60, max: 600 },
        ...input,
      }),
    async end() {
      await subscriber.close();
      await started.simulator.close();
    },
  };
}
