import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import mongoose from 'mongoose';
import { cached, fromCache } from './cache.js';
import { type RunningProcess, startProcess } from './child-process.js';
import { findOnPath, isExecutable } from './executables.js';
import { fetchJars, requireJava, requireMaven } from './maven.js';
import { requireHost } from './network.js';
import { freePort, portAnswers } from './ports.js';
import type { Progress } from './progress.js';
import { firstThatWorks } from './ways.js';

const mongodVersion = '8.2.6';
const standInVersion = '1.47.0';
const downloadKey = { name: 'mongod', version: mongodVersion };
const mavenKey = { name: 'mongodb-stand-in', version: standInVersion };
const standInSource = fileURLToPath(new URL('./mongodb-stand-in/Main.java', import.meta.url));

/** A database that runs already, MongoDB's own server, or the folder of the stand-in's libraries. */
export type LocatedMongodb =
  | { kind: 'given'; uri: string }
  | { kind: 'mongod'; path: string; how: string }
  | { kind: 'stand-in'; folder: string; java: string; how: string };

/**
 * Finds a MongoDB: `MONGODB_URI`, `mongod` on the PATH, MongoDB's download, a stand-in by Maven and
 * Java. Rejects with all four ways and their reasons when none works.
 */
export async function locateMongodb(input: { progress: Progress }): Promise<LocatedMongodb> {
  const { progress } = input;
  const downloaded = (folder: string | null) =>
    folder === null
      ? null
      : ({
          kind: 'mongod',
          path: join(folder, 'mongod'),
          how: `mongod ${mongodVersion} from fastdl.mongodb.org`,
        } as const);
  const standIn = async (folder: string | null) =>
    folder === null
      ? null
      : ({
          kind: 'stand-in',
          folder,
          java: await requireJava(),
          how: `mongo-java-server ${standInVersion} from Maven, a stand-in for MongoDB`,
        } as const);

  return firstThatWorks<LocatedMongodb>({
    server: 'MongoDB',
    progress,
    present: [
      {
        advice: 'set MONGODB_URI to a database that runs',
        get: async () => {
          const uri = process.env.MONGODB_URI;
          return uri ? { kind: 'given', uri } : null;
        },
      },
      {
        advice: 'put `mongod` on the PATH',
        get: async () => {
          const path = await findOnPath('mongod');
          return path === null ? null : { kind: 'mongod', path, how: 'mongod found on the PATH' };
        },
      },
    ],
    obtained: [
      {
        advice: 'let it be downloaded from fastdl.mongodb.org',
        earlier: async () => downloaded(await fromCache(downloadKey)),
        get: async () => {
          await requireHost('fastdl.mongodb.org');
          const folder = await cached({
            ...downloadKey,
            what: `downloading mongod ${mongodVersion}`,
            progress,
            build: downloadMongod,
          });
          return downloaded(folder);
        },
      },
      {
        advice:
          'install Maven and a Java 11 or later development kit, so that a stand-in can be fetched',
        earlier: async () => standIn(await fromCache(mavenKey)),
        get: async () => {
          await requireJava();
          await requireMaven();
          const folder = await cached({
            ...mavenKey,
            what: `fetching a stand-in for MongoDB ${standInVersion} with Maven`,
            progress,
            build: (target) =>
              fetchJars({
                folder: target,
                libraries: [
                  `de.bwaldvogel:mongo-java-server:${standInVersion}`,
                  `de.bwaldvogel:mongo-java-server-h2-backend:${standInVersion}`,
                  'org.slf4j:slf4j-simple:2.0.16',
                ],
              }),
          });
          return standIn(folder);
        },
      },
    ],
  });
}

async function downloadMongod(folder: string): Promise<void> {
  const { MongoBinary } = await import('mongodb-memory-server-core/lib/util/MongoBinary.js');
  const path = await MongoBinary.getPath({ version: mongodVersion, downloadDir: folder });
  if (path !== join(folder, 'mongod')) await rename(path, join(folder, 'mongod'));
  for (const entry of await readdir(folder)) {
    if (entry !== 'mongod') await rm(join(folder, entry), { recursive: true, force: true });
  }
  if (!(await isExecutable(join(folder, 'mongod')))) throw new Error('no mongod was unpacked');
}

/** A database that answers. */
export type RunningMongodb = {
  /** With the name of the database: `mongodb://127.0.0.1:port/name`, or what was given. */
  uri: string;
  /** Which of the ways it came by, for a person. */
  how: string;
  /** Of the process that was started here; null for a given database. */
  pid: number | null;
  /** Ends what was started here; a given database is left alone. */
  stop: () => Promise<void>;
};

/**
 * Starts a database on 127.0.0.1, or takes the one in `MONGODB_URI` (as it is, nothing is probed).
 * With `dataFolder` what it acknowledged outlives it, also a kill; without, all is gone when it
 * stops. A port that is taken is replaced by a free one. Rejects with the end of its output when
 * it does not come up.
 */
export async function startMongodb(input: {
  dataFolder?: string;
  port?: number;
  /** The database in the answered URI: `pillar` by default. */
  databaseName?: string;
  logFile?: string;
  /**
   * It will be busy for minutes: the stand-in may compile what it runs well, and has memory. Without,
   * it starts quickly and costs little.
   */
  busy?: boolean;
  progress: Progress;
}): Promise<RunningMongodb> {
  const { dataFolder, databaseName = 'pillar', logFile, busy = false } = input;
  const located = await locateMongodb({ progress: input.progress });
  if (located.kind === 'given') {
    return {
      uri: located.uri,
      how: 'given by MONGODB_URI',
      pid: null,
      stop: async () => undefined,
    };
  }
  const port = await freePort(input.port);
  const uri = `mongodb://127.0.0.1:${port}/${databaseName}`;
  if (dataFolder !== undefined) await mkdir(dataFolder, { recursive: true });
  const start = (command: string, args: string[]) =>
    startProcess({
      name: 'The database',
      command,
      args,
      ...(logFile === undefined ? {} : { logFile }),
      isReady: async () => (await portAnswers(port)) && (await databaseAnswers(uri)),
    });
  if (located.kind === 'mongod') {
    const folder = dataFolder ?? (await mkdtemp(join(tmpdir(), 'pillar-mongod-')));
    const running = await start(located.path, [
      ...['--port', String(port), '--bind_ip', '127.0.0.1', '--dbpath', folder, '--quiet'],
    ]);
    return answer({ uri, how: located.how, running, temporary: dataFolder ? null : folder });
  }
  const running = await start(located.java, [
    '-XX:+UseSerialGC',
    ...(busy ? ['-Xmx1g', '-Xmn384m'] : ['-XX:TieredStopAtLevel=1', '-Xmx512m']),
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    ...['-cp', join(located.folder, 'lib', '*'), standInSource, String(port)],
    ...(dataFolder === undefined ? [] : [join(dataFolder, 'stand-in.mv')]),
  ]);
  return answer({ uri, how: located.how, running, temporary: null });
}

function answer(input: {
  uri: string;
  how: string;
  running: RunningProcess;
  temporary: string | null;
}): RunningMongodb {
  const { uri, how, running, temporary } = input;
  return {
    uri,
    how,
    pid: running.pid,
    stop: async () => {
      await running.stop();
      if (temporary !== null) await rm(temporary, { recursive: true, force: true });
    },
  };
}

async function databaseAnswers(uri: string): Promise<boolean> {
  const client = new mongoose.mongo.MongoClient(uri, {
    serverSelectionTimeoutMS: 500,
    connectTimeoutMS: 500,
    directConnection: true,
  });
  try {
    await client.db().command({ ping: 1 });
    return true;
  } finally {
    await client.close();
  }
}
