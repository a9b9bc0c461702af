import type { PendingStop } from '../contracts/installation.js';

/** A stop is about one attempt of one holder: a later bot of the same session is another matter. */
export function stopKey(stop: PendingStop): string {
  return `${stop.roomKey}/${stop.holderId}/${stop.attempt}`;
}

export function withoutStop(stops: readonly PendingStop[], stop: PendingStop): PendingStop[] {
  return stops.filter((other) => stopKey(other) !== stopKey(stop));
}

/** Adds stops; one that is known already keeps the time since when it stops. */
export function withStops(
  stops: readonly PendingStop[],
  added: readonly PendingStop[],
): PendingStop[] {
  const known = new Set(stops.map(stopKey));
  return [...stops, ...added.filter((stop) => !known.has(stopKey(stop)))];
}

/** Those of a command's stops that are not settled yet, as they are now. */
export function stillStopping(
  stops: readonly PendingStop[],
  of: readonly PendingStop[],
): PendingStop[] {
  const wanted = new Set(of.map(stopKey));
  return stops.filter((stop) => wanted.has(stopKey(stop)));
}
