import { appendChange } from '../../common/read-model/changes.js';
import type { ClaimHolder } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { DecisionCode } from '../../workflows/contracts/decision.js';
import type { PendingStop, Stopping } from '../../workflows/contracts/installation.js';
import type { ActivityDeps } from '../deps.js';
import { readInterview } from '../interviews/interview-store.js';
import { decideSession, readContext } from '../interviews/reconcile.js';
import { wakeRoom } from '../joining/bot-removal.js';
import { type OffFence, offHolder } from '../joining/claim-rules.js';

/**
 * The second half of an off: the fence is written, now every holder that it concerns is acted upon.
 * A claim is freed, a live bot begins to stop, a request of unknown fate is named. Holders that
 * claim after this listing have read the new fence. Repeatable; a late repetition touches only
 * holders that are older than the fence.
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
  const rooms = await deps.claims.held({ orgId });
  await deps.reached('holders_listed', { orgId });
  const stops: PendingStop[] = [];
  for (const room of rooms) {
    for (const listed of room.holders) {
      if (listed.state === 'free' || !(await input.concerns(listed))) continue;
      const { roomKey } = room;
      const result = await deps.claims.change({
        orgId,
        roomKey,
        rule: (doc) => offHolder(doc, { holderId: listed.holderId, fence, epoch }),
      });
      if (result.kind === 'freed') await wakeRoom(deps, { orgId, roomKey });
      if (result.kind === 'requesting' || result.kind === 'stopping') {
        stops.push(pendingStop(roomKey, result.holder, result.kind));
      }
    }
  }
  await showStopping(deps, input, stops);
  return stops;
}

/** Noes that come by themselves as time passes, or that the bot in the room does not care about. */
const passingNoes: ReadonlySet<DecisionCode> = new Set<DecisionCode>([
  'over',
  'too_late',
  'no_link',
  'unreadable',
]);

/** Whether what is decided now keeps this holder's bot out. */
export async function isForbidden(
  deps: ActivityDeps,
  life: Life,
  holder: ClaimHolder,
): Promise<boolean> {
  const { orgId, generation } = life;
  const { interviewId, sessionId, jobId } = holder;
  const doc = await readInterview(deps.collections, { orgId, generation, interviewId });
  if (doc === null) return true;
  const context = await readContext(deps, { orgId, generation, jobId, interviewId });
  const { verdict, code } = decideSession(doc, sessionId, context, Date.now());
  return verdict !== 'join' && !passingNoes.has(code);
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
