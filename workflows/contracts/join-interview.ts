import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { DecisionCode, Verdict } from './decision.js';
import type { ProtocolTimes } from './protocol-times.js';
import type { TaskQueues } from './task-queues.js';

export type JoinState =
  | 'waiting'
  | 'checking'
  | 'requested'
  | 'lobby'
  | 'joined'
  | 'recording'
  | 'ended';

export type SessionOutcome = 'captured' | 'missed' | 'skipped' | 'cancelled';

/** What the newest reading of an interview asks of its join. */
export interface DesiredSession {
  sessionId: string;
  startsAt: number;
  endsAt: number;
  /** Keyed hash of the meeting room; null when there is no usable link. */
  roomKey: string | null;
  verdict: Verdict;
  code: DecisionCode;
  /** When a person asked for the notetaker: reopens a session that ended before that. */
  wantedAt: number | null;
}

export interface DesiredJoin {
  /** Version of the interview in the read model; an older one is ignored. */
  version: number;
  jobId: string;
  sessions: DesiredSession[];
  /** A notice or change mail is owed. */
  mailDue: boolean;
  /** How long before the start the provider may be asked; ms. Absent: the protocol's own times. */
  lead?: { earliestMs: number; latestMs: number };
}

export interface JoinInterviewInput {
  orgId: string;
  generation: string;
  interviewId: string;
  taskQueues: TaskQueues;
  times: ProtocolTimes;
  maxHistoryEvents: number | null;
  state: JoinInterviewState | null;
}

export interface JoinSession extends DesiredSession {
  state: JoinState;
  outcome: SessionOutcome | null;
  reason: string | null;
  /** When the outcome was given. */
  outcomeAt: number | null;
  /** No longer in the interview (timeslot removed, interview cancelled). */
  dropped: boolean;
  /** Dropped because another session of its room and time has its timeslots now. */
  merged?: boolean;
  plannedAt: number;
  attempt: number;
  /** What the current claim was taken for; null without a claim. */
  claim: { roomKey: string; startsAt: number; endsAt: number } | null;
  botId: string | null;
  requestedAt: number | null;
  joinedAt: number | null;
  recordingStartedAt: number | null;
  endedAt: number | null;
  /** Set when a last look said no for a reason that may pass: look again then. */
  lookAgainAt: number | null;
  /** When its join learnt of it, in this plan; moments before that are left out. */
  knownAt: number;
  /** Rides along with the bot of another interview in the room. */
  sharing: boolean;
  /** Bots beyond the first one that were asked for because it could not get in. */
  extraBots: number;
  /** Requests that came to nothing: each makes the pause before the next one longer. */
  failures: number;
  /** When its bot came to the lobby; null: it is not there. */
  lobbySince: number | null;
  /** Moments that were attended to: `moment/startsAt`. */
  attended: string[];
}

export interface JoinInterviewState {
  schemaVersion: 1;
  desired: DesiredJoin | null;
  sessions: JoinSession[];
}

export interface JoinInterviewResult {
  outcome: 'finished' | 'returned_to_watch';
  sessions: { sessionId: string; outcome: SessionOutcome | null; reason: string | null }[];
}

/** From the reconcile activity, by signal-with-start. */
export const desiredSignal = defineSignal<[DesiredJoin]>('desired');
/** A hint: the provider said something about a bot of this interview; look again. */
export const botEventSignal = defineSignal('botEvent');
/** A hint: a room that this interview waits for was released. */
export const roomReleasedSignal = defineSignal('roomReleased');
export const joinStateQuery = defineQuery<JoinInterviewState>('state');
