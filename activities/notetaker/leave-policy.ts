import { everyoneLeftSeconds } from '../../workflows/contracts/leave-after.js';

/**
 * Seconds after which a bot leaves by itself, told to every provider that can be told: their own
 * defaults differ, and change. When the planned time is over its join takes it out.
 */
export const leaveAfterSeconds = {
  /** Not let in. */
  waitingRoom: 15 * 60,
  /** In the call, and nobody else ever came; or the host does not open it. */
  nobodyJoined: 20 * 60,
  everyoneLeft: everyoneLeftSeconds,
  /** Nobody speaks: longer than any written exercise. */
  silence: 60 * 60,
} as const;

/** The hard cap in seconds, from when the bot is to come; some providers refuse less than a minute. */
export function longestStaySeconds({ from, leaveAt }: { from: number; leaveAt: number }): number {
  return Math.max(60, Math.ceil((leaveAt - from) / 1000));
}
