import { applyStep, type LifeProfile, nextStep, type Step } from './bot-life.js';
import { type BotRecord, isInCall, isInRoom, type NewBot, newRecord } from './bot-record.js';
import type { EndReason, Phase, RoomBehaviour, SecondBot } from './control.js';

export interface BotPopulation<Own> {
  add(bot: Omit<NewBot<Own>, 'number'>): BotRecord<Own>;
  get(id: string): BotRecord<Own> | null;
  all(): BotRecord<Own>[];
  /** Those that have not ended. */
  active(): BotRecord<Own>[];
  step(bot: BotRecord<Own>, step: Step): void;
  /** The bot ends at once or by shutting down, as its vendor does it. */
  end(bot: BotRecord<Own>, reason: EndReason): void;
  /** As if it had never been there, save for those who watch. */
  forget(bot: BotRecord<Own>): void;
  setRoom(room: string | null, behaviour: RoomBehaviour): void;
  endMeeting(room: string): void;
  secondBots(): SecondBot[];
  mostBotsInOneRoom(): number;
  /** Lets every bot do what is due. */
  tick(): void;
}

/**
 * Holds the bots of one simulated vendor, walks them through their lives and watches the rooms.
 *
 * @param input.onStep called after each change of a bot's phase, with the phase before
 */
export function createBotPopulation<Own>(input: {
  timeFactor: number;
  profile: LifeProfile<Own>;
  onStep: (bot: BotRecord<Own>, from: Phase) => void;
}): BotPopulation<Own> {
  const { timeFactor, profile, onStep } = input;
  const bots = new Map<string, BotRecord<Own>>();
  const active = new Map<string, BotRecord<Own>>();
  const behaviours = new Map<string, RoomBehaviour>();
  const occupants = new Map<string, Set<string>>();
  const seconds: SecondBot[] = [];
  let defaultBehaviour: RoomBehaviour = { kind: 'admit' };
  let most = 0;
  let lastNumber = 0;

  function watch(bot: BotRecord<Own>): void {
    const here = occupants.get(bot.room) ?? new Set<string>();
    occupants.set(bot.room, here);
    if (!isInRoom(bot)) {
      here.delete(bot.id);
      return;
    }
    if (!here.has(bot.id)) {
      for (const other of here) {
        seconds.push({ room: bot.room, at: Date.now(), botIds: [other, bot.id] });
      }
      here.add(bot.id);
      most = Math.max(most, here.size);
    }
  }

  function step(bot: BotRecord<Own>, to: Step): void {
    const from = bot.phase;
    applyStep(bot, to, Date.now());
    if (bot.phase === 'ended') {
      active.delete(bot.id);
    }
    watch(bot);
    onStep(bot, from);
  }

  function end(bot: BotRecord<Own>, reason: EndReason): void {
    step(bot, { phase: profile.shutsDown(bot, reason) ? 'processing' : 'ended', reason });
  }

  return {
    step,
    end,
    add(bot) {
      lastNumber += 1;
      const record = newRecord({ ...bot, number: lastNumber }, Date.now());
      bots.set(record.id, record);
      active.set(record.id, record);
      watch(record);
      return record;
    },
    get: (id) => bots.get(id) ?? null,
    all: () => [...bots.values()],
    active: () => [...active.values()],
    forget(bot) {
      applyStep(bot, { phase: 'ended', reason: 'deleted' }, Date.now());
      active.delete(bot.id);
      watch(bot);
    },
    setRoom(room, behaviour) {
      if (room === null) {
        defaultBehaviour = behaviour;
      } else {
        behaviours.set(room, behaviour);
      }
    },
    endMeeting(room) {
      for (const bot of [...active.values()].filter((one) => one.room === room)) {
        if (isInCall(bot) || bot.phase === 'lobby') {
          end(bot, 'meeting_ended');
        }
      }
    },
    secondBots: () => seconds.map((second) => ({ ...second })),
    mostBotsInOneRoom: () => most,
    tick() {
      for (const bot of [...active.values()]) {
        const behaviour = behaviours.get(bot.room) ?? defaultBehaviour;
        const situation = { bot, behaviour, profile, now: Date.now(), timeFactor };
        for (let due = nextStep(situation); due !== null; due = nextStep(situation)) {
          step(bot, due);
        }
      }
    },
  };
}
