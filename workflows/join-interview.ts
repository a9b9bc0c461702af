import {
  ActivityFailure,
  CancellationScope,
  condition,
  isCancellation,
  log,
  makeContinueAsNewFunc,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import {
  followActivities,
  joinActivities,
  requestActivities,
  storeActivities,
} from './activity-proxies.js';
import type { RequestResult, SessionKey } from './contracts/activities.js';
import {
  botEventSignal,
  desiredSignal,
  type JoinInterviewInput,
  type JoinInterviewResult,
  type JoinInterviewState,
  type JoinSession,
  joinStateQuery,
  roomReleasedSignal,
} from './contracts/join-interview.js';
import { searchAttributes } from './contracts/search-attributes.js';
import { joinDetails } from './state/details.js';
import {
  afterBot,
  backoff,
  ended,
  hasWork,
  leaveReason,
  lookNowForRoom,
  mayPass,
  mergeDesired,
  requestAt,
  waitingStep,
  withBotView,
} from './state/join-plan.js';

/**
 * Takes one interview from its planning to its outcome: one bot for each of its sessions.
 *
 * Started by the reconcile activity (signal-with-start), id
 * `join-interview/{orgId}/{generation}/{interviewId}`; a second run of the same id is normal. The
 * signal `desired` carries the whole newest state with a version; `botEvent` and `roomReleased` are
 * hints to look again. Each session is driven by itself: it waits for its minute, claims its room,
 * takes a last look, asks the provider once, follows the bot and reports. Continues as new between
 * steps, with its state. Ends when every session has an outcome, or when the interview has moved
 * beyond the horizon (`returned_to_watch`: the watch will start it again). Cancelled at uninstall;
 * bots that are left then are settled by the installation.
 */
export async function joinInterview(input: JoinInterviewInput): Promise<JoinInterviewResult> {
  const { interviewId, times } = input;
  const store = storeActivities(input);
  const steps = joinActivities(input);
  const request = requestActivities(input);
  const follow = followActivities(input);
  const state: JoinInterviewState = input.state ?? {
    schemaVersion: 1,
    desired: null,
    sessions: [],
  };
  /** Raised by everything that may change what a waiting session does. */
  let pulse = 0;
  let botPulse = 0;
  let leaving = false;
  let mergedVersion = input.state === null ? -1 : (state.desired?.version ?? -1);
  let mailedVersion = -1;
  const driven = new Set<string>();
  /** Sessions that an earlier run of this workflow has told the store about. */
  const announced = new Set(input.state?.sessions.map((carried) => carried.sessionId));
  let mailing = false;
  /** What the search attributes say already: each write of them is an event. */
  let shown = '';

  setHandler(desiredSignal, (desired) => {
    if (state.desired !== null && desired.version <= state.desired.version) return;
    state.desired = desired;
    pulse += 1;
  });
  setHandler(botEventSignal, () => {
    botPulse += 1;
  });
  setHandler(roomReleasedSignal, () => {
    state.sessions = lookNowForRoom(state.sessions, Date.now());
    pulse += 1;
  });
  setHandler(joinStateQuery, () => state);

  if (input.state === null) {
    const { sessions } = await store.loadSessions.executeWithOptions(
      { summary: 'what earlier runs reached' },
      [{ orgId: input.orgId, generation: input.generation, interviewId }],
    );
    state.sessions = sessions;
    await condition(() => state.desired !== null);
  }
  show();

  try {
    for (;;) {
      takeOverDesired();
      const work = hasWork(state.sessions, { now: Date.now(), times });
      // Sessions that wait for a far day are let go, so that the watch gets the interview back.
      leaving = work === 'too_far';
      driveSessions();
      mailWhenDue();
      if (work !== 'yes' && driven.size === 0 && !mailing) return result(work);
      if (shouldContinueAsNew()) await continueWhenQuiet();
      const seen = pulse;
      await condition(() => pulse !== seen || shouldContinueAsNew());
    }
  } catch (error) {
    // Cancelled at uninstall: what is under way ends first, so that nothing calls anybody after it.
    if (isCancellation(error)) {
      await CancellationScope.nonCancellable(() => condition(() => driven.size === 0 && !mailing));
    }
    throw error;
  }

  // --- the whole interview ----------------------------------------------------------------------

  function takeOverDesired(): void {
    const { desired } = state;
    if (desired === null || desired.version === mergedVersion) return;
    mergedVersion = desired.version;
    state.sessions = mergeDesired({
      interviewId,
      sessions: state.sessions,
      desired,
      now: Date.now(),
      times,
    });
    pulse += 1;
    show();
  }

  function driveSessions(): void {
    for (const { sessionId, outcome } of state.sessions) {
      if (outcome !== null || driven.has(sessionId) || leaving) continue;
      driven.add(sessionId);
      void driveBeside(sessionId);
    }
  }

  /** Never rejects: what a session cannot do must not end the interview of the others. */
  async function driveBeside(sessionId: string): Promise<void> {
    try {
      await drive(sessionId);
    } catch (error) {
      if (!isCancellation(error)) log.error('a session is no longer driven', { sessionId });
    } finally {
      driven.delete(sessionId);
      pulse += 1;
    }
  }

  function mailWhenDue(): void {
    if (mailing || !mailIsDue()) return;
    mailing = true;
    void mailBeside();
  }

  /** Until the notices that are due have gone out, or nothing is left to tell about. */
  async function mailBeside(): Promise<void> {
    let failures = 0;
    try {
      while (mailIsDue()) {
        const version = state.desired?.version ?? 0;
        try {
          await follow.sendNotices.executeWithOptions({ summary: 'notices that are due' }, [
            { orgId: input.orgId, generation: input.generation, interviewId },
          ]);
          mailedVersion = version;
          failures = 0;
        } catch (error) {
          if (isCancellation(error)) return;
          failures += 1;
          log.warn('notices could not be sent', { failures });
          await rest(backoff(times.retryMs, failures), 'before the notices are tried again');
        }
      }
    } catch (error) {
      if (!isCancellation(error)) log.error('notices are no longer tried');
    } finally {
      mailing = false;
      pulse += 1;
    }
  }

  function mailIsDue(): boolean {
    const { desired } = state;
    const open = hasWork(state.sessions, { now: Date.now(), times }) === 'yes';
    return open && !leaving && desired?.mailDue === true && desired.version !== mailedVersion;
  }

  function result(work: 'finished' | 'too_far'): JoinInterviewResult {
    return {
      outcome: work === 'finished' ? 'finished' : 'returned_to_watch',
      sessions: state.sessions.map(({ sessionId, outcome, reason }) => ({
        sessionId,
        outcome,
        reason,
      })),
    };
  }

  // --- one session ------------------------------------------------------------------------------

  /** Steps until the session has an outcome. A step that fails for good rests and is tried anew. */
  async function drive(sessionId: string): Promise<void> {
    while (!leaving && session(sessionId).outcome === null) {
      try {
        if (!announced.has(sessionId)) await record(sessionId, 'planned');
        announced.add(sessionId);
        await step(sessionId);
      } catch (error) {
        if (isCancellation(error)) throw error;
        log.warn('a step failed for good', { sessionId, type: failureType(error) });
        await rest(times.retryMs);
      }
    }
  }

  async function step(sessionId: string): Promise<void> {
    switch (session(sessionId).state) {
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

  async function waitForItsMinute(sessionId: string): Promise<void> {
    const now = Date.now();
    const next = waitingStep(session(sessionId), now);
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
    if (before.roomKey === null && before.verdict === 'join') {
      return update(sessionId, { state: 'waiting', verdict: 'wait', code: 'no_link' });
    }
    if (before.roomKey === null) return await lookWithoutRoom(sessionId);

    const claim = { roomKey: before.roomKey, startsAt: before.startsAt, endsAt: before.endsAt };
    const attempt = before.attempt + 1;
    update(sessionId, { attempt });
    const claimed = await steps.claimRoom.executeWithOptions({ summary: 'claim the room' }, [
      { ...key(sessionId), jobId: state.desired?.jobId ?? '', attempt, window: claim },
    ]);
    if (claimed.kind === 'superseded') return update(sessionId, { attempt: claimed.attempt });
    if (claimed.kind === 'occupied') {
      // An earlier run of this interview asked for this bot and died before it could say so.
      return update(sessionId, { attempt: claimed.attempt, claim, state: 'requested' });
    }
    if (claimed.kind === 'room_busy') {
      update(sessionId, { state: 'waiting', verdict: 'wait', code: 'room_busy' });
      await record(sessionId, 'room_busy');
      update(sessionId, { lookAgainAt: Date.now() + times.roomWaitMs });
      return;
    }
    update(sessionId, { claim });
    const look = await lastLook(sessionId);
    if (!look) return await giveBack(sessionId);
    await ask(sessionId);
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
      session: read,
    } = await steps.lastLook.executeWithOptions({ summary: 'last look' }, [key(sessionId)]);
    update(sessionId, {
      verdict,
      code,
      // The reading may be newer than what was desired: its start decides when to ask.
      ...(read === null
        ? {}
        : {
            ...read,
            plannedAt: requestAt({ interviewId, sessionId, startsAt: read.startsAt, times }),
          }),
      lookAgainAt: verdict !== 'join' && mayPass(code) ? Date.now() + 4 * times.roomWaitMs : null,
    });
    if (verdict !== 'join') await record(sessionId, code);
    return verdict === 'join' && claimFits(session(sessionId));
  }

  async function ask(sessionId: string): Promise<void> {
    for (;;) {
      const { attempt, claim } = session(sessionId);
      if (claim === null) return update(sessionId, { state: 'waiting' });
      const asked = await requestOnce(sessionId, attempt, claim.roomKey);
      switch (asked.kind) {
        case 'sent':
        case 'unknown':
          update(sessionId, { state: 'requested', requestedAt: Date.now() });
          return;
        case 'refused':
          return await refused(sessionId, asked);
        case 'not_sent':
          // Fenced, too late for this claim or no longer ours: look at everything anew.
          update(sessionId, { state: 'waiting', claim: null });
          return await rest(times.occupiedRetryMs);
        case 'room_occupied':
          await rest(times.occupiedRetryMs, 'the earlier bot leaves the room');
          if (leaving || isOver(sessionId) || !claimFits(session(sessionId))) {
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
    const { attempt, claim } = session(sessionId);
    update(sessionId, { state: 'waiting', claim: null });
    if (claim === null) return;
    await steps.releaseClaim.executeWithOptions({ summary: 'give the claim back' }, [
      { ...key(sessionId), attempt, roomKey: claim.roomKey },
    ]);
  }

  async function followToTheEnd(sessionId: string): Promise<void> {
    const { attempt, claim } = session(sessionId);
    if (claim === null) return update(sessionId, { state: 'waiting' });
    const at = { ...key(sessionId), attempt, roomKey: claim.roomKey };
    let { botId } = session(sessionId);
    if (botId === null) {
      const fate = await follow.resolveRequest.executeWithOptions(
        { summary: 'what became of the request?' },
        [at],
      );
      if (fate.kind === 'no_bot') {
        update(sessionId, { state: 'waiting', claim: null, lookAgainAt: pauseAfter(attempt) });
        return await record(sessionId, 'no_bot');
      }
      botId = fate.botId;
      update(sessionId, { botId });
      await record(sessionId, 'requested');
    }

    const seenBefore = { pulse, botPulse };
    const left = leaveReason(session(sessionId), { now: Date.now(), times });
    if (left !== null) return await takeAway(sessionId, at, botId, left);
    const view = await follow.followBot.executeWithOptions({ summary: 'how is the bot?' }, [
      { ...at, botId },
    ]);
    if (view.stopping) return await takeAway(sessionId, at, botId, 'stopped');
    if (view.leaveForNext) return await takeAway(sessionId, at, botId, 'next_interview');
    if (view.state === 'ended') {
      return await finish(sessionId, afterBot(session(sessionId), view, null, Date.now()));
    }
    const { state: stateBefore } = session(sessionId);
    update(sessionId, withBotView(session(sessionId), view));
    if (view.state !== stateBefore) await record(sessionId, view.state);
    // What changed during the look is looked at now.
    if (pulse !== seenBefore.pulse || botPulse !== seenBefore.botPulse) return;
    // Before the start there is nothing to see; the provider and every off say so by themselves.
    const untilStart = view.state === 'requested' ? session(sessionId).startsAt - Date.now() : 0;
    await rest(Math.max(times.followEveryMs, untilStart), 'until the next look', true);
  }

  /** Persistent: the activity returns only when the provider says that the bot is gone. */
  async function takeAway(
    sessionId: string,
    at: SessionKey & { attempt: number; roomKey: string },
    botId: string,
    why: Parameters<typeof afterBot>[2],
  ): Promise<void> {
    const view = await follow.stopBot.executeWithOptions({ summary: `bot leaves: ${why}` }, [
      { ...at, botId },
    ]);
    const after = afterBot(session(sessionId), view, why, Date.now());
    if (after.outcome !== null) return await finish(sessionId, after);
    // Whatever takes bots away again and again is not answered with ever more bots.
    update(
      sessionId,
      why === 'stopped' ? { ...after, lookAgainAt: pauseAfter(at.attempt) } : after,
    );
    await record(sessionId, `left_${why}`);
  }

  async function finish(sessionId: string, last: JoinSession): Promise<void> {
    update(sessionId, last);
    // Should it be reopened, that is a plan of its own.
    announced.delete(sessionId);
    await record(sessionId, last.outcome);
  }

  // --- state ------------------------------------------------------------------------------------

  function session(sessionId: string): JoinSession {
    const found = state.sessions.find((candidate) => candidate.sessionId === sessionId);
    if (found === undefined) throw new Error(`session ${sessionId} is gone`);
    return found;
  }

  function update(sessionId: string, change: Partial<JoinSession>): void {
    state.sessions = state.sessions.map((candidate) =>
      candidate.sessionId === sessionId ? { ...candidate, ...change } : candidate,
    );
  }

  function claimFits(of: JoinSession): boolean {
    return (
      !of.dropped &&
      of.verdict === 'join' &&
      of.claim !== null &&
      of.claim.roomKey === of.roomKey &&
      of.claim.startsAt === of.startsAt &&
      of.claim.endsAt === of.endsAt
    );
  }

  function pauseAfter(attempt: number): number {
    return Date.now() + backoff(times.roomWaitMs, attempt);
  }

  function isOver(sessionId: string): boolean {
    return Date.now() >= session(sessionId).endsAt;
  }

  function key(sessionId: string): SessionKey {
    return { orgId: input.orgId, generation: input.generation, interviewId, sessionId };
  }

  /** Waits, at most this long, until something changes. */
  async function rest(ms: number, summary?: string, untilBotEvent = false): Promise<void> {
    if (ms <= 0) return;
    const seen = { pulse, botPulse };
    const woken = () =>
      leaving || pulse !== seen.pulse || (untilBotEvent && botPulse !== seen.botPulse);
    await condition(woken, ms, { summary: summary ?? 'before another try' });
  }

  async function record(sessionId: string, event: string | null): Promise<void> {
    show();
    await store.recordSession.executeWithOptions({ summary: `record: ${event ?? 'progress'}` }, [
      {
        orgId: input.orgId,
        generation: input.generation,
        interviewId,
        session: session(sessionId),
        event,
      },
    ]);
  }

  /** The state and the start of the session that matters now: the earliest one without an outcome. */
  function show(): void {
    setCurrentDetails(joinDetails(interviewId, state));
    const byStart = [...state.sessions].sort((a, b) => a.startsAt - b.startsAt);
    const first = byStart.find(({ outcome }) => outcome === null) ?? byStart.at(-1);
    if (first === undefined) return;
    const joinState = first.outcome ?? first.state;
    const next = `${joinState}/${first.startsAt}`;
    if (next === shown) return;
    shown = next;
    upsertSearchAttributes([
      { key: searchAttributes.joinState, value: joinState },
      { key: searchAttributes.startsAt, value: new Date(first.startsAt) },
    ]);
  }

  function shouldContinueAsNew(): boolean {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    return input.maxHistoryEvents === null
      ? continueAsNewSuggested
      : historyLength >= input.maxHistoryEvents;
  }

  /** Lets every session finish its step; each goes on in the next run where this one left it. */
  async function continueWhenQuiet(): Promise<void> {
    leaving = true;
    await condition(() => driven.size === 0 && !mailing);
    takeOverDesired();
    await makeContinueAsNewFunc<typeof joinInterview>({ memo: workflowInfo().memo ?? {} })({
      ...input,
      state,
    });
  }
}

function failureType(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof Error ? cause.name : 'unknown';
}
