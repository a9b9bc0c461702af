import type { BotRecord, SecondBot } from './types.js';

/** The room of a meeting URL: the URL without query and fragment. */
export function roomOf(meetingUrl: string): string {
  const url = new URL(meetingUrl);
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
}

interface Stay {
  from: number;
  until: number | null;
}

function firstAt(bot: BotRecord, matches: (state: BotRecord['state']) => boolean): number | null {
  return bot.history.find((entry) => matches(entry.state))?.at ?? null;
}

const isGone = (state: BotRecord['state']) => state === 'processing' || state === 'ended';

function stayInRoom(bot: BotRecord): Stay | null {
  const from = firstAt(bot, (state) => state !== 'scheduled' && !isGone(state));
  return from === null ? null : { from, until: firstAt(bot, isGone) };
}

function outstanding(bot: BotRecord): Stay {
  return { from: bot.roomSinceAt, until: firstAt(bot, isGone) };
}

function overlap(first: Stay | null, second: Stay | null): Stay | null {
  if (first === null || second === null) {
    return null;
  }
  const from = Math.max(first.from, second.from);
  const until = Math.min(first.until ?? Infinity, second.until ?? Infinity);
  return from < until ? { from, until: Number.isFinite(until) ? until : null } : null;
}

function pairOf(first: BotRecord, second: BotRecord): SecondBot | null {
  const together = overlap(stayInRoom(first), stayInRoom(second));
  const both = together ?? overlap(outstanding(first), outstanding(second));
  return both === null
    ? null
    : {
        kind: together === null ? 'outstanding' : 'in_room',
        room: first.room,
        botIds: [first.id, second.id],
        keys: [first.request.key, second.request.key],
        ...both,
      };
}

/** Every pair of bots that shared a room in time, from their histories; empty is what should be. */
export function findSecondBots(bots: Iterable<BotRecord>): SecondBot[] {
  const byRoom = new Map<string, BotRecord[]>();
  const found: SecondBot[] = [];
  for (const bot of bots) {
    const others = byRoom.get(bot.room) ?? [];
    for (const other of others) {
      const pair = pairOf(other, bot);
      if (pair !== null) {
        found.push(pair);
      }
    }
    byRoom.set(bot.room, [...others, bot]);
  }
  return found.sort((first, second) => first.from - second.from);
}
