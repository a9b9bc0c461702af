import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { cached, fromCache } from './cache.js';
import { startProcess } from './child-process.js';
import { findOnPath, isExecutable, runToEnd } from './executables.js';
import { freePort, portAnswers } from './ports.js';
import type { Progress } from './progress.js';
import { downloadFromTemporal, requireTemporalDownload } from './temporal-download.js';
import { firstThatWorks, WayIsClosed } from './ways.js';

/** The newest version that `go install` accepts; later ones have a `replace` in their go.mod. */
const cliVersion = 'v1.5.1';
const goPackage = 'github.com/temporalio/cli/cmd/temporal';

const downloadKey = { name: 'temporal-download', version: cliVersion };
const goKey = { name: 'temporal-go', version: cliVersion };

/** An address of a server that runs already, or the Temporal CLI, which has a server inside. */
export type LocatedTemporal =
  | { kind: 'given'; address: string }
  | { kind: 'executable'; path: string; how: string };

/**
 * Finds a Temporal server: `TEMPORAL_ADDRESS`, `temporal` on the PATH, Temporal's download, a build
 * by Go (minutes, once on a machine). Rejects with all four ways and their reasons when none works.
 */
export async function locateTemporal(input: { progress: Progress }): Promise<LocatedTemporal> {
  const { progress } = input;
  const executableIn = (how: string) => async (folder: string | null) =>
    folder === null ? null : ({ kind: 'executable', path: join(folder, 'temporal'), how } as const);
  const downloaded = executableIn(`temporal ${cliVersion} from temporal.download`);
  const built = executableIn(`temporal ${cliVersion} built by go install`);

  return firstThatWorks<LocatedTemporal>({
    server: 'Temporal',
    progress,
    present: [
      {
        advice: 'set TEMPORAL_ADDRESS to a server that runs',
        get: async () => {
          const address = process.env.TEMPORAL_ADDRESS;
          return address ? { kind: 'given', address } : null;
        },
      },
      {
        advice: 'put the Temporal CLI, `temporal`, on the PATH',
        get: async () => {
          const path = await findOnPath('temporal');
          return path === null
            ? null
            : { kind: 'executable', path, how: 'temporal found on the PATH' };
        },
      },
    ],
    obtained: [
      {
        advice: 'let it be downloaded from temporal.download',
        earlier: async () => downloaded(await fromCache(downloadKey)),
        get: async () => {
          await requireTemporalDownload();
          const folder = await cached({
            ...downloadKey,
            what: `downloading the Temporal CLI ${cliVersion}`,
            progress,
            build: (target) =>
              downloadFromTemporal({
                artifact: 'cli',
                version: cliVersion,
                folder: target,
                target: join(target, 'temporal'),
              }),
          });
          return downloaded(folder);
        },
      },
      {
        advice: 'install Go 1.25 or later, so that it can be built',
        earlier: async () => built(await fromCache(goKey)),
        get: async () => built(await buildWithGo(progress)),
      },
    ],
  });
}

async function buildWithGo(progress: Progress): Promise<string> {
  const go = await findOnPath('go');
  if (go === null) throw new WayIsClosed('go is not on the PATH');
  return cached({
    ...goKey,
    what: `building the Temporal CLI ${cliVersion} with Go (about 6 minutes, once)`,
    progress,
    build: async (folder) => {
      await runToEnd({
        command: go,
        args: ['install', '-ldflags', '-s -w', `${goPackage}@${cliVersion}`],
        cwd: folder,
        env: { GOBIN: folder, GOFLAGS: '' },
      });
      if (!(await isExecutable(join(folder, 'temporal')))) {
        throw new Error('go install left no executable called temporal');
      }
    },
  });
}

/** A Temporal server that answers. */
export type RunningTemporal = {
  /** `host:port` of its gRPC frontend. */
  address: string;
  /** Where a person sees the workflows; null when headless or given. */
  uiUrl: string | null;
  /** Which of the ways it came by, for a person. */
  how: string;
  /** Of the process that was started here; null for a given server. */
  pid: number | null;
  /** Ends what was started here; a given server is left alone. */
  stop: () => Promise<void>;
};

/**
 * Starts a dev server, or takes the one in `TEMPORAL_ADDRESS` (as it is: nothing is started,
 * probed or registered there). Listens on 127.0.0.1 only; a port that is taken is replaced by a
 * free one. Resolves when the namespace `default` answers over gRPC.
 *
 * With `databaseFile` everything outlives the server, search attributes included; without it all
 * is gone when it stops. Rejects with the end of its output when it does not come up.
 */
export async function startTemporal(input: {
  databaseFile?: string;
  port?: number;
  uiPort?: number;
  headless?: boolean;
  /** Registered before this resolves, also in a database of an earlier run that lacks them. */
  searchAttributes: SearchAttribute[];
  /** Where the UI sends payloads to be decoded: a URL without a path's last slash. */
  codecEndpoint?: string;
  logFile?: string;
  progress: Progress;
}): Promise<RunningTemporal> {
  const { databaseFile, headless = false, searchAttributes, codecEndpoint, logFile } = input;
  const located = await locateTemporal({ progress: input.progress });
  if (located.kind === 'given') {
    return {
      address: located.address,
      uiUrl: null,
      how: 'given by TEMPORAL_ADDRESS',
      pid: null,
      stop: async () => undefined,
    };
  }

  const port = await freePort(input.port);
  const uiPort = headless ? null : await freePort(input.uiPort);
  const address = `127.0.0.1:${port}`;
  const running = await startProcess({
    name: 'The Temporal server',
    command: located.path,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port)],
      ...['--namespace', 'default', '--log-level', 'warn', '--log-format', 'pretty'],
      // It would ask the maker's site for newer versions.
      ...['--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
      ...(uiPort === null ? ['--headless'] : ['--ui-port', String(uiPort)]),
      ...(codecEndpoint === undefined || uiPort === null
        ? []
        : ['--ui-codec-endpoint', codecEndpoint]),
      ...(databaseFile === undefined ? [] : ['--db-filename', databaseFile]),
      ...searchAttributes.flatMap(({ name, type }) => ['--search-attribute', `${name}=${type}`]),
    ],
    ...(logFile === undefined ? {} : { logFile }),
    isReady: async () =>
      (await portAnswers(port)) && (await isServing({ address, uiPort, searchAttributes })),
  });
  return {
    address,
    uiUrl: uiPort === null ? null : `http://127.0.0.1:${uiPort}`,
    how: located.how,
    pid: running.pid,
    stop: running.stop,
  };
}

/** Whether the namespace answers, knows the search attributes, and the UI shows its page. */
async function isServing(input: {
  address: string;
  uiPort: number | null;
  searchAttributes: SearchAttribute[];
}): Promise<boolean> {
  const { address, uiPort, searchAttributes } = input;
  const connection = await Connection.connect({ address, connectTimeout: 1_000 });
  try {
    const registered = await connection.withDeadline(Date.now() + 5_000, async () => {
      await connection.workflowService.getSystemInfo({});
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      return registerMissing({ connection, searchAttributes });
    });
    if (!registered) return false;
  } finally {
    await connection.close();
  }
  if (uiPort === null) return true;
  const page = await fetch(`http://127.0.0.1:${uiPort}/`, { signal: AbortSignal.timeout(2_000) });
  return page.ok;
}

/**
 * The server takes the search attributes of its command line only while it makes a new database:
 * one that came later is missing in an older file. Answers whether all of them were there already.
 */
async function registerMissing(input: {
  connection: Connection;
  searchAttributes: SearchAttribute[];
}): Promise<boolean> {
  const { connection, searchAttributes } = input;
  const { customAttributes } = await connection.operatorService.listSearchAttributes({
    namespace: 'default',
  });
  const missing = searchAttributes.filter(({ name }) => customAttributes?.[name] === undefined);
  if (missing.length === 0) return true;
  await connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: Object.fromEntries(
      missing.map(({ name, type }) => [name, indexedValueTypes[type]]),
    ),
  });
  return false;
}

/** `IndexedValueType` of Temporal's API (`temporal/api/enums/v1/common.proto`). */
const indexedValueTypes = {
  Text: 1,
  Keyword: 2,
  Int: 3,
  Double: 4,
  Bool: 5,
  Datetime: 6,
  KeywordList: 7,
} as const;

/** A search attribute and its type, named as the CLI names it. */
export type SearchAttribute = { name: string; type: keyof typeof indexedValueTypes };
