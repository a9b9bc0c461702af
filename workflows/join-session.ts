import { condition, isCancellation } from '@temporalio/workflow';
import { followActivities, joinActivities, requestActivities } from './activity-proxies.js';
import type { RequestResult, SessionKey, SessionMoment } from './contracts/activities.js';
import type { JoinInterviewInput, JoinSession } from './contracts/join-interview.js';
import {
  afterBot,
  backoff,
  claimFits,
  ended,
  leaveReason,
  mayPass,
  requestAt,
  waitingStep,
  withAnotherBot,
  withBotView,
} from './state/join-plan.js';

/** What the steps of a session need of the workflow around them. */
export interface SessionHost {
  input: JoinInterviewInput;
  session: (sessionId: string) => JoinSession;
  update: (sessionId: string, change: Partial<JoinSession>) => void;
  /** Stores how far a session is, with an entry for its timeline. */
  record: (sessionId: string, event: string | null) => Promise<void>;
  /** Stores the outcome. */
  finish: (sessionId: string, last: JoinSession) => Promise<void>;
  /** A moment of the session's start that needs no more attention. */
  attended: (sessionId: string, moment: SessionMoment) => void;
  jobId(): string;
  lead(): { earliestMs: number; latestMs: number } | undefined;
  /** Rise with everything that may change what a session does; `botPulse` with hints about a bot. */
  pulses(): { pulse: number; botPulse: number };
  /** The workflow hands its sessions on: no new step begins. */
  leaving(): boolean;
}

/** The bot that a session follows. */
type Following = SessionKey & { attempt: number; roomKey: string };

/**
 * The steps of one session, from waiting for its minute to the end of its bot. Each ends within its
 * activity's time, with what it reached in the session's state, so that the next run of the workflow
 * goes on from there.
 */
export function createSessionSteps(host: SessionHost) {
  const { input, session, update, record, finish, attended } = host;
  const { interviewId, times } = input;
  const steps = joinActivities(input);
  const request = requestActivities(input);
  const follow = followActivities(input);

  async function step(sessionId: string): Promise<void> {
    const { state, sharing } = session(sessionId);
    if (sharing) return await rideAlong(sessionId);
    switch (state) {
      case 'waiting':
        return await waitForItsMinute(sessionId);
      case 'checking':
        return await checkAndRequest(sessionId);
      case 'requested':
      case 'lobby':
      case 'joined':
      case 'recording':
      case 'ended':
        return await followToTheEnd(sessionId);
    }
  }

  // --- until the request ------------------------------------------------------------------------

  async function waitForItsMinute(sessionId: string): Promise<void> {
    const now = Date.now();
    const next = waitingStep(session(sessionId), { now, times });
    if (next.kind === 'finish') {
      return await finish(sessionId, ended(session(sessionId), now, next.outcome, next.reason));
    }
    if (next.kind === 'check' && next.at <= now) {
      update(sessionId, { state: 'checking', lookAgainAt: null });
      return;
    }
    const until = next.kind === 'check' ? next.at : next.until;
    await rest(
      until - now,
      next.kind === 'check' ? 'request the bot' : 'until the interview is over',
    );
  }

  /** Claim, last look, request: after each of them the world may have changed. */
  async function checkAndRequest(sessionId: string): Promise<void> {
    const before = session(sessionId);
    if (before.dropped || isOver(sessionId)) return update(sessionId, { state: 'waiting' });
    if (before.roomKey === null && before.verdict === 'join') {
      return update(sessionId, { state: 'waiting', verdict: 'wait', code: 'no_link' });
    }
    if (before.roomKey === null) return await lookWithoutRoom(sessionId);

    const claimed = await claim(sessionId, before.roomKey);
    if (claimed !== 'claimed') return;
    const look = await lastLook(sessionId);
    if (!look) return await giveBack(sessionId);
    await ask(sessionId);
  }

  /** Takes the room, or joins those who have it; every answer but `claimed` is dealt with. */
  async function claim(
    sessionId: string,
    roomKey: string,
  ): Promise<'claimed' | 'shared' | 'not_claimed'> {
    const { startsAt, endsAt, attempt: before } = session(sessionId);
    const window = { roomKey, startsAt, endsAt };
    const attempt = before + 1;
    update(sessionId, { attempt });
    const claimed = await steps.claimRoom.executeWithOptions({ summary: 'claim the room' }, [
      { ...key(sessionId), jobId: host.jobId(), attempt, window },
    ]);
    switch (claimed.kind) {
      case 'claimed':
        update(sessionId, { claim: window, sharing: false });
        return 'claimed';
      case 'superseded':
        update(sessionId, { attempt: claimed.attempt });
        return 'not_claimed';
      case 'occupied':
        // The one who asked has left its bot to us, or an earlier run of this interview asked for it
        // and died before it could say so: then it is looked up, and said.
        update(sessionId, {
          ...{ attempt: claimed.attempt, claim: window, sharing: false },
          botId: session(sessionId).sharing ? claimed.botId : null,
          state: 'requested',
        });
        return 'not_claimed';
      case 'shared': {
        const isNew = !session(sessionId).sharing;
        const { botId } = claimed;
        update(sessionId, { claim: window, sharing: true, code: 'room_shared', botId });
        if (isNew) await record(sessionId, 'room_shared');
        return 'shared';
      }
      case 'room_busy':
      case 'room_forbidden': {
        const verdict = claimed.kind === 'room_busy' ? 'wait' : 'skip';
        const news = session(sessionId).code !== claimed.kind;
        // Whatever bot it rode along with is none of its next one's business.
        const apart = { sharing: false, botId: null };
        update(sessionId, { ...apart, state: 'waiting', verdict, code: claimed.kind });
        if (news) await record(sessionId, claimed.kind);
        update(sessionId, { lookAgainAt: Date.now() + times.roomWaitMs });
        return 'not_claimed';
      }
    }
  }

  /** A session without a link that is worth another look: the reading may have found one. */
  async function lookWithoutRoom(sessionId: string): Promise<void> {
    await lastLook(sessionId);
    update(sessionId, { state: 'waiting' });
  }

  /** True when the newest reading still asks for this very claim. */
  async function lastLook(sessionId: string): Promise<boolean> {
    const {
      verdict,
      code,
      isClear = false,
      session: read,
    } = await steps.lastLook.executeWithOptions({ summary: 'last look' }, [key(sessionId)]);
    const lead = host.lead();
    update(sessionId, {
      verdict,
      code,
      // The reading may be newer than what was desired: its start decides when to ask.
      ...(read === null
        ? {}
        : {
            ...read,
            plannedAt: requestAt({ interviewId, sessionId, startsAt: read.startsAt, times, lead }),
          }),
      lookAgainAt: verdict !== 'join' && mayPass(code) ? Date.now() + 4 * times.roomWaitMs : null,
    });
    // What would be looked at a few minutes ahead has just been looked at. A provider that is asked
    // a quarter of an hour ahead leaves that look where it is.
    const { startsAt } = session(sessionId);
    const isSoon = startsAt - Date.now() <= times.requestEarliestMs;
    if (isClear && isSoon) attended(sessionId, 'preflight_minutes');
    if (verdict !== 'join') await record(sessionId, code);
    return verdict === 'join' && claimFits(session(sessionId));
  }

  async function ask(sessionId: string): Promise<void> {
    for (;;) {
      const { attempt, claim: held } = session(sessionId);
      if (held === null) return update(sessionId, { state: 'waiting' });
      const seen = host.pulses();
      const asked = await requestOnce(sessionId, attempt, held.roomKey);
      switch (asked.kind) {
        case 'sent':
          update(sessionId, { state: 'requested', requestedAt: Date.now(), botId: asked.botId });
          await record(sessionId, 'requested');
          // What changed since it was asked for is looked at now; else there is nothing to see yet.
          return await restSince(seen, session(sessionId).startsAt - Date.now(), {
            summary: 'until the interview begins',
            untilBotEvent: true,
          });
        case 'unknown':
          update(sessionId, { state: 'requested', requestedAt: Date.now(), botId: null });
          return;
        case 'refused':
          return await refused(sessionId, asked);
        case 'not_sent':
          // Fenced, too late for this claim or no longer ours: look at everything anew.
          update(sessionId, { state: 'waiting', claim: null });
          return await rest(times.occupiedRetryMs);
        case 'room_occupied':
          await rest(times.occupiedRetryMs, 'the earlier bot leaves the room');
          if (host.leaving() || isOver(sessionId) || !claimFits(session(sessionId))) {
            return await giveBack(sessionId);
          }
      }
    }
  }

  async function requestOnce(
    sessionId: string,
    attempt: number,
    roomKey: string,
  ): Promise<RequestResult> {
    try {
      return await request.requestBot.executeWithOptions({ summary: 'ask for the bot, once' }, [
        { ...key(sessionId), attempt, roomKey },
      ]);
    } catch (error) {
      if (isCancellation(error)) throw error;
      return { kind: 'unknown' };
    }
  }

  async function refused(
    sessionId: string,
    answer: Extract<RequestResult, { kind: 'refused' }>,
  ): Promise<void> {
    update(sessionId, { state: 'waiting', claim: null });
    if (answer.retryAfterMs === null) {
      return await finish(
        sessionId,
        ended(session(sessionId), Date.now(), 'missed', answer.reason),
      );
    }
    update(sessionId, { lookAgainAt: Date.now() + answer.retryAfterMs });
    await record(sessionId, answer.reason);
  }

  async function giveBack(sessionId: string): Promise<void> {
    const { attempt, claim: held } = session(sessionId);
    update(sessionId, { state: 'waiting', claim: null });
    if (held === null) return;
    await steps.releaseClaim.executeWithOptions({ summary: 'give the claim back' }, [
      { ...key(sessionId), attempt, roomKey: held.roomKey },
    ]);
  }

  // --- from the request to the end --------------------------------------------------------------

  async function followToTheEnd(sessionId: string): Promise<void> {
    const { attempt, claim: held } = session(sessionId);
    if (held === null) return update(sessionId, { state: 'waiting' });
    const at = { ...key(sessionId), attempt, roomKey: held.roomKey };
    const botId = session(sessionId).botId ?? (await resolve(sessionId, at));
    if (botId !== null) await lookAtBot(sessionId, at, botId);
  }

  async function resolve(sessionId: string, at: Following): Promise<string | null> {
    const fate = await follow.resolveRequest.executeWithOptions(
      { summary: 'what became of the request?' },
      [at],
    );
    if (fate.kind === 'no_bot') {
      update(sessionId, { state: 'waiting', claim: null, ...pausedAfterFailure(sessionId) });
      await record(sessionId, 'no_bot');
      return null;
    }
    update(sessionId, { botId: fate.botId });
    await record(sessionId, 'requested');
    return fate.botId;
  }

  /**
   * Another interview asked for the bot. Each look claims anew: the answer tells whether we still
   * ride along, have inherited the bot, or have the room to ourselves.
   */
  async function rideAlong(sessionId: string): Promise<void> {
    const { claim: held, roomKey } = session(sessionId);
    const left = leaveReason(session(sessionId), { now: Date.now(), times, neededUntil: null });
    if (left !== null && held !== null) {
      const at = { ...key(sessionId), attempt: session(sessionId).attempt, roomKey: held.roomKey };
      return await takeAway(sessionId, at, session(sessionId).botId, left);
    }
    if (roomKey === null) return update(sessionId, { state: 'waiting', sharing: false });
    const claimed = await claim(sessionId, roomKey);
    if (claimed === 'claimed') return await withoutSharedBot(sessionId, roomKey);
    const { sharing, attempt, botId } = session(sessionId);
    if (claimed !== 'shared' || !sharing) return;
    if (botId === null) return await rest(times.roomWaitMs, 'the other interview asks for the bot');
    await lookAtBot(sessionId, { ...key(sessionId), attempt, roomKey }, botId);
  }

  /**
   * The shared bot is gone, and nobody else asks for one. What became of it counts for this session
   * as for its owner, once its own time has begun: no second bot after one that was thrown out.
   */
  async function withoutSharedBot(sessionId: string, roomKey: string): Promise<void> {
    const { attempt, botId, startsAt } = session(sessionId);
    const now = Date.now();
    if (botId !== null && now >= startsAt) {
      const view = await follow.followBot.executeWithOptions(
        { summary: 'what became of the shared bot?' },
        [{ ...key(sessionId), attempt, roomKey, botId }],
      );
      const wasHere = view.endedAt === null || view.endedAt > startsAt;
      if (wasHere && withAnotherBot(session(sessionId), view, { now, times }) === null) {
        await giveBack(sessionId);
        return await finish(sessionId, afterBot(session(sessionId), view, null, now));
      }
    }
    update(sessionId, { botId: null });
    const look = await lastLook(sessionId);
    return look ? await ask(sessionId) : await giveBack(sessionId);
  }

  async function lookAtBot(sessionId: string, at: Following, botId: string): Promise<void> {
    const seenBefore = host.pulses();
    const early = leaveReason(session(sessionId), { now: Date.now(), times, neededUntil: null });
    // For a new time the bot leaves unless people are together by now, which only a look can tell.
    if (early === 'cancelled' || early === 'forbidden') {
      return await takeAway(sessionId, at, botId, early);
    }
    const view = await follow.followBot.executeWithOptions({ summary: 'how is the bot?' }, [
      { ...at, botId },
    ]);
    const now = Date.now();
    const { sharing } = session(sessionId);
    // Whatever became of it, it says nothing about the time and room that people have moved to.
    const isGoing = view.state === 'ended' || view.stopping || view.leaveForNext;
    const present = leaveReason(session(sessionId), { now, times, neededUntil: null });
    if (isGoing && present === 'moved') return await takeAway(sessionId, at, botId, present);
    if (!sharing && view.stopping) return await takeAway(sessionId, at, botId, 'stopped');
    if (!sharing && view.leaveForNext) {
      return await takeAway(sessionId, at, botId, 'next_interview');
    }
    if (view.state === 'ended' && !sharing) {
      const another = withAnotherBot(session(sessionId), view, { now, times });
      if (another === null) {
        return await finish(sessionId, afterBot(session(sessionId), view, null, now));
      }
      update(sessionId, another);
      return await record(sessionId, 'another_bot');
    }
    const { neededUntil } = view;
    const seen = withBotView(session(sessionId), view, now);
    const left = leaveReason(seen, { now, times, neededUntil });
    if (left !== null) return await takeAway(sessionId, at, botId, left);

    const { state: stateBefore } = session(sessionId);
    update(sessionId, seen);
    const { state } = session(sessionId);
    if (state !== stateBefore) await record(sessionId, state);
    // What changed during the look is looked at now.
    const { pulse, botPulse } = host.pulses();
    if (pulse !== seenBefore.pulse || botPulse !== seenBefore.botPulse) return;
    // Before the start there is nothing to see; the provider and every off say so by themselves. Who
    // rides along must hear that the bot is gone in time for one of its own.
    const untilStart = state === 'requested' && !sharing ? session(sessionId).startsAt - now : 0;
    await rest(Math.max(times.followEveryMs, untilStart), 'until the next look', true);
  }

  /**
   * Persistent: the bot is gone, by the provider's own word, when this returns. Unless somebody
   * shares it who still wants it: then only this session's people have left.
   */
  async function takeAway(
    sessionId: string,
    at: Following,
    botId: string | null,
    why: NonNullable<Parameters<typeof afterBot>[2]>,
  ): Promise<void> {
    const view = await leaveOrStop(sessionId, at, botId, why);
    const after = afterBot(session(sessionId), view, why, Date.now());
    if (after.outcome !== null) return await finish(sessionId, after);
    // Whatever takes bots away again and again is not answered with ever more bots.
    update(sessionId, why === 'stopped' ? { ...after, ...pausedAfterFailure(sessionId) } : after);
    await record(sessionId, `left_${why}`);
  }

  async function leaveOrStop(
    sessionId: string,
    at: Following,
    botId: string | null,
    why: NonNullable<Parameters<typeof afterBot>[2]>,
  ): Promise<Parameters<typeof afterBot>[1]> {
    const { state, joinedAt, recordingStartedAt, endedAt, sharing } = session(sessionId);
    const ownView = {
      ...{ state: state === 'waiting' || state === 'checking' ? 'requested' : state },
      ...{ outcome: null, reason: null, joinedAt, recordingStartedAt, endedAt },
      ...{ stopping: false, leaveForNext: false, neededUntil: null, anotherMayHelp: false },
    } as const;
    if (sharing || (why !== 'stopped' && why !== 'next_interview')) {
      const left = await follow.leaveRoom.executeWithOptions(
        { summary: `leave the room: ${why}` },
        [at],
      );
      if (left.kind === 'inherited') {
        // The bot became this session's own a moment ago: it leaves as such.
        update(sessionId, { attempt: left.attempt, botId: left.botId, sharing: false });
        const own = { ...at, attempt: left.attempt };
        return await leaveOrStop(sessionId, own, left.botId, why);
      }
      if (left.kind === 'handed_over') await record(sessionId, 'handed_over');
      if (left.kind !== 'alone' || botId === null) return ownView;
    }
    return await follow.stopBot.executeWithOptions({ summary: `bot leaves: ${why}` }, [
      { ...at, botId: botId ?? '' },
    ]);
  }

  // --- small things -----------------------------------------------------------------------------

  /** Longer with each request that came to nothing, whatever was waited for before. */
  function pausedAfterFailure(sessionId: string): Partial<JoinSession> {
    const failures = session(sessionId).failures + 1;
    return { failures, lookAgainAt: Date.now() + backoff(times.roomWaitMs, failures) };
  }

  function isOver(sessionId: string): boolean {
    return Date.now() >= session(sessionId).endsAt;
  }

  function key(sessionId: string): SessionKey {
    return { orgId: input.orgId, generation: input.generation, interviewId, sessionId };
  }

  /** Waits, at most this long, until something changes. */
  async function rest(ms: number, summary?: string, untilBotEvent = false): Promise<void> {
    await restSince(host.pulses(), ms, { summary, untilBotEvent });
  }

  /** As {@link rest}, but what came after `seen` counts. */
  async function restSince(
    seen: ReturnType<typeof host.pulses>,
    ms: number,
    { summary, untilBotEvent }: { summary: string | undefined; untilBotEvent: boolean },
  ): Promise<void> {
    if (ms <= 0) return;
    const woken = () => {
      const { pulse, botPulse } = host.pulses();
      return (
        host.leaving() || pulse !== seen.pulse || (untilBotEvent && botPulse !== seen.botPulse)
      );
    };
    await condition(woken, ms, { summary: summary ?? 'before another try' });
  }

  return { step, rest };
}
