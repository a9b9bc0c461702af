import { startProcess } from '../../sandbox/servers/child-process.js';
import type { World } from './stack.js';

/** `api/main.ts` in a process of its own. */
export interface ApiProcess {
  pid: number;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  kill9(): Promise<void>;
  stop(): Promise<void>;
  output(): string;
}

/** Starts the API with the environment of a world; resolves when it answers. */
export async function startApiProcess(input: {
  world: Pick<World, 'environment' | 'apiUrl'>;
}): Promise<ApiProcess> {
  const { environment, apiUrl } = input.world;
  const running = await startProcess({
    name: 'The API',
    command: process.execPath,
    args: ['--import', 'tsx', 'api/main.ts'],
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
    isReady: async () => (await fetch(`${apiUrl}/healthz`)).ok,
  });
  return {
    pid: running.pid,
    exited: running.exited,
    async kill9() {
      process.kill(running.pid, 'SIGKILL');
      await running.exited;
    },
    stop: running.stop,
    output: running.outputTail,
  };
}
