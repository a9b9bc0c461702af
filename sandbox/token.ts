import { Command } from 'commander';
import { issueToken } from './demonstration.js';
import { readAddresses } from './folder.js';

/** `npm run token -- --org ID --role owner|admin|member`: prints a bearer token, and nothing else. */
const { org, role } = new Command()
  .name('npm run token --')
  .description('Prints a bearer token of the sandbox’s sign-in; it lives a quarter of an hour.')
  .requiredOption('--org <id>', 'organization')
  .option('--role <role>', 'owner, admin or member', 'owner')
  .parse()
  .opts<{ org: string; role: string }>();

try {
  const { identity } = await readAddresses();
  process.stdout.write(`${await issueToken({ identity, orgId: org, role })}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.stderr.write('Is the sandbox running? npm start starts it.\n');
  process.exitCode = 1;
}
