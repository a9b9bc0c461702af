import type {
  InterviewDoc,
  PlannedSession,
  SessionProgress,
} from '../../common/read-model/documents.js';
import { sentAwayReasons } from '../../workflows/contracts/provider-reasons.js';
import type { MeetingRoom } from './meeting-link.js';
import { type KnownSession, planSessions } from './sessions.js';

type Planned = Pick<InterviewDoc, 'plan' | 'progress'>;

/** The sessions of an interview as they are planned now, and which of them have had their bot. */
export function knownSessions({ plan, progress }: Planned): KnownSession[] {
  return plan.map(({ sessionId, timeslotIds }) => ({
    sessionId,
    // An interview that an earlier release stored names the first one only.
    timeslotIds: timeslotIds ?? [sessionId],
    spentUntil: spentUntil(progress[sessionId]),
  }));
}

/**
 * A bot that has left by itself, or that never came in, is not the last word about a timeslot that
 * begins later; one that people sent away is, for all that it would have attended. What was skipped
 * or cancelled had no bot.
 */
function spentUntil(progress: SessionProgress | undefined): number | null {
  if (progress?.outcome !== 'captured' && progress?.outcome !== 'missed') return null;
  const { outcomeAt, startsAt, endsAt, reason } = progress;
  const isLastWord = reason !== null && sentAwayReasons.has(reason);
  return Math.max(outcomeAt ?? 0, isLastWord ? endsAt : startsAt);
}

/**
 * The plan anew, by what is stored: after an outcome, a timeslot that begins later is a session of its
 * own. Each timeslot keeps the room of the session that it is planned in.
 */
export function replan({ plan, progress, timeslots }: InterviewDoc): PlannedSession[] {
  const placed = timeslots.flatMap((timeslot) => {
    const session = plan.find(({ timeslotIds }) => timeslotIds?.includes(timeslot.timeslotId));
    const { timeslotId, startsAt, endsAt } = timeslot;
    return session === undefined ? [] : [{ timeslotId, startsAt, endsAt, room: roomOf(session) }];
  });
  // Planned by an earlier release: the next reading says what belongs where.
  if (placed.length !== timeslots.length) return plan;
  return planSessions({ known: knownSessions({ plan, progress }), timeslots: placed }).map(
    ({ room, ...session }) => ({
      ...session,
      provider: room?.provider ?? null,
      roomKey: room?.identity ?? null,
      joinable: room?.joinable ?? false,
      sealedLink: room?.url ?? null,
    }),
  );
}

/** As stored: its identity is the hash, its link is sealed. */
function roomOf({ provider, roomKey, joinable, sealedLink }: PlannedSession): MeetingRoom | null {
  if (provider === null || roomKey === null || sealedLink === null) return null;
  return { provider, identity: roomKey, url: sealedLink, joinable };
}
