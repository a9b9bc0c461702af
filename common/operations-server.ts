import express, { type Express, type RequestHandler, type Router } from 'express';
import helmet from 'helmet';
import { secretsEqual } from './keyed-hash.js';
import type { Metrics } from './metrics.js';

export type Readiness = { ready: boolean; checks: Record<string, boolean> };

/** The token of an `Authorization: Bearer` header (RFC 6750), or null. */
export const bearerToken = (header: string | undefined): string | null =>
  /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(header ?? '')?.[1] ?? null;

const onlyWithToken =
  (token: string): RequestHandler =>
  (request, response, next) => {
    const given = bearerToken(request.headers.authorization);
    if (given !== null && secretsEqual(given, token)) return next();
    response.status(401).set('WWW-Authenticate', 'Bearer').end();
    return undefined;
  };

/**
 * What operators and orchestrators ask a process, on a port of its own.
 *
 * `/metrics` asks for the bearer token when one is set; `/healthz` (the process answers) and
 * `/readyz` (200 or 503 with each check by name) never do, because orchestrators send none.
 * A readiness check that throws counts as not ready. `extra` is mounted at the root.
 */
export const createOperationsApp = ({
  metrics,
  readiness,
  extra,
  token,
}: {
  metrics: Pick<Metrics, 'registry'>;
  readiness: () => Promise<Readiness>;
  extra?: Router;
  token: string | null;
}): Express => {
  const app = express();
  app.disable('x-powered-by');
  app.use(helmet());

  app.get('/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });

  app.get('/readyz', async (_request, response) => {
    const { ready, checks } = await readiness().catch(() => ({ ready: false, checks: {} }));
    response
      .status(ready ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json({ ready, checks });
  });

  if (token !== null) app.use('/metrics', onlyWithToken(token));
  app.get('/metrics', async (_request, response) => {
    const body = await metrics.registry.metrics();
    response.set('Content-Type', metrics.registry.contentType).send(body);
  });

  if (extra) app.use(extra);
  return app;
};
