import { parseArgs } from 'node:util';
import { closeOnSignals } from '../program-options.js';
import { startSmartRecruitersSimulator } from './simulator.js';

/**
 * The simulator as a program: `tsx sandbox/smartrecruiters/main.ts --port 4010 --state-file F`.
 * Prints its address as one line of JSON when it is ready; SIGTERM and SIGINT end it cleanly.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4010' },
    'state-file': { type: 'string' },
    'token-lifetime-seconds': { type: 'string', default: '1800' },
    'time-factor': { type: 'string', default: '1' },
  },
});

const stateFile = values['state-file'];
const simulator = await startSmartRecruitersSimulator({
  port: Number(values.port),
  tokenLifetimeSeconds: Number(values['token-lifetime-seconds']),
  timeFactor: Number(values['time-factor']),
  ...(stateFile === undefined ? {} : { stateFile }),
});

closeOnSignals(() => simulator.close());
process.stdout.write(
  `${JSON.stringify({ url: simulator.url, control: `${simulator.url}/_control/` })}\n`,
);
