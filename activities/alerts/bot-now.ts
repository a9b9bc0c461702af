import type { ClaimHolder } from '../../common/read-model/documents.js';
import type { SessionKey } from '../../workflows/contracts/activities.js';
import { holderIdOf } from '../../workflows/contracts/ids.js';
import type { ActivityDeps } from '../deps.js';
import { isOutOfMeeting } from '../notetaker/port.js';

/** Where the bot of a session is, by the provider's own word at this moment. */
export type BotNow =
  | 'in_the_room'
  | 'lobby_waiting'
  | 'bot_on_its_way'
  | 'bot_ended'
  | 'provider_unreachable'
  /** None was asked for, or the fate of the request is not known yet. */
  | 'no_bot';

/**
 * Asks the provider where a session's bot is: its own, or that of the interview with which it shares
 * the room; with the provider's word for why it is gone. That the provider does not answer is an answer too: an alarm must not wait for it.
 */
export async function botNow(
  deps: Pick<ActivityDeps, 'claims' | 'notetaker' | 'logger'>,
  input: SessionKey & { roomKey: string | null },
): Promise<{ where: BotNow; reason: string | null }> {
  const { orgId, roomKey } = input;
  const at = (where: BotNow, reason: string | null = null) => ({ where, reason });
  if (roomKey === null) return at('no_bot');
  const { holders } = await deps.claims.read({ orgId, roomKey });
  const holder = servedBy(holders, holderIdOf(input));
  if (holder?.providerBotId == null) return at('no_bot');
  try {
    const bot = await deps.notetaker.get({ botId: holder.providerBotId });
    if (bot === null) return at('bot_ended', 'bot_unknown_to_provider');
    if (isOutOfMeeting(bot) || bot.state === 'leaving') {
      return at('bot_ended', bot.reason ?? bot.outcome);
    }
    if (bot.state === 'in_call' || bot.state === 'recording') return at('in_the_room');
    return at(bot.state === 'waiting_room' ? 'lobby_waiting' : 'bot_on_its_way');
  } catch (error) {
    deps.logger.warn({ err: error, orgId }, 'the provider does not say where a bot is');
    return at('provider_unreachable');
  }
}

function servedBy(holders: readonly ClaimHolder[], holderId: string): ClaimHolder | undefined {
  const serves = holders.filter(
    (holder) =>
      holder.holderId === holderId || holder.members.some((member) => member.holderId === holderId),
  );
  return serves.find(({ state }) => state === 'live' || state === 'stopping') ?? serves[0];
}
