import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { projectFolder } from './folder.js';
import { type Progress, withProgress } from './servers/progress.js';

/** Builds the settings page unless the built one is newer than every source of it. */
export async function ensurePage(input: { progress: Progress }): Promise<void> {
  const built = join(projectFolder, 'dist', 'web', 'index.html');
  const newestSource = await newestIn(join(projectFolder, 'web'));
  if (existsSync(built) && statSync(built).mtimeMs > newestSource) return;
  await withProgress({
    what: 'Building the settings page',
    progress: input.progress,
    work: () => build({ root: join(projectFolder, 'web'), logLevel: 'warn' }),
  });
}

async function newestIn(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const times = files
    .filter((file) => file.isFile())
    .map((file) => statSync(join(file.parentPath, file.name)).mtimeMs);
  return Math.max(0, ...times);
}
