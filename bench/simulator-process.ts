import { fileURLToPath } from 'node:url';
import { startProcess } from '../sandbox/servers/child-process.js';
import type { SmartRecruitersControl } from '../sandbox/smartrecruiters/control.js';
import { createSmartRecruitersControlClient } from '../sandbox/smartrecruiters/control-client.js';
import type { SmartRecruitersSimulatorOptions } from '../sandbox/smartrecruiters/simulator.js';

/** What a program sees of the simulated SmartRecruiters, wherever that runs. */
export interface RemoteSimulator {
  url: string;
  control: SmartRecruitersControl;
  close(): Promise<void>;
}

/** What can be said to a simulator that runs somewhere else. */
export type SimulatorProcessOptions = Omit<SmartRecruitersSimulatorOptions, 'now' | 'stateFile'>;

/**
 * Starts the simulated SmartRecruiters in a process of its own, so that what is measured and what
 * answers it do not wait for one event loop. Rejects with its output when it does not come up.
 */
export async function startSimulatorProcess(
  options: SimulatorProcessOptions = {},
): Promise<RemoteSimulator> {
  let url = '';
  const running = await startProcess({
    name: 'The simulated SmartRecruiters',
    command: process.execPath,
    args: [
      ...['--import', 'tsx', fileURLToPath(new URL('./simulator-main.ts', import.meta.url))],
      JSON.stringify(options),
    ],
    env: { ...process.env, NODE_OPTIONS: '' },
    onLine(line) {
      if (line.startsWith('{')) ({ url } = JSON.parse(line) as { url: string });
    },
    isReady: async () => url !== '',
  });
  return { url, control: createSmartRecruitersControlClient({ url }), close: running.stop };
}
