import { fullerLink, type MeetingRoom } from './meeting-link.js';

/** Two timeslots of one room further apart than this are two sessions, with two bots. */
export const longestGapMs = 15 * 60_000;

export interface SessionTimeslot {
  timeslotId: string;
  startsAt: number;
  endsAt: number;
  /** Null: no link was found for it. */
  room: MeetingRoom | null;
}

/** What one bot attends. */
export interface SessionPlan {
  /** The smallest of its timeslot ids, in string order. */
  sessionId: string;
  startsAt: number;
  endsAt: number;
  room: MeetingRoom | null;
  /** In string order. */
  timeslotIds: string[];
}

/**
 * Cuts an interview into sessions: timeslots that share one room, by its identity, without a gap over
 * 15 minutes. Timeslots without a room are treated as if they shared one, so that a link which
 * appears later finds the same session. The order of the input does not matter.
 */
export function planSessions({ timeslots }: { timeslots: SessionTimeslot[] }): SessionPlan[] {
  const byRoom = new Map<string, SessionTimeslot[]>();
  for (const timeslot of timeslots) {
    const key = timeslot.room?.identity ?? '';
    byRoom.set(key, [...(byRoom.get(key) ?? []), timeslot]);
  }
  return [...byRoom.values()]
    .flatMap(sessionsOfOneRoom)
    .sort((a, b) => a.startsAt - b.startsAt || compareText(a.sessionId, b.sessionId));
}

function sessionsOfOneRoom(timeslots: SessionTimeslot[]): SessionPlan[] {
  const inOrder = timeslots.toSorted(
    (a, b) => a.startsAt - b.startsAt || compareText(a.timeslotId, b.timeslotId),
  );
  const sessions: SessionPlan[] = [];
  let open: SessionPlan | undefined;
  for (const timeslot of inOrder) {
    if (open === undefined || timeslot.startsAt - open.endsAt > longestGapMs) {
      open = {
        sessionId: timeslot.timeslotId,
        startsAt: timeslot.startsAt,
        endsAt: timeslot.endsAt,
        room: timeslot.room,
        timeslotIds: [timeslot.timeslotId],
      };
      sessions.push(open);
    } else {
      open.endsAt = Math.max(open.endsAt, timeslot.endsAt);
      open.timeslotIds = [...open.timeslotIds, timeslot.timeslotId].sort(compareText);
      open.sessionId = open.timeslotIds[0] ?? open.sessionId;
      open.room =
        open.room === null || timeslot.room === null
          ? open.room
          : fullerLink(open.room, timeslot.room);
    }
  }
  return sessions;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
