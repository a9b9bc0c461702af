import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** Works from the sources (`.ts`) and from the compiled folder (`.js`) alike. */
function sibling(path: string): string {
  const compiled = fileURLToPath(new URL(`${path}.js`, import.meta.url));
  return existsSync(compiled) ? compiled : fileURLToPath(new URL(`${path}.ts`, import.meta.url));
}

/**
 * Loaded once instead of once for each cached workflow, with all that they import; the SDK freezes
 * them. Only definitions and pure functions may be here: whatever a module keeps, workflows share.
 */
const sharedModules = [
  '../workflows/contracts/installation',
  '../workflows/contracts/interview-watch',
  '../workflows/contracts/join-interview',
  '../workflows/contracts/search-attributes',
  '../workflows/state/installation-machine',
  '../workflows/state/join-plan',
];

/**
 * What the bundler needs; the worker, the tests and the image build use the same. The failure
 * converter runs inside the sandbox, so it has to be part of the bundle.
 */
export function workflowBundleOptions() {
  return {
    workflowsPath: sibling('../workflows/index'),
    failureConverterPath: sibling('../common/failure-converter'),
    preloadModules: sharedModules.map(sibling),
  };
}

/** Where the image build leaves the bundle; a worker that finds it does not bundle again. */
export const builtBundlePath = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { code } = await bundleWorkflowCode({
    ...workflowBundleOptions(),
    logger: new DefaultLogger('WARN'),
  });
  await mkdir(dirname(builtBundlePath), { recursive: true });
  await writeFile(builtBundlePath, code);
  process.stdout.write(`workflow bundle: ${code.length} bytes\n`);
}
