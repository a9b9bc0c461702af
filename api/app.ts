import { join } from 'node:path';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import swaggerUi from 'swagger-ui-express';
import { createCommandRunner } from './commands.js';
import type { ApiDeps } from './deps.js';
import { createChangeFeed } from './events.js';
import { errorHandler, notFound } from './middleware/error-handler.js';
import { httpLog } from './middleware/http-log.js';
import { rateLimitPerToken } from './middleware/rate-limit.js';
import { requestId } from './middleware/request-id.js';
import { mountRoute } from './mount.js';
import { openApiDocument } from './openapi.js';
import { createResources } from './resources.js';
import type { Route } from './route.js';
import { artifactRoutes } from './routes/artifacts.js';
import { eventRoutes } from './routes/events.js';
import { healthRoutes } from './routes/health.js';
import { installationRoutes } from './routes/installation.js';
import { interviewRoutes } from './routes/interviews.js';
import { notetakerWebhookRoutes } from './routes/notetaker-webhooks.js';
import { optOutRoutes } from './routes/opt-out.js';
import type { RouteContext } from './routes/organization.js';
import { recordRoutes } from './routes/records.js';
import { roleBulkRoutes } from './routes/role-bulk.js';
import { roleRoutes } from './routes/roles.js';
import { serviceRoutes } from './routes/service.js';
import { signedLinkRoutes } from './routes/signed-links.js';
import { smartRecruitersWebhookRoutes } from './routes/smartrecruiters-webhooks.js';

export interface Api {
  app: Express;
  /** Every call in the order in which it was mounted. */
  routes: readonly Route[];
  /** Ends the streams, so that the server can close. */
  closeStreams(): void;
}

/** The whole HTTP API with its page, not listening. */
export function createApp(deps: ApiDeps): Api {
  const resources = createResources(deps);
  const feed = createChangeFeed({ ...deps, resources });
  const context: RouteContext = {
    deps,
    resources,
    runCommand: createCommandRunner(deps),
    feed,
  };
  const routes: Route[] = [
    ...installationRoutes(context),
    ...roleRoutes(context),
    ...roleBulkRoutes(context),
    ...interviewRoutes(context),
    ...artifactRoutes(context),
    ...eventRoutes(context),
    ...healthRoutes(context),
    ...recordRoutes(context),
    ...signedLinkRoutes(context),
    ...optOutRoutes(context),
    ...notetakerWebhookRoutes(deps),
    ...smartRecruitersWebhookRoutes(deps),
    ...serviceRoutes({ ...deps, document: () => document }),
  ];
  const document = openApiDocument({ routes, publicUrl: deps.publicUrl });

  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.set('case sensitive routing', true);
  app.use(requestId(), httpLog(deps), securityHeaders(deps));
  const rateLimit = rateLimitPerToken({ perMinute: deps.requestsPerMinute });
  for (const route of routes) mountRoute({ app, route, deps, rateLimit });
  app.use('/docs', swaggerUi.serve, swaggerUi.setup(document as swaggerUi.JsonObject));
  app.use('/v1', notFound());
  if (deps.page.folder !== null) app.use(pageFrom({ folder: deps.page.folder }));
  app.use(notFound(), errorHandler(deps));
  return { app, routes, closeStreams: () => feed.close() };
}

function securityHeaders({ page, publicUrl }: Pick<ApiDeps, 'page' | 'publicUrl'>): RequestHandler {
  const isHttps = publicUrl.startsWith('https:');
  return helmet({
    contentSecurityPolicy: {
      directives: {
        // The page fetches its token from Pillar's sign-in.
        connectSrc: ["'self'", new URL(page.tokenUrl).origin],
        ...(isHttps ? {} : { upgradeInsecureRequests: null }),
      },
    },
    strictTransportSecurity: isHttps,
  });
}

/** The built page; every address that is no file is one of its own, so it answers with the start. */
function pageFrom({ folder }: { folder: string }): RequestHandler[] {
  const start = join(folder, 'index.html');
  const files = express.static(folder, {
    index: 'index.html',
    setHeaders(res, path) {
      const isHashed = path.includes('/assets/');
      res.set('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  const fallback: RequestHandler = (req, res, next) => {
    const isPage = req.method === 'GET' && req.accepts(['json', 'html']) === 'html';
    if (!isPage) {
      next();
      return;
    }
    res.sendFile(start, { headers: { 'cache-control': 'no-cache' } }, (error) => {
      if (error) next(res.headersSent ? error : undefined);
    });
  };
  return [files, fallback];
}
