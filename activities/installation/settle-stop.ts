import type { Life } from '../../workflows/contracts/activities.js';
import type { PendingStop } from '../../workflows/contracts/installation.js';
import type { ActivityDeps } from '../deps.js';
import { advanceRemoval } from '../joining/bot-removal.js';
import { pauseWithHeartbeat } from '../pause.js';
import { clearStopping, tellReaders } from './stop-holders.js';

/** One run of the activity works on a stop for at most this many checks. */
const checksInARun = 30;

/**
 * Brings one stop to its end, or at least one state further. `null` means that the bot is gone, or
 * that this attempt no longer concerns anybody.
 */
export async function settleStop(
  deps: ActivityDeps,
  input: Life & { stop: PendingStop },
): Promise<{ stop: PendingStop | null }> {
  const { stop } = input;
  const key = { orgId: input.orgId, ...stop };
  for (let checks = 0; checks < checksInARun; checks += 1) {
    const state = await advanceOrWait(deps, key);
    if (state === 'gone') {
      await clearStopping(deps, input, stop);
      await tellReaders(deps, input, stop);
      return { stop: null };
    }
    const reason =
      state === 'unreachable'
        ? 'provider_unreachable'
        : state === 'requesting'
          ? 'request_of_unknown_fate'
          : 'leaving';
    const holderState = state === 'unreachable' ? stop.holderState : state;
    if (holderState !== stop.holderState || reason !== stop.reason) {
      return { stop: { ...stop, holderState, reason } };
    }
    await pauseWithHeartbeat(deps.times.stopCheckEveryMs);
  }
  return { stop };
}

async function advanceOrWait(
  deps: ActivityDeps,
  key: Parameters<typeof advanceRemoval>[1],
): Promise<'requesting' | 'stopping' | 'gone' | 'unreachable'> {
  try {
    return (await advanceRemoval(deps, key)).state;
  } catch (error) {
    deps.logger.warn({ err: error, orgId: key.orgId }, 'a removal could not be brought forward');
    return 'unreachable';
  }
}
