import type { BotRegistry } from './bot-registry.js';
import type { CallLog } from './call-log.js';
import type { FaultList } from './faults.js';
import { findSecondBots, roomOf } from './rooms.js';
import type { NotetakerControl } from './types.js';
import type { WebhookSender } from './webhooks.js';

/** The controls in process; `save` is called after each change. */
export function createControl(parts: {
  registry: BotRegistry;
  calls: CallLog;
  faults: FaultList;
  webhooks: WebhookSender;
  save: () => void;
}): NotetakerControl {
  const { registry, calls, faults, webhooks, save } = parts;
  return {
    async bots(filter = {}) {
      const room = filter.meetingUrl === undefined ? null : roomOf(filter.meetingUrl);
      const found = registry
        .all()
        .filter((bot) => room === null || bot.room === room)
        .filter((bot) => bot.request.key.startsWith(filter.keyPrefix ?? ''));
      return structuredClone(found);
    },
    creates: async () => calls.creates(),
    secondBots: async () => findSecondBots(registry.all()),
    async statistics() {
      const bots = registry.all();
      return {
        calls: calls.counts(),
        bots: bots.length,
        activeBots: bots.filter((bot) => bot.state !== 'ended').length,
        secondBots: findSecondBots(bots).length,
        webhooks: webhooks.statistics(),
      };
    },
    async setScenario({ meetingUrl, scenario }) {
      registry.setScenario({
        room: meetingUrl === undefined ? null : roomOf(meetingUrl),
        scenario,
      });
      save();
    },
    async admit({ botId }) {
      registry.admit(botId);
      save();
    },
    async removeByParticipant({ botId }) {
      registry.removeByParticipant(botId);
      save();
    },
    async remove({ botId }) {
      registry.remove(botId);
      save();
    },
    async endMeeting({ meetingUrl }) {
      registry.endMeeting(roomOf(meetingUrl));
      save();
    },
    injectFault: async (fault) => faults.add(fault),
    clearFaults: async () => faults.clear(),
    setWebhooks: async (settings) => webhooks.configure(settings),
    async reset() {
      registry.clear();
      calls.clear();
      faults.clear();
      webhooks.clear();
      save();
    },
  };
}
