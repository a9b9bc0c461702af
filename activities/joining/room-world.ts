import { performance } from 'node:perf_hooks';
import type { ClaimDoc, ClaimHolder, ClaimMember } from '../../common/read-model/documents.js';
import { readFences } from '../../common/read-model/fences.js';
import { linkContext } from '../../common/sealed-fields.js';
import type { ActivityDeps } from '../deps.js';
import { readInterview } from '../interviews/interview-store.js';
import type { BotSnapshot } from '../notetaker/port.js';
import { concernedBy } from './claim-entries.js';
import { forbiddingInterview, stillWants } from './room-interviews.js';
import {
  carryOut,
  type HolderKey,
  type ProtocolInput,
  type RoomKey,
  type RoomProtocol,
  type RoomRule,
  type RoomWorld,
  roomRules,
} from './room-protocol.js';

/** What every protocol of one holder starts from. */
export function protocolInput(deps: ActivityDeps, key: HolderKey): ProtocolInput {
  return { key, provider: deps.notetaker.capabilities, times: deps.times, rules: roomRules };
}

/** Carries a protocol out in the world; `own` are effects that it alone has, or has otherwise. */
export async function inTheWorld<Result>(
  deps: ActivityDeps,
  protocol: RoomProtocol<Result>,
  own: Partial<RoomWorld> = {},
): Promise<Result> {
  return await carryOut(protocol, { ...roomWorld(deps), ...own });
}

/** The store, the provider, and the clocks of this process. */
export function roomWorld(deps: ActivityDeps): RoomWorld {
  return {
    change: ({ room, by, rule }) => changeRoom(deps, room, rule, by),
    readRoom: (room) => deps.claims.read(room),
    listRooms: (organization) => deps.claims.held(organization),
    async readFences({ room, session }) {
      const { generation, interviewId, jobId } = session;
      const { provider } = deps.notetaker.capabilities;
      const { orgId } = room;
      return await readFences({ ...deps, orgId, generation, interviewId, jobId, provider });
    },
    async isForbidden({ room, session, window }) {
      const { orgId, roomKey } = room;
      const { generation, interviewId: exceptInterviewId } = session;
      const life = { orgId, generation };
      const by = await forbiddingInterview(deps, { ...life, roomKey, window, exceptInterviewId });
      if (by !== null) deps.logger.info({ orgId, interviewId: by }, 'a room is kept clear');
      return by !== null;
    },
    findHeirs: ({ room, holder }) => heirsOf(deps, room, holder.members),
    judge: () => notHere('judge'),
    clocks: async () => ({ now: Date.now(), monotonic: performance.now() }),
    send: () => notHere('send'),
    findRequested: ({ room, holder, createdAfter }) =>
      findRequested(deps, room, holder, createdAfter),
    getBot: ({ botId }) => deps.notetaker.get({ botId }),
    async removeBot({ botId }) {
      await deps.notetaker.remove({ botId });
      deps.metrics.botRequests.inc({ operation: 'remove', result: 'asked' });
      return null;
    },
  };
}

async function notHere(effect: string): Promise<never> {
  throw new Error(`this protocol does not ${effect}`);
}

/** Applies a rule to a room, and tells whoever may go on because of it. */
export async function changeRoom<Result>(
  deps: Pick<ActivityDeps, 'claims' | 'workflows' | 'logger'>,
  room: RoomKey,
  rule: RoomRule<Result>,
  by: string | null = null,
): Promise<Result> {
  const { orgId, roomKey } = room;
  let changed: { before: ClaimDoc; after: ClaimDoc } | null = null;
  const result = await deps.claims.change({
    orgId,
    roomKey,
    rule: (before) => {
      const step = rule(before, Date.now());
      changed = step.next === null ? null : { before, after: step.next };
      return step;
    },
  });
  if (changed !== null) await tellConcerned(deps, orgId, changed, by);
  return result;
}

/** Hints only: everybody who waits looks again by itself. */
async function tellConcerned(
  deps: Pick<ActivityDeps, 'workflows' | 'logger'>,
  orgId: string,
  { before, after }: { before: ClaimDoc; after: ClaimDoc },
  by: string | null,
): Promise<void> {
  const { released, heirs } = concernedBy(before, after, by);
  try {
    for (const { generation, interviewId } of released) {
      await deps.workflows.roomReleased({ orgId, generation, interviewId });
    }
    for (const { generation, interviewId } of heirs) {
      await deps.workflows.botEvent({ orgId, generation, interviewId });
    }
  } catch (error) {
    deps.logger.warn({ err: error, orgId }, 'waiting joins could not be woken');
  }
}

/** Members that still want the bot, by their holder ids. */
export async function heirsOf(
  deps: ActivityDeps,
  room: RoomKey,
  members: readonly ClaimMember[],
): Promise<string[]> {
  const heirs: string[] = [];
  for (const member of members) {
    if (await stillWants(deps, room, member)) heirs.push(member.holderId);
  }
  return heirs;
}

/** Where bots carry keys the link is not needed, and the interview may be gone by now. */
async function findRequested(
  deps: ActivityDeps,
  room: RoomKey,
  holder: ClaimHolder,
  requestedAt: number,
): Promise<BotSnapshot | null> {
  return await deps.notetaker.findRequested({
    key: holder.providerBotKey ?? '',
    meetingUrl: await linkOf(deps, room, holder),
    requestedAt,
  });
}

async function linkOf(deps: ActivityDeps, room: RoomKey, holder: ClaimHolder): Promise<string> {
  const { interviewId, generation, sessionId } = holder;
  const context = linkContext(interviewId);
  const key = { orgId: room.orgId, generation, interviewId };
  const sealed =
    holder.sealedLink ??
    (await readInterview(deps.collections, key))?.plan.find(
      (planned) => planned.sessionId === sessionId && planned.roomKey === room.roomKey,
    )?.sealedLink;
  return sealed == null ? '' : deps.vault.open({ sealed, context });
}
