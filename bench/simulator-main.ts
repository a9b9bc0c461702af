import { once } from 'node:events';
import {
  type SmartRecruitersSimulatorOptions,
  startSmartRecruitersSimulator,
} from '../sandbox/smartrecruiters/simulator.js';

/** The simulated SmartRecruiters of a benchmark: its options come as JSON, its address goes out. */
const options = JSON.parse(process.argv[2] ?? '{}') as SmartRecruitersSimulatorOptions;
const simulator = await startSmartRecruitersSimulator(options);
process.stdout.write(`${JSON.stringify({ url: simulator.url })}\n`);
await once(process, 'SIGTERM');
await simulator.close();
