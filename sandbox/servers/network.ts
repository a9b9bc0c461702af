import { lookup } from 'node:dns/promises';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { WayIsClosed } from './ways.js';

/**
 * Throws at once when the host has no address here: a machine without a network, or with one that
 * reaches package registries only, must not wait for a download that cannot begin.
 */
export async function requireHost(host: string, withinMs = 2_000): Promise<void> {
  const limit = new AbortController();
  const resolves = await Promise.race([
    lookup(host).then(
      () => true,
      () => false,
    ),
    sleep(withinMs, false, { signal: limit.signal }).catch(() => false),
  ]);
  limit.abort();
  if (!resolves) throw new WayIsClosed(`the name ${host} has no address here`);
}

/** Fetches a small JSON document. Rejects on any status but 2xx and after `withinMs`. */
export async function fetchJson(input: { url: URL; withinMs?: number }): Promise<unknown> {
  const { url, withinMs = 15_000 } = input;
  const response = await fetch(url, { signal: AbortSignal.timeout(withinMs) });
  if (!response.ok) throw new Error(`${url.host} answered ${response.status}`);
  return response.json();
}

/** Downloads to a file. Rejects when nothing arrives for `stalledAfterMs`, at any point of it. */
export async function downloadFile(input: {
  url: URL;
  file: string;
  stalledAfterMs?: number;
}): Promise<void> {
  const { url, file, stalledAfterMs = 20_000 } = input;
  const stalled = new AbortController();
  const giveUp = () =>
    stalled.abort(new Error(`${url.host} sent nothing for ${stalledAfterMs / 1000} s`));
  let timer = setTimeout(giveUp, stalledAfterMs);
  try {
    const response = await fetch(url, { signal: stalled.signal });
    if (!response.ok || response.body === null) {
      throw new Error(`${url.host} answered ${response.status}`);
    }
    await pipeline(
      Readable.fromWeb(response.body),
      async function* watch(chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          clearTimeout(timer);
          timer = setTimeout(giveUp, stalledAfterMs);
          yield chunk;
        }
      },
      createWriteStream(file),
    );
  } finally {
    clearTimeout(timer);
  }
}
