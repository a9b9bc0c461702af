import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cached, cacheFolder, fromCache } from '../../../sandbox/servers/cache.js';
import { withLock } from '../../../sandbox/servers/lock.js';
import { withProgress } from '../../../sandbox/servers/progress.js';

const builder = fileURLToPath(new URL('./cache-builder.ts', import.meta.url));
const key = { name: 'thing', version: '1' };
const silent = () => undefined;

let folder: string;
const movedBefore = process.env.PILLAR_CACHE_DIR;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cache-test-'));
  process.env.PILLAR_CACHE_DIR = folder;
});

afterEach(async () => {
  if (movedBefore === undefined) delete process.env.PILLAR_CACHE_DIR;
  else process.env.PILLAR_CACHE_DIR = movedBefore;
  await rm(folder, { recursive: true, force: true });
});

function startBuilder(log: string, mode: 'quick' | 'endless'): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', builder, log, mode], {
    // Inside jest `process.env` is a copy that children do not inherit by themselves.
    env: process.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}

async function deadPid(): Promise<number> {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

async function writeLock(path: string, pid: number, host = hostname()): Promise<void> {
  await writeFile(path, JSON.stringify({ pid, host, token: 'of another run' }));
}

describe('the cache of built servers', () => {
  it('leaves nothing behind when a build fails, and builds again the next time', async () => {
    const failing = cached({
      ...key,
      progress: silent,
      build: async (target) => {
        await writeFile(join(target, 'half'), '');
        throw new Error('no space');
      },
    });

    await expect(failing).rejects.toThrow('no space');
    expect(await readdir(folder)).toEqual([]);
    expect(await fromCache(key)).toBeNull();

    const built = await cached({
      ...key,
      progress: silent,
      build: (target) => writeFile(join(target, 'whole'), ''),
    });
    expect(await readdir(built)).toEqual(['whole']);
  });

  it('shows no finished entry while a killed build is left, and the next build clears it away', async () => {
    const log = join(folder, 'log');
    const killed = startBuilder(log, 'endless');
    await until(async () => (await stat(log).catch(() => null)) !== null);
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    expect(await fromCache(key)).toBeNull();

    const lines: string[] = [];
    const built = await cached({
      ...key,
      progress: (line) => lines.push(line),
      build: (target) => writeFile(join(target, 'whole'), ''),
    });

    expect(await readdir(built)).toEqual(['whole']);
    expect((await readdir(folder)).sort()).toEqual(['log', 'thing-1']);
    expect(lines[0]).toContain(`took over the lock of process ${killed.pid}`);
  });

  it('builds once when two processes ask at the same time', async () => {
    const log = join(folder, 'log');
    const processes = [startBuilder(log, 'quick'), startBuilder(log, 'quick')];
    const answers = await Promise.all(
      processes.map(async (child) => {
        let output = '';
        child.stdout?.on('data', (chunk: Buffer) => {
          output += chunk.toString();
        });
        const [code] = (await once(child, 'close')) as [number];
        return { code, output };
      }),
    );

    const finished = join(folder, 'thing-1');
    expect(answers).toEqual([
      { code: 0, output: finished },
      { code: 0, output: finished },
    ]);
    expect((await readFile(log, 'utf8')).trim().split('\n')).toHaveLength(1);
    expect((await readdir(finished)).sort()).toEqual(['half', 'whole']);
  });

  it('builds once when one process asks many times, and never again', async () => {
    let builds = 0;
    const ask = () =>
      cached({
        ...key,
        progress: silent,
        build: async () => {
          builds += 1;
          await sleep(50);
        },
      });
    await Promise.all([ask(), ask(), ask()]);
    await ask();
    expect(builds).toBe(1);
  });

  it('keeps versions apart', async () => {
    const first = await cached({ ...key, progress: silent, build: async () => undefined });
    const second = await cached({
      name: 'thing',
      version: '2',
      progress: silent,
      build: async () => undefined,
    });
    expect(first).not.toBe(second);
    expect(await fromCache(key)).toBe(first);
  });

  it('lies in the XDG cache unless it is moved', () => {
    const xdgBefore = process.env.XDG_CACHE_HOME;
    delete process.env.PILLAR_CACHE_DIR;
    process.env.XDG_CACHE_HOME = '/somewhere';
    expect(cacheFolder()).toBe('/somewhere/pillar-smartrecruiters');
    if (xdgBefore === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = xdgBefore;
  });
});

describe('the lock across processes', () => {
  const enter = (path: string, more: { silentAfterMs?: number; lines?: string[] } = {}) =>
    withLock({
      path,
      what: 'the work',
      pollMs: 10,
      ...(more.silentAfterMs === undefined ? {} : { silentAfterMs: more.silentAfterMs }),
      progress: (line) => more.lines?.push(line),
      work: async () => 'worked',
    });

  it('is taken over from a dead process', async () => {
    const path = join(folder, 'a.lock');
    await writeLock(path, await deadPid());
    expect(await enter(path)).toBe('worked');
    expect(await readdir(folder)).toEqual([]);
  });

  it('is taken over by one of many that find the holder dead, one after the other', async () => {
    const path = join(folder, 'a.lock');
    await writeLock(path, await deadPid());
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 5 }, () =>
        withLock({
          path,
          what: 'the work',
          pollMs: 5,
          progress: silent,
          work: async () => {
            inside += 1;
            most = Math.max(most, inside);
            await sleep(20);
            inside -= 1;
          },
        }),
      ),
    );
    expect(most).toBe(1);
  });

  it('is taken over from a holder that lives by its number but has been silent for too long', async () => {
    const path = join(folder, 'a.lock');
    await writeLock(path, process.pid);
    const longAgo = new Date(Date.now() - 10_000);
    await utimes(path, longAgo, longAgo);
    expect(await enter(path, { silentAfterMs: 5_000 })).toBe('worked');
  });

  it('waits for a living holder and names it', async () => {
    const path = join(folder, 'a.lock');
    await writeLock(path, process.pid);
    const lines: string[] = [];
    let done = false;
    const waiting = enter(path, { lines }).then(() => {
      done = true;
    });
    await until(async () => lines.length > 0);
    expect(lines[0]).toContain(`process ${process.pid} is at it`);
    expect(done).toBe(false);
    await rm(path);
    await waiting;
    expect(done).toBe(true);
  });

  it('waits for a holder on another machine, whose numbers mean nothing here', async () => {
    const path = join(folder, 'a.lock');
    await writeLock(path, await deadPid(), 'another-machine');
    const lines: string[] = [];
    const waiting = enter(path, { lines });
    await until(async () => lines.length > 0);
    expect(lines[0]).toContain('waiting for it');
    await rm(path);
    expect(await waiting).toBe('worked');
  });

  it('is free again when the work fails', async () => {
    const path = join(folder, 'a.lock');
    const failing = withLock({
      path,
      what: 'the work',
      progress: silent,
      work: async () => {
        throw new Error('broken');
      },
    });
    await expect(failing).rejects.toThrow('broken');
    expect(await enter(path)).toBe('worked');
  });
});

describe('progress', () => {
  it('repeats itself while the work goes on and stops with it', async () => {
    const lines: string[] = [];
    await withProgress({
      what: 'building',
      progress: (line) => lines.push(line),
      everyMs: 5,
      work: () => until(async () => lines.length >= 3),
    });
    const count = lines.length;
    expect(lines[0]).toBe('building');
    expect(lines[1]).toMatch(/^building: still at it after \d+ s$/);
    expect(lines.at(-1)).toMatch(/^building: done in \d+ s$/);
    await sleep(30);
    expect(lines).toHaveLength(count);
  });
});
