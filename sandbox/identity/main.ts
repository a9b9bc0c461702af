import { Command } from 'commander';
import { closeOnSignals, wholeNumber } from '../program-options.js';
import { startIdentitySimulator } from './simulator.js';

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

closeOnSignals(() => simulator.close());
