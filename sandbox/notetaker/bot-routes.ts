import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type NextFunction, type Request, type Response, Router } from 'express';
import type { BotRegistry } from './bot-registry.js';
import { viewOf } from './bot-view.js';
import type { CallLog } from './call-log.js';
import { type Answer, type Delivery, type FaultList, performWithFault } from './faults.js';
import { ProblemError } from './problem.js';
import { parseCreate, parseList, parseMove } from './requests.js';
import type { CreateCall, Operation } from './types.js';

interface Parts {
  registry: BotRegistry;
  faults: FaultList;
  calls: CallLog;
  apiKey: string;
  createsPerMinute: number;
  /** Epoch ms. */
  now: () => number;
  /** Called after each change that a client will be told of. */
  save: () => void;
  signal: AbortSignal;
}

const digest = (text: string) => createHash('sha256').update(text).digest();

function sendProblem(response: Response, problem: ProblemError): void {
  if (problem.retryAfterSeconds !== null) {
    response.set('retry-after', String(problem.retryAfterSeconds));
  }
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

function deliver(response: Response, delivery: Delivery): number | null {
  switch (delivery.kind) {
    case 'send':
      if (response.destroyed) {
        return null;
      }
      if (delivery.answer instanceof ProblemError) {
        sendProblem(response, delivery.answer);
      } else {
        response.status(delivery.answer.status).json(delivery.answer.body);
      }
      return delivery.answer.status;
    case 'html':
      response.status(502).type('html').send('<html><body><h1>502 Bad Gateway</h1></body></html>');
      return 502;
    case 'reset':
      response.socket?.resetAndDestroy();
      return null;
    case 'hang':
      return null;
  }
}

function caught(work: () => Answer): Answer | ProblemError {
  try {
    return work();
  } catch (error) {
    if (error instanceof ProblemError) {
      return error;
    }
    throw error;
  }
}

function keyOf(request: Request): string | null {
  const body: unknown = request.body;
  const key = typeof body === 'object' && body !== null && 'key' in body ? body.key : null;
  return typeof key === 'string' ? key : null;
}

/** The calls of the contract, under the version path. */
export function createBotRoutes(parts: Parts): Router {
  const { registry, faults, calls, now, save, signal } = parts;
  const expected = digest(`Bearer ${parts.apiKey}`);
  const router = Router();

  function work(operation: Operation, request: Request): Answer {
    const id = String(request.params.id);
    switch (operation) {
      case 'create': {
        const { bot, isNew } = registry.create(parseCreate(request.body));
        return { status: isNew ? 201 : 200, body: viewOf(bot) };
      }
      case 'move':
        return { status: 200, body: viewOf(registry.move(id, parseMove(request.body))) };
      case 'remove': {
        const { bot, hadEnded } = registry.remove(id);
        return { status: hadEnded ? 200 : 202, body: viewOf(bot) };
      }
      case 'get':
        return { status: 200, body: viewOf(registry.get(id)) };
      case 'list': {
        const page = registry.list(parseList(request.query));
        return {
          status: 200,
          body: { items: page.items.map(viewOf), nextCursor: page.nextCursor },
        };
      }
    }
  }

  function limitCreates(): void {
    if (calls.createsSince(now() - 60_000) >= parts.createsPerMinute) {
      throw new ProblemError({ code: 'rate_limited', retryAfterSeconds: 5 });
    }
  }

  function completeCall(call: CreateCall, answer: Answer | ProblemError): void {
    call.takenAt = now();
    call.status = answer.status;
    const bot = call.key === null ? null : registry.findByKey(call.key);
    if (bot && !(answer instanceof ProblemError)) {
      Object.assign(call, { botId: bot.id, room: bot.room });
    }
  }

  const handle = (operation: Operation) => async (request: Request, response: Response) => {
    const key = operation === 'create' ? keyOf(request) : null;
    const fault = faults.take({ operation, key });
    const call: CreateCall | null =
      operation === 'create'
        ? calls.addCreate({
            arrivedAt: now(),
            takenAt: null,
            key,
            room: null,
            botId: null,
            status: null,
            fault: fault?.kind ?? null,
          })
        : null;
    const run = () => {
      const answer = caught(() => {
        if (operation === 'create') {
          limitCreates();
        }
        return work(operation, request);
      });
      if (call !== null) {
        completeCall(call, answer);
      }
      if (operation !== 'get' && operation !== 'list') {
        save();
      }
      return answer;
    };
    try {
      const delivery = await performWithFault({ fault, run, signal });
      calls.count(operation, deliver(response, delivery));
    } catch (error) {
      // A simulator that stops while a call waits owes no answer.
      if (!signal.aborted) {
        throw error;
      }
    }
  };

  router.use((request: Request, _response: Response, next: NextFunction) => {
    if (!timingSafeEqual(digest(request.get('authorization') ?? ''), expected)) {
      throw new ProblemError({ code: 'unauthorized', detail: 'The key is missing or wrong.' });
    }
    next();
  });
  router.use(express.json({ limit: '200kb' }));
  router.post('/bots', handle('create'));
  router.get('/bots', handle('list'));
  router.get('/bots/:id', handle('get'));
  router.patch('/bots/:id', handle('move'));
  router.delete('/bots/:id', handle('remove'));
  router.use(() => {
    throw new ProblemError({ code: 'not_found', detail: 'There is no such call.' });
  });
  router.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const isBadBody = error instanceof Error && 'type' in error && 'expose' in error;
    const problem = isBadBody
      ? new ProblemError({ code: 'invalid_request', detail: 'The body is not JSON.' })
      : new ProblemError({ code: 'internal' });
    sendProblem(response, error instanceof ProblemError ? error : problem);
  });
  return router;
}
