import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { locateChromium } from '../../sandbox/servers/chromium.js';
import { startMongodb } from '../../sandbox/servers/mongodb.js';
import { startTemporal } from '../../sandbox/servers/temporal.js';
import { locateTimeSkippingServer } from '../../sandbox/servers/time-skipping-server.js';
import { workflowBundleOptions } from '../../worker/build-workflow-bundle.js';
import { searchAttributeList } from '../../workflows/contracts/search-attributes.js';

/**
 * Runs jest with all that the chosen projects need: the workflow bundle, one Temporal server, one
 * MongoDB or its stand-in, the time-skipping server, Chromium. Arguments go to jest; without
 * `--selectProjects` everything runs. A server that cannot be had is an error, never a skipped test.
 */
const progress = (line: string) => void process.stdout.write(`  ${line}\n`);
const jestArguments = process.argv.slice(2);
const chosen = projectsIn(jestArguments);

function projectsIn(args: string[]): Set<string> {
  const at = args.indexOf('--selectProjects');
  const names = at < 0 ? [] : args.slice(at + 1);
  const end = names.findIndex((name) => name.startsWith('-'));
  const selected = end < 0 ? names : names.slice(0, end);
  return new Set(selected.length === 0 ? ['offline', 'integration', 'browser'] : selected);
}

const closers: (() => Promise<void>)[] = [];
const environment: Record<string, string> = {};
const folder = await mkdtemp(join(tmpdir(), 'pillar-tests-'));

let exitCode = 1;
try {
  const bundle = await bundleWorkflowCode({
    ...workflowBundleOptions(),
    logger: new DefaultLogger('ERROR'),
  });
  environment.TEST_WORKFLOW_BUNDLE = join(folder, 'workflow-bundle.js');
  await writeFile(environment.TEST_WORKFLOW_BUNDLE, bundle.code);

  if (chosen.has('integration')) {
    const temporal = await startTemporal({
      headless: true,
      searchAttributes: [...searchAttributeList],
      progress,
    });
    closers.push(temporal.stop);
    environment.TEST_TEMPORAL_ADDRESS = temporal.address;
    progress(`Temporal: ${temporal.how}`);
    const mongodb = await startMongodb({ progress });
    closers.push(mongodb.stop);
    environment.TEST_MONGODB_URI = mongodb.uri;
    progress(`MongoDB: ${mongodb.how}`);
    const timeSkipping = await locateTimeSkippingServer({ progress });
    environment.TEST_TIME_SKIPPING_SERVER = timeSkipping.path;
    progress(`Time-skipping server: ${timeSkipping.how}`);
  }
  if (chosen.has('browser')) {
    const chromium = await locateChromium({ progress });
    environment.CHROMIUM_PATH = chromium.path;
    progress(`Chromium: ${chromium.how}`);
  }
  exitCode = await runJest();
} finally {
  for (const close of closers.reverse()) await close();
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = exitCode;

function runJest(): Promise<number> {
  const jest = spawn(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--no-warnings=ExperimentalWarning',
      join('node_modules', 'jest', 'bin', 'jest.js'),
      '--maxWorkers=2',
      ...jestArguments,
    ],
    { stdio: 'inherit', env: { ...process.env, ...environment } },
  );
  return new Promise((resolve) => jest.on('exit', (code) => resolve(code ?? 1)));
}
