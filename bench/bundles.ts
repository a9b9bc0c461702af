import { fileURLToPath } from 'node:url';
import { workflowBundleOptions } from '../worker/build-workflow-bundle.js';

/**
 * The bundle of the bare workflows, as the SDK makes it by itself: of the product's options only the
 * converter, without which its worker could not read what the client sends.
 */
export function bareBundleOptions() {
  const { failureConverterPath } = workflowBundleOptions();
  return {
    workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
    failureConverterPath,
  };
}
