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
  /** The smallest of its timeslot ids, in string order, when it was planned first; kept since. */
  sessionId: string;
  startsAt: number;
  endsAt: number;
  room: MeetingRoom | null;
  /** In string order. */
  timeslotIds: string[];
}

/** A session as it was planned before: what bot it has, and whether that has been and gone. */
export interface KnownSession {
  sessionId: string;
  timeslotIds: readonly string[];
  /** Its outcome is about those of its timeslots that began by then, epoch ms; null: it has none. */
  spentUntil: number | null;
}

/**
 * Cuts an interview into sessions: timeslots that share one room, by its identity, without a gap over
 * 15 minutes. Timeslots without a room are treated as if they shared one, so that a link which
 * appears later finds the same session. The order of the input does not matter.
 *
 * A session that was `known` keeps its id for as long as one of its timeslots is there: a bot that is
 * in the call stays what it is when a timeslot before its first is added or taken away. Timeslots
 * that a session with an outcome was about are not joined to others, so that those that begin later
 * get a bot of their own.
 *
 * @param input.known in the order of their start
 */
export function planSessions({
  timeslots,
  known = [],
}: {
  timeslots: SessionTimeslot[];
  known?: readonly KnownSession[];
}): SessionPlan[] {
  const together = new Map<string, { spentBy: string | null; timeslots: SessionTimeslot[] }>();
  for (const timeslot of timeslots) {
    const spentBy = known.find((session) => isSpent(timeslot, session))?.sessionId ?? null;
    const key = JSON.stringify([timeslot.room?.identity ?? null, spentBy]);
    const others = together.get(key)?.timeslots ?? [];
    together.set(key, { spentBy, timeslots: [...others, timeslot] });
  }
  const cuts = [...together.values()].flatMap(({ spentBy, timeslots: ofOneRoom }) =>
    sessionsOfOneRoom(ofOneRoom).map((session): Cut => ({ session, spentBy })),
  );
  return named(cuts.sort(inOrder), known);
}

/** A session that has its name yet to come, and whose outcome it has part in. */
interface Cut {
  session: SessionPlan;
  spentBy: string | null;
}

function isSpent({ timeslotId, startsAt }: SessionTimeslot, session: KnownSession): boolean {
  const { spentUntil, timeslotIds } = session;
  return spentUntil !== null && startsAt <= spentUntil && timeslotIds.includes(timeslotId);
}

/**
 * Known sessions first, each for one of those that have come out of it: the one that its outcome is
 * about, or that holds the timeslot it is named after, or the first. Then new ids for the rest.
 */
function named(cuts: Cut[], known: readonly KnownSession[]): SessionPlan[] {
  const names = new Map<Cut, string>();
  for (const { sessionId, timeslotIds } of known) {
    const heirs = cuts.filter(
      (cut) => !names.has(cut) && cut.session.timeslotIds.some((id) => timeslotIds.includes(id)),
    );
    const heir =
      heirs.find(({ spentBy }) => spentBy === sessionId) ??
      heirs.find(({ session }) => session.timeslotIds.includes(sessionId)) ??
      heirs[0];
    if (heir !== undefined) names.set(heir, sessionId);
  }
  const taken = new Set(names.values());
  const sessions = cuts.map((cut) => {
    const sessionId = names.get(cut) ?? freeId(cut.session.timeslotIds, taken);
    taken.add(sessionId);
    return { ...cut.session, sessionId };
  });
  return sessions.sort(byStart);
}

/** The smallest of the ids that no other session has; a number behind it when all are in use. */
function freeId(timeslotIds: readonly string[], taken: ReadonlySet<string>): string {
  const [smallest = ''] = timeslotIds;
  const own = timeslotIds.find((id) => !taken.has(id));
  if (own !== undefined) return own;
  for (let number = 2; ; number += 1) {
    if (!taken.has(`${smallest}~${number}`)) return `${smallest}~${number}`;
  }
}

function sessionsOfOneRoom(timeslots: SessionTimeslot[]): SessionPlan[] {
  const sorted = timeslots.toSorted(
    (a, b) => a.startsAt - b.startsAt || compareText(a.timeslotId, b.timeslotId),
  );
  const sessions: SessionPlan[] = [];
  let open: SessionPlan | undefined;
  for (const timeslot of sorted) {
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

function inOrder(a: Cut, b: Cut): number {
  return byStart(a.session, b.session);
}

function byStart(a: SessionPlan, b: SessionPlan): number {
  return a.startsAt - b.startsAt || compareText(a.sessionId, b.sessionId);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
