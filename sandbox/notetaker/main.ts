import { Command } from 'commander';
import { closeOnSignals, wholeNumber } from '../program-options.js';
import { startNotetakerSimulator } from './simulator.js';

const program = new Command()
  .name('notetaker')
  .description('A notetaker that joins nothing: it keeps the contract in docs/.')
  .option('--port <number>', 'port on loopback', wholeNumber, 4102)
  .option('--state-file <path>', 'where bots outlive a restart')
  .requiredOption('--api-key <key>', 'bearer key', process.env.NOTETAKER_API_KEY)
  .option('--webhook-url <url>', 'where state changes are posted')
  .option('--webhook-secret <secret...>', 'what signs them', process.env.NOTETAKER_WEBHOOK_SECRET)
  .option('--step-ms <number>', 'pause between two states', wholeNumber, 1200)
  .option('--longest-wait-ms <number>', 'longest wait of a bot', wholeNumber, 30_000)
  .option('--meeting-ms <number>', 'length of each meeting (unset: until leaveAt)', wholeNumber)
  .option('--creates-per-minute <number>', 'limit of creates', wholeNumber, 600)
  .parse();

const options = program.opts<{
  port: number;
  stateFile?: string;
  apiKey: string;
  webhookUrl?: string;
  webhookSecret?: string | string[];
  stepMs: number;
  longestWaitMs: number;
  meetingMs?: number;
  createsPerMinute: number;
}>();

const simulator = await startNotetakerSimulator({
  ...options,
  pace: {
    stepMs: options.stepMs,
    longestWaitMs: options.longestWaitMs,
    meetingMs: options.meetingMs,
  },
});
process.stdout.write(`notetaker ${simulator.apiUrl}, controls ${simulator.url}/_control/\n`);

closeOnSignals(() => simulator.close());
