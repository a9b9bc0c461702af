import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from './progress.js';

const heartbeatMs = 5_000;
const silentTooLongMs = 60_000;

type Holder = { pid: number; host: string; token: string };

/**
 * Runs `work` while this process holds the lock file `path`; other processes wait, and say for whom.
 *
 * A holder counts as gone when its process is dead, or when it has not touched the file for
 * `silentAfterMs` (its pid may belong to another process by now, or to another machine that shares
 * the folder). Two waiters that find a dead holder at the same instant could, in theory, both get
 * in: what the lock protects must therefore still be atomic in itself; the lock saves the work.
 */
export async function withLock<T>(input: {
  path: string;
  what: string;
  progress: Progress;
  pollMs?: number;
  silentAfterMs?: number;
  work: () => Promise<T>;
}): Promise<T> {
  const { path, what, progress, pollMs = 250, silentAfterMs = silentTooLongMs, work } = input;
  const own: Holder = { pid: process.pid, host: hostname(), token: randomUUID() };
  const waitingSince = Date.now();
  let nextLineAt = waitingSince;
  while (!(await tryToTake(path, own))) {
    const holder = await readHolder(path);
    if (holder !== null && (await isGone({ path, holder, silentAfterMs }))) {
      await removeIfStillHeldBy({ path, holder });
      progress(`${what}: took over the lock of process ${holder.pid}, which is gone`);
      continue;
    }
    if (holder !== null && Date.now() >= nextLineAt) {
      const seconds = Math.round((Date.now() - waitingSince) / 1000);
      progress(`${what}: process ${holder.pid} is at it, waiting for it (${seconds} s)`);
      nextLineAt = Date.now() + 10_000;
    }
    await sleep(pollMs);
  }

  const heartbeat = setInterval(() => {
    const now = new Date();
    void utimes(path, now, now).catch(() => undefined);
  }, heartbeatMs);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await removeIfStillHeldBy({ path, holder: own });
  }
}

/** A link appears complete or not at all; a file that is opened and then written could be read empty. */
async function tryToTake(path: string, own: Holder): Promise<boolean> {
  const draft = `${path}.${own.token}`;
  await writeFile(draft, JSON.stringify(own));
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function readHolder(path: string): Promise<Holder | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return JSON.parse(text) as Holder;
  } catch {
    return { pid: 0, host: '', token: text };
  }
}

async function isGone(input: {
  path: string;
  holder: Holder;
  silentAfterMs: number;
}): Promise<boolean> {
  const { path, holder, silentAfterMs } = input;
  if (holder.host === hostname() && !processIsAlive(holder.pid)) return true;
  const file = await stat(path).catch(() => null);
  return file !== null && Date.now() - file.mtimeMs > silentAfterMs;
}

function processIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Renames before it judges, so that of two removers only one gets hold of the file. */
async function removeIfStillHeldBy(input: { path: string; holder: Holder }): Promise<void> {
  const { path, holder } = input;
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const found = await readHolder(aside);
  if (found !== null && found.token !== holder.token) {
    await link(aside, path).catch(() => undefined);
  }
  await rm(aside, { force: true });
}
