import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { WorldState } from './world.js';

const writeDelayMs = 20;

/** Keeps a world on disk: a reader sees the old file or the new one, never half of one. */
export interface StateFile {
  /** Writes within 20 ms; calls in between share one write. */
  schedule(): void;
  /** Writes now if anything is waiting. */
  flush(): void;
}

/** Reads a stored world, or undefined when there is none yet. Throws on an unreadable file. */
export function readState(path: string | undefined): WorldState | undefined {
  if (path === undefined || !existsSync(path)) return undefined;
  return JSON.parse(readFileSync(path, 'utf8')) as WorldState;
}

export function openStateFile(options: {
  path: string | undefined;
  state: () => WorldState;
}): StateFile {
  const { path, state } = options;
  if (path === undefined) return { schedule: () => undefined, flush: () => undefined };
  mkdirSync(dirname(path), { recursive: true });
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    if (timer === undefined || path === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    const temporary = `${path}.${process.pid}.tmp`;
    // The file holds client secrets of the simulated tenants.
    writeFileSync(temporary, JSON.stringify(state()), { mode: 0o600 });
    renameSync(temporary, path);
  }

  return {
    schedule() {
      timer ??= setTimeout(flush, writeDelayMs);
    },
    flush,
  };
}
