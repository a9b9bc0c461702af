import { rm } from 'node:fs/promises';
import { runningSandbox, sandboxFolder } from './folder.js';

/** `npm run reset`: forgets what the sandbox keeps. Servers that were built stay in their cache. */
const pid = runningSandbox();
if (pid !== null) {
  process.stderr.write(`The sandbox is running (process ${pid}): end it with Ctrl-C first.\n`);
  process.exitCode = 1;
} else {
  await rm(sandboxFolder, { recursive: true, force: true });
  process.stdout.write('The sandbox is empty again.\n');
}
