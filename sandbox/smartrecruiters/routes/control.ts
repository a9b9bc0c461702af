import express, { type ErrorRequestHandler, Router } from 'express';
import { controlNames } from '../control-inputs.js';
import { ControlError } from '../errors.js';
import type { RunControl } from '../world-control.js';

/**
 * `POST /_control/{control}` with the control's input as JSON. There is no sign-in, so pages of
 * other sites are kept out by what browsers say about where a request comes from.
 */
export function controlRoutes(options: { runControl: RunControl }): Router {
  const { runControl } = options;
  const router = Router();
  router.use('/_control', (request, response, next) => {
    if (request.get('sec-fetch-site') === 'cross-site') {
      response.status(403).json({ message: 'Not from another site' });
      return;
    }
    next();
  });
  router.post('/_control/:name', express.json({ limit: '5mb' }), (request, response) => {
    const name = controlNames.find((known) => known === request.params.name);
    if (name === undefined) throw new ControlError({ status: 404, message: 'No such control' });
    response.json(runControl(name, request.body));
  });
  return router;
}

export const controlErrors: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (!(error instanceof ControlError)) {
    next(error);
    return;
  }
  response.status(error.status).json({ message: error.message });
};
