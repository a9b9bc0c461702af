import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { startProcess } from '../../../sandbox/servers/child-process.js';

const node = (script: string) => ({ command: process.execPath, args: ['-e', script] });
const never = async () => false;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a child process', () => {
  it('that dies before it is ready is refused with the end of its output', async () => {
    const starting = startProcess({
      name: 'The server',
      ...node("console.log('line one'); console.error('port is taken'); process.exit(3)"),
      isReady: never,
    });
    await expect(starting).rejects.toThrow(
      /The server ended with code 3 before it was ready[\s\S]*port is taken/,
    );
  });

  it('that cannot be started is refused with the reason', async () => {
    const starting = startProcess({
      name: 'The server',
      command: '/no/such/program',
      args: [],
      isReady: never,
    });
    await expect(starting).rejects.toThrow(/could not be started: .*ENOENT/);
  });

  it('that is never ready is stopped and refused with the end of its output', async () => {
    let pid = 0;
    const starting = startProcess({
      name: 'The server',
      ...node('console.log(process.pid); setInterval(() => {}, 1000)'),
      onLine: (line) => {
        pid = Number(line);
      },
      isReady: never,
      readyWithinMs: 1_000,
    });
    await expect(starting).rejects.toThrow('was not ready within 1 s');
    expect(pid).toBeGreaterThan(0);
    expect(isAlive(pid)).toBe(false);
  });

  it('is ready when the probe says so, and a probe that throws means not yet', async () => {
    let probes = 0;
    const running = await startProcess({
      name: 'The server',
      ...node('setInterval(() => {}, 1000)'),
      probeEveryMs: 5,
      isReady: async () => {
        probes += 1;
        if (probes < 3) throw new Error('connection refused');
        return true;
      },
    });
    expect(probes).toBe(3);
    await running.stop();
    await running.stop();
    expect(await running.exited).toEqual({ code: null, signal: 'SIGTERM' });
    expect(isAlive(running.pid)).toBe(false);
  });

  it('that ignores SIGTERM is killed after the grace', async () => {
    let ready = false;
    const running = await startProcess({
      name: 'The server',
      ...node("process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)"),
      onLine: () => {
        ready = true;
      },
      isReady: async () => ready,
      graceMs: 100,
    });
    await running.stop();
    expect(await running.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('tells when it ends by itself', async () => {
    const running = await startProcess({
      name: 'The server',
      ...node('setTimeout(() => process.exit(7), 300)'),
      isReady: async () => true,
    });
    expect(await running.exited).toEqual({ code: 7, signal: null });
  });

  it('has both streams in its log file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'child-process-test-'));
    const logFile = join(folder, 'logs', 'server.log');
    let lines = 0;
    const running = await startProcess({
      name: 'The server',
      ...node("console.log('out'); console.error('err'); setInterval(() => {}, 1000)"),
      logFile,
      onLine: () => {
        lines += 1;
      },
      isReady: async () => lines === 2,
    });
    await running.stop();
    const log = await readFile(logFile, 'utf8');
    expect(log.trim().split('\n').sort()).toEqual(['err', 'out']);
    await rm(folder, { recursive: true });
  });

  it('does not outlive the process that started it, even one that is killed', async () => {
    const source = new URL('../../../sandbox/servers/child-process.ts', import.meta.url);
    const script = `
      const { startProcess } = await import(${JSON.stringify(pathToFileURL(source.pathname).href)});
      const { pid } = await startProcess({
        name: 'The server', command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'],
        isReady: async () => true,
      });
      process.stdout.write(String(pid));
      setInterval(() => {}, 1000);`;
    const parent = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [output] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(output.toString());
    expect(await isRunning(pid)).toBe(true);
    parent.kill('SIGKILL');
    while (await isRunning(pid)) await sleep(20);
    expect(await isRunning(pid)).toBe(false);
  });
});

/** A dead process that nobody has collected yet still has a number: its state tells. */
async function isRunning(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return isAlive(pid);
  const state = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return state !== null && !/\) [ZX] /.test(state);
}
