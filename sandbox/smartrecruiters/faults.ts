import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { NextFunction, Request, Response } from 'express';
import type { Fault } from './control.js';
import type { ControlInput } from './control-inputs.js';
import { ApiError, tooManyRequests } from './errors.js';

const defaultSlowMs = 1_000;

const maintenancePage =
  '<!doctype html><html><head><title>We will be right back</title></head>' +
  '<body><h1>Scheduled maintenance</h1></body></html>';

/** The faults that wait for a request to hit. They live in memory: a restart clears them. */
export class Faults {
  private readonly faults = new Map<string, Fault>();

  inject(input: ControlInput<'injectFault'>): Fault {
    const fault: Fault = {
      id: randomUUID(),
      match: input.match,
      kind: input.kind,
      delayMs: input.delayMs ?? null,
      remaining: input.times ?? null,
      hitCount: 0,
      afterHandling: input.afterHandling ?? false,
      redirectTo: input.redirectTo ?? null,
    };
    this.faults.set(fault.id, fault);
    return { ...fault };
  }

  list(): Fault[] {
    return [...this.faults.values()].map((fault) => ({ ...fault }));
  }

  clear(faultId: string | undefined): void {
    if (faultId === undefined) this.faults.clear();
    else this.faults.delete(faultId);
  }

  /** The oldest fault that fits, with this hit counted; used-up faults disappear. */
  take(options: { method: string; path: string; clientId: string | null }): Fault | undefined {
    const fault = [...this.faults.values()].find(
      ({ match }) =>
        (match.method === undefined || match.method.toUpperCase() === options.method) &&
        (match.pathPrefix === undefined || options.path.startsWith(match.pathPrefix)) &&
        (match.credential === undefined || match.credential === options.clientId),
    );
    if (fault === undefined) return undefined;
    fault.hitCount += 1;
    if (fault.remaining !== null) {
      fault.remaining -= 1;
      if (fault.remaining === 0) this.faults.delete(fault.id);
    }
    return fault;
  }
}

/** Lets the request be handled, then answers with `instead` of what the handler sent. */
function replaceAnswer(response: Response, instead: (body: string) => void): void {
  const send = response.send.bind(response);
  response.send = (body: unknown) => {
    if (body !== undefined && typeof body !== 'string') return send(body);
    instead(body ?? '');
    return response;
  };
  const end = response.end.bind(response);
  // Answers without a body (204) go through `end` and never pass `send`.
  response.end = ((...parts: Parameters<typeof end>) => {
    if (response.statusCode !== 204 || response.headersSent) return end(...parts);
    instead('');
    return response;
  }) as typeof response.end;
}

function sendHalf(response: Response, body: string): void {
  const bytes = Buffer.from(body === '' ? '{"content":[' : body);
  response.set({
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(bytes.length),
  });
  response.flushHeaders();
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => {
    response.socket?.destroy();
  });
}

/** Does to one request what the fault says; calls `next` when the request goes on. */
export async function applyFault(options: {
  fault: Fault;
  request: Request;
  response: Response;
  next: NextFunction;
}): Promise<void> {
  const { fault, request, response, next } = options;
  switch (fault.kind) {
    case 'status429':
      throw tooManyRequests();
    case 'status500': {
      const broken = new ApiError({
        status: 500,
        code: 'INTERNAL_SERVER_ERROR',
        message: 'Internal server error',
      });
      if (!fault.afterHandling) throw broken;
      const json = JSON.stringify(broken);
      const end = response.end.bind(response);
      replaceAnswer(response, () => {
        response.status(500).set('Content-Type', 'application/json; charset=utf-8');
        end(json);
      });
      next();
      return;
    }
    case 'slow':
      await delay(fault.delayMs ?? defaultSlowMs, undefined, { ref: false });
      next();
      return;
    case 'truncated':
      replaceAnswer(response, (body) => sendHalf(response, body));
      next();
      return;
    case 'html':
      response.status(200).type('html').send(maintenancePage);
      return;
    case 'hang':
      if (fault.delayMs === null) return;
      await delay(fault.delayMs, undefined, { ref: false });
      request.socket.destroy();
      return;
    case 'reset':
      if (fault.afterHandling) {
        replaceAnswer(response, () => request.socket.resetAndDestroy());
        next();
      } else {
        request.socket.resetAndDestroy();
      }
      return;
    case 'redirect':
      response.redirect(302, fault.redirectTo ?? '/redirect-target');
      return;
  }
}
