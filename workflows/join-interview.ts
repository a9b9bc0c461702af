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
import { followActivities, momentActivities, storeActivities } from './activity-proxies.js';
import type { SessionMoment } from './contracts/activities.js';
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
import { createSessionSteps } from './join-session.js';
import { isRunLong } from './run-length.js';
import { joinDetails } from './state/details.js';
import { type DueMoment, momentKey, nextMomentOf } from './state/join-moments.js';
import { backoff, hasWork, lookNowForRoom, mergeDesired } from './state/join-plan.js';

/**
 * Takes one interview from its planning to its outcome: one bot for each of its sessions.
 *
 * Started by the reconcile activity (signal-with-start), id
 * `join-interview/{orgId}/{generation}/{interviewId}`; a second run of the same id is normal. The
 * signal `desired` carries the whole newest state with a version; `botEvent` and `roomReleased` are
 * hints to look again. Each session is driven by itself (`join-session.ts`): it waits for its minute,
 * claims its room, takes a last look, asks the provider once, follows the bot and reports. Beside it
 * its moments are attended to: can the bot get in, does somebody let it in, is it missing? Continues
 * as new between steps, with its state. Ends when every session has an outcome, or when the interview has moved
 * beyond the horizon (`returned_to_watch`: the watch will start it again). Cancelled at uninstall;
 * bots that are left then are settled by the installation.
 */
export async function joinInterview(input: JoinInterviewInput): Promise<JoinInterviewResult> {
  const { interviewId, times } = input;
  const store = storeActivities(input);
  const follow = followActivities(input);
  const moments = momentActivities(input);
  const state: JoinInterviewState = input.state ?? {
    schemaVersion: 1,
    desired: null,
    sessions: [],
  };
  /** Raised by everything that may change what a waiting session does. */
  let pulse = 0;
  let botPulse = 0;
  /** Raised by what ends beside the sessions, which need not look again for it. */
  let roundsEnded = 0;
  let leaving = false;
  let mergedVersion = input.state === null ? -1 : (state.desired?.version ?? -1);
  let mailedVersion = -1;
  const driven = new Set<string>();
  /** Sessions that an earlier run of this workflow has told the store about. */
  const announced = new Set(input.state?.sessions.map((carried) => carried.sessionId));
  let mailing = false;
  let attending = false;
  /** What the search attributes say already: each write of them is an event. */
  let shown = '';

  const steps = createSessionSteps({
    ...{ input, session, update, record, finish, attended },
    jobId: () => state.desired?.jobId ?? '',
    lead: () => state.desired?.lead,
    pulses: () => ({ pulse, botPulse }),
    leaving: () => leaving,
  });

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
      attendWhenDue();
      if (work !== 'yes' && isQuiet()) return result(work);
      if (isRunLong(input.maxHistoryEvents)) {
        await continueWhenQuiet();
        continue;
      }
      const seen = pulse + roundsEnded;
      const isAttentionDue = () =>
        !attending && !leaving && nextMomentOf(state.sessions, times) !== null;
      await condition(
        () => pulse + roundsEnded !== seen || isAttentionDue() || isRunLong(input.maxHistoryEvents),
      );
    }
  } catch (error) {
    // Cancelled at uninstall: what is under way ends first, so that nothing calls anybody after it.
    if (isCancellation(error)) {
      await CancellationScope.nonCancellable(() => condition(isQuiet));
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

  function isQuiet(): boolean {
    return driven.size === 0 && !mailing && !attending;
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
          await steps.rest(backoff(times.retryMs, failures), 'before the notices are tried again');
        }
      }
    } catch (error) {
      if (!isCancellation(error)) log.error('notices are no longer tried');
    } finally {
      mailing = false;
      roundsEnded += 1;
    }
  }

  function mailIsDue(): boolean {
    const { desired } = state;
    const open = hasWork(state.sessions, { now: Date.now(), times }) === 'yes';
    return open && !leaving && desired?.mailDue === true && desired.version !== mailedVersion;
  }

  function attendWhenDue(): void {
    if (attending || leaving || nextMomentOf(state.sessions, times) === null) return;
    attending = true;
    void attendBeside();
  }

  /** Tells people what they have to know, each thing once for a start. Never rejects. */
  async function attendBeside(): Promise<void> {
    const keyOf = (due: DueMoment | null) => JSON.stringify(due);
    try {
      for (;;) {
        const due = nextMomentOf(state.sessions, times);
        if (due === null || leaving) return;
        const ms = due.at - Date.now();
        const isOther = () => leaving || keyOf(nextMomentOf(state.sessions, times)) !== keyOf(due);
        if (ms > 0) await condition(isOther, ms, { summary: `until ${due.moment}` });
        else await attend(due);
      }
    } catch (error) {
      if (!isCancellation(error)) log.error('moments are no longer attended to');
    } finally {
      attending = false;
      roundsEnded += 1;
    }
  }

  async function attend({ sessionId, moment }: DueMoment, why?: string): Promise<void> {
    const { startsAt, verdict, code, state: reached } = session(sessionId);
    const reason = why ?? (verdict === 'join' ? reached : code);
    try {
      await moments.attendMoment.executeWithOptions({ summary: moment }, [
        {
          ...{ orgId: input.orgId, generation: input.generation, interviewId, sessionId },
          ...{ moment, startsAt, reason },
        },
      ]);
    } catch (error) {
      if (isCancellation(error)) throw error;
      log.warn('a moment was not attended to', { sessionId, moment });
    }
    attended(sessionId, moment, startsAt);
  }

  function attended(
    sessionId: string,
    moment: SessionMoment,
    startsAt = session(sessionId).startsAt,
  ): void {
    const key = momentKey({ startsAt }, moment);
    const others = session(sessionId).attended.filter((other) => other !== key);
    update(sessionId, { attended: [...others, key].slice(-20) });
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
        await steps.step(sessionId);
      } catch (error) {
        if (isCancellation(error)) throw error;
        log.warn('a step failed for good', { sessionId, type: failureType(error) });
        await steps.rest(times.retryMs);
      }
    }
  }

  async function finish(sessionId: string, last: JoinSession): Promise<void> {
    update(sessionId, last);
    // Should it be reopened, that is a plan of its own.
    announced.delete(sessionId);
    // A miss that is known before its alarm would be due is one all the same.
    if (last.outcome === 'missed' && !last.attended.includes(momentKey(last, 'missing'))) {
      await attend({ sessionId, moment: 'missing', at: Date.now() }, last.reason ?? last.code);
    }
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

  /**
   * Lets every session finish its step; each goes on in the next run where this one left it. When one
   * does not come to the end of its step (a bot that its provider does not take away), the others get
   * on with theirs in between: nobody's request waits for another's removal.
   */
  async function continueWhenQuiet(): Promise<void> {
    leaving = true;
    if (!(await condition(isQuiet, times.retryMs))) {
      leaving = false;
      return;
    }
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
