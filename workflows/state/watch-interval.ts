/** A slice that keeps failing is tried again after ever longer pauses, at most this many doublings. */
const doublings = 5;
const shortestRestMs = 1_000;

/**
 * How long the watch rests unless it is nudged, in milliseconds: until the next row is due, never
 * longer than `idleMs`, never less than a second or a tenth of `idleMs`, so that a row which stays
 * due makes no watch spin; and longer and longer while slices fail. `spread` in [0, 1) lengthens the
 * rest by up to a tenth, so that watches which were restarted together do not stay in step.
 */
export function pauseBeforeNextSlice(input: {
  now: number;
  nextDueAt: number | null;
  failures: number;
  idleMs: number;
  retryMs: number;
  spread: number;
}): number {
  if (input.failures > 0) {
    const backoff = input.retryMs * 2 ** Math.min(input.failures - 1, doublings);
    return Math.round(backoff * (1 + input.spread / 10));
  }
  const untilDue = input.nextDueAt === null ? input.idleMs : input.nextDueAt - input.now;
  const shortest = Math.min(shortestRestMs, input.idleMs / 10);
  const rest = Math.max(shortest, Math.min(untilDue, input.idleMs));
  return Math.round(rest * (1 + input.spread / 10));
}

/**
 * How long a watch rests once more when its rest ended much later than planned, in milliseconds: then
 * nothing ran for a while, and all the others begin again as well. Each has an instant of its own
 * within the time that was missed, at most `withinMs`. Nought when it is late by less than `tolerateMs`.
 */
export function spreadAfterStandstill(input: {
  lateMs: number;
  tolerateMs: number;
  withinMs: number;
  spread: number;
}): number {
  if (input.lateMs < input.tolerateMs) return 0;
  return Math.round(Math.min(input.lateMs, input.withinMs) * input.spread);
}
