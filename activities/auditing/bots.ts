import type { ClaimDoc, ClaimHolder } from '../../common/read-model/documents.js';
import type { ActivityDeps } from '../deps.js';
import { isAnsweredFor } from '../joining/orphans.js';
import type { BotSnapshot } from '../notetaker/port.js';
import { isOutOfMeeting } from '../notetaker/port.js';
import { found, foundAndTold, mended } from './findings.js';

/** How far the provider's clock may be from ours. */
const clockToleranceMs = 10_000;

/** Bots that have not ended, as the provider lists them. */
export async function activeBots(deps: ActivityDeps): Promise<BotSnapshot[]> {
  const bots: BotSnapshot[] = [];
  for await (const bot of deps.notetaker.listActive({ keyPrefix: `${deps.environmentName}:` })) {
    bots.push(bot);
  }
  return bots;
}

/**
 * Bots that no occupied holder asked for: requested too late, or forgotten. They leave. `bots` were
 * listed before `rooms` were read, so one that is asked for in between has its holder already.
 */
export async function removeOrphans(
  deps: ActivityDeps,
  bots: readonly BotSnapshot[],
  rooms: readonly ClaimDoc[],
): Promise<number> {
  const holders = rooms.flatMap((room) => room.holders);
  const sparedFrom = sparedFromAt(deps, holders);
  const { capabilities } = deps.notetaker;
  let removed = 0;
  for (const bot of bots) {
    if (isOutOfMeeting(bot) || bot.state === 'leaving') continue;
    if (isAnsweredFor(bot, holders, capabilities)) continue;
    if (sparedFrom !== null && (bot.createdAt ?? sparedFrom) >= sparedFrom) continue;
    const { orgId = null, generation = null, interviewId = null } = bot.metadata;
    removed += await mended(deps, 'orphan_bot', { botId: bot.botId, orgId }, async () => {
      await deps.notetaker.remove({ botId: bot.botId });
      if (orgId === null || generation === null) {
        found(deps, 'orphan_bot', { botId: bot.botId, orgId, interviewId });
      } else {
        await foundAndTold(deps, 'orphan_bot', { orgId, generation, subject: bot.botId });
      }
      return true;
    });
  }
  return removed;
}

/**
 * While a request is under way whose bot's id nobody has stored yet, every unknown bot of a provider
 * whose bots carry no keys may be its, if it was made since; null: none is under way.
 */
function sparedFromAt(deps: ActivityDeps, holders: readonly ClaimHolder[]): number | null {
  if (deps.notetaker.capabilities.carriesKeys) return null;
  const begun = holders.flatMap(({ state, requestedAt }) =>
    state === 'requesting' ? [(requestedAt ?? 0) - clockToleranceMs] : [],
  );
  return begun.length === 0 ? null : Math.min(...begun);
}
