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
  /**
   * The smallest of its timeslot ids, in string order, that no other session had when it was planned
   * first; kept since. With a number behind it when all of them were in use.
   */
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
  /** A bot is asked for or there. */
  hasBot: boolean;
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
    const key = JSON.stringify([
      spentBy === null ? (timeslot.room?.identity ?? null) : '',
      spentBy,
    ]);
    const others = together.get(key)?.timeslots ?? [];
    together.set(key, { spentBy, timeslots: [...others, timeslot] });
  }
  const cuts = [...together.values()].flatMap(({ spentBy, timeslots: group }) =>
    spentBy === null
      ? sessionsOfOneRoom(group).map((session): Cut => ({ session, spentBy }))
      : [{ session: oneSession(group.toSorted(byStart)), spentBy }],
  );
  return named(
    cuts.sort((a, b) => byStart(a.session, b.session)),
    known,
  );
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
 * Known sessions first, each for one of those that have come out of it: one that is over for what its
 * outcome is about, else for what holds the timeslot it is named after, or comes first. Of several for
 * one the session goes on that has a bot, then one that is not over. Then new ids for the rest.
 */
function named(cuts: Cut[], known: readonly KnownSession[]): SessionPlan[] {
  const rank = ({ hasBot, spentUntil }: KnownSession) => (hasBot ? 0 : spentUntil === null ? 1 : 2);
  const names = new Map<Cut, string>();
  for (const { sessionId, timeslotIds } of known.toSorted((a, b) => rank(a) - rank(b))) {
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
  const sessions: SessionTimeslot[][] = [];
  let endsAt = Number.NEGATIVE_INFINITY;
  for (const timeslot of timeslots.toSorted(byStart)) {
    const open = sessions.at(-1);
    if (open === undefined || timeslot.startsAt - endsAt > longestGapMs) sessions.push([timeslot]);
    else open.push(timeslot);
    endsAt = Math.max(endsAt, timeslot.endsAt);
  }
  return sessions.map(oneSession);
}

/** Of timeslots in their order; the room is the first one's. */
function oneSession(timeslots: SessionTimeslot[]): SessionPlan {
  const timeslotIds = timeslots.map(({ timeslotId }) => timeslotId).sort(compareText);
  return {
    sessionId: timeslotIds[0] ?? '',
    startsAt: Math.min(...timeslots.map(({ startsAt }) => startsAt)),
    endsAt: Math.max(...timeslots.map(({ endsAt }) => endsAt)),
    room: timeslots
      .map(({ room }) => room)
      .reduce((one, other) => {
        if (one === null || other === null) return one ?? other;
        return one.identity === other.identity ? fullerLink(one, other) : one;
      }),
    timeslotIds,
  };
}

type Placed = { startsAt: number } & ({ timeslotId: string } | { sessionId: string });

function byStart(a: Placed, b: Placed): number {
  return a.startsAt - b.startsAt || compareText(idOf(a), idOf(b));
}

function idOf(placed: Placed): string {
  return 'sessionId' in placed ? placed.sessionId : placed.timeslotId;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
