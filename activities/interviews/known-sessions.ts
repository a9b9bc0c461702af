import type { InterviewDoc, PlannedSession } from '../../common/read-model/documents.js';
import type { JoinState } from '../../workflows/contracts/join-interview.js';
import { spentUntil } from '../../workflows/contracts/spent-until.js';
import type { MeetingRoom } from './meeting-link.js';
import { type KnownSession, planSessions, type SessionPlan } from './sessions.js';

const botStates: ReadonlySet<JoinState> = new Set(['requested', 'lobby', 'joined', 'recording']);

type Planned = Pick<InterviewDoc, 'plan' | 'progress' | 'timeslots'>;

/** The sessions of an interview as they are planned now, and which of them have had their bot. */
export function knownSessions({ plan, progress, timeslots }: Planned): KnownSession[] {
  return plan.map((session) => {
    const reached = progress[session.sessionId];
    return {
      sessionId: session.sessionId,
      timeslotIds: timeslotIdsOf(session, timeslots),
      spentUntil: reached === undefined ? null : spentUntil(reached),
      hasBot: reached?.outcome === null && botStates.has(reached.state),
    };
  });
}

/** An interview that an earlier release planned says only when, and in which room. */
function timeslotIdsOf(
  { timeslotIds, startsAt, endsAt, roomKey }: PlannedSession,
  timeslots: InterviewDoc['timeslots'],
): string[] {
  const within = timeslots.filter(
    (slot) => slot.roomKey === roomKey && slot.startsAt >= startsAt && slot.endsAt <= endsAt,
  );
  return timeslotIds ?? within.map(({ timeslotId }) => timeslotId);
}

/**
 * The plan anew, by what is stored: after an outcome, a timeslot that begins later is a session of its
 * own. Each timeslot keeps the room of the session that it is planned in.
 */
export function replan({ plan, progress, timeslots }: InterviewDoc): PlannedSession[] {
  const placed = timeslots.flatMap((timeslot) => {
    const session = plan.find((planned) =>
      timeslotIdsOf(planned, timeslots).includes(timeslot.timeslotId),
    );
    const { timeslotId, startsAt, endsAt } = timeslot;
    return session === undefined ? [] : [{ timeslotId, startsAt, endsAt, room: roomOf(session) }];
  });
  // The next reading says what belongs where.
  if (placed.length !== timeslots.length) return plan;
  return planSessions({
    known: knownSessions({ plan, progress, timeslots }),
    timeslots: placed,
  }).map((session) =>
    asPlanned(session, ({ identity: roomKey, url: sealedLink }) => ({ roomKey, sealedLink })),
  );
}

/** As it is stored: the room by its hash, its link sealed. */
export function asPlanned(
  { room, ...session }: SessionPlan,
  stored: (room: MeetingRoom) => { roomKey: string; sealedLink: string },
): PlannedSession {
  const { sessionId, timeslotIds, startsAt, endsAt } = session;
  const { provider = null, joinable = false } = room ?? {};
  const where = room === null ? { roomKey: null, sealedLink: null } : stored(room);
  return { sessionId, timeslotIds, startsAt, endsAt, provider, joinable, ...where };
}

/** The other way round: its identity is the hash, its link is sealed. */
function roomOf({ provider, roomKey, joinable, sealedLink }: PlannedSession): MeetingRoom | null {
  if (provider === null || roomKey === null || sealedLink === null) return null;
  return { provider, identity: roomKey, url: sealedLink, joinable };
}
