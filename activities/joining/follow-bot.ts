import type { ClaimHolder } from '../../common/read-model/documents.js';
import type { BotView, SessionKey } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { snapshotToView } from '../notetaker/bot-view.js';
import { isOutOfMeeting } from '../notetaker/port.js';
import { pauseWithHeartbeat } from '../pause.js';
import { advanceRemoval, freeRoom, readHolder } from './bot-removal.js';
import { spanOf } from './claim-entries.js';
import { beginStop, nextStartInRoom } from './claim-rules.js';
import { holderKeyOf } from './request-bot.js';
import { forbiddingInterview, isNextAboutToBegin } from './room-interviews.js';
import type { HolderKey } from './room-protocol.js';
import { changeRoom, heirsOf } from './room-world.js';

/**
 * What the provider says now, whether somebody or something else wants this bot out, and who shares
 * it. Those who ride along ask too, with a holder id that holds nothing.
 */
export async function followBot(
  deps: ActivityDeps,
  input: SessionKey & { attempt: number; roomKey: string; botId: string },
): Promise<BotView> {
  const key = holderKeyOf(input);
  const bot = await deps.notetaker.get({ botId: input.botId });
  if (bot === null) {
    await freeRoom(deps, key, input.botId);
    return goneView;
  }
  if (isOutOfMeeting(bot)) await freeRoom(deps, key, input.botId);
  await stopIfForbidden(deps, key);
  const claim = await deps.claims.read(input);
  const holder = await readHolder(deps, key);
  const now = Date.now();
  const nextStart = nextStartInRoom(claim, { holderId: key.holderId, now });
  const isNextHere = nextStart !== null && nextStart - deps.times.leaveBeforeNextMs <= now;
  const view = snapshotToView(bot);
  // Whoever took it away may have freed the room before this look: the provider knows that it was us.
  const takenBack = bot.removedBy === 'api' || bot.outcome === 'cancelled';
  return {
    ...view,
    stopping: view.state === 'ended' ? takenBack : holder?.state === 'stopping',
    leaveForNext:
      view.state !== 'ended' && (isNextHere || (await isNextStored(deps, input, holder))),
    neededUntil: holder?.state === 'live' ? await neededUntil(deps, input, holder) : null,
  };
}

async function isNextStored(
  deps: ActivityDeps,
  room: SessionKey & { roomKey: string },
  holder: ClaimHolder | null,
): Promise<boolean> {
  if (holder?.state !== 'live') return false;
  return await isNextAboutToBegin(deps, { ...room, span: spanOf(holder) });
}

/** An interview that appeared in the room since, and forbids, acts as an off. */
async function stopIfForbidden(deps: ActivityDeps, key: HolderKey): Promise<void> {
  const holder = await readHolder(deps, key);
  if (holder?.state !== 'live') return;
  const { orgId, roomKey } = key;
  const { generation, interviewId: exceptInterviewId } = holder;
  const room = { orgId, generation, roomKey, window: holder, exceptInterviewId };
  if ((await forbiddingInterview(deps, room)) === null) return;
  await changeRoom(deps, key, (doc) => beginStop(doc, key));
}

/** The end of the last of those who share the bot and still want it; epoch ms. */
async function neededUntil(
  deps: ActivityDeps,
  room: { orgId: string; roomKey: string },
  holder: ClaimHolder,
): Promise<number | null> {
  const heirs = await heirsOf(deps, room, holder.members);
  const ends = holder.members.flatMap((one) => (heirs.includes(one.holderId) ? one.until : []));
  return ends.length === 0 ? null : Math.max(...ends);
}

const goneView: BotView = {
  state: 'ended',
  outcome: 'missed',
  reason: 'bot_unknown_to_provider',
  joinedAt: null,
  recordingStartedAt: null,
  endedAt: null,
  stopping: false,
  leaveForNext: false,
  neededUntil: null,
  anotherMayHelp: false,
};

export async function stopBot(
  deps: ActivityDeps,
  input: SessionKey & { attempt: number; roomKey: string; botId: string },
): Promise<BotView> {
  const key = holderKeyOf(input);
  for (;;) {
    const { state } = await advanceRemoval(deps, key);
    if (state === 'gone') break;
    await pauseWithHeartbeat(deps.times.stopCheckEveryMs);
  }
  const bot = await deps.notetaker.get({ botId: input.botId });
  return bot === null
    ? { ...goneView, outcome: 'removed', reason: null }
    : {
        ...snapshotToView(bot),
        ...{ state: 'ended', stopping: false, leaveForNext: false, neededUntil: null },
      };
}
