import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isExecutable } from '../../../sandbox/servers/executables.js';
import { downloadFile } from '../../../sandbox/servers/network.js';
import { downloadFromTemporal } from '../../../sandbox/servers/temporal-download.js';

let folder: string;
let server: Server | null = null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'download-test-'));
});

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  server = null;
  await rm(folder, { recursive: true, force: true });
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function download(origin: string): Promise<string> {
  const target = join(folder, 'target');
  await mkdir(target);
  await downloadFromTemporal({
    artifact: 'cli',
    version: 'v1.5.1',
    folder: target,
    target: join(target, 'temporal'),
    origin,
  });
  return target;
}

describe("Temporal's download site", () => {
  it('that answers with an error is named with its status', async () => {
    const origin = await serve((_, response) => response.writeHead(503).end());
    await expect(download(origin)).rejects.toThrow(/127\.0\.0\.1:\d+ answered 503/);
  });

  it('that sends half an archive and then nothing is given up', async () => {
    const origin = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('half');
    });
    const downloading = downloadFile({
      url: new URL(origin),
      file: join(folder, 'archive'),
      stalledAfterMs: 200,
    });
    await expect(downloading).rejects.toThrow('sent nothing for 0.2 s');
  });

  it('gives the archive and the file inside, of which the executable alone is kept', async () => {
    await mkdir(join(folder, 'made', 'inner'), { recursive: true });
    await writeFile(join(folder, 'made', 'inner', 'temporal'), '#!/bin/sh\necho up\n');
    await writeFile(join(folder, 'made', 'LICENSE'), 'text');
    const archive = join(folder, 'made.tar.gz');
    execFileSync('tar', ['-czf', archive, '-C', join(folder, 'made'), '.']);
    const archiveBytes = await readFile(archive);
    const asked: string[] = [];
    const origin = await serve((request, response) => {
      asked.push(request.url ?? '');
      if (request.url === '/archive') {
        response.end(archiveBytes);
        return;
      }
      response.setHeader('content-type', 'application/json');
      response.end(
        JSON.stringify({ archiveUrl: `${origin}/archive`, fileToExtract: 'inner/temporal' }),
      );
    });

    const target = await download(origin);

    expect(asked[0]).toMatch(
      /^\/cli\/v1\.5\.1\?arch=(amd64|arm64)&platform=(linux|darwin)&format=tar\.gz$/,
    );
    expect(await readdir(target)).toEqual(['temporal']);
    expect(await isExecutable(join(target, 'temporal'))).toBe(true);
  });
});
