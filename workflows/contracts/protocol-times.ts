/**
 * The times of the protocols (docs/protocols.md), in milliseconds. They keep their proportions:
 * tests scale all of them together with `scaleTimes`, real runs use these values.
 */
export interface ProtocolTimes {
  /** How long a `claimed` entry holds before anybody may free it. */
  claimMs: number;
  /** HTTP timeout of the one request to the provider. */
  requestHttpMs: number;
  /** From the compare-and-set to `requesting` until the request may no longer be sent. */
  requestDeadlineMs: number;
  /** After the deadline: from here on anybody may settle a request. */
  settleByOthersMs: number;
  /** After the deadline: a lookup begun later than this that finds nothing proves that no bot comes. */
  lookupProvesMs: number;
  /** Pause between two lookups of a request whose fate is unknown. */
  lookupEveryMs: number;
  /** How often a session that waits for its room looks again by itself. */
  roomWaitMs: number;
  /** How often a claimed session asks again while another holder of the room is occupied. */
  occupiedRetryMs: number;
  /** How long an off waits for `requesting` holders before it answers with `stopping`. */
  offAckMs: number;
  /** The earlier bot of a room leaves this long before the next one's start. */
  leaveBeforeNextMs: number;
  /** A bot is requested between these two before the start, spread by a stable hash. */
  requestEarliestMs: number;
  requestLatestMs: number;
  /** Pause between two looks at a live bot, and at a bot that is to leave. */
  followEveryMs: number;
  stopCheckEveryMs: number;
  /** After the planned end: the bot is told to leave, and the session is closed whatever happens. */
  leaveAfterEndMs: number;
  sessionGraceMs: number;
  /** How long a bot waits to be let in before its interviewers are told again. */
  lobbyPatienceMs: number;
  /** After the start: whoever is not in the room by then is missed, loudly. */
  missAlarmMs: number;
  /** Before the start: when it is looked whether the bot can get in at all. */
  preflightDayMs: number;
  preflightHourMs: number;
  preflightMinutesMs: number;
  /** Between a bot that could not get in and the next one: this, and up to as much again. */
  anotherBotMs: number;
  /** Joins live only for sessions that begin within this horizon. */
  joinHorizonMs: number;
  /** Last look: overall budget, and how old a last known state may be when the vendor is away. */
  lastLookMs: number;
  lastKnownFreshMs: number;
  /** Longest pause of the watch between two slices, and the time budget of one slice. */
  watchIdleMs: number;
  sliceBudgetMs: number;
  /** How long a failed background step of an installation rests before it is tried again. */
  retryMs: number;
  /** An activity that is silent for this long belongs to a process that died. */
  livenessMs: number;
}

const second = 1000;
const minute = 60 * second;

export const protocolTimes: ProtocolTimes = {
  claimMs: 2 * minute,
  requestHttpMs: 20 * second,
  requestDeadlineMs: 25 * second,
  settleByOthersMs: 30 * second,
  lookupProvesMs: 120 * second,
  lookupEveryMs: 5 * second,
  roomWaitMs: 15 * second,
  occupiedRetryMs: 5 * second,
  offAckMs: 10 * second,
  leaveBeforeNextMs: minute,
  requestEarliestMs: 8 * minute,
  requestLatestMs: 2 * minute,
  followEveryMs: 30 * second,
  stopCheckEveryMs: 2 * second,
  leaveAfterEndMs: 30 * minute,
  sessionGraceMs: 60 * minute,
  lobbyPatienceMs: minute,
  missAlarmMs: minute,
  preflightDayMs: 24 * 60 * minute,
  preflightHourMs: 60 * minute,
  preflightMinutesMs: 5 * minute,
  anotherBotMs: minute,
  joinHorizonMs: 7 * 24 * 60 * minute,
  lastLookMs: 30 * second,
  lastKnownFreshMs: 30 * minute,
  watchIdleMs: 15 * minute,
  sliceBudgetMs: 45 * second,
  retryMs: 10 * second,
  livenessMs: 30 * second,
};

/** All times multiplied by one factor, never below one millisecond. */
export function scaleTimes(times: ProtocolTimes, factor: number): ProtocolTimes {
  return Object.fromEntries(
    Object.entries(times).map(([name, ms]) => [name, Math.max(1, Math.round(ms * factor))]),
  ) as unknown as ProtocolTimes;
}
