import type {
  ClaimDoc,
  ClaimHolder,
  InterviewDoc,
  SessionProgress,
} from '../common/read-model/documents.js';
import type {
  JoinActivities,
  LastLookResult,
  Life,
  SessionKey,
} from '../workflows/contracts/activities.js';
import { decisionFor } from '../workflows/contracts/decision.js';
import { holderIdOf } from '../workflows/contracts/ids.js';
import type { JoinSession } from '../workflows/contracts/join-interview.js';
import { attendMoment } from './alerts/attend-moment.js';
import { obstacleOf } from './alerts/obstacle.js';
import type { ActivityDeps } from './deps.js';
import { changeInterview, readInterview, withTimeline } from './interviews/interview-store.js';
import { replan } from './interviews/known-sessions.js';
import { readInterviewAnew } from './interviews/read-interview.js';
import { decideSession, readContext, reconcileInterview } from './interviews/reconcile.js';
import { leaveRoom } from './joining/bot-removal.js';
import { holderOf, isOccupied } from './joining/claim-rules.js';
import { followBot, stopBot } from './joining/follow-bot.js';
import {
  claimRoom,
  giveClaimBack,
  holderKeyOf,
  requestBot,
  resolveRequest,
} from './joining/request-bot.js';
import { timelineWords } from './joining/timeline-words.js';
import { sendNotices } from './mail/send-notices.js';

/** What a join does outside: its claim, its last look, its one request, and following its bot. */
export function createJoinActivities(deps: ActivityDeps): JoinActivities {
  return {
    loadSessions: (input) => loadSessions(deps, input),

    claimRoom: (input) => claimRoom(deps, input),
    releaseClaim: (input) => giveClaimBack(deps, input),
    lastLook: (input) => lastLook(deps, input),
    requestBot: (input) => requestBot(deps, input),
    resolveRequest: (input) => resolveRequest(deps, input),
    followBot: (input) => followBot(deps, input),
    stopBot: (input) => stopBot(deps, input),
    async leaveRoom(input) {
      const left = await leaveRoom(deps, holderKeyOf(input));
      return left.kind === 'inherited' ? left : { kind: left.kind };
    },
    attendMoment: (input) => attendMoment(deps, input),

    async recordSession({ session, event, ...key }) {
      const now = Date.now();
      const doc = await changeInterview(deps.collections, key, (before) => ({
        ...progressed(before, session),
        timeline:
          event === null || isSaid(before, session, event)
            ? before.timeline
            : withTimeline(before, {
                at: now,
                kind: event,
                detail: timelineWords(event),
                by: 'pillar',
              }),
      }));
      // What is not over may be a session of its own now, and its join hears of it.
      const hasMore = doc?.plan.some(({ endsAt }) => endsAt > now) === true;
      if (session.outcome !== null && hasMore) await reconcileInterview(deps, key);
      if (session.outcome !== null) {
        deps.metrics.outcomes.inc({ outcome: session.outcome, reason: session.reason ?? '' });
      }
      if (event === 'requested' && session.requestedAt !== null) {
        const lateMs = Math.max(0, session.requestedAt - session.plannedAt);
        deps.metrics.botRequestLatenessSeconds.observe(lateMs / 1000);
      }
    },

    sendNotices: (input) => sendNotices(deps, input),
  };
}

/** Said by an earlier try of the same call, which failed after it. */
function isSaid(
  { timeline, progress }: InterviewDoc,
  session: JoinSession,
  event: string,
): boolean {
  const before = progress[session.sessionId];
  return (
    timeline.at(-1)?.kind === event &&
    JSON.stringify(before) === JSON.stringify(toProgress(session))
  );
}

function progressed(
  doc: InterviewDoc,
  session: JoinSession,
): Pick<InterviewDoc, 'progress' | 'plan'> {
  const progress = { ...doc.progress, [session.sessionId]: toProgress(session) };
  return { progress, plan: session.outcome === null ? doc.plan : replan({ ...doc, progress }) };
}

/**
 * Reads the interview anew and decides. A vendor that cannot be reached is not a no: the settings
 * say whether to trust what is known. Withdrawn access is one.
 */
async function lastLook(deps: ActivityDeps, key: SessionKey): Promise<LastLookResult> {
  const before = await readInterview(deps.collections, key);
  if (before === null) return answer('not_active', null, null);
  const context = await readContext(deps, { ...key, jobId: before.jobId });
  const { installation } = context;
  if (installation === null || installation.credentialRef === null) {
    return answer('not_active', null, null);
  }
  const reading = await readInterviewAnew(deps, {
    ...key,
    doc: before,
    credentialRef: installation.credentialRef,
    budgetMs: deps.times.lastLookMs,
  });
  const doc = (await readInterview(deps.collections, key)) ?? before;
  switch (reading) {
    case 'read': {
      const decided = (await reconcileInterview(deps, key)) ?? doc;
      return decidedAnswer(deps, decided, key.sessionId, context);
    }
    case 'unreadable':
      return answer('unreadable', doc, key.sessionId);
    case 'not_found':
      return answer('not_found', doc, key.sessionId);
    case 'access_withdrawn':
      return answer('access_withdrawn', doc, key.sessionId);
    case 'unreachable': {
      const fresh = Date.now() - doc.lastReadAt <= deps.times.lastKnownFreshMs;
      const trust = installation.settings.joining.whenUnreachable === 'join_if_fresh';
      deps.logger.warn(
        { interviewId: key.interviewId, fresh },
        'last look could not reach the vendor',
      );
      return fresh && trust
        ? decidedAnswer(deps, doc, key.sessionId, context)
        : answer('vendor_unreachable', doc, key.sessionId);
    }
  }
}

function decidedAnswer(
  deps: ActivityDeps,
  doc: InterviewDoc,
  sessionId: string,
  context: Parameters<typeof decideSession>[2],
): LastLookResult {
  const { code } = decideSession(doc, sessionId, context, Date.now());
  const { interviewId } = doc;
  const session = doc.plan.find((planned) => planned.sessionId === sessionId);
  // Of a no that people chose there is no obstacle either, but nothing was looked at.
  const isClear =
    session !== undefined &&
    decisionFor(code).verdict === 'join' &&
    obstacleOf(deps, { interviewId, session, code }, 'preflight_minutes') === null;
  return { ...answer(code, doc, sessionId), isClear };
}

function answer(
  code: Parameters<typeof decisionFor>[0],
  doc: InterviewDoc | null,
  sessionId: string | null,
): LastLookResult {
  const planned = doc?.plan.find((session) => session.sessionId === sessionId);
  return {
    verdict: decisionFor(code).verdict,
    code,
    session:
      planned === undefined
        ? null
        : { startsAt: planned.startsAt, endsAt: planned.endsAt, roomKey: planned.roomKey },
  };
}

function toProgress(session: JoinSession): SessionProgress {
  const { sessionId, state, outcome, reason, plannedAt, attempt, startsAt, endsAt } = session;
  const { requestedAt, joinedAt, recordingStartedAt, endedAt } = session;
  return {
    sessionId,
    state,
    outcome,
    reason: outcome === null && session.verdict !== 'join' ? session.code : reason,
    outcomeAt: session.outcomeAt,
    plannedAt,
    requestedAt,
    joinedAt,
    recordingStartedAt,
    endedAt,
    attempt,
    botId: session.botId,
    roomKey: session.roomKey,
    startsAt,
    endsAt,
  };
}

/**
 * What earlier runs reached: terminal sessions stay as they are, an open one starts anew from
 * `waiting`, with the attempt to count on from. If a request or a bot of it is out there, in whatever
 * room, its claim says so, and this run takes it over.
 */
async function loadSessions(
  deps: ActivityDeps,
  input: Life & { interviewId: string },
): Promise<{ sessions: JoinSession[] }> {
  const doc = await readInterview(deps.collections, input);
  if (doc === null) return { sessions: [] };
  const rooms = await deps.claims.held({ orgId: input.orgId });
  const sessions = Object.values(doc.progress).map((progress) => {
    const session = fromProgress(progress);
    const holderId = holderIdOf({ ...input, ...progress });
    for (const room of rooms) {
      const holder = holderOf(room, holderId);
      if (holder !== undefined && isOccupied(holder)) return withHolder(session, room, holder);
    }
    return session;
  });
  return { sessions };
}

function withHolder(session: JoinSession, room: ClaimDoc, holder: ClaimHolder): JoinSession {
  const { from: startsAt, until: endsAt } = holder;
  return {
    ...session,
    state: 'requested',
    outcome: null,
    attempt: holder.attempt,
    claim: { roomKey: room.roomKey, startsAt, endsAt },
    botId: holder.providerBotId,
  };
}

function fromProgress(progress: SessionProgress): JoinSession {
  const { sessionId, startsAt, endsAt, roomKey, outcome, attempt } = progress;
  return {
    sessionId,
    startsAt,
    endsAt,
    roomKey,
    verdict: 'wait',
    code: 'no_link',
    state: outcome === null ? 'waiting' : 'ended',
    outcome,
    reason: progress.reason,
    outcomeAt: progress.outcomeAt,
    wantedAt: null,
    dropped: false,
    plannedAt: progress.plannedAt,
    attempt,
    claim: null,
    botId: outcome === null ? null : progress.botId,
    requestedAt: progress.requestedAt,
    joinedAt: progress.joinedAt,
    recordingStartedAt: progress.recordingStartedAt,
    endedAt: progress.endedAt,
    lookAgainAt: null,
    knownAt: Date.now(),
    sharing: false,
    extraBots: 0,
    failures: 0,
    lobbySince: null,
    attended: [],
  };
}
