import type { WorkRow } from '../../common/read-model/documents.js';
import { periodOf, type WatchPeriods } from './tiers.js';

/** Of so many turns one goes to whatever is latest, even while imminent rows are due. */
export const turnsPerReserved = 16;

export type Choosable = Pick<WorkRow, '_id' | 'kind' | 'tier' | 'jobId' | 'urgent' | 'nextCheckAt'>;

/** How late a row is, in periods of its own: 1 means that it waits for twice as long as it should. */
export function latenessOf(row: Choosable, now: number, periods: WatchPeriods): number {
  return (now - row.nextCheckAt) / periodOf(row, periods);
}

/**
 * How long before its time a row may be taken along by a slice that runs anyway, in milliseconds: a
 * tenth of its period, and never more than a tenth of a warm row's. So the rows of an idle
 * organization fall into step, and it has few slices.
 */
export function earlinessOf(row: Choosable, periods: WatchPeriods): number {
  return Math.min(periodOf(row, periods), periods.warm) / 10;
}

/**
 * The row whose turn it is, of rows that are due; `turn` counts the turns of a slice from 0.
 *
 * - Imminent rows come first, the earliest deadline first, whatever the backlog of others: up to
 *   15/16 of the budget each is read in time.
 * - Then urgent ones, which a webhook or a person hinted at, in the order of their hints.
 * - Then all others by how late they are in proportion to their own period. The latest one is always
 *   next, so that under overload all are kept at one lateness: every tier is late by the same factor.
 * - The first turn of a slice, and every sixteenth after it, goes to the latest row of them all but
 *   the imminent ones, which are served by the other turns.
 *
 * Nothing starves: by the reserved turns alone some row is read again and again, whatever else is
 * due. A row that waits becomes later without bound, while a row that was read begins anew at minus
 * one period and must wait (lateness + 1) periods to pass a waiting one again; a new row begins at
 * nought. So each of finitely many rows can go before a waiting row only a bounded number of times.
 */
export function chooseNext<Row extends Choosable>(
  rows: readonly Row[],
  at: { now: number; turn: number; periods: WatchPeriods },
): Row | null {
  const { now, turn, periods } = at;
  const lateness = (row: Row) => latenessOf(row, now, periods);
  const first = (some: readonly Row[], rank: (row: Row) => number): Row | null => {
    let best: Row | null = null;
    for (const row of some) if (best === null || rank(row) < rank(best)) best = row;
    return best;
  };
  const others = rows.filter((row) => !isImminent(row));
  const latest = () => first(others, (row) => -lateness(row));
  if (turn % turnsPerReserved === 0 && others.length > 0) return latest();
  return (
    first(rows.filter(isImminent), (row) => row.nextCheckAt) ??
    first(
      others.filter((row) => row.urgent),
      (row) => row.nextCheckAt,
    ) ??
    latest()
  );
}

/** Whether or not its application's id has to be asked for first. */
export function isImminent(row: Choosable): boolean {
  return (row.kind === 'application' || row.kind === 'resolve') && row.tier === 'imminent';
}
