import express, { type Express, type Request, type Response } from 'express';
import { listen } from '../listen.js';
import { type Answer, type Handler, Refusal, type VendorCall } from './answers.js';
import type { CallBook } from './call-book.js';
import type { Operation } from './control.js';
import { type Delivery, type FaultList, performWithFault, type RefusedFault } from './faults.js';

export interface VendorRoute {
  operation: Operation;
  method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  /** With `:name` for parts that vary; the slash at the end, or its absence, is part of it. */
  path: string;
  run: Handler;
  /** Needs no key, such as a link that carries its own right. */
  isOpen?: boolean;
}

/** How a vendor meets every call; each of `guard` and `begin` may answer in its stead. */
export interface VendorManners {
  /** Key and limits. @throws {Refusal} */
  guard(call: VendorCall, operation: Operation): void;
  /** An answer that is known already, such as a repetition's. @throws {Refusal} */
  begin?(call: VendorCall): Answer | null;
  /**
   * What was decided after `begin` found nothing, whether the client gets it or not; null: the call
   * was lost before.
   */
  complete?(call: VendorCall, answer: Answer | null): void;
  refuse(fault: RefusedFault, operation: Operation, call: VendorCall): Answer;
  notFound: Answer;
}

function callOf(request: Request, origin: string): VendorCall {
  const url = new URL(request.originalUrl, origin);
  const body: unknown = request.body;
  const params = Object.entries(request.params).map(([name, value]) => [name, String(value)]);
  return {
    method: request.method,
    path: url.pathname,
    params: Object.fromEntries(params) as Record<string, string>,
    query: url.searchParams,
    headers: request.headers,
    rawBody: Buffer.isBuffer(body) ? body.toString('utf8') : '',
    origin,
  };
}

/** @returns the status that was sent, null for none */
function deliver(response: Response, delivery: Delivery): number | null {
  if (delivery.kind === 'reset') {
    response.socket?.resetAndDestroy();
    return null;
  }
  if (delivery.kind === 'hang' || response.destroyed) {
    return null;
  }
  const { status, body, html, headers } = delivery.answer;
  response.status(status).set(headers ?? {});
  if (html !== undefined) {
    response.type('html').send(html);
  } else if (body === undefined) {
    response.end();
  } else {
    response.json(body);
  }
  return status;
}

function caught(work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) {
      return error.answer;
    }
    throw error;
  }
}

/** Serves a vendor's routes on loopback, with its manners and the faults that were ordered. */
export async function serveVendor(input: {
  port: number | undefined;
  routes: VendorRoute[];
  manners: VendorManners;
  faults: FaultList;
  calls: CallBook;
}): Promise<{ origin: string; close: () => Promise<void> }> {
  const { routes, manners, faults, calls } = input;
  const stopping = new AbortController();
  const app: Express = express();
  app.disable('x-powered-by');
  app.enable('strict routing');
  app.enable('case sensitive routing');
  app.use(express.raw({ type: () => true, limit: '1mb' }));
  let origin = '';

  async function decide(route: VendorRoute, call: VendorCall): Promise<Delivery> {
    const entry = calls.arrive(route.operation, call);
    try {
      if (!route.isOpen) {
        manners.guard(call, route.operation);
      }
      const known = manners.begin?.(call) ?? null;
      if (known !== null) {
        entry.decide(known);
        return { kind: 'send', answer: known };
      }
    } catch (error) {
      if (error instanceof Refusal) {
        return { kind: 'send', answer: error.answer };
      }
      throw error;
    }
    const fault = faults.take(route.operation, call);
    entry.meet(fault);
    const decided: Answer[] = [];
    const run = (): Answer => {
      const answer = caught(() => route.run(call));
      entry.decide(answer);
      decided.push(answer);
      return answer;
    };
    const refuse = (refused: RefusedFault): Answer => {
      const answer = manners.refuse(refused, route.operation, call);
      decided.push(answer);
      return answer;
    };
    const delivery = await performWithFault({ fault, run, refuse, signal: stopping.signal });
    manners.complete?.(call, decided[0] ?? null);
    return delivery;
  }

  for (const route of routes) {
    app[route.method](route.path, async (request, response) => {
      const call = callOf(request, origin);
      try {
        const delivery = await decide(route, call);
        calls.count(route.operation, deliver(response, delivery));
      } catch (error) {
        // A simulator that stops while a call waits owes no answer.
        if (!stopping.signal.aborted) {
          throw error;
        }
      }
    });
  }
  app.use((_request: Request, response: Response) => {
    deliver(response, { kind: 'send', answer: manners.notFound });
  });

  const server = await listen({ app, port: input.port });
  origin = server.url;
  return {
    origin,
    async close() {
      stopping.abort();
      await server.close();
    },
  };
}
