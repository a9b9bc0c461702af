import { Command } from 'commander';
import { closeOnSignals, wholeNumber } from '../program-options.js';
import { startMailCatcher } from './catcher.js';

const program = new Command()
  .name('mail')
  .description('A mail server that delivers nothing and shows what it got.')
  .option('--smtp-port <number>', 'SMTP port on loopback', wholeNumber, 4125)
  .option('--web-port <number>', 'port of the page', wholeNumber, 4104)
  .option('--state-file <path>', 'where mails outlive a restart')
  .parse();

const catcher = await startMailCatcher(
  program.opts<{ smtpPort: number; webPort: number; stateFile?: string }>(),
);
process.stdout.write(`mail ${catcher.smtpUrl}, page ${catcher.url}\n`);

closeOnSignals(() => catcher.close());
