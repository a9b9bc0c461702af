import type { ClaimHolder } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { type BotSnapshot, isOutOfMeeting } from '../notetaker/port.js';
import {
  beginStop,
  confirmGone,
  holderOf,
  maySettleByOthers,
  type RequestFate,
  settleRequest,
} from './claim-rules.js';

/** One attempt of one holder in one room: what a claim, a request and a stop are about. */
export interface HolderKey {
  orgId: string;
  roomKey: string;
  holderId: string;
  attempt: number;
}

type RemovalDeps = Pick<
  ActivityDeps,
  'claims' | 'notetaker' | 'times' | 'workflows' | 'logger' | 'metrics'
>;

export async function readHolder(
  deps: Pick<ActivityDeps, 'claims'>,
  key: HolderKey,
): Promise<ClaimHolder | null> {
  const holder = holderOf(await deps.claims.read(key), key.holderId);
  return holder === undefined || holder.attempt !== key.attempt ? null : holder;
}

/**
 * Looks a request up and settles it as far as that proves anything: a bot that is found makes the
 * holder `live` (or `free` when it has ended); nothing found counts only once the request can no
 * longer reach the provider.
 */
export async function lookUpRequest(
  deps: RemovalDeps,
  key: HolderKey & { botKey: string },
): Promise<'live' | 'free' | 'undecided' | 'not_requesting'> {
  const lookedAt = Date.now();
  const found = await deps.notetaker.findByKey({ key: key.botKey });
  const fate: RequestFate =
    found === null
      ? { kind: 'nothing_found', lookedAt }
      : { kind: 'found', botId: found.botId, ended: isOutOfMeeting(found) };
  const result = await deps.claims.change({
    orgId: key.orgId,
    roomKey: key.roomKey,
    rule: (doc) => settleRequest(doc, { ...key, fate }, deps),
  });
  if (result === 'free') await wakeRoom(deps, key);
  return result;
}

/**
 * Brings a holder one step nearer to `free`: `live` begins to stop, a bot that is to leave is told
 * so, a bot that is gone frees its room. Returns the holder's state afterwards, `gone` for free or
 * somebody else's. Anybody may call it, again and again.
 */
export async function advanceRemoval(
  deps: RemovalDeps,
  key: HolderKey,
): Promise<{ state: 'requesting' | 'stopping' | 'gone'; bot: BotSnapshot | null }> {
  const holder = await readHolder(deps, key);
  if (holder === null || holder.state === 'free' || holder.state === 'claimed') {
    return { state: 'gone', bot: null };
  }
  if (holder.state === 'requesting') {
    const mine = maySettleByOthers(holder, { now: Date.now(), times: deps.times });
    if (!mine || holder.providerBotKey === null) return { state: 'requesting', bot: null };
    await lookUpRequest(deps, { ...key, botKey: holder.providerBotKey });
    const after = await readHolder(deps, key);
    if (after === null || after.state === 'free') return { state: 'gone', bot: null };
    if (after.state === 'requesting') return { state: 'requesting', bot: null };
    return await advanceRemoval(deps, key);
  }
  if (holder.state === 'live') {
    await deps.claims.change({ ...key, rule: (doc) => beginStop(doc, key) });
  }
  return await removeBot(deps, key, holder.providerBotId ?? '');
}

async function removeBot(
  deps: RemovalDeps,
  key: HolderKey,
  botId: string,
): Promise<{ state: 'stopping' | 'gone'; bot: BotSnapshot | null }> {
  const bot = await deps.notetaker.get({ botId });
  if (bot === null || isOutOfMeeting(bot)) {
    await freeRoom(deps, key);
    return { state: 'gone', bot };
  }
  if (bot.state !== 'leaving') {
    await deps.notetaker.remove({ botId });
    deps.metrics.botRequests.inc({ operation: 'remove', result: 'asked' });
  }
  return { state: 'stopping', bot };
}

/** The provider says that the bot is gone. */
export async function freeRoom(deps: RemovalDeps, key: HolderKey): Promise<void> {
  const result = await deps.claims.change({ ...key, rule: (doc) => confirmGone(doc, key) });
  if (result === 'freed') await wakeRoom(deps, key);
}

/** A hint for those who hold a claim on this room and wait for it; they look by themselves too. */
export async function wakeRoom(
  deps: Pick<ActivityDeps, 'claims' | 'workflows' | 'logger'>,
  key: { orgId: string; roomKey: string },
): Promise<void> {
  try {
    const { holders } = await deps.claims.read(key);
    const waiting = holders.filter((holder) => holder.state === 'claimed');
    for (const { generation, interviewId } of waiting) {
      await deps.workflows.roomReleased({ orgId: key.orgId, generation, interviewId });
    }
  } catch (error) {
    deps.logger.warn({ err: error, orgId: key.orgId }, 'waiting joins could not be woken');
  }
}

/** The life of a holder, from its id. */
export function lifeOf(key: { orgId: string }, holder: ClaimHolder): Life {
  return { orgId: key.orgId, generation: holder.generation };
}
