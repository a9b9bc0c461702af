import { fileURLToPath } from 'node:url';
import { answers } from '../sandbox/programs.js';
import { type RunningProcess, startProcess } from '../sandbox/servers/child-process.js';
import { freePort } from '../sandbox/servers/ports.js';
import type { World } from './world.js';

async function startProgram(input: {
  world: Pick<World, 'environment'>;
  entry: string;
  readyPath: string;
  readyPort: 'API_PORT' | 'OPERATIONS_PORT';
  operationsPort: number;
}): Promise<RunningProcess> {
  const { world, entry, readyPath, readyPort } = input;
  const env: Record<string, string> = {
    ...world.environment,
    OPERATIONS_PORT: String(input.operationsPort),
  };
  return await startProcess({
    name: entry,
    command: process.execPath,
    args: ['--import', 'tsx', fileURLToPath(new URL(`../${entry}`, import.meta.url))],
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    isReady: () => answers(`http://127.0.0.1:${env[readyPort]}${readyPath}`),
    readyWithinMs: 90_000,
    graceMs: 45_000,
  });
}

type Started = { world: Pick<World, 'environment'> };

/** A process of the product, and where operators ask it. */
export type ProductProcess = RunningProcess & { operationsPort: number };

/** The product's worker as it runs everywhere. */
export async function startProductWorker({ world }: Started): Promise<ProductProcess> {
  const operationsPort = await freePort();
  const [entry, readyPath] = ['worker/main.ts', '/readyz'];
  const program = { world, entry, readyPath, operationsPort };
  return { ...(await startProgram({ ...program, readyPort: 'OPERATIONS_PORT' })), operationsPort };
}

/** The product's API as it runs everywhere. */
export async function startApi({ world }: Started): Promise<RunningProcess> {
  const operationsPort = await freePort();
  const [entry, readyPath] = ['api/main.ts', '/readyz'];
  return startProgram({ world, entry, readyPath, readyPort: 'API_PORT', operationsPort });
}

/** The worker of the bare workflows, in a process of its own like the product's. */
export async function startBareWorker({ world }: Started): Promise<RunningProcess> {
  const operationsPort = await freePort();
  const [entry, readyPath] = ['bench/bare-worker.ts', '/'];
  return startProgram({ world, entry, readyPath, readyPort: 'OPERATIONS_PORT', operationsPort });
}
