import type { Progress } from './progress.js';

/** A way to a server that cannot be gone here, said as a reason for whoever reads the error. */
export class WayIsClosed extends Error {
  override name = 'WayIsClosed';
}

/** One way to get a server. */
export type Way<T> = {
  /** What a person would do to make this way work: "put `mongod` on the PATH". */
  advice: string;
  /** What an earlier run left in the cache; asked of all ways before any of them builds or downloads. */
  earlier?: () => Promise<T | null>;
  /** Answers null when it is simply not there; throws when it was tried and did not work. */
  get: () => Promise<T | null>;
};

/**
 * Answers the first way that works. Rejects, when none does, with all ways and the reason of each.
 */
export async function firstThatWorks<T>(input: {
  server: string;
  /** Given addresses and the PATH: they come before anything in the cache. */
  present: Way<T>[];
  /** Downloads and builds, in order of preference. */
  obtained: Way<T>[];
  progress: Progress;
}): Promise<T> {
  const { server, present, obtained, progress } = input;
  const reasons: string[] = [];
  const tryWay = async (way: Way<T>): Promise<T | null> => {
    try {
      const found = await way.get();
      if (found === null) reasons.push(`- ${way.advice}: not there`);
      return found;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      reasons.push(`- ${way.advice}: ${reason}`);
      if (!(error instanceof WayIsClosed)) progress(`${server}: ${firstLine(reason)}`);
      return null;
    }
  };

  for (const way of present) {
    const found = await tryWay(way);
    if (found !== null) return found;
  }
  for (const way of obtained) {
    const found = (await way.earlier?.().catch(() => null)) ?? null;
    if (found !== null) return found;
  }
  for (const way of obtained) {
    const found = await tryWay(way);
    if (found !== null) return found;
  }
  throw new Error(`${server} could not be had. Any one of these is enough:\n${reasons.join('\n')}`);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
