import type { ClaimHolder } from '../../common/read-model/documents.js';
import type { BotSnapshot } from '../notetaker/port.js';
import { isOfThisRequest } from './request-protocol.js';
import type { ProviderTraits } from './room-protocol.js';

/**
 * Whether one of the holders answers for this bot: it has it, or it may be what its request of
 * unknown fate became. Read the provider's list first and the holders afterwards, so that a bot that
 * is asked for in between has its holder already.
 */
export function isAnsweredFor(
  bot: Pick<BotSnapshot, 'botId' | 'key' | 'state' | 'metadata'>,
  holders: readonly ClaimHolder[],
  provider: ProviderTraits,
): boolean {
  return holders.some((holder) => {
    switch (holder.state) {
      case 'live':
      case 'stopping':
        return holder.providerBotId === bot.botId;
      case 'requesting':
        // Where bots do not say whose they are, every open request may be this one's.
        if (provider.addressesRooms) return true;
        return holder.providerBotKey === bot.key && isOfThisRequest(bot, holder, provider);
      default:
        return false;
    }
  });
}
