import type { LifeProfile } from './bot-life.js';
import { type BotPopulation, createBotPopulation } from './bot-population.js';
import { type BotRecord, isInCall, vendorBotOf } from './bot-record.js';
import { type CallBook, createCallBook } from './call-book.js';
import type { CommonOptions, Phase, VendorControl, VendorName } from './control.js';
import { createFaultList, type FaultList } from './faults.js';
import { roomNameOf } from './meeting-links.js';
import { serveVendor, type VendorManners, type VendorRoute } from './vendor-server.js';
import { createWebhookQueue, type WebhookQueue, type WebhookRules } from './webhook-queue.js';

/** What every simulator is made of. */
export interface VendorCore<Own> {
  bots: BotPopulation<Own>;
  calls: CallBook;
  faults: FaultList;
  webhooks: WebhookQueue;
  timeFactor: number;
}

export function createVendorCore<Own>(input: {
  options: CommonOptions;
  profile: LifeProfile<Own>;
  webhookRules: WebhookRules;
  onStep: (bot: BotRecord<Own>, from: Phase) => void;
}): VendorCore<Own> {
  const timeFactor = input.options.timeFactor ?? 1;
  return {
    timeFactor,
    bots: createBotPopulation({ timeFactor, profile: input.profile, onStep: input.onStep }),
    calls: createCallBook(),
    faults: createFaultList(),
    webhooks: createWebhookQueue({ rules: input.webhookRules, timeFactor }),
  };
}

/** The parts of the control that differ from vendor to vendor. */
export interface VendorSide<Own> {
  provider: VendorName;
  stateOf(bot: BotRecord<Own>): string;
  setWebhookUrl: (url: string | null) => void;
  strayWebhook: () => string;
  unknownState(bot: BotRecord<Own>, state: string): void;
}

export function createVendorControl<Own>(
  core: VendorCore<Own>,
  side: VendorSide<Own>,
): VendorControl {
  const { bots, calls, faults, webhooks } = core;
  function known(botId: string): BotRecord<Own> {
    const bot = bots.get(botId);
    if (bot === null) {
      throw new Error('The simulator has no such bot.');
    }
    return bot;
  }
  return {
    provider: side.provider,
    bots(filter = {}) {
      const room = filter.meetingUrl === undefined ? null : roomNameOf(filter.meetingUrl);
      return bots
        .all()
        .filter((bot) => room === null || bot.room === room)
        .map((bot) => vendorBotOf(bot, side.stateOf(bot)));
    },
    bot(id) {
      const bot = bots.get(id);
      return bot === null ? null : vendorBotOf(bot, side.stateOf(bot));
    },
    setRoom(meetingUrl, behaviour) {
      bots.setRoom(meetingUrl === null ? null : roomNameOf(meetingUrl), behaviour);
    },
    endMeeting: (meetingUrl) => bots.endMeeting(roomNameOf(meetingUrl)),
    admit(botId) {
      known(botId).admitted = true;
    },
    kick(botId) {
      const bot = known(botId);
      if (!isInCall(bot)) {
        throw new Error(`The bot is not in the call but ${bot.phase}.`);
      }
      bots.end(bot, 'kicked');
    },
    faults: (...requests) => faults.add(requests),
    clearFaults: () => faults.clear(),
    webhooks(settings) {
      if (settings.url !== undefined) {
        side.setWebhookUrl(settings.url);
      }
      if (settings.mode !== undefined) {
        webhooks.setMode(settings.mode);
      }
    },
    strayWebhook: side.strayWebhook,
    unknownState: (botId, state = 'reticulating_splines') => side.unknownState(known(botId), state),
    creates: () => calls.creates(),
    secondBots: () => bots.secondBots(),
    statistics: () => ({
      calls: calls.counts(),
      creates: calls.arrived('create'),
      deletes: calls.arrived('delete'),
      leaves: calls.arrived('leave'),
      bots: bots.all().length,
      activeBots: bots.active().length,
      mostBotsInOneRoom: bots.mostBotsInOneRoom(),
      secondBots: bots.secondBots().length,
      webhooks: webhooks.statistics(),
    }),
  };
}

/** Serves the routes and lets the bots live until `close`. */
export async function runVendor<Own>(input: {
  core: VendorCore<Own>;
  options: CommonOptions;
  routes: VendorRoute[];
  manners: VendorManners;
}): Promise<{ origin: string; close: () => Promise<void> }> {
  const { core, options, routes, manners } = input;
  const { calls, faults } = core;
  const server = await serveVendor({ port: options.port, routes, manners, faults, calls });
  const ticking = setInterval(() => {
    core.bots.tick();
    core.webhooks.tick();
  }, options.tickMs ?? 10);
  return {
    origin: server.origin,
    async close() {
      clearInterval(ticking);
      core.webhooks.close();
      await server.close();
    },
  };
}
