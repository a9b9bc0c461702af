/**
 * Waits until `look` returns something, and returns it. Fails with what was seen last: a condition,
 * not a pause, is what a test waits for.
 */
export async function eventually<Found>(
  look: () => Promise<Found | null | undefined | false> | Found | null | undefined | false,
  options: { withinMs?: number; everyMs?: number; what?: string } = {},
): Promise<Found> {
  const { withinMs = 20_000, everyMs = 50, what = 'the condition' } = options;
  const until = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
      last = found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > until) {
      throw new Error(
        `${what} did not come about within ${withinMs} ms; last seen: ${inWords(last)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

/** With what is behind an error: the outermost alone often says no more than that it failed. */
function inWords(seen: unknown): string {
  const cause = seen instanceof Error ? seen.cause : undefined;
  return cause === undefined ? String(seen) : `${String(seen)}, because of ${inWords(cause)}`;
}
