import type { Activities, BotView } from '../../workflows/contracts/activities.js';
import type { LoadEstimate } from '../../workflows/contracts/load-estimate.js';
import { requiredScopes, type ScopeReport } from '../../workflows/contracts/scopes.js';

type ActivityName = keyof Activities;
type InputOf<Name extends ActivityName> = Parameters<Activities[Name]>[0];
type Answer<Name extends ActivityName> = (
  input: InputOf<Name>,
) => ReturnType<Activities[Name]> | Awaited<ReturnType<Activities[Name]>>;

export interface RecordedCall {
  name: ActivityName;
  input: unknown;
}

/**
 * All activities in memory. Every call is recorded, in order; each has a peaceful answer of its own
 * that a test replaces by `always` or, for the next call alone, by `once`.
 */
export interface FakeActivities {
  activities: Activities;
  calls: RecordedCall[];
  /** Inputs of the calls of one activity, oldest first. */
  inputsOf<Name extends ActivityName>(name: Name): InputOf<Name>[];
  countOf(name: ActivityName): number;
  /** Names of the calls in their order, of these activities alone. */
  orderOf(...names: ActivityName[]): ActivityName[];
  always<Name extends ActivityName>(name: Name, answer: Answer<Name>): void;
  once<Name extends ActivityName>(name: Name, answer: Answer<Name>): void;
  /** Fails every call that still waits, so that a worker can stop. */
  end(): void;
}

type AnswerTable = { [Name in ActivityName]: Answer<Name> };

export function createFakeActivities(): FakeActivities {
  const calls: RecordedCall[] = [];
  const lasting = peacefulAnswers() as Record<ActivityName, Answer<never>>;
  const next = new Map<ActivityName, Answer<never>[]>();

  let end: (reason: Error) => void = () => undefined;
  const over = new Promise<never>((_, reject) => {
    end = reject;
  });
  over.catch(() => undefined);

  const activity = (name: ActivityName) => async (input: unknown) => {
    calls.push({ name, input });
    const answer = next.get(name)?.shift() ?? lasting[name];
    return await Promise.race([Promise.resolve(answer(input as never)), over]);
  };
  const names = Object.keys(lasting) as ActivityName[];

  return {
    activities: Object.fromEntries(
      names.map((name) => [name, activity(name)]),
    ) as unknown as Activities,
    calls,
    inputsOf: <Name extends ActivityName>(name: Name) =>
      calls.filter((call) => call.name === name).map(({ input }) => input as InputOf<Name>),
    countOf: (name) => calls.filter((call) => call.name === name).length,
    orderOf: (...wanted) => calls.map(({ name }) => name).filter((name) => wanted.includes(name)),
    always(name, answer) {
      lasting[name] = answer as Answer<never>;
    },
    once(name, answer) {
      next.set(name, [...(next.get(name) ?? []), answer as Answer<never>]);
    },
    end: () => end(new Error('the test is over')),
  };
}

/** A view of a bot that is in the call and records. */
export function botView(view: Partial<BotView> = {}): BotView {
  return {
    state: 'recording',
    outcome: null,
    reason: null,
    joinedAt: 1_000,
    recordingStartedAt: 2_000,
    endedAt: null,
    stopping: false,
    leaveForNext: false,
    neededUntil: null,
    anotherMayHelp: false,
    ...view,
  };
}

export function endedView(view: Partial<BotView> = {}): BotView {
  return botView({ state: 'ended', outcome: 'captured', endedAt: 3_000, ...view });
}

/** A bot that left before anybody let it in. */
export function unadmittedView(view: Partial<BotView> = {}): BotView {
  return endedView({
    outcome: 'missed',
    reason: 'not_admitted',
    joinedAt: null,
    recordingStartedAt: null,
    ...view,
  });
}

export function grantedScopes(status: ScopeReport['status'] = 'granted'): ScopeReport[] {
  return requiredScopes.map((scope) => ({ scope, status, features: [], checkedAt: 1_000 }));
}

export function loadEstimate(part: Partial<LoadEstimate> = {}): LoadEstimate {
  return {
    applications: 120,
    interviewsAhead: 4,
    neededPerSecond: 0.4,
    budgetPerSecond: 7,
    latenessFactor: 1,
    stalenessSeconds: { hot: 300, warm: 1_800, cold: 21_600 },
    firstImportSeconds: 40,
    recommendation: null,
    explanation: 'About 120 candidates would be followed.',
    ...part,
  };
}

/** Everything works, nothing is stopping, the bot is let in and the call ends by itself. */
function peacefulAnswers(): AnswerTable {
  const nothing = async () => undefined;
  return {
    openInstallation: async () => ({ epoch: 0 }),
    discardInstallation: nothing,
    discardCredential: nothing,
    probeCredential: async () => ({ outcome: 'accepted', scopes: grantedScopes() }),
    applyInstallationChange: async () => ({ stops: [] }),
    ensureJob: nothing,
    ensureJobs: nothing,
    estimateLoad: async () => loadEstimate(),
    applyRoleChange: async () => ({ stops: [] }),
    applyRoleChanges: async () => ({ stops: [] }),
    applyChoice: async () => ({ stops: [] }),
    requestRefresh: nothing,
    confirmMail: nothing,
    recordCommand: nothing,
    reconcile: async () => ({ interviews: 0 }),
    settleStop: async () => ({ stop: null }),
    awaitWatchClosed: nothing,
    closeJoins: nothing,
    eraseInstallation: nothing,
    watchSlice: async () => ({ checked: 0, changed: 0, failed: 0, requests: 0, nextDueAt: null }),
    loadSessions: async () => ({ sessions: [] }),
    claimRoom: async () => ({ kind: 'claimed' }),
    releaseClaim: nothing,
    lastLook: async () => ({ verdict: 'join', code: 'will_join', session: null }),
    requestBot: async ({ sessionId, attempt }) => ({
      kind: 'sent',
      botId: `bot-${sessionId}-${attempt}`,
    }),
    resolveRequest: async ({ sessionId, attempt }) => ({
      kind: 'found',
      botId: `bot-${sessionId}-${attempt}`,
    }),
    followBot: async () => endedView(),
    leaveRoom: async () => ({ kind: 'alone' }),
    attendMoment: nothing,
    stopBot: async () => endedView({ outcome: 'removed' }),
    recordSession: nothing,
    sendNotices: nothing,
    fetchArtifact: async () => ({ state: 'none' }),
    audit: async () => ({
      bots: 0,
      orphansRemoved: 0,
      claimsFreed: 0,
      requestsSettled: 0,
      stopsAdvanced: 0,
      alertsDelivered: 0,
      watchesMended: 0,
      noticesMended: 0,
      alarmsRaised: 0,
    }),
  };
}

/** An answer that comes when the test says so; `answer` resolves every call that waits for it. */
export function held<Value>(): {
  promise: Promise<Value>;
  answer: (value: Value) => void;
} {
  let answer: (value: Value) => void = () => undefined;
  const promise = new Promise<Value>((resolve) => {
    answer = resolve;
  });
  return { promise, answer };
}
