import type { JoinSession } from './join-interview.js';
import { everyoneLeftSeconds } from './leave-after.js';
import { sentAwayReasons } from './provider-reasons.js';

/** A bot stays so long when everybody else has left, and needs a moment to go. */
const emptyRoomPatienceMs = (everyoneLeftSeconds + 30) * 1_000;

type Ended = Pick<
  JoinSession,
  'outcome' | 'outcomeAt' | 'reason' | 'startsAt' | 'endsAt' | 'endedAt'
>;

/**
 * Until when an outcome is about the timeslots of its session, by their start, epoch ms; null: about
 * none. A bot that has left by itself, or never came in, is not the last word about what begins later;
 * one that people sent away is, for the whole time. What was skipped or cancelled had no bot.
 */
export function spentUntil(session: Ended): number | null {
  const { outcome, outcomeAt, reason, startsAt, endsAt, endedAt } = session;
  if (outcome !== 'captured' && outcome !== 'missed') return null;
  const leftAt = (outcome === 'captured' ? endedAt : null) ?? outcomeAt ?? 0;
  if (reason !== null && sentAwayReasons.has(reason)) return Math.max(leftAt, endsAt - 1);
  // Those who came for the next timeslot may have met a bot that waited for people to come back.
  const lastSeenAt = outcome === 'captured' ? leftAt - emptyRoomPatienceMs : leftAt;
  return Math.max(lastSeenAt, startsAt);
}
