import { openStateFile } from '../state-file.js';
import type { WorldState } from './world.js';

const shortestDelayMs = 20;
/** A large world takes long to write; so much of the time at most goes into writing. */
const busyShare = 0.1;

/** Keeps a world on disk; a large one changes often, so writes that come together are one. */
export interface WorldFile {
  /** What an earlier run kept; null when there is nothing. Throws on an unreadable file. */
  read(): WorldState | null;
  /** Writes soon (20 ms, longer for a large world); calls in between share one write. */
  schedule(): void;
  /** Writes now if anything is waiting. */
  flush(): void;
}

export function openWorldFile(options: {
  path: string | undefined;
  /** Asked for at each write. */
  state: () => WorldState;
}): WorldFile {
  const file = openStateFile<WorldState>({ path: options.path });
  let timer: NodeJS.Timeout | undefined;
  let delayMs = shortestDelayMs;

  function flush(): void {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    const startedMs = performance.now();
    file.write(options.state());
    delayMs = Math.max(shortestDelayMs, (performance.now() - startedMs) / busyShare);
  }

  return {
    read: () => file.read(),
    schedule() {
      if (options.path === undefined) return;
      timer ??= setTimeout(flush, delayMs);
    },
    flush,
  };
}
