import express, { type NextFunction, type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { controlPage } from './control-page.js';
import { ProblemError } from './problem.js';
import type { NotetakerControl } from './types.js';

const meetingUrl = z.url();
const botId = z.strictObject({ botId: z.string() });

const scenario = z.strictObject({
  kind: z.enum([
    'admit',
    'never_admit',
    'deny',
    'host_never_opens',
    'everybody_leaves_early',
    'nobody_comes',
    'recording_denied',
    'bad_link',
  ]),
  removalMs: z.int().min(0).optional(),
});

const fault = z.strictObject({
  on: z.enum(['create', 'move', 'remove', 'get', 'list', 'any']),
  kind: z.enum([
    'rate_limited',
    'internal',
    'internal_after_accept',
    'capacity',
    'refuse',
    'unauthorized',
    'forbidden',
    'html',
    'slow',
    'late',
    'reset',
    'accept_then_hang',
    'accept_then_reset',
  ]),
  times: z.int().min(1).optional(),
  delayMs: z.int().min(0).optional(),
  retryAfterSeconds: z.int().min(1).optional(),
  keyPrefix: z.string().optional(),
});

const webhookSettings = z.strictObject({
  url: z.url().nullable().optional(),
  secrets: z.array(z.string().min(1)).min(1).optional(),
  mode: z.enum(['normal', 'suppress', 'duplicate', 'reorder']).optional(),
});

function operationsOf(
  control: NotetakerControl,
): Record<keyof NotetakerControl, (body: unknown) => Promise<unknown>> {
  const filter = z.strictObject({
    meetingUrl: meetingUrl.optional(),
    keyPrefix: z.string().optional(),
  });
  const roomScenario = z.strictObject({ meetingUrl: meetingUrl.optional(), scenario });
  return {
    bots: (body) => control.bots(filter.parse(body)),
    creates: () => control.creates(),
    secondBots: () => control.secondBots(),
    statistics: () => control.statistics(),
    setScenario: (body) => control.setScenario(roomScenario.parse(body)),
    admit: (body) => control.admit(botId.parse(body)),
    removeByParticipant: (body) => control.removeByParticipant(botId.parse(body)),
    remove: (body) => control.remove(botId.parse(body)),
    endMeeting: (body) => control.endMeeting(z.strictObject({ meetingUrl }).parse(body)),
    injectFault: (body) => control.injectFault(fault.parse(body)),
    clearFaults: () => control.clearFaults(),
    setWebhooks: (body) => control.setWebhooks(webhookSettings.parse(body)),
    reset: () => control.reset(),
  };
}

/**
 * `POST /_control/{operation}` with a JSON object answers `{ result }`; `GET /_control/` is a page for
 * people. A JSON content type is compulsory, so that no other site's form can reach it.
 */
export function createControlRoutes({ control }: { control: NotetakerControl }): Router {
  const operations = new Map(Object.entries(operationsOf(control)));
  const router = Router();
  router.use(express.json());
  router.get('/', (_request, response) => {
    response.type('html').send(controlPage);
  });
  router.post('/:operation', async (request, response) => {
    const operation = operations.get(request.params.operation);
    if (operation === undefined) {
      throw new ProblemError({ code: 'not_found', detail: 'There is no such control.' });
    }
    if (!request.is('application/json')) {
      throw new ProblemError({ code: 'invalid_request', detail: 'JSON only.' });
    }
    response.json({ result: (await operation(request.body)) ?? null });
  });
  router.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const problem =
      error instanceof ProblemError
        ? error
        : new ProblemError({
            code: error instanceof z.ZodError ? 'invalid_request' : 'internal',
            detail: error instanceof Error ? error.message : 'unknown',
          });
    response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
  });
  return router;
}
