import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock.js';
import { type Progress, withProgress } from './progress.js';

/**
 * Where built and fetched servers are kept: `PILLAR_CACHE_DIR`, else a folder of this product in
 * the XDG cache (`XDG_CACHE_HOME`, by default `~/.cache`). Outside the checkout, so a fresh clone finds it.
 */
export function cacheFolder(): string {
  const moved = process.env.PILLAR_CACHE_DIR;
  if (moved) return moved;
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'pillar-smartrecruiters');
}

/** What is asked of the cache: a folder for one version of one thing. */
export type CacheKey = { name: string; version: string };

/** The folder of a finished build, or null when there is none. Never builds. */
export async function fromCache(key: CacheKey): Promise<string | null> {
  const folder = finishedFolder(key);
  return (await isFolder(folder)) ? folder : null;
}

/**
 * Answers the folder that `build` filled, building it once for a machine.
 *
 * `build` gets a temporary folder; what it leaves there is renamed into place when it is complete,
 * so an interrupted build leaves nothing that looks finished. A lock keeps a second process waiting
 * instead of building the same. Rejects with what `build` rejects with.
 */
export async function cached(
  input: CacheKey & {
    /** What the progress lines call it; the name and version by default. */
    what?: string;
    build: (folder: string) => Promise<void>;
    progress: Progress;
  },
): Promise<string> {
  const { name, version, build, progress } = input;
  const what = input.what ?? `preparing ${name} ${version}`;
  const finished = finishedFolder(input);
  if (await isFolder(finished)) return finished;
  await mkdir(cacheFolder(), { recursive: true });
  return withLock({
    path: `${finished}.lock`,
    what,
    progress,
    work: async () => {
      if (await isFolder(finished)) return finished;
      await removeLeftovers(finished);
      const temporary = `${finished}.building-${randomUUID()}`;
      await mkdir(temporary, { recursive: true });
      try {
        await withProgress({ what, progress, work: () => build(temporary) });
        await rename(temporary, finished);
      } catch (error) {
        if (await isFolder(finished)) return finished;
        throw error;
      } finally {
        await rm(temporary, { recursive: true, force: true });
      }
      return finished;
    },
  });
}

function finishedFolder({ name, version }: CacheKey): string {
  return join(cacheFolder(), `${name}-${version}`);
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found?.isDirectory() ?? false;
}

/** Only the holder of the lock calls this: whatever lies there was left by a build that died. */
async function removeLeftovers(finished: string): Promise<void> {
  for (const entry of await readdir(cacheFolder())) {
    const path = join(cacheFolder(), entry);
    if (path.startsWith(`${finished}.building-`)) await rm(path, { recursive: true, force: true });
  }
}
