import express, { type ErrorRequestHandler, type Express } from 'express';
import { listen } from '../listen.js';
import { admitRequests } from './access.js';
import { Bursts } from './bursts.js';
import { controlFrom, type SmartRecruitersControl } from './control.js';
import { ApiError, notFound } from './errors.js';
import { Faults } from './faults.js';
import { documentedLimits, Limiter, type Limits } from './limits.js';
import { Cursors } from './paging.js';
import { Reads } from './reads.js';
import { candidateRoutes } from './routes/candidates.js';
import { controlErrors, controlRoutes } from './routes/control.js';
import { interviewRoutes } from './routes/interviews.js';
import { jobApplicationRoutes } from './routes/job-applications.js';
import { jobRoutes } from './routes/jobs.js';
import { pageRoutes } from './routes/page.js';
import { tokenRoutes } from './routes/token.js';
import { userRoutes } from './routes/users.js';
import { webhookRoutes } from './routes/webhooks.js';
import { Scripts } from './scripts.js';
import type { Simulation } from './simulation.js';
import { openWorldFile } from './state-file.js';
import { Statistics } from './statistics.js';
import { Webhooks } from './webhooks.js';
import { World } from './world.js';
import { createRunControl, type RunControl } from './world-control.js';

export interface SmartRecruitersSimulatorOptions {
  /** Default: any free port. */
  port?: number;
  /** JSON file in which the world outlives a restart; without it the world is in memory. */
  stateFile?: string;
  /** The clock of tokens and records (epoch ms). Limits always use the real clock. */
  now?: () => number;
  /** Default 1800. */
  tokenLifetimeSeconds?: number;
  limits?: Partial<Limits>;
  /** Shortest time of an API answer, default 5. */
  latencyMs?: number;
  /**
   * How many simulated seconds pass in a real one, default 1. Divided by it are the windows of the
   * limits, the times of scripts, and of webhooks the retries, the life of old keys and of the log.
   */
  timeFactor?: number;
  /**
   * Real ms below which the limits' window does not shrink (default 0). With a high `timeFactor` a
   * pause of the machine would otherwise look like a burst of the client.
   */
  shortestWindowMs?: number;
  webhooks?: {
    /** Failed deliveries in a row after which a subscription is suspended; default 5. */
    suspendAfterFailures?: number;
  };
}

export interface SmartRecruitersSimulator {
  /** `http://127.0.0.1:{port}`, to be used as the API's base address. */
  url: string;
  control: SmartRecruitersControl;
  /** Writes the state and drops every connection, hanging ones too. */
  close(): Promise<void>;
}

const apiErrors: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  if (error instanceof ApiError) {
    response.status(error.status).json(error);
    return;
  }
  const status = (error as { status?: unknown } | undefined)?.status;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    // The body parsers reject what is not JSON.
    response.status(status).json({ message: 'The request could not be read', errors: [] });
    return;
  }
  next(error);
};

function createApp(options: { simulation: Simulation; runControl: RunControl }): Express {
  const { simulation, runControl } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  // Keeps `?a[b]=c` a plain name, as most servers read it.
  app.set('query parser', 'simple');
  app.use(controlRoutes({ runControl }));
  app.use(pageRoutes({ simulation, runControl }));
  app.get('/redirect-target', (request, response) => {
    const withBearer = request.get('authorization') !== undefined;
    simulation.statistics.redirectFollowed({ withBearer });
    response.json({ content: [] });
  });
  app.use(tokenRoutes(simulation));
  app.use(admitRequests(simulation));
  app.use(jobRoutes(simulation));
  app.use(candidateRoutes(simulation));
  app.use(jobApplicationRoutes(simulation));
  app.use(interviewRoutes(simulation));
  app.use(userRoutes(simulation));
  app.use(webhookRoutes(simulation));
  app.use(() => {
    throw notFound('Resource');
  });
  app.use(controlErrors);
  app.use(apiErrors);
  return app;
}

/** Starts a simulated SmartRecruiters on 127.0.0.1. Rejects when the port is taken. */
export async function startSmartRecruitersSimulator(
  options: SmartRecruitersSimulatorOptions = {},
): Promise<SmartRecruitersSimulator> {
  const now = options.now ?? Date.now;
  const stateFile = openWorldFile({ path: options.stateFile, state: () => world.state() });
  const world = new World({ now, state: stateFile.read() ?? undefined });
  world.onChange = () => stateFile.schedule();
  const timeFactor = options.timeFactor ?? 1;
  const reads = new Reads();
  const webhooks = new Webhooks({
    world,
    timeFactor,
    suspendAfterFailures: options.webhooks?.suspendAfterFailures ?? 5,
  });
  world.onEvent = (event) => webhooks.happened(event);
  const simulation: Simulation = {
    world,
    faults: new Faults(),
    limiter: new Limiter({
      limits: { ...documentedLimits, ...options.limits },
      timeFactor,
      shortestWindowMs: options.shortestWindowMs ?? 0,
    }),
    cursors: new Cursors(world),
    reads,
    scripts: new Scripts({ world, reads, timeFactor }),
    webhooks,
    bursts: new Bursts({ world, webhooks }),
    statistics: new Statistics({ now, timeFactor }),
    tokenLifetimeSeconds: options.tokenLifetimeSeconds ?? 1_800,
    latencyMs: options.latencyMs ?? 5,
    timeFactor,
  };
  const runControl = createRunControl({ simulation, stateFile });
  const server = await listen({
    app: createApp({ simulation, runControl }),
    port: options.port,
  });
  return {
    url: server.url,
    control: controlFrom(async (name, input) => runControl(name, input)),
    async close() {
      simulation.scripts.close();
      simulation.bursts.close();
      webhooks.close();
      stateFile.flush();
      await server.close();
      stateFile.flush();
    },
  };
}
