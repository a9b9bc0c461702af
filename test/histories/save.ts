import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { startTemporal } from '../../sandbox/servers/temporal.js';
import { workflowBundleOptions } from '../../worker/build-workflow-bundle.js';
import { searchAttributeList } from '../../workflows/contracts/search-attributes.js';
import { startWorkflowEnvironment } from '../support/workflow-env.js';
import { type HistoryPath, historyPaths } from './paths.js';

/**
 * Walks every path of `paths.ts` over fake activities on a dev server of its own, and writes the
 * histories beside this file. Names given on the command line limit it to these paths. Saved
 * histories are kept when workflows change: they are what runs that began earlier look like.
 */
const folder = fileURLToPath(new URL('.', import.meta.url));
const wanted = process.argv.slice(2);
const say = (line: string) => void process.stdout.write(`${line}\n`);

const scratch = await mkdtemp(join(tmpdir(), 'pillar-histories-'));
const bundlePath = join(scratch, 'workflow-bundle.js');
const { code } = await bundleWorkflowCode({
  ...workflowBundleOptions(),
  logger: new DefaultLogger('ERROR'),
});
await writeFile(bundlePath, code);
const temporal = await startTemporal({
  headless: true,
  searchAttributes: [...searchAttributeList],
  progress: say,
});
try {
  for (const path of historyPaths) {
    if (wanted.length === 0 || wanted.includes(path.name)) await save(path);
  }
  await writeFile(join(folder, 'README.md'), await readme());
} finally {
  await temporal.stop();
  await rm(scratch, { recursive: true, force: true });
}

async function save(path: HistoryPath): Promise<void> {
  const env = await startWorkflowEnvironment({ address: temporal.address, bundlePath });
  try {
    const { workflowId, runId } = await path.walk(env);
    const history = await env.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const json = `${historyToJSON(history)}\n`;
    await writeFile(join(folder, `${path.name}.json`), json);
    say(`${path.name}: ${history.events?.length ?? 0} events, ${Math.ceil(json.length / 1024)} kB`);
  } finally {
    await env.close();
  }
}

async function readme(): Promise<string> {
  const lines = await Promise.all(
    historyPaths.map(async ({ name, why }) => {
      const { events } = JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8')) as {
        events: unknown[];
      };
      return `- \`${name}.json\` (${events.length} events): ${why}.`;
    }),
  );
  return [
    '# Saved histories',
    '',
    'What `test/replay` replays against the workflows of today, so that a change that would break',
    'runs under way is found out before it is deployed. Made by `npm run history:save`; names after',
    '`--` limit it to these paths. Do not make them anew to get a failing replay to pass: add a',
    'path, or change the workflow behind `patched`. Payloads are sealed with the test key in',
    '`test/support/workflow-env.ts`.',
    '',
    ...lines,
    '',
  ].join('\n');
}
