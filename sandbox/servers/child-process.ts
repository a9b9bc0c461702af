import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

const tailLines = 40;

/** A child process that has answered its readiness probe. */
export type RunningProcess = {
  pid: number;
  /** Settles when the process has ended, for whatever reason. Never rejects. */
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** SIGTERM, then SIGKILL after the grace. Resolves once it has ended; may be called again. */
  stop: () => Promise<void>;
  /** The last lines it wrote, both streams together. */
  outputTail: () => string;
};

/**
 * Starts a program and resolves when `isReady` answers true.
 *
 * The child gets its own process group, so Ctrl-C reaches this process alone and the order of
 * shutting down stays here; should this process die by any means, the child is ended too.
 * Rejects with the end of its output when it dies before it is ready, or is not ready in time
 * (then it is stopped first). A probe that throws counts as "not yet".
 */
export async function startProcess(input: {
  /** What error messages call it. */
  name: string;
  command: string;
  args: string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Both streams are appended here. */
  logFile?: string;
  onLine?: (line: string) => void;
  isReady: () => Promise<boolean>;
  readyWithinMs?: number;
  probeEveryMs?: number;
  graceMs?: number;
}): Promise<RunningProcess> {
  const { name, isReady, readyWithinMs = 60_000, probeEveryMs = 100, graceMs = 10_000 } = input;
  const child = spawn(input.command, input.args, {
    cwd: input.cwd,
    env: input.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const tail: string[] = [];
  const log = openLog(input.logFile);
  const keep = (line: string) => {
    tail.push(line);
    if (tail.length > tailLines) tail.shift();
    log?.write(`${line}\n`);
    input.onLine?.(line);
  };
  forEachLine(child.stdout, keep);
  forEachLine(child.stderr, keep);
  const outputTail = () => tail.join('\n');

  let spawnError: Error | null = null;
  let ended = false;
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    const finish = (code: number | null, signal: NodeJS.Signals | null) => {
      ended = true;
      log?.end();
      resolve({ code, signal });
    };
    child.once('close', finish);
    child.once('error', (error) => {
      spawnError = error;
      if (child.pid === undefined) finish(null, null);
    });
  });
  if (child.pid === undefined) {
    await exited;
    throw new Error(`${name} could not be started: ${describe(spawnError)}`);
  }
  const pid = child.pid;
  const lifeline = tieToThisProcess(pid);
  void exited.then(() => lifeline.kill('SIGKILL'));

  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= stopGroup({ pid, exited, graceMs, hasEnded: () => ended });
    return stopping;
  };

  const startedAt = Date.now();
  while (!(await isReady().catch(() => false))) {
    if (ended) {
      const { code, signal } = await exited;
      const how = signal === null ? `with code ${code}` : `by ${signal}`;
      throw new Error(`${name} ended ${how} before it was ready. ${quote(outputTail())}`);
    }
    if (Date.now() - startedAt > readyWithinMs) {
      await stop();
      throw new Error(
        `${name} was not ready within ${readyWithinMs / 1000} s. ${quote(outputTail())}`,
      );
    }
    await Promise.race([sleep(probeEveryMs), exited]);
  }
  if (ended) {
    throw new Error(`${name} ended while it was being asked. ${quote(outputTail())}`);
  }
  return { pid, exited, stop, outputTail };
}

async function stopGroup(input: {
  pid: number;
  exited: Promise<unknown>;
  graceMs: number;
  hasEnded: () => boolean;
}): Promise<void> {
  const { pid, exited, graceMs, hasEnded } = input;
  if (hasEnded()) return;
  signalGroup(pid, 'SIGTERM');
  const grace = new AbortController();
  await Promise.race([
    exited,
    sleep(graceMs, undefined, { signal: grace.signal }).catch(() => undefined),
  ]);
  grace.abort();
  if (!hasEnded()) signalGroup(pid, 'SIGKILL');
  await exited;
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended in the meantime, which is what was wanted.
  }
}

/**
 * A shell that waits on a pipe held by this process and ends the child's group once the pipe
 * closes, which the kernel does even when this process is killed.
 */
function tieToThisProcess(pid: number): ChildProcess {
  const lifeline = spawn(
    'sh',
    ['-c', `read -r _; kill -TERM -${pid} && sleep 10 && kill -KILL -${pid}`],
    { stdio: ['pipe', 'ignore', 'ignore'], detached: true },
  );
  lifeline.on('error', () => undefined);
  lifeline.stdin?.on('error', () => undefined);
  lifeline.unref();
  const { stdin } = lifeline;
  if (stdin !== null && 'unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
  return lifeline;
}

function openLog(path: string | undefined): WriteStream | null {
  if (path === undefined) return null;
  mkdirSync(dirname(path), { recursive: true });
  const stream = createWriteStream(path, { flags: 'a' });
  stream.on('error', () => undefined);
  return stream;
}

function forEachLine(stream: Readable, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
  stream.on('end', () => {
    if (rest !== '') take(rest);
  });
}

function quote(output: string): string {
  return output === '' ? 'It wrote nothing.' : `Its last output:\n${output}`;
}

function describe(error: Error | null): string {
  return error === null ? 'for a reason the system did not give' : error.message;
}
