import type { SessionMoment } from '../contracts/activities.js';
import { unwantedNoes } from '../contracts/decision.js';
import type { JoinSession } from '../contracts/join-interview.js';
import type { ProtocolTimes } from '../contracts/protocol-times.js';
import { stableFraction } from './stable-hash.js';

/** A moment of a session that was not attended to yet, and when it is. */
export interface DueMoment {
  sessionId: string;
  moment: SessionMoment;
  at: number;
}

/**
 * The next moment at which somebody is to be told something about a session, or something looked at
 * ahead. What lay before the session was known is left out, except the alarm: a bot that is missing
 * is missing, however late the interview was learnt. Null: nothing more to attend to.
 */
function nextMoment(session: JoinSession, times: ProtocolTimes): DueMoment | null {
  if (session.outcome !== null || session.dropped) return null;
  const { sessionId } = session;
  const open = [...ahead(session, times), ...atTheDoor(session, times)].filter(
    ({ moment, at }) =>
      at < session.endsAt && !session.attended.includes(momentKey(session, moment)),
  );
  return earliest(open.map((due) => ({ sessionId, ...due })));
}

/** Of all sessions of an interview. */
export function nextMomentOf(
  sessions: readonly JoinSession[],
  times: ProtocolTimes,
): DueMoment | null {
  return earliest(sessions.flatMap((session) => nextMoment(session, times) ?? []));
}

function earliest(due: readonly DueMoment[]): DueMoment | null {
  return due.reduce<DueMoment | null>(
    (first, other) => (first === null || other.at < first.at ? other : first),
    null,
  );
}

/** Of one start: an interview that moves is attended to anew. */
export function momentKey(session: Pick<JoinSession, 'startsAt'>, moment: SessionMoment): string {
  return `${moment}/${session.startsAt}`;
}

type Dated = Omit<DueMoment, 'sessionId'>;

function ahead(session: JoinSession, times: ProtocolTimes): Dated[] {
  if (session.verdict === 'skip' && !unwantedNoes.has(session.code)) return [];
  const { sessionId, startsAt, knownAt } = session;
  const moments = [
    ['preflight_day', times.preflightDayMs, times.preflightHourMs],
    ['preflight_hour', times.preflightHourMs, times.preflightMinutesMs],
    ['preflight_minutes', times.preflightMinutesMs, times.requestLatestMs],
  ] as const;
  return moments.flatMap(([moment, aheadMs, spreadMs]) => {
    const latestAt = startsAt - aheadMs;
    if (latestAt < knownAt) return [];
    // Most interviews begin on the hour: they are not all looked at in the same second.
    const earlierMs = Math.round(spreadMs * stableFraction(`${moment}/${sessionId}`));
    return [{ moment, at: Math.max(knownAt, latestAt - earlierMs) }];
  });
}

/** In the lobby, or missing: wanted, or kept out by what nobody chose, and not seen in the room. */
function atTheDoor(session: JoinSession, times: ProtocolTimes): Dated[] {
  const { state, lobbySince, verdict, code, joinedAt, startsAt } = session;
  const waits = state === 'lobby' && lobbySince !== null;
  const isIn = state === 'joined' || state === 'recording' || joinedAt !== null;
  const isMissing = !isIn && (verdict !== 'skip' || unwantedNoes.has(code));
  return [
    ...(waits ? [{ moment: 'lobby', at: lobbySince + times.lobbyPatienceMs } as const] : []),
    ...(isMissing ? [{ moment: 'missing', at: startsAt + times.missAlarmMs } as const] : []),
  ];
}
