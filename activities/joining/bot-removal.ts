import type { ClaimHolder } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';
import { asMember } from './claim-entries.js';
import type { LeaveResult } from './claim-members.js';
import { confirmGone, holderOf } from './claim-rules.js';
import { leaveProtocol, type RemovalState, removalProtocol } from './removal-protocol.js';
import { lookUpProtocol } from './request-protocol.js';
import type { HolderKey, RoomKey } from './room-protocol.js';
import { changeRoom, inTheWorld, protocolInput } from './room-world.js';

export type { HolderKey } from './room-protocol.js';

export async function readHolder(
  deps: Pick<ActivityDeps, 'claims'>,
  key: HolderKey,
): Promise<ClaimHolder | null> {
  const holder = holderOf(await deps.claims.read(key), key.holderId);
  return holder === undefined || holder.attempt !== key.attempt ? null : holder;
}

/** Looks a request up and settles it as far as that proves anything. Anybody may, at any time. */
export async function lookUpRequest(
  deps: ActivityDeps,
  key: HolderKey,
): Promise<'live' | 'free' | 'undecided' | 'not_requesting'> {
  return await inTheWorld(deps, lookUpProtocol(protocolInput(deps, key)));
}

/** One step of a removal; see `removalProtocol`. Anybody may, again and again. */
export async function advanceRemoval(
  deps: ActivityDeps,
  key: HolderKey,
): Promise<{ state: RemovalState }> {
  return { state: await inTheWorld(deps, removalProtocol(protocolInput(deps, key))) };
}

/** The session's people leave: their bot goes on for others who share it, if there are any. */
export async function leaveRoom(deps: ActivityDeps, key: HolderKey): Promise<LeaveResult> {
  return await inTheWorld(deps, leaveProtocol(protocolInput(deps, key)));
}

/** A bot that nobody looks after any more: it goes on for those who share it, else it is removed. */
export async function abandonBot(
  deps: ActivityDeps,
  key: HolderKey,
): Promise<{ state: RemovalState }> {
  const left = await leaveRoom(deps, key);
  return left.kind === 'alone' ? await advanceRemoval(deps, key) : { state: 'gone' };
}

/** The provider says that the bot is gone. */
export async function freeRoom(deps: ActivityDeps, key: HolderKey, botId: string): Promise<void> {
  await changeRoom(deps, key, (doc, now) => confirmGone(doc, { ...key, botId }, { now }));
}

/** A hint for those who hold a claim on this room and wait for it; they look by themselves too. */
export async function wakeRoom(
  deps: Pick<ActivityDeps, 'claims' | 'workflows' | 'logger'>,
  key: RoomKey,
): Promise<void> {
  try {
    const { holders } = await deps.claims.read(key);
    const waiting = holders.filter((holder) => holder.state === 'claimed');
    for (const { generation, interviewId } of waiting.map(asMember)) {
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
