import { openStateFile } from '../state-file.js';
import type { WorldState } from './world.js';

const writeDelayMs = 20;

/** Keeps a world on disk; a large one changes often, so writes that come together are one. */
export interface WorldFile {
  /** What an earlier run kept; null when there is nothing. Throws on an unreadable file. */
  read(): WorldState | null;
  /** Writes within 20 ms; calls in between share one write. */
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

  function flush(): void {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    file.write(options.state());
  }

  return {
    read: () => file.read(),
    schedule() {
      timer ??= setTimeout(flush, writeDelayMs);
    },
    flush,
  };
}
