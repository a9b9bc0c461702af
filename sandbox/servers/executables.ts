import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';

/** The first executable file of one of these names on the PATH, or null. */
export async function findOnPath(...names: string[]): Promise<string | null> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const name of names) {
    for (const folder of folders) {
      const path = join(folder, name);
      if (await isExecutable(path)) return path;
    }
  }
  return null;
}

/** Whether this is a file that this user may execute. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs a program to its end and answers what it wrote. Rejects with the last lines of its output
 * when it fails, or is not done within `withinMs` (30 minutes by default).
 */
export async function runToEnd(input: {
  command: string;
  args: string[];
  cwd?: string;
  env?: Record<string, string>;
  withinMs?: number;
}): Promise<string> {
  const { command, args, cwd, env = {}, withinMs = 30 * 60_000 } = input;
  const run = await execa(command, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env,
    all: true,
    stdin: 'ignore',
    reject: false,
    timeout: withinMs,
  });
  if (!run.failed) return run.all;
  const why = run.timedOut
    ? `took longer than ${withinMs / 60_000} minutes`
    : `ended with ${run.exitCode ?? run.signal ?? run.code}`;
  const tail = run.all.split('\n').slice(-12).join('\n').trim();
  throw new Error(`${command} ${args[0] ?? ''} ${why}${tail === '' ? '' : `: ${tail}`}`);
}
