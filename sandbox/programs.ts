import { join } from 'node:path';
import { inSandbox, projectFolder } from './folder.js';
import { type RunningProcess, startProcess } from './servers/child-process.js';

/** Starts one of the project's programs with its log in the sandbox's folder. */
export async function startProgram(input: {
  name: string;
  /** Path below the project's folder. */
  entry: string;
  args?: string[];
  env?: Record<string, string>;
  /** A URL that answers 200 once the program is ready. */
  readyUrl: string;
}): Promise<RunningProcess> {
  return await startProcess({
    name: input.name,
    command: process.execPath,
    args: ['--import', 'tsx', join(projectFolder, input.entry), ...(input.args ?? [])],
    cwd: projectFolder,
    env: { ...cleanEnvironment(), ...input.env },
    logFile: inSandbox('logs', `${input.name}.log`),
    isReady: () => answers(input.readyUrl),
    readyWithinMs: 90_000,
    graceMs: 45_000,
  });
}

export async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  await response.body?.cancel();
  return response.ok;
}

/** The programs are told everything by the sandbox; what the shell happens to hold must not leak in. */
function cleanEnvironment(): Record<string, string> {
  const { PATH, HOME, LANG, TMPDIR } = process.env;
  return Object.fromEntries(
    Object.entries({ PATH, HOME, LANG, TMPDIR }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
}
