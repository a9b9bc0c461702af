import { appendChange } from '../../common/read-model/changes.js';
import type { ClaimDoc, ClaimHolder } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { PendingStop, Stopping } from '../../workflows/contracts/installation.js';
import type { ActivityDeps } from '../deps.js';
import type { OffFence } from '../joining/claim-members.js';
import { offProtocol } from '../joining/off-protocol.js';
import { stillWants } from '../joining/room-interviews.js';
import { roomRules } from '../joining/room-protocol.js';
import { inTheWorld } from '../joining/room-world.js';

/**
 * The second half of an off: the fence is written, now everybody whom it concerns is acted upon; see
 * `offProtocol`. `concerns` is asked about holders and about those who ride along alike (these with
 * the state of their holder). Repeatable.
 */
export async function stopHolders(
  deps: ActivityDeps,
  input: Life & {
    fence: OffFence;
    epoch: number;
    concerns: (holder: ClaimHolder) => boolean | Promise<boolean>;
  },
): Promise<PendingStop[]> {
  const { orgId, fence, epoch } = input;
  const protocol = offProtocol({ orgId, fence, epoch, rules: roomRules });
  const steps = await inTheWorld(deps, protocol, {
    async listRooms(organization) {
      const rooms = await deps.claims.held(organization);
      await deps.reached('holders_listed', { orgId });
      return rooms;
    },
    judge: (room) => judge(deps, input, room),
  });
  const stops = steps.flatMap(({ roomKey, result }) =>
    result.kind === 'requesting' || result.kind === 'stopping'
      ? [pendingStop(roomKey, result.holder, result.kind)]
      : [],
  );
  await showStopping(deps, input, stops);
  return stops;
}

/** An off of the whole installation, or of its settings, leaves a bot to nobody. */
async function judge(
  deps: ActivityDeps,
  input: Parameters<typeof stopHolders>[1],
  room: ClaimDoc,
): Promise<{ concerned: string[]; heirs: string[] }> {
  const concerned: string[] = [];
  const heirs: string[] = [];
  const mayBeLeft = input.fence === 'role' || input.fence === 'interview';
  for (const holder of room.holders.filter(({ state }) => state !== 'free')) {
    if (await input.concerns(holder)) concerned.push(holder.holderId);
    for (const member of holder.members) {
      const rides: ClaimHolder = { ...holder, ...member, members: [] };
      if (await input.concerns(rides)) concerned.push(member.holderId);
      else if (mayBeLeft && (await stillWants(deps, room, member))) heirs.push(member.holderId);
    }
  }
  return { concerned, heirs };
}

function pendingStop(
  roomKey: string,
  holder: ClaimHolder,
  holderState: PendingStop['holderState'],
): PendingStop {
  return {
    roomKey,
    holderId: holder.holderId,
    attempt: holder.attempt,
    interviewId: holder.interviewId,
    jobId: holder.jobId,
    sessionId: holder.sessionId,
    holderState,
    since: Date.now(),
    reason: holderState === 'requesting' ? 'request_of_unknown_fate' : 'leaving',
  };
}

function asShown({ interviewId, jobId, since, reason }: PendingStop): Stopping {
  return { interviewId, jobId, since, reason };
}

/** What is stopping is shown on the installation, the role and the interview alike. */
async function showStopping(
  deps: ActivityDeps,
  life: Life,
  stops: readonly PendingStop[],
): Promise<void> {
  const { collections } = deps;
  for (const stop of stops) {
    const shown = asShown(stop);
    await clearStopping(deps, life, stop);
    await collections.installations.collection.updateOne(
      { _id: life.orgId as never },
      { $push: { stopping: shown as never } },
    );
    await collections.roles.collection.updateOne(
      { _id: `${life.orgId}/${stop.jobId}` as never },
      { $push: { stopping: shown as never } },
    );
    await collections.interviews.collection.updateOne(
      { orgId: life.orgId, generation: life.generation, interviewId: stop.interviewId },
      { $set: { stopping: shown } },
    );
    await tellReaders(deps, life, stop);
  }
}

/** The provider has confirmed the removal. */
export async function clearStopping(
  deps: ActivityDeps,
  life: Life,
  stop: PendingStop,
): Promise<void> {
  const { collections } = deps;
  const { interviewId } = stop;
  await collections.installations.collection.updateOne(
    { _id: life.orgId as never },
    { $pull: { stopping: { interviewId } as never } },
  );
  await collections.roles.collection.updateOne(
    { _id: `${life.orgId}/${stop.jobId}` as never },
    { $pull: { stopping: { interviewId } as never } },
  );
  await collections.interviews.collection.updateOne(
    { orgId: life.orgId, generation: life.generation, interviewId },
    { $set: { stopping: null } },
  );
}

export async function tellReaders(
  deps: Pick<ActivityDeps, 'collections'>,
  life: Life,
  stop: PendingStop,
): Promise<void> {
  const { orgId } = life;
  await appendChange({ ...deps, orgId, kind: 'interview', key: stop.interviewId });
  await appendChange({ ...deps, orgId, kind: 'role', key: stop.jobId });
  await appendChange({ ...deps, orgId, kind: 'installation', key: orgId });
}
