import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import type { KeyRing } from './config.js';
import { createEncryptionCodec } from './encryption-codec.js';

/**
 * Absolute path of the failure converter's module: `.ts` when run from source, `.js` when built.
 *
 * The workflow bundler needs it too, because a worker with a ready bundle ignores converter paths.
 */
export const failureConverterPath = fileURLToPath(
  new URL(`./failure-converter${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

/** The one data converter of client, worker, replay and scripts: JSON, encrypted, failures included. */
export const createDataConverter = ({ codecKeys }: { codecKeys: KeyRing }): DataConverter => ({
  failureConverterPath,
  payloadCodecs: [createEncryptionCodec({ keys: codecKeys })],
});
