import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { searchAttributeList } from '../workflows/contracts/search-attributes.js';
import { organizations, prepareDemonstration } from './demonstration.js';
import { processEnvironment, type SandboxSecrets } from './environment.js';
import {
  inSandbox,
  markRunning,
  openSecrets,
  runningSandbox,
  type WrittenAddresses,
  writeAddresses,
} from './folder.js';
import { startProgram } from './programs.js';
import { startMongodb } from './servers/mongodb.js';
import { freePort } from './servers/ports.js';
import { startTemporal } from './servers/temporal.js';
import { ensurePage } from './web-page.js';

/**
 * `npm start`: from a fresh clone to the whole thing running. Servers, simulators, worker, API and
 * page; a demonstration whose interview is joined within minutes. Ctrl-C ends all of it, in order;
 * the data stays until `npm run reset`.
 */
const startedAt = Date.now();
const say = (line: string) =>
  void process.stdout.write(
    `${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${line}\n`,
  );

interface Stoppable {
  name: string;
  stop: () => Promise<void>;
}
const running: Stoppable[] = [];
const asked = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);

const other = runningSandbox();
if (other !== null) {
  process.stderr.write(`The sandbox of this checkout is running already (process ${other}).\n`);
  process.exit(1);
}

let failed = false;
try {
  await Promise.race([
    start().then(async () => {
      await asked;
    }),
    asked,
  ]);
} catch (error) {
  failed = true;
  process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  process.stderr.write(`Logs are in ${inSandbox('logs')}.\n`);
}
await stopAll();
process.exit(failed ? 1 : 0);

async function start(): Promise<void> {
  const secrets = await openSecrets();
  await markRunning();
  const ports = await choosePorts();
  const [temporal, mongodb] = await Promise.all([
    startServer('Temporal', () =>
      startTemporal({
        databaseFile: inSandbox('temporal.db'),
        port: ports.temporal,
        uiPort: ports.temporalUi,
        searchAttributes: [...searchAttributeList],
        codecEndpoint: `http://127.0.0.1:${ports.operations}`,
        logFile: inSandbox('logs', 'temporal.log'),
        progress: say,
      }),
    ),
    startServer('MongoDB', async () => {
      await mkdir(inSandbox('mongodb'), { recursive: true });
      return await startMongodb({
        dataFolder: inSandbox('mongodb'),
        port: ports.mongodb,
        logFile: inSandbox('logs', 'mongodb.log'),
        progress: say,
      });
    }),
    ensurePage({ progress: say }),
  ]);
  const api = `http://127.0.0.1:${ports.api}`;
  await startSimulators(ports, secrets, api);
  const identity = `http://127.0.0.1:${ports.identity}`;
  const smartrecruiters = `http://127.0.0.1:${ports.smartRecruiters}`;
  const notetaker = `http://127.0.0.1:${ports.notetaker}`;
  const environment = (operationsPort: number) =>
    processEnvironment({
      secrets,
      logLevel: 'info',
      addresses: {
        temporal: temporal.address,
        mongodb: mongodb.uri,
        smartRecruiters: smartrecruiters,
        notetakerApi: `${notetaker}/v1`,
        identity: {
          jwksUrl: `${identity}/.well-known/jwks.json`,
          issuer: identity,
          audience: 'pillar-smartrecruiters',
          tokenUrl: `${identity}/session/token`,
        },
        smtp: `smtp://127.0.0.1:${ports.smtp}`,
        publicUrl: api,
        apiPort: ports.api,
        operationsPort,
        temporalUiOrigin: temporal.uiUrl === null ? null : new URL(temporal.uiUrl).origin,
      },
    });
  await Promise.all([
    program('worker', 'worker/main.ts', environment(ports.workerOperations), {
      readyUrl: `http://127.0.0.1:${ports.workerOperations}/readyz`,
    }),
    program('api', 'api/main.ts', environment(ports.operations), { readyUrl: `${api}/readyz` }),
  ]);
  say(`the page answers at ${api}`);

  const written: WrittenAddresses = {
    page: api,
    api,
    temporal: temporal.address,
    temporalUi: temporal.uiUrl,
    mongodb: mongodb.uri,
    smartrecruiters,
    notetaker,
    identity,
    mail: `http://127.0.0.1:${ports.mail}`,
    organizations: await prepareDemonstration({
      api,
      identity,
      smartRecruiters: smartrecruiters,
      say,
    }),
  };
  await writeAddresses(written);
  process.stdout.write(invitation(written));
}

/** The usual ports, or free ones where something else has them; then it is said. */
async function choosePorts() {
  const usual = {
    temporal: 7233,
    temporalUi: 8233,
    mongodb: 27017,
    smartRecruiters: 4101,
    notetaker: 4102,
    identity: 4103,
    mail: 4104,
    smtp: 4125,
    api: 8080,
    operations: 9090,
    workerOperations: 9091,
  };
  const chosen = { ...usual };
  for (const name of Object.keys(usual) as (keyof typeof usual)[]) {
    chosen[name] = await freePort(usual[name]);
    if (chosen[name] !== usual[name]) {
      say(`port ${usual[name]} is taken: ${name} listens on ${chosen[name]}`);
    }
  }
  return chosen;
}

async function startServer<Server extends { how: string; stop: () => Promise<void> }>(
  name: string,
  starting: () => Promise<Server>,
): Promise<Server> {
  const server = await starting();
  running.push({ name, stop: server.stop });
  say(`${name} runs: ${server.how}`);
  return server;
}

async function startSimulators(
  ports: Awaited<ReturnType<typeof choosePorts>>,
  secrets: SandboxSecrets,
  api: string,
): Promise<void> {
  const at = (port: number, path: string) => ({ readyUrl: `http://127.0.0.1:${port}${path}` });
  const state = (name: string) => ['--state-file', inSandbox(`${name}.json`)];
  await Promise.all([
    program(
      'smartrecruiters',
      'sandbox/smartrecruiters/main.ts',
      {},
      {
        ...at(ports.smartRecruiters, '/_control/'),
        args: ['--port', String(ports.smartRecruiters), ...state('smartrecruiters')],
      },
    ),
    program(
      'notetaker',
      'sandbox/notetaker/main.ts',
      {
        NOTETAKER_API_KEY: secrets.notetakerApiKey,
        NOTETAKER_WEBHOOK_SECRET: secrets.notetakerWebhookSecret,
      },
      {
        ...at(ports.notetaker, '/_control/'),
        args: [
          '--port',
          String(ports.notetaker),
          '--webhook-url',
          `${api}/v1/webhooks/notetaker/pillar`,
          ...state('notetaker'),
        ],
      },
    ),
    program(
      'identity',
      'sandbox/identity/main.ts',
      {},
      {
        ...at(ports.identity, '/.well-known/jwks.json'),
        args: [
          '--port',
          String(ports.identity),
          '--key-file',
          inSandbox('identity-key.json'),
          '--organizations',
          ...organizations,
        ],
      },
    ),
    program(
      'mail',
      'sandbox/mail/main.ts',
      {},
      {
        ...at(ports.mail, '/api/messages'),
        args: [
          '--smtp-port',
          String(ports.smtp),
          '--web-port',
          String(ports.mail),
          ...state('mail'),
        ],
      },
    ),
  ]);
  say('the simulators run: SmartRecruiters, a notetaker, Pillar’s sign-in, a mail server');
}

async function program(
  name: string,
  entry: string,
  env: Record<string, string>,
  options: { readyUrl: string; args?: string[] },
): Promise<void> {
  const started = await startProgram({ name, entry, env, ...options });
  running.push({ name, stop: started.stop });
}

/** In the reverse order of starting, so that nothing talks to a server that is gone. */
async function stopAll(): Promise<void> {
  if (running.length > 0) process.stdout.write('\nStopping …\n');
  const later = new Set(['Temporal', 'MongoDB']);
  const programs = running.filter(({ name }) => !later.has(name));
  await Promise.all(programs.map(({ stop }) => stop()));
  await Promise.all(running.filter(({ name }) => later.has(name)).map(({ stop }) => stop()));
}

function invitation(addresses: WrittenAddresses): string {
  const other = addresses.organizations.find(({ connected }) => !connected);
  return `
  Open the settings page          ${addresses.page}
  Temporal's UI                   ${addresses.temporalUi ?? '(none)'}
  Move or cancel interviews in    ${addresses.smartrecruiters}/_control/
  The notetaker's bots            ${addresses.notetaker}/_control/
  Mails that were sent            ${addresses.mail}
  Sign in as somebody else        ${addresses.identity}/?return=${encodeURIComponent(`${addresses.page}/`)}

  ${other?.orgId ?? ''} is not connected. To try the install by hand, sign in as its Owner and paste
    client id       ${other?.clientId ?? ''}
    client secret   ${other?.clientSecret ?? ''}

  A bearer token for the API      npm run token -- --org ${addresses.organizations[0]?.orgId ?? ''} --role owner
  Ctrl-C ends all of it; the data stays until npm run reset.
`;
}
