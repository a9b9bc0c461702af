import type {
  ClaimDoc,
  ClaimHolder,
  InterviewDoc,
  SessionProgress,
} from '../common/read-model/documents.js';
import type {
  BotView,
  JoinActivities,
  LastLookResult,
  Life,
  SessionKey,
} from '../workflows/contracts/activities.js';
import { decisionFor } from '../workflows/contracts/decision.js';
import { holderIdOf } from '../workflows/contracts/ids.js';
import type { JoinSession } from '../workflows/contracts/join-interview.js';
import type { ActivityDeps } from './deps.js';
import { changeInterview, readInterview, withTimeline } from './interviews/interview-store.js';
import { readInterviewAnew } from './interviews/read-interview.js';
import { decideSession, readContext, reconcileInterview } from './interviews/reconcile.js';
import { advanceRemoval, freeRoom, readHolder } from './joining/bot-removal.js';
import { holderOf, isOccupied, nextStartInRoom } from './joining/claim-rules.js';
import { claimRoom, giveClaimBack, requestBot, resolveRequest } from './joining/request-bot.js';
import { timelineWords } from './joining/timeline-words.js';
import { sendNotices } from './mail/send-notices.js';
import { snapshotToView } from './notetaker/bot-view.js';
import { isOutOfMeeting } from './notetaker/port.js';
import { pauseWithHeartbeat } from './pause.js';

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

    async recordSession({ session, event, ...key }) {
      const now = Date.now();
      await changeInterview(deps.collections, key, (doc) => ({
        progress: { ...doc.progress, [session.sessionId]: toProgress(session) },
        timeline:
          event === null
            ? doc.timeline
            : withTimeline(doc, {
                at: now,
                kind: event,
                detail: timelineWords(event),
                by: 'pillar',
              }),
      }));
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
      return decidedAnswer(decided, key.sessionId, context);
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
        ? decidedAnswer(doc, key.sessionId, context)
        : answer('vendor_unreachable', doc, key.sessionId);
    }
  }
}

function decidedAnswer(
  doc: InterviewDoc,
  sessionId: string,
  context: Parameters<typeof decideSession>[2],
): LastLookResult {
  const { code } = decideSession(doc, sessionId, context, Date.now());
  return answer(code, doc, sessionId);
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

/** What the provider says now, and whether somebody or something else wants this bot out. */
async function followBot(
  deps: ActivityDeps,
  input: SessionKey & { attempt: number; roomKey: string; botId: string },
): Promise<BotView> {
  const key = { ...input, holderId: holderIdOf(input) };
  const bot = await deps.notetaker.get({ botId: input.botId });
  if (bot === null) {
    await freeRoom(deps, key);
    return goneView;
  }
  if (isOutOfMeeting(bot)) await freeRoom(deps, key);
  const claim = await deps.claims.read(input);
  const holder = await readHolder(deps, key);
  const now = Date.now();
  const nextStart = nextStartInRoom(claim, { holderId: key.holderId, now });
  const view = snapshotToView(bot);
  // Whoever took it away may have freed the room before this look: the provider knows that it was us.
  const takenBack = bot.removedBy === 'api' || bot.outcome === 'cancelled';
  return {
    ...view,
    stopping: view.state === 'ended' ? takenBack : holder?.state === 'stopping',
    leaveForNext:
      view.state !== 'ended' &&
      nextStart !== null &&
      nextStart - deps.times.leaveBeforeNextMs <= now,
  };
}

const goneView: BotView = {
  state: 'ended',
  outcome: 'missed',
  reason: 'bot_unknown_to_provider',
  joinedAt: null,
  recordingStartedAt: null,
  endedAt: null,
  stopping: false,
  leaveForNext: false,
};

async function stopBot(
  deps: ActivityDeps,
  input: SessionKey & { attempt: number; roomKey: string; botId: string },
): Promise<BotView> {
  const key = { ...input, holderId: holderIdOf(input) };
  for (;;) {
    const { state } = await advanceRemoval(deps, key);
    if (state === 'gone') break;
    await pauseWithHeartbeat(deps.times.stopCheckEveryMs);
  }
  const bot = await deps.notetaker.get({ botId: input.botId });
  return bot === null
    ? { ...goneView, outcome: 'removed', reason: null }
    : { ...snapshotToView(bot), state: 'ended', stopping: false, leaveForNext: false };
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
    botId: null,
    requestedAt: progress.requestedAt,
    joinedAt: progress.joinedAt,
    recordingStartedAt: progress.recordingStartedAt,
    endedAt: progress.endedAt,
    lookAgainAt: null,
  };
}
