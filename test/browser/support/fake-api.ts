import { createServer } from 'node:http';
import express, { type Request, type Response } from 'express';
import { base64url } from 'jose';
import { decisionFor } from '../../../workflows/contracts/decision.js';
import type { InterviewsPreview } from '../../../workflows/contracts/load-estimate.js';
import {
  connectedInstallation,
  type FakeInterview,
  type FakeRole,
  fakeLoad,
  notInstalled,
  orgId,
} from './fake-data.js';
import { closeServer, listen, type SignIn } from './sign-in.js';

/** The API as this page needs it, in memory; what a test wants to happen it does to `world`. */
export interface FakeApi {
  url: string;
  world: World;
  /** Stores a resource and tells the page through the event stream. */
  tell(
    type: 'installation' | 'role' | 'interview' | 'import' | 'reset',
    resource: object | null,
  ): void;
  /** Drops every open event stream, as a restart of the server would. */
  dropStreams(): void;
  close(): Promise<void>;
}

export interface World {
  installation: ReturnType<typeof connectedInstallation> | ReturnType<typeof notInstalled>;
  roles: FakeRole[];
  interviews: FakeInterview[];
  goodSecret: string;
  /** The installation that a good credential makes. */
  afterConnect: () => ReturnType<typeof connectedInstallation>;
  receiptState: 'uninstalling' | 'completed';
  /** What a change would mean; null: SmartRecruiters does not say. */
  load: ReturnType<typeof fakeLoad> | null;
  /** What a change of settings would do to the interviews ahead. */
  preview: InterviewsPreview;
  /** Code of the problem with which the next change of settings is refused. */
  refuseSettings: string | null;
  /** Every call: method, path and body. */
  calls: { method: string; path: string; body: unknown }[];
  lastEventIds: (string | null)[];
  /** What was captured; null: it is not ready yet. */
  recordings: object | null;
  transcripts: object | null;
  /** The transcript as WebVTT. */
  vtt: string;
}

const receiptId = 'receipt-1';

export async function startFakeApi(input: {
  pageFolder: string;
  signIn: SignIn;
}): Promise<FakeApi> {
  const { pageFolder, signIn } = input;
  const world: World = {
    installation: notInstalled(),
    roles: [],
    interviews: [],
    goodSecret: 'right-secret',
    afterConnect: connectedInstallation,
    receiptState: 'uninstalling',
    load: fakeLoad(),
    preview: {
      ...{ considered: 0, isPartial: false, changed: [] },
      ...{ noLonger: { count: 0, byCode: {} }, newly: { count: 0, byCode: {} } },
    },
    refuseSettings: null,
    calls: [],
    lastEventIds: [],
    recordings: null,
    transcripts: null,
    vtt: 'WEBVTT\n',
  };
  const streams = new Set<Response>();
  let lastId = 0;
  const tell: FakeApi['tell'] = (type, resource) => {
    put(world, type, resource);
    lastId += 1;
    for (const stream of streams) {
      stream.write(`id: ${lastId}\nevent: ${type}\ndata: ${JSON.stringify(resource)}\n\n`);
    }
  };

  const app = express();
  app.use((_request, response, next) => {
    response.set(
      'content-security-policy',
      [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        `connect-src 'self' ${signIn.origin}`,
        "base-uri 'none'",
        "form-action 'self'",
      ].join('; '),
    );
    next();
  });
  app.get('/page-config.json', (_request, response) => {
    response.json({ tokenUrl: signIn.tokenUrl });
  });
  app.use(express.static(pageFolder));

  const api = express.Router();
  app.use(`/v1/organizations/${orgId}/smartrecruiters`, express.json(), api);
  api.use(async (request, response, next) => {
    const token = (request.headers.authorization ?? '').replace('Bearer ', '');
    const claims = await signIn.verify(token).catch(() => null);
    world.calls.push({ method: request.method, path: request.path, body: request.body });
    if (claims === null) problem(response, 401, 'unauthenticated');
    else if (request.method !== 'GET' && claims.role === 'member') {
      problem(response, 403, 'forbidden');
    } else next();
  });

  api.get('/events', (request, response) => {
    world.lastEventIds.push(request.get('last-event-id') ?? null);
    response.set({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(`retry: 2000\nid: ${lastId}\n\n`);
    streams.add(response);
    response.on('close', () => streams.delete(response));
  });
  api.get('/', (_request, response) => {
    response.json(world.installation);
  });
  api.put('/', (request, response) => connect({ world, tell, request, response }));
  api.post(['/settings/preview', '/roles/bulk/preview'], (_request, response) => {
    if (world.load === null) problem(response, 503, 'vendor_unavailable');
    else response.json({ load: world.load, interviews: world.preview });
  });
  api.post('/roles/bulk', (request, response) => {
    const { jobIds, ...change } = request.body as { jobIds: string[]; enabled: boolean };
    for (const role of world.roles.filter(({ jobId }) => jobIds.includes(jobId))) {
      tell('role', { ...role, ...change, version: role.version + 1 });
    }
    response.status(202).json({ commandId: 'command-1' });
  });
  api.get('/commands/:commandId', (request, response) => {
    const { commandId } = request.params;
    const outcome = { receiptId: null, stopping: [], problem: null };
    response.json({ commandId, state: 'completed', ...outcome });
  });
  api.post('/:command', (request, response, next) => {
    const state = { pause: 'paused', resume: 'active', validate: 'active' }[request.params.command];
    if (state === undefined) {
      next();
      return;
    }
    tell('installation', { ...world.installation, state, version: world.installation.version + 1 });
    response.json(world.installation);
  });
  api.patch('/settings', (request, response) => {
    if (world.refuseSettings !== null) {
      problem(response, 422, world.refuseSettings, 'The mode notice needs mails to candidates.');
      return;
    }
    const { installation } = world;
    const settings = merge(installation.settings, request.body) as typeof installation.settings;
    const version = installation.version + 1;
    const { captureMode } = settings;
    tell('installation', { ...installation, settings, captureMode, version });
    response.json(world.installation);
  });
  api.delete('/', (_request, response) => {
    const version = world.installation.version + 1;
    tell('installation', { ...world.installation, state: 'uninstalling', version });
    response.status(202).json({ state: 'uninstalling', receiptId, stopping: [] });
  });
  api.get('/receipts/:receiptId', (_request, response) => {
    const state = world.receiptState;
    const jws = [{ alg: 'EdDSA' }, { receiptId, state }].map(encode).concat('signature').join('.');
    response.json({ receiptId, state, jws });
  });
  api.get(['/jobs', '/roles'], (request, response) => {
    const { q } = request.query;
    const words = typeof q === 'string' ? q.toLowerCase() : '';
    const items = world.roles.filter((role) => role.title.toLowerCase().includes(words));
    response.json(request.path === '/jobs' ? page(items.map(asJob)) : page(items));
  });
  api.put('/roles/:jobId', (request, response) => {
    const role = world.roles.find((candidate) => candidate.jobId === request.params.jobId);
    if (role === undefined) {
      problem(response, 404, 'job_not_found');
      return;
    }
    tell('role', { ...role, ...request.body, version: role.version + 1 });
    response.json(world.roles.find((candidate) => candidate.jobId === role.jobId));
  });
  api.get('/interviews', (request, response) => {
    const from = Number(request.query.from);
    const to = Number(request.query.to);
    const inRange = ({ startsAt }: FakeInterview) => from <= startsAt && startsAt < to;
    response.json(page(world.interviews.filter(inRange)));
  });
  api.get('/interviews/:interviewId', (request, response) => {
    response.json(findInterview(world, request.params.interviewId));
  });
  api.get('/interviews/:interviewId/recording', (_request, response) => {
    if (world.recordings === null) problem(response, 409, 'artifact_not_ready');
    else response.json(world.recordings);
  });
  api.get('/interviews/:interviewId/transcript', (request, response) => {
    if (world.transcripts === null) problem(response, 409, 'artifact_not_ready');
    else if (request.accepts(['json', 'text/vtt']) === 'text/vtt') {
      response.type('text/vtt').send(world.vtt);
    } else response.json(world.transcripts);
  });
  api.post('/interviews/:interviewId/:action', (request, response) => {
    const { action } = request.params;
    const interview = findInterview(world, request.params.interviewId);
    const reason = (request.body as { reason?: string }).reason ?? null;
    const decision = { join: 'joins_by_choice', skip: 'skipped_by_person' } as const;
    tell('interview', {
      ...interview,
      choice: action === 'reset' ? null : { action, by: 'user-1', at: Date.now(), reason },
      decision: decisionFor(decision[action as keyof typeof decision] ?? 'will_join'),
      version: interview.version + 1,
    });
    response.json(findInterview(world, interview.interviewId));
  });

  const server = createServer(app);
  const url = await listen(server);
  return {
    url,
    world,
    tell,
    dropStreams: () => {
      for (const stream of streams) stream.destroy();
    },
    close: () => closeServer(server),
  };
}

function connect(input: {
  world: World;
  tell: FakeApi['tell'];
  request: Request;
  response: Response;
}): void {
  const { world, tell, request, response } = input;
  const { clientSecret } = request.body as { clientSecret: string };
  if (clientSecret !== world.goodSecret) {
    problem(
      response,
      422,
      'credentials_rejected',
      'SmartRecruiters did not accept the client id and secret.',
    );
    return;
  }
  tell('installation', world.afterConnect());
  response.json(world.installation);
}

function put(world: World, type: string, resource: object | null): void {
  if (type === 'import') {
    world.installation = {
      ...world.installation,
      import: resource as World['installation']['import'],
    };
  }
  if (type === 'installation') world.installation = resource as World['installation'];
  if (type === 'role') replace(world.roles, resource as FakeRole, 'jobId');
  if (type === 'interview') replace(world.interviews, resource as FakeInterview, 'interviewId');
}

function replace<T>(items: T[], next: T, key: keyof T): void {
  const at = items.findIndex((item) => item[key] === next[key]);
  if (at === -1) items.push(next);
  else items[at] = next;
}

function findInterview(world: World, interviewId: string): FakeInterview {
  const found = world.interviews.find((interview) => interview.interviewId === interviewId);
  if (found === undefined) throw new Error(`no interview ${interviewId}`);
  return found;
}

function problem(response: Response, status: number, code: string, detail = ''): void {
  response.status(status).type('application/problem+json');
  response.send(JSON.stringify({ code, title: code, detail, status, requestId: 'request-1' }));
}

function page<T>(items: T[]): { items: T[]; nextCursor: null; asOf: number } {
  return { items, nextCursor: null, asOf: Date.now() };
}

function asJob({ jobId, title, department, location }: FakeRole) {
  return { jobId, title, department, location, status: 'INTERVIEW', open: true };
}

function encode(part: object): string {
  return base64url.encode(JSON.stringify(part));
}

function merge(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const merged: Record<string, unknown> = { ...(target as object) };
  for (const [name, value] of Object.entries(patch)) merged[name] = merge(merged[name], value);
  return merged;
}
