import { Command, InvalidArgumentError } from 'commander';
import { startMailCatcher } from './catcher.js';

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) {
    throw new InvalidArgumentError('a whole number, please');
  }
  return value;
}

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

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void catcher.close().then(() => process.exit(0));
  });
}
