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
        `${what} did not come about within ${withinMs} ms; last seen: ${String(last)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
