import { isDuplicateKey } from '../../common/read-model/consistency.js';
import type { AlertDoc, AlertKind } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';

type StoreDeps = Pick<ActivityDeps, 'collections'>;

/** What an alert is about; the same facts are the same alert, however often they are met. */
export interface AlertFacts extends Life {
  kind: AlertKind;
  /** A code of `words.ts`; decides what people read. */
  reason: string;
  /** Null: of no interview. */
  session: { interviewId: string; sessionId: string; startsAt: number } | null;
  /** Tells apart what the facts above do not, such as a day; ids and numbers only. */
  about?: string;
}

const dayMs = 24 * 3_600_000;
/** How long alerts are kept; the miss of a Friday is still there on the Monday after. */
const keptMs = 30 * dayMs;
/** After this an alert is old news, and what keeps it back is a finding of its own. */
const givenUpAfterMs = dayMs;
const firstPauseMs = 60_000;
const longestPauseMs = 30 * 60_000;

export function alertId(facts: AlertFacts): string {
  const { orgId, generation, kind, session, about = '' } = facts;
  const subject =
    session === null
      ? facts.reason
      : `${encodeURIComponent(session.interviewId)}/${encodeURIComponent(session.sessionId)}/${session.startsAt}`;
  return [orgId, generation, kind, subject, about].filter((part) => part !== '').join('/');
}

/**
 * Stores an alert before anybody is told of it. One of the same key is met, not repeated.
 *
 * @returns `isNew`: nobody has raised it before
 */
export async function storeAlert(
  deps: StoreDeps,
  facts: AlertFacts,
): Promise<{ alert: AlertDoc; isNew: boolean }> {
  const now = Date.now();
  const alert: AlertDoc = {
    _id: alertId(facts),
    orgId: facts.orgId,
    generation: facts.generation,
    interviewId: facts.session?.interviewId ?? null,
    startsAt: facts.session?.startsAt ?? null,
    kind: facts.kind,
    reason: facts.reason,
    at: now,
    delivered: [],
    attempts: 0,
    nextAttemptAt: now,
    expiresAt: new Date(now + keptMs),
  };
  try {
    await deps.collections.alerts.collection.insertOne(alert as never);
    return { alert, isNew: true };
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  const known = await deps.collections.alerts.findOne({ _id: alert._id }).lean<AlertDoc | null>();
  return { alert: known ?? alert, isNew: false };
}

/** Alerts whose next try is due, the oldest first. */
export async function dueAlerts(
  deps: StoreDeps,
  input: { now: number; limit: number },
): Promise<AlertDoc[]> {
  return await deps.collections.alerts
    .find({ nextAttemptAt: { $lte: input.now } })
    .sort({ nextAttemptAt: 1 })
    .limit(input.limit)
    .lean<AlertDoc[]>();
}

/**
 * Takes the next try of an alert: of several who see it due, one. It is put off before it is tried,
 * so that whoever dies while trying leaves it to the next one.
 */
export async function takeAttempt(
  deps: StoreDeps,
  alert: AlertDoc,
  now: number,
): Promise<AlertDoc | null> {
  const attempts = alert.attempts + 1;
  const nextAttemptAt = now + pauseAfter(attempts);
  const outcome = await deps.collections.alerts.collection.updateOne(
    { _id: alert._id as never, nextAttemptAt: alert.nextAttemptAt, attempts: alert.attempts },
    { $set: { attempts, nextAttemptAt } },
  );
  return outcome.matchedCount === 1 ? { ...alert, attempts, nextAttemptAt } : null;
}

function pauseAfter(attempts: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempts - 1, 10));
}

/**
 * Writes down what a try came to.
 *
 * @param input.open whether some channel could not take it and may later
 * @returns `given_up`: nobody tries again, and not everybody was told
 */
export async function recordAttempt(
  deps: StoreDeps,
  alert: AlertDoc,
  input: { took: string[]; open: boolean; now: number },
): Promise<'delivered' | 'open' | 'given_up'> {
  const delivered = [...new Set([...alert.delivered, ...input.took])];
  const isOver = input.now - alert.at >= givenUpAfterMs;
  const ends = !input.open || isOver;
  await deps.collections.alerts.collection.updateOne(
    { _id: alert._id as never, attempts: alert.attempts },
    { $set: { delivered, ...(ends ? { nextAttemptAt: null } : {}) } },
  );
  if (!input.open) return 'delivered';
  return isOver ? 'given_up' : 'open';
}
