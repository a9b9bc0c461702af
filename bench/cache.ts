import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BundleOptions, bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { execa } from 'execa';
import { workflowBundleOptions } from '../worker/build-workflow-bundle.js';
import { bareBundleOptions } from './bundles.js';
import { percentilesOf, rounded } from './percentiles.js';
import { say, sayResult, table } from './report.js';
import { startWorld, type World } from './world.js';

/**
 * Heap for each cached `joinInterview`, parked on its timer with one session, against a bare
 * workflow with one timer from a bundle of its own. Each measurement is a process of its own, in
 * turn. And the size of the workflow bundle, and whether something is in it that does not belong.
 */
const cached = 300;
const rounds = 3;
const mostBundleBytes = 2_500_000;
const strangers = ['mongoose', 'zod'];
const startedAt = Date.now();

type Kind = 'joinInterview' | 'bareTimer';

async function bundle(options: BundleOptions): Promise<string> {
  const { code } = await bundleWorkflowCode({ ...options, logger: new DefaultLogger('ERROR') });
  return code;
}

/** Modules are named by their paths in the bundle. */
function strangersIn(code: string): string[] {
  return strangers.filter((name) => code.includes(`node_modules/${name}/`));
}

async function bytesEach(input: { world: World; kind: Kind; path: string }): Promise<number> {
  const program = fileURLToPath(new URL('./cached-workflows.ts', import.meta.url));
  const { stdout } = await execa(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', program, input.kind, input.path, String(cached)],
    { env: { ...input.world.environment, TEMPORAL_DEBUG: '1', NODE_OPTIONS: '' } },
  );
  const last = stdout.trim().split('\n').at(-1) ?? '';
  return (JSON.parse(last) as { bytesEach: number }).bytesEach;
}

async function measure(world: World, folder: string): Promise<void> {
  const [productCode, bareCode] = [
    await bundle(workflowBundleOptions()),
    await bundle(bareBundleOptions()),
  ];
  const paths: Record<Kind, string> = {
    joinInterview: join(folder, 'product.js'),
    bareTimer: join(folder, 'bare.js'),
  };
  await writeFile(paths.joinInterview, productCode);
  await writeFile(paths.bareTimer, bareCode);

  const bytes: Record<Kind, number[]> = { joinInterview: [], bareTimer: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of ['bareTimer', 'joinInterview'] as const) {
      bytes[kind].push(await bytesEach({ world, kind, path: paths[kind] }));
    }
  }
  const median = (kind: Kind) => percentilesOf(bytes[kind]).p50;
  const kib = (value: number) => rounded(value / 1024, 1);
  const bundleBytes = Buffer.byteLength(productCode);
  const found = strangersIn(productCode);
  say('');
  say(
    table({
      header: ['heap for each cached workflow, KiB', 'median', 'least', 'most'],
      rows: (['joinInterview', 'bareTimer'] as const).map((kind) => [
        kind,
        kib(median(kind)),
        kib(Math.min(...bytes[kind])),
        kib(Math.max(...bytes[kind])),
      ]),
    }),
  );
  say('');
  say(`  workflow bundle: ${bundleBytes} bytes (at most ${mostBundleBytes})`);
  for (const name of strangers) say(`  ${name} in it: ${found.includes(name) ? 'yes' : 'no'}`);
  sayResult({
    bench: 'cache',
    heapRatio: rounded(median('joinInterview') / median('bareTimer')),
    bundleBytes,
    strangersInBundle: found.length,
    kibEach: kib(median('joinInterview')),
    baselineKibEach: kib(median('bareTimer')),
    cachedWorkflows: cached,
    tookSeconds: rounded((Date.now() - startedAt) / 1000, 0),
  });
}

const world = await startWorld();
const folder = await mkdtemp(join(tmpdir(), 'pillar-bench-'));
try {
  await measure(world, folder);
} finally {
  await rm(folder, { recursive: true, force: true });
  await world.close();
}
