import type { ClaimDoc, ClaimHolder } from '../../common/read-model/documents.js';
import type { AuditReport } from '../../workflows/contracts/auditor.js';
import { joinInterviewWorkflowId } from '../../workflows/contracts/ids.js';
import type { ActivityDeps } from '../deps.js';
import { readInterview } from '../interviews/interview-store.js';
import {
  abandonBot,
  advanceRemoval,
  lifeOf,
  lookUpRequest,
  wakeRoom,
} from '../joining/bot-removal.js';
import { freeExpiredClaims, maySettleByOthers } from '../joining/claim-rules.js';
import { type Finding, found, foundAndTold, mended } from './findings.js';
import { fencedOrganizations } from './operations.js';
import { tellAgain } from './tell-again.js';

/** A bot that left before its interview was over: people have to know. */
const newsOfOrganization: ReadonlySet<Finding> = new Set<Finding>(['fenced_bot', 'join_gone']);

type Counts = Pick<AuditReport, 'claimsFreed' | 'requestsSettled' | 'stopsAdvanced'>;

/**
 * Holders that nobody brings forward: claims past their end, requests past their deadline, removals
 * without an end, bots whose join is gone; and bots of what the operators have fenced.
 */
export async function mendHolders(deps: ActivityDeps, rooms: readonly ClaimDoc[]): Promise<Counts> {
  const counts: Counts = { claimsFreed: 0, requestsSettled: 0, stopsAdvanced: 0 };
  const isFenced = await fencedOrganizations(deps);
  const running = await runningJoins(deps, rooms);
  for (const room of rooms) {
    counts.claimsFreed += await freeClaims(deps, room);
    for (const holder of room.holders) {
      counts.requestsSettled += await settleOverdue(deps, room, holder);
      counts.stopsAdvanced += await advanceStop(deps, room, holder, {
        isFenced: isFenced(room.orgId),
        running,
      });
    }
  }
  return counts;
}

async function freeClaims(deps: ActivityDeps, room: ClaimDoc): Promise<number> {
  const { orgId, roomKey } = room;
  const freed = await deps.claims.change({
    ...{ orgId, roomKey },
    rule: (doc) => freeExpiredClaims(doc, { now: Date.now() }),
  });
  if (freed > 0) {
    found(deps, 'expired_claim', { orgId, roomKey });
    await wakeRoom(deps, room);
  }
  return freed;
}

async function settleOverdue(
  deps: ActivityDeps,
  room: ClaimDoc,
  holder: ClaimHolder,
): Promise<number> {
  if (!maySettleByOthers(holder, { now: Date.now(), times: deps.times })) return 0;
  return await each(deps, room, holder, 'request_past_deadline', async () => {
    return (await lookUpRequest(deps, keyOf(room, holder))) !== 'undecided';
  });
}

async function advanceStop(
  deps: ActivityDeps,
  room: ClaimDoc,
  holder: ClaimHolder,
  { isFenced, running }: { isFenced: boolean; running: ReadonlySet<string> },
): Promise<number> {
  const key = keyOf(room, holder);
  if (holder.state === 'stopping') {
    return await each(deps, room, holder, 'unfinished_removal', async () => {
      await advanceRemoval(deps, key);
      return true;
    });
  }
  if (holder.state !== 'live') return 0;
  if (isFenced) {
    return await each(deps, room, holder, 'fenced_bot', async () => {
      await advanceRemoval(deps, key);
      return true;
    });
  }
  if (running.has(joinInterviewWorkflowId({ ...lifeOf(room, holder), ...holder }))) return 0;
  if (!(await isLeftAlone(deps, room, holder))) return 0;
  // In one step, so that an error abandons nothing: the next sweep looks again.
  return await each(deps, room, holder, 'join_gone', async () => {
    if (await isTakenUpAgain(deps, room, holder)) return false;
    await abandonBot(deps, key);
    return true;
  });
}

/**
 * Thousands of bots may be live: who is in this list is not asked for one by one. It is some moments
 * old, so a join that is not in it is asked for; one that ended since is found in the next sweep.
 */
async function runningJoins(
  deps: ActivityDeps,
  rooms: readonly ClaimDoc[],
): Promise<ReadonlySet<string>> {
  const isLive = rooms.some(({ holders }) => holders.some(({ state }) => state === 'live'));
  if (!isLive) return new Set();
  try {
    return await deps.workflows.runningJoins();
  } catch (error) {
    deps.logger.warn({ err: error }, 'running joins could not be listed');
    return new Set();
  }
}

/** A live bot whose join has ended, or whose installation is gone, has nobody who takes it out. */
async function isLeftAlone(
  deps: ActivityDeps,
  room: ClaimDoc,
  holder: ClaimHolder,
): Promise<boolean> {
  const { interviewId } = holder;
  return !(await deps.workflows.isJoinRunning({ ...lifeOf(room, holder), interviewId }));
}

/** An interview that goes on gets its join back, which takes over the bot that it finds. */
async function isTakenUpAgain(
  deps: ActivityDeps,
  room: ClaimDoc,
  holder: ClaimHolder,
): Promise<boolean> {
  const { interviewId, sessionId } = holder;
  const doc = await readInterview(deps.collections, { ...lifeOf(room, holder), interviewId });
  // Its join said how it ended, or that interview never was: there is nothing to take up.
  if (doc === null || doc.progress[sessionId]?.outcome !== null) return false;
  await tellAgain(deps, doc);
  if (await isLeftAlone(deps, room, holder)) return false;
  found(deps, 'join_restarted', { orgId: room.orgId, interviewId });
  return true;
}

async function each(
  deps: ActivityDeps,
  room: ClaimDoc,
  holder: ClaimHolder,
  finding: Finding,
  mend: () => Promise<boolean>,
): Promise<number> {
  const ids = { orgId: room.orgId, interviewId: holder.interviewId };
  const count = await mended(deps, finding, ids, mend);
  if (count === 0) return 0;
  if (!newsOfOrganization.has(finding)) found(deps, finding, ids);
  else await foundAndTold(deps, finding, { ...lifeOf(room, holder), subject: holder.interviewId });
  return count;
}

function keyOf(room: ClaimDoc, holder: ClaimHolder) {
  const { holderId, attempt } = holder;
  return { orgId: room.orgId, roomKey: room.roomKey, holderId, attempt };
}
