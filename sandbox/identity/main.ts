import { Command, InvalidArgumentError } from 'commander';
import { startIdentitySimulator } from './simulator.js';

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) {
    throw new InvalidArgumentError('a whole number, please');
  }
  return value;
}

const program = new Command()
  .name('identity')
  .description("A stand-in for Pillar's sign-in.")
  .option('--port <number>', 'port on loopback', wholeNumber, 4103)
  .option('--key-file <path>', 'where the signing key outlives a restart')
  .option('--organizations <ids...>', 'organizations of the people', ['org-demo', 'org-other'])
  .option('--issuer <url>', 'issuer of the tokens (unset: the own address)')
  .option('--audience <name>', 'audience of the tokens', 'pillar-smartrecruiters')
  .option('--token-seconds <number>', 'life of a token', wholeNumber, 900)
  .option('--no-sign-in-by-default', 'a visitor without a cookie is nobody')
  .parse();

const simulator = await startIdentitySimulator(
  program.opts<{
    port: number;
    keyFile?: string;
    organizations: string[];
    issuer?: string;
    audience: string;
    tokenSeconds: number;
    signInByDefault: boolean;
  }>(),
);
process.stdout.write(`sign-in ${simulator.url}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void simulator.close().then(() => process.exit(0));
  });
}
