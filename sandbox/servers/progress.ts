/** Receives one line, without a line end, for a person who is waiting. */
export type Progress = (line: string) => void;

/**
 * Runs `work` and says what is going on: at the start, then every `everyMs` with the time spent so
 * far, then how long it took. A build of minutes that says nothing looks like one that hangs.
 */
export async function withProgress<T>(input: {
  what: string;
  progress: Progress;
  everyMs?: number;
  work: () => Promise<T>;
}): Promise<T> {
  const { what, progress, everyMs = 10_000, work } = input;
  const startedAt = Date.now();
  const elapsed = () => describeDuration(Date.now() - startedAt);
  progress(what);
  const ticker = setInterval(() => progress(`${what}: still at it after ${elapsed()}`), everyMs);
  try {
    const outcome = await work();
    progress(`${what}: done in ${elapsed()}`);
    return outcome;
  } finally {
    clearInterval(ticker);
  }
}

function describeDuration(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
