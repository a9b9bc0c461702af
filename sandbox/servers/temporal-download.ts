import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { platform } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { runToEnd } from './executables.js';
import { downloadFile, fetchJson, requireHost } from './network.js';
import { WayIsClosed } from './ways.js';

const downloadInfo = z.object({ archiveUrl: z.url(), fileToExtract: z.string().min(1) });

const platforms: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'linux',
  darwin: 'darwin',
};
const architectures: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'amd64',
  arm64: 'arm64',
};

/** Throws a reason, at once, when Temporal's download site cannot serve this machine. */
export async function requireTemporalDownload(origin = defaultOrigin): Promise<void> {
  if (platforms[platform()] === undefined || architectures[process.arch] === undefined) {
    throw new WayIsClosed(`there is no download for ${platform()} on ${process.arch}`);
  }
  await requireHost(new URL(origin).hostname);
}

const defaultOrigin = 'https://temporal.download';

/**
 * Downloads one program of Temporal's to `target`, an executable file, the way the SDK does it
 * (`ephemeral_server/mod.rs` of its core): a document names the archive and the file inside.
 */
export async function downloadFromTemporal(input: {
  artifact: 'cli' | 'temporal-test-server';
  version: string;
  folder: string;
  target: string;
  origin?: string;
}): Promise<void> {
  const { artifact, version, folder, target, origin = defaultOrigin } = input;
  await requireTemporalDownload(origin);
  const url = new URL(`${origin}/${artifact}/${version}`);
  url.searchParams.set('arch', architectures[process.arch] ?? '');
  url.searchParams.set('platform', platforms[platform()] ?? '');
  url.searchParams.set('format', 'tar.gz');
  const { archiveUrl, fileToExtract } = downloadInfo.parse(await fetchJson({ url }));

  const archive = join(folder, 'archive.tar.gz');
  const unpacked = join(folder, 'unpacked');
  await downloadFile({ url: new URL(archiveUrl), file: archive });
  await mkdir(unpacked);
  await runToEnd({ command: 'tar', args: ['-xzf', archive, '-C', unpacked] });
  await rename(join(unpacked, fileToExtract), target);
  await chmod(target, 0o755);
  await rm(archive);
  await rm(unpacked, { recursive: true });
}
