import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cached } from '../../../sandbox/servers/cache.js';

/** A process of its own that builds one entry: `cache-builder LOG quick|endless`. */
const [log = '', mode = ''] = process.argv.slice(2);

const folder = await cached({
  name: 'thing',
  version: '1',
  progress: (line) => process.stderr.write(`${line}\n`),
  build: async (target) => {
    await writeFile(join(target, 'half'), 'made');
    await appendFile(log, `building ${process.pid}\n`);
    await sleep(mode === 'endless' ? 60_000 : 300);
    await writeFile(join(target, 'whole'), 'made');
  },
});
process.stdout.write(folder);
