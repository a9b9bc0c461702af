import { type RoomRules, roomRules } from '../../activities/joining/room-protocol.js';
import { tolerableSkewMs } from '../../worker/clock-skew.js';
import { protocolTimes } from '../../workflows/contracts/protocol-times.js';

/**
 * Everything that a law rests on. The rules and protocols are the project's own; beside them stand
 * the few properties of whoever carries them out.
 */
export interface ModelRules {
  room: RoomRules;
  /** Whether a process whose clock is this far from the store's takes part; ms. */
  isReady(skewMs: number): boolean;
  /** The attempt of the next claim, after the last one of this session. */
  nextAttempt(last: number): number;
  /** Whether who waits for a room also looks by itself, or only when it is woken. */
  looksAgain: boolean;
  /** How old what is read of fences and decisions may be; ms. */
  readsLagMs: number;
  /** What an off of narrower settings writes first. */
  settingsOrder: 'read_model_first' | 'fence_first';
  /** When a bot counts as gone. */
  goneWhen: 'gone' | 'asked';
  /** What a pending stop is about. */
  stopsBy: 'attempt' | 'session';
  /** Whether who no longer rides along forgets the bot with which it did. */
  forgetsSharedBots: boolean;
  /** Whether interviews that forbid are looked for. */
  looksForForbidding: boolean;
}

export const projectRules: ModelRules = {
  room: roomRules,
  isReady: (skewMs) => Math.abs(skewMs) <= tolerableSkewMs,
  nextAttempt: (last) => last + 1,
  looksAgain: true,
  readsLagMs: 0,
  settingsOrder: 'read_model_first',
  goneWhen: 'gone',
  stopsBy: 'attempt',
  forgetsSharedBots: true,
  looksForForbidding: true,
};

/** Real times: the model's clock costs nothing. */
export const times = protocolTimes;
export const second = 1000;
