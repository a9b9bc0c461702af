import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached, fromCache } from './cache.js';
import { fetchJars, requireJava, requireMaven } from './maven.js';
import type { Progress } from './progress.js';
import { downloadFromTemporal, requireTemporalDownload } from './temporal-download.js';
import { firstThatWorks } from './ways.js';

const version = '1.35.0';
const executable = 'temporal-test-server';
const downloadKey = { name: 'time-skipping-server-download', version };
const mavenKey = { name: 'time-skipping-server-maven', version };

/** An executable for `TestWorkflowEnvironment.createTimeSkipping`, and where it is from. */
export type LocatedTimeSkippingServer = { path: string; how: string };

/**
 * Finds Temporal's time-skipping test server: the download the SDK uses, else Maven and Java.
 * Hand it on as `server: { executable: { type: 'existing-path', path } }`. Rejects with both ways
 * and their reasons when neither works.
 */
export async function locateTimeSkippingServer(input: {
  progress: Progress;
}): Promise<LocatedTimeSkippingServer> {
  const { progress } = input;
  const executableIn = (how: string) => (folder: string | null) =>
    folder === null ? null : { path: join(folder, executable), how };
  const downloaded = executableIn(`test server ${version} from temporal.download`);
  const fetched = executableIn(`test server ${version} from Maven, run by Java`);

  return firstThatWorks<LocatedTimeSkippingServer>({
    server: "Temporal's time-skipping test server",
    progress,
    present: [],
    obtained: [
      {
        advice: 'let it be downloaded from temporal.download',
        earlier: async () => downloaded(await fromCache(downloadKey)),
        get: async () => {
          await requireTemporalDownload();
          const folder = await cached({
            ...downloadKey,
            what: `downloading the time-skipping test server ${version}`,
            progress,
            build: (target) =>
              downloadFromTemporal({
                artifact: 'temporal-test-server',
                version: `v${version}`,
                folder: target,
                target: join(target, executable),
              }),
          });
          return downloaded(folder);
        },
      },
      {
        advice: 'install Maven and Java 11 or later, so that it can be fetched',
        earlier: async () => {
          const folder = await fromCache(mavenKey);
          if (folder !== null) await requireJava();
          return fetched(folder);
        },
        get: async () => {
          await requireJava();
          await requireMaven();
          const folder = await cached({
            ...mavenKey,
            what: `fetching the time-skipping test server ${version} with Maven`,
            progress,
            build: fetchServer,
          });
          return fetched(folder);
        },
      },
    ],
  });
}

async function fetchServer(folder: string): Promise<void> {
  await fetchJars({
    folder,
    libraries: [`io.temporal:temporal-test-server:${version}`, 'org.slf4j:slf4j-simple:2.0.16'],
  });
  const script = join(folder, executable);
  await writeFile(script, wrapper);
  await chmod(script, 0o755);
}

/**
 * The SDK gives the server five seconds to come up and ends it by SIGKILL to this one process:
 * hence the cheap compiler and collector, and `exec`. No `--enable-time-skipping`: with it time
 * runs from the start, the SDK's first unlock is one too many ("Unbalanced lock and unlock calls"),
 * a sleep of one day takes two, and a first workflow may run into its timeout. The SDK unlocks it.
 */
const wrapper = `#!/bin/sh
here=$(cd "$(dirname "$0")" && pwd)
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dorg.slf4j.simpleLogger.defaultLogLevel=warn \\
  -cp "$here/lib/*" io.temporal.testserver.TestServer "$@"
`;
