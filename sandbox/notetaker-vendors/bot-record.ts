import type { EndReason, Phase, VendorBot } from './control.js';

/** When a bot gives up, in milliseconds of the vendor's time. */
export interface LeavePolicy {
  lobbyMs: number;
  notStartedMs: number;
  nobodyJoinedMs: number;
  everyoneLeftMs: number;
  permissionDeniedMs: number;
  longestMs: number | null;
}

/** A bot as it is kept; times of day are epoch ms. `own` is what only its vendor knows of. */
export interface BotRecord<Own> {
  id: string;
  /** In the order of creation, from 1. */
  number: number;
  meetingUrl: string;
  room: string;
  name: string;
  joinAt: number | null;
  createdAt: number;
  metadata: Record<string, string>;
  deduplicationKey: string | null;
  records: boolean;
  leave: LeavePolicy;
  phase: Phase;
  phaseSinceAt: number;
  admitted: boolean;
  endReason: EndReason | null;
  /** The vendor's code that the script asked for. */
  subCode: string | null;
  joinedAt: number | null;
  recordingStartedAt: number | null;
  recordingEndedAt: number | null;
  endedAt: number | null;
  history: { phase: Phase; at: number }[];
  own: Own;
}

export type NewBot<Own> = Pick<
  BotRecord<Own>,
  | 'id'
  | 'number'
  | 'meetingUrl'
  | 'room'
  | 'name'
  | 'joinAt'
  | 'metadata'
  | 'deduplicationKey'
  | 'records'
  | 'leave'
  | 'own'
> & { phase: 'scheduled' | 'staged' | 'joining' };

/** @param now epoch ms */
export function newRecord<Own>(bot: NewBot<Own>, now: number): BotRecord<Own> {
  return {
    ...bot,
    createdAt: now,
    phaseSinceAt: now,
    admitted: false,
    endReason: null,
    subCode: null,
    joinedAt: null,
    recordingStartedAt: null,
    recordingEndedAt: null,
    endedAt: null,
    history: [{ phase: bot.phase, at: now }],
  };
}

/** Between joining and having left. */
const inRoom: ReadonlySet<Phase> = new Set([
  'joining',
  'lobby',
  'in_call',
  'denied',
  'recording',
  'leaving',
]);
const inCall: ReadonlySet<Phase> = new Set(['in_call', 'denied', 'recording']);

export const isInRoom = (bot: { phase: Phase }): boolean => inRoom.has(bot.phase);
export const isInCall = (bot: { phase: Phase }): boolean => inCall.has(bot.phase);

/** The neutral view of a record. */
export function vendorBotOf<Own>(bot: BotRecord<Own>, state: string): VendorBot {
  return {
    id: bot.id,
    meetingUrl: bot.meetingUrl,
    room: bot.room,
    name: bot.name,
    joinAt: bot.joinAt,
    createdAt: bot.createdAt,
    metadata: { ...bot.metadata },
    deduplicationKey: bot.deduplicationKey,
    phase: bot.phase,
    state,
    history: bot.history.map((entry) => ({ ...entry })),
    joinedAt: bot.joinedAt,
    recordingStartedAt: bot.recordingStartedAt,
    recordingEndedAt: bot.recordingEndedAt,
    endedAt: bot.endedAt,
    endReason: bot.endReason,
  };
}
