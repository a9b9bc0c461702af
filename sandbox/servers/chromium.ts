import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { cached, cacheFolder, fromCache } from './cache.js';
import { findOnPath, isExecutable, runToEnd } from './executables.js';
import { withLock } from './lock.js';
import { requireHost } from './network.js';
import { type Progress, withProgress } from './progress.js';
import { firstThatWorks, WayIsClosed } from './ways.js';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** An executable for playwright's `launch({ executablePath })`, and where it is from. */
export type LocatedChromium = { path: string; how: string };

/**
 * Finds Chromium: `CHROMIUM_PATH`, the PATH, playwright's download, Debian's package (as root).
 * Rejects with all four ways and their reasons when none works.
 */
export async function locateChromium(input: { progress: Progress }): Promise<LocatedChromium> {
  const { progress } = input;
  return firstThatWorks<LocatedChromium>({
    server: 'Chromium',
    progress,
    present: [
      {
        advice: 'set CHROMIUM_PATH to its executable',
        get: async () => {
          const path = process.env.CHROMIUM_PATH;
          if (!path) return null;
          if (!(await isExecutable(path))) throw new Error(`${path} is not an executable file`);
          return { path, how: 'given by CHROMIUM_PATH' };
        },
      },
      {
        advice: 'put `chromium` or `google-chrome` on the PATH',
        get: async () => {
          const path = await findOnPath(...names);
          return path === null ? null : { path, how: 'found on the PATH' };
        },
      },
    ],
    obtained: [
      {
        advice: 'let playwright download it',
        earlier: async () => {
          const folder = await fromCache(await playwrightKey());
          return folder === null ? null : inPlaywrightFolder(folder);
        },
        get: async () => {
          await requireHost('cdn.playwright.dev');
          const folder = await cached({
            ...(await playwrightKey()),
            what: 'downloading Chromium with playwright',
            progress,
            build: downloadWithPlaywright,
          });
          return inPlaywrightFolder(folder);
        },
      },
      {
        advice: 'run as root on Debian, or `apt-get install chromium`',
        get: () => installOnDebian(progress),
      },
    ],
  });
}

function playwrightFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('playwright-core/package.json'));
}

async function playwrightKey(): Promise<{ name: string; version: string }> {
  const description = await readFile(join(playwrightFolder(), 'package.json'), 'utf8');
  const { version } = JSON.parse(description) as { version: string };
  return { name: 'chromium-playwright', version };
}

async function downloadWithPlaywright(folder: string): Promise<void> {
  await runToEnd({
    command: process.execPath,
    args: [join(playwrightFolder(), 'cli.js'), 'install', 'chromium', '--no-shell'],
    env: { PLAYWRIGHT_BROWSERS_PATH: folder },
    withinMs: 10 * 60_000,
  });
}

/** playwright reads its browsers' folder when it is loaded: only another process can be asked. */
async function inPlaywrightFolder(folder: string): Promise<LocatedChromium> {
  const path = await runToEnd({
    command: process.execPath,
    args: ['-p', `require(${JSON.stringify(playwrightFolder())}).chromium.executablePath()`],
    env: { PLAYWRIGHT_BROWSERS_PATH: folder },
  });
  if (!(await isExecutable(path))) throw new Error('playwright left no executable Chromium');
  return { path, how: "playwright's download" };
}

async function installOnDebian(progress: Progress): Promise<LocatedChromium> {
  const aptGet = await findOnPath('apt-get');
  const system = await readFile('/etc/os-release', 'utf8').catch(() => '');
  if (!/^ID=debian$/m.test(system)) throw new WayIsClosed('this is not Debian');
  if (aptGet === null) throw new WayIsClosed('apt-get is not on the PATH');
  if (process.getuid?.() !== 0) throw new WayIsClosed('this user is not root');
  const what = 'installing Chromium with apt-get';
  await mkdir(cacheFolder(), { recursive: true });
  return withLock({
    path: join(cacheFolder(), 'chromium-apt.lock'),
    what,
    progress,
    work: async () => {
      if ((await findOnPath(...names)) === null) {
        await withProgress({ what, progress, work: () => aptInstall(aptGet) });
      }
      const path = await findOnPath(...names);
      if (path === null) throw new Error('apt-get left no chromium on the PATH');
      return { path, how: 'installed with apt-get' };
    },
  });
}

async function aptInstall(aptGet: string): Promise<void> {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await runToEnd({ command: aptGet, args: ['update'], env });
  await runToEnd({
    command: aptGet,
    args: ['install', '-y', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
    env,
  });
}
