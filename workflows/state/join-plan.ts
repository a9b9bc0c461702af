import type { BotView } from '../contracts/activities.js';
import type { DecisionCode } from '../contracts/decision.js';
import type {
  DesiredJoin,
  DesiredSession,
  JoinSession,
  SessionOutcome,
} from '../contracts/join-interview.js';
import type { ProtocolTimes } from '../contracts/protocol-times.js';
import { spentUntil } from '../contracts/spent-until.js';
import { stableFraction } from './stable-hash.js';

/** Codes for which a bot that is already there must leave; time passing is none of them. */
const removingCodes: ReadonlySet<DecisionCode> = new Set<DecisionCode>([
  'paused',
  'not_active',
  'role_off',
  'excluded',
  'record_off',
  'skipped_by_person',
  'declined',
  'notice_undeliverable',
  'cancelled',
  'restricted',
  'confidential',
  'interviewer_opted_out',
  'fenced_by_operations',
]);

/** Noes of a last look that may turn into a yes without anybody telling us. */
const passingCodes: ReadonlySet<DecisionCode> = new Set<DecisionCode>([
  'no_link',
  'unreadable',
  'notice_pending',
  'not_found',
  'access_withdrawn',
  'vendor_unreachable',
  'room_forbidden',
  'fenced_by_operations',
]);

/** Bots beyond the first one, when the first could not get in for a reason that may pass. */
const mostExtraBots = 2;

export function mayPass(code: DecisionCode): boolean {
  return passingCodes.has(code);
}

/**
 * By when the request is out: 2 to 8 minutes before the start, or as the provider has it, spread by a
 * stable hash. What comes before it begins up to a last look's time earlier, see `waitingStep`; also
 * then it is not asked for before the earliest moment.
 */
export function requestAt(input: {
  interviewId: string;
  sessionId: string;
  startsAt: number;
  times: ProtocolTimes;
  lead: DesiredJoin['lead'];
}): number {
  const { times, lead } = input;
  const earliestMs = lead?.earliestMs ?? times.requestEarliestMs;
  const latestMs = lead?.latestMs ?? times.requestLatestMs;
  const windowMs = Math.max(0, earliestMs - times.lastLookMs - latestMs);
  const spread = stableFraction(`${input.interviewId}/${input.sessionId}`);
  return Math.round(input.startsAt - latestMs - spread * windowMs);
}

/**
 * Brings the sessions in line with what the newest reading asks. Sessions that it no longer names
 * are dropped; a session with an outcome stays untouched, unless its interview moved behind the
 * window that the outcome is about, came back after it was cancelled, has another link after a miss,
 * or a person asked for the notetaker since.
 */
export function mergeDesired(input: {
  interviewId: string;
  sessions: readonly JoinSession[];
  desired: DesiredJoin;
  now: number;
  times: ProtocolTimes;
}): JoinSession[] {
  const { interviewId, desired, now, times } = input;
  const { lead } = desired;
  const wanted = new Map(desired.sessions.map((session) => [session.sessionId, session]));
  const kept = input.sessions.map((session) => {
    const want = wanted.get(session.sessionId);
    wanted.delete(session.sessionId);
    if (want === undefined) return session.outcome === null ? dropped(session, desired) : session;
    if (session.outcome !== null && !reopens(session, want, now)) return session;
    if (session.outcome !== null)
      return newSession({ interviewId, want, now, times, lead, session });
    const plannedAt = requestAt({ interviewId, ...want, times, lead });
    return {
      ...session,
      ...want,
      ...judged(session, want),
      plannedAt,
      dropped: false,
      merged: false,
      lookAgainAt: null,
    };
  });
  const added = [...wanted.values()].map((want) =>
    newSession({ interviewId, want, now, times, lead }),
  );
  return [...kept, ...added];
}

/** That time has passed is no verdict: what an unjoined session ends as rests on the one before. */
function judged(session: JoinSession, want: DesiredSession): Pick<JoinSession, 'verdict' | 'code'> {
  const timePassed = want.code === 'over' || want.code === 'too_late';
  const { verdict, code } = timePassed ? session : want;
  return { verdict, code };
}

function dropped(session: JoinSession, desired: DesiredJoin): JoinSession {
  const { roomKey, startsAt, endsAt } = session;
  const merged = desired.sessions.some(
    (other) =>
      roomKey !== null &&
      other.roomKey === roomKey &&
      other.startsAt < endsAt &&
      startsAt < other.endsAt,
  );
  return { ...session, dropped: true, merged, verdict: 'skip', code: 'cancelled' };
}

/** Why a session that is no longer asked for has ended. */
function dropReason({ merged, code }: JoinSession): string {
  return merged === true ? 'merged' : code;
}

function reopens(session: JoinSession, want: DesiredSession, now: number): boolean {
  // What comes too late for a bot leaves the outcome as it is, and the timeslots to come to others.
  if (want.endsAt <= now || want.code === 'too_late') return false;
  const wantedAnew = want.wantedAt !== null && want.wantedAt > (session.outcomeAt ?? 0);
  const hasOtherRoom =
    session.outcome === 'missed' && want.roomKey !== null && want.roomKey !== session.roomKey;
  const spent = spentUntil(session);
  const wasMoved = spent === null ? want.startsAt >= session.endsAt : want.startsAt > spent;
  return session.outcome === 'cancelled' || wasMoved || wantedAnew || hasOtherRoom;
}

function newSession(input: {
  interviewId: string;
  want: DesiredSession;
  now: number;
  times: ProtocolTimes;
  lead: DesiredJoin['lead'];
  session?: JoinSession;
}): JoinSession {
  const { interviewId, want, now, times, lead } = input;
  return {
    ...want,
    knownAt: now,
    state: 'waiting',
    outcome: null,
    reason: null,
    outcomeAt: null,
    dropped: false,
    plannedAt: requestAt({ interviewId, ...want, times, lead }),
    // Attempts are counted on for ever: a number that came again would settle the wrong request.
    attempt: input.session?.attempt ?? 0,
    claim: null,
    botId: null,
    requestedAt: null,
    joinedAt: null,
    recordingStartedAt: null,
    endedAt: null,
    lookAgainAt: null,
    sharing: false,
    extraBots: 0,
    failures: 0,
    lobbySince: null,
    attended: [],
  };
}

/** When a waiting session does something next, and what. */
export type WaitingStep =
  | { kind: 'finish'; outcome: SessionOutcome; reason: string }
  | { kind: 'check'; at: number }
  | { kind: 'park'; until: number };

/** Claim and last look are made ahead, so that the request is out by its minute. */
export function waitingStep(
  session: JoinSession,
  { now, times }: { now: number; times: ProtocolTimes },
): WaitingStep {
  if (session.dropped) return { kind: 'finish', outcome: 'cancelled', reason: dropReason(session) };
  if (now >= session.endsAt) return { kind: 'finish', ...outcomeWithoutBot(session) };
  const mayGo = session.verdict === 'join' && session.roomKey !== null;
  if (mayGo || session.lookAgainAt !== null) {
    const beginsAt = session.plannedAt - times.lastLookMs;
    return { kind: 'check', at: Math.max(beginsAt, session.lookAgainAt ?? 0) };
  }
  return { kind: 'park', until: session.endsAt };
}

/** The interview is over and no bot is there. */
function outcomeWithoutBot(session: JoinSession): { outcome: SessionOutcome; reason: string } {
  if (session.recordingStartedAt !== null) return { outcome: 'captured', reason: 'stopped_early' };
  // Not coming because it was too late is a miss, whoever's fault: nobody wanted it to stay out.
  return session.verdict === 'skip' && session.code !== 'too_late'
    ? { outcome: 'skipped', reason: session.code }
    : { outcome: 'missed', reason: session.verdict === 'join' ? 'not_requested' : session.code };
}

/**
 * Why a bot that is requested or live has to leave now; null lets it stay. A session whose people
 * are already together stays when only its end moves; so does a bot at the door of one that turns out
 * to have begun earlier.
 */
export function leaveReason(
  session: JoinSession,
  input: { now: number; times: ProtocolTimes; neededUntil: number | null },
): 'cancelled' | 'forbidden' | 'moved' | 'over' | null {
  const { claim } = session;
  if (session.dropped) return 'cancelled';
  if (removingCodes.has(session.code)) return 'forbidden';
  if (claim !== null && claim.roomKey !== session.roomKey && session.roomKey !== null) {
    return 'moved';
  }
  if (claim !== null && claim.startsAt !== session.startsAt) {
    const inCall = session.state === 'joined' || session.state === 'recording';
    const isAtTheDoor = session.state === 'lobby' && session.startsAt < claim.startsAt;
    const farAhead = session.startsAt > input.now + input.times.requestEarliestMs;
    if (!(inCall || isAtTheDoor) || farAhead) return 'moved';
  }
  const endsAt = Math.max(session.endsAt, input.neededUntil ?? 0);
  return input.now >= endsAt + input.times.leaveAfterEndMs ? 'over' : null;
}

/**
 * Takes over what the provider says about the bot. What a bot did for another interview before this
 * one began is no evidence for this one.
 */
export function withBotView(session: JoinSession, view: BotView, now: number): JoinSession {
  const lobbySince = view.state === 'lobby' ? (session.lobbySince ?? now) : null;
  if (session.sharing && now < session.startsAt) {
    return { ...session, state: view.state === 'ended' ? session.state : view.state, lobbySince };
  }
  return {
    ...session,
    state: view.state,
    lobbySince,
    joinedAt: view.joinedAt ?? session.joinedAt,
    recordingStartedAt: view.recordingStartedAt ?? session.recordingStartedAt,
    endedAt: view.endedAt ?? session.endedAt,
  };
}

/**
 * What becomes of a session whose bot is gone. The outcome rests on evidence of joining and
 * recording; a bot that we took away ourselves leaves its session open, to be decided anew.
 */
export function afterBot(
  session: JoinSession,
  view: BotView,
  left: ReturnType<typeof leaveReason> | 'next_interview' | 'stopped',
  now: number,
): JoinSession {
  const seen = { ...withBotView(session, view, now), sharing: false };
  const over = left === 'over' || left === 'next_interview';
  if (left === 'cancelled') return ended(seen, now, 'cancelled', dropReason(seen));
  if (left !== null && !over) {
    const again = {
      ...seen,
      state: 'waiting',
      botId: null,
      claim: null,
      lookAgainAt: null,
    } as const;
    return left === 'moved' ? withoutEvidence(again, session.claim, now) : again;
  }
  const isMissed = left === null && view.outcome === 'missed';
  if (isMissed && (view.recordingStartedAt !== null || session.recordingStartedAt === null)) {
    return ended(seen, now, 'missed', view.reason ?? 'not_recorded');
  }
  if (seen.recordingStartedAt !== null) return ended(seen, now, 'captured', view.reason);
  return ended(seen, now, 'missed', view.reason ?? (over ? 'nobody_recorded' : 'not_recorded'));
}

/**
 * What a bot saw before its interview moved says nothing about the new time or room; only a
 * recording of this very start, from the room that people left for another, stays one.
 */
function withoutEvidence(
  session: JoinSession,
  claim: JoinSession['claim'],
  now: number,
): JoinSession {
  const isOfThisStart = claim?.startsAt === session.startsAt && now >= session.startsAt;
  return {
    ...session,
    ...{ requestedAt: null, joinedAt: null, endedAt: null, lobbySince: null },
    ...{ extraBots: 0, failures: 0 },
    recordingStartedAt: isOfThisStart ? session.recordingStartedAt : null,
  };
}

/**
 * Another bot, for one that could not get in though the next one may: a minute or two later, twice
 * at most, while the interview is not over. Null: this is how the session ends.
 */
export function withAnotherBot(
  session: JoinSession,
  view: BotView,
  input: { now: number; times: ProtocolTimes },
): JoinSession | null {
  const { now, times } = input;
  const wasIn = view.joinedAt !== null || session.joinedAt !== null;
  if (!view.anotherMayHelp || wasIn || session.extraBots >= mostExtraBots) return null;
  const spread = stableFraction(`${session.sessionId}/${session.attempt}`);
  const lookAgainAt = Math.round(now + times.anotherBotMs * (1 + spread));
  if (lookAgainAt >= session.endsAt) return null;
  return {
    ...session,
    ...{ state: 'waiting', botId: null, claim: null, sharing: false, lobbySince: null },
    ...{ extraBots: session.extraBots + 1, lookAgainAt },
  };
}

export function ended(
  session: JoinSession,
  now: number,
  outcome: SessionOutcome,
  reason: string | null,
): JoinSession {
  return {
    ...session,
    state: 'ended',
    outcome,
    reason,
    outcomeAt: now,
    claim: null,
    sharing: false,
  };
}

const doublings = 5;

/** A pause that doubles with each failure or attempt, up to 32 times the first one. */
export function backoff(firstMs: number, count: number): number {
  return firstMs * 2 ** Math.min(doublings, Math.max(0, count - 1));
}

/** A room was released: whoever waits for one looks again at once, not at the next of its turns. */
export function lookNowForRoom(sessions: readonly JoinSession[], now: number): JoinSession[] {
  return sessions.map((session) =>
    session.code === 'room_busy' && session.lookAgainAt !== null
      ? { ...session, lookAgainAt: now }
      : session,
  );
}

/** Whether what is asked is still what the claim was taken for. */
export function claimFits(of: JoinSession): boolean {
  return (
    !of.dropped &&
    of.verdict === 'join' &&
    of.claim !== null &&
    of.claim.roomKey === of.roomKey &&
    of.claim.startsAt === of.startsAt &&
    of.claim.endsAt === of.endsAt
  );
}

/** Whether a join still has work: some session is open and near enough, or its bot is not settled. */
export function hasWork(
  sessions: readonly JoinSession[],
  input: { now: number; times: ProtocolTimes },
): 'yes' | 'finished' | 'too_far' {
  const open = sessions.filter((session) => session.outcome === null);
  if (open.length === 0) return 'finished';
  const far = open.every(
    (session) =>
      session.state === 'waiting' &&
      !session.dropped &&
      session.startsAt > input.now + input.times.joinHorizonMs,
  );
  return far ? 'too_far' : 'yes';
}
