import type { ClaimDoc, ClaimHolder, InstallationDoc } from '../common/read-model/documents.js';
import type { AuditorActivities } from '../workflows/contracts/activities.js';
import type { AuditReport } from '../workflows/contracts/auditor.js';
import type { ActivityDeps } from './deps.js';
import { advanceRemoval, lifeOf, lookUpRequest, wakeRoom } from './joining/bot-removal.js';
import { freeExpiredClaims, isOccupied, maySettleByOthers } from './joining/claim-rules.js';
import type { BotSnapshot } from './notetaker/port.js';
import { isOutOfMeeting } from './notetaker/port.js';
import { withHeartbeat } from './pause.js';
import { measureFreshness } from './watching/measure.js';

/** A removal that nobody has brought to an end is taken over by the auditor. */
type Finding =
  | 'orphan_bot'
  | 'expired_claim'
  | 'request_past_deadline'
  | 'unfinished_removal'
  | 'join_gone'
  | 'waiting_events';

/** A receipt of a webhook is followed within seconds; one that waits longer lost its nudge. */
const eventsMayWaitMs = 10_000;
/** After this a watch that cannot follow is no news; its sweeps find what the event told. */
const eventsNudgedForMs = 60 * 60_000;

/** Looks across all organizations for what nobody noticed, and mends it; see `docs/protocols.md`. */
export function createAuditorActivities(deps: ActivityDeps): AuditorActivities {
  return {
    audit: () => withHeartbeat(() => sweep(deps)),
  };
}

async function sweep(deps: ActivityDeps): Promise<AuditReport> {
  const report: AuditReport = {
    bots: 0,
    orphansRemoved: 0,
    claimsFreed: 0,
    requestsSettled: 0,
    stopsAdvanced: 0,
  };
  // The provider first, then the store: a bot that is asked for in between has its holder already.
  const bots: BotSnapshot[] = [];
  for await (const bot of deps.notetaker.listActive({ keyPrefix: `${deps.environmentName}:` })) {
    bots.push(bot);
  }
  const rooms = await deps.claims.heldByAnybody();
  report.bots = bots.length;
  report.orphansRemoved = await removeOrphans(deps, bots, rooms);
  for (const room of rooms) {
    report.claimsFreed += await freeClaims(deps, room);
    for (const holder of room.holders) {
      if (maySettleByOthers(holder, { now: Date.now(), times: deps.times })) {
        report.requestsSettled += await each(deps, room, holder, 'request_past_deadline', () =>
          lookUpRequest(deps, { ...keyOf(room, holder), botKey: holder.providerBotKey ?? '' }),
        );
      }
      if (holder.state === 'stopping' || (await isLeftAlone(deps, room, holder))) {
        const finding = holder.state === 'stopping' ? 'unfinished_removal' : 'join_gone';
        report.stopsAdvanced += await each(deps, room, holder, finding, () =>
          advanceRemoval(deps, keyOf(room, holder)),
        );
      }
    }
  }
  await nudgeWatches(deps);
  await prune(deps);
  await measureFreshness(deps);
  deps.metrics.auditorLastRunSeconds.set(Date.now() / 1000);
  return report;
}

function keyOf(room: ClaimDoc, holder: ClaimHolder) {
  const { holderId, attempt } = holder;
  return { orgId: room.orgId, roomKey: room.roomKey, holderId, attempt };
}

/** Bots that no occupied holder asked for: requested too late, or forgotten. They leave. */
async function removeOrphans(
  deps: ActivityDeps,
  bots: BotSnapshot[],
  rooms: ClaimDoc[],
): Promise<number> {
  const known = new Set(
    rooms.flatMap((room) => room.holders.filter(isOccupied)).map((holder) => holder.providerBotKey),
  );
  let removed = 0;
  for (const bot of bots) {
    if (known.has(bot.key) || isOutOfMeeting(bot) || bot.state === 'leaving') continue;
    try {
      await deps.notetaker.remove({ botId: bot.botId });
      found(deps, 'orphan_bot', { botId: bot.botId, ...idsOf(bot) });
      removed += 1;
    } catch (error) {
      deps.logger.error({ err: error, botId: bot.botId }, 'an orphan could not be removed');
    }
  }
  return removed;
}

function idsOf(bot: BotSnapshot) {
  const { orgId = null, interviewId = null } = bot.metadata;
  return { orgId, interviewId };
}

async function freeClaims(deps: ActivityDeps, room: ClaimDoc): Promise<number> {
  const freed = await deps.claims.change({
    orgId: room.orgId,
    roomKey: room.roomKey,
    rule: (doc) => freeExpiredClaims(doc, { now: Date.now() }),
  });
  if (freed > 0) {
    found(deps, 'expired_claim', { orgId: room.orgId, roomKey: room.roomKey });
    await wakeRoom(deps, room);
  }
  return freed;
}

/** A live bot whose join has ended, or whose installation is gone, has nobody who takes it out. */
async function isLeftAlone(
  deps: ActivityDeps,
  room: ClaimDoc,
  holder: ClaimHolder,
): Promise<boolean> {
  if (holder.state !== 'live') return false;
  const { interviewId } = holder;
  return !(await deps.workflows.isJoinRunning({ ...lifeOf(room, holder), interviewId }));
}

/** One holder that cannot be mended must not keep the sweep from the others. */
async function each(
  deps: ActivityDeps,
  room: ClaimDoc,
  holder: ClaimHolder,
  finding: Finding,
  mend: () => Promise<unknown>,
): Promise<number> {
  try {
    if ((await mend()) === 'undecided') return 0;
    found(deps, finding, { orgId: room.orgId, interviewId: holder.interviewId });
    return 1;
  } catch (error) {
    deps.logger.error({ err: error, finding, orgId: room.orgId }, 'a finding could not be mended');
    return 0;
  }
}

/** The nudge about an event may have been lost, or the API could not reach Temporal. */
async function nudgeWatches(deps: ActivityDeps): Promise<void> {
  const now = Date.now();
  const { vendor_events, installations } = deps.collections;
  // Nobody follows while an installation is paused.
  const active = await installations
    .find({ phase: 'active' }, { generation: 1 })
    .lean<Pick<InstallationDoc, '_id' | 'generation'>[]>();
  // One by one, so that the many events of one organization hide nobody else's.
  for (const { _id: orgId, generation } of active) {
    const life = { orgId, generation };
    const waits = await vendor_events.exists({
      ...life,
      followedAt: null,
      receivedAt: { $lt: now - eventsMayWaitMs, $gt: now - eventsNudgedForMs },
      $or: [{ retryAt: null }, { retryAt: { $lt: now - eventsMayWaitMs } }],
    });
    if (waits === null) continue;
    try {
      await deps.workflows.nudgeWatch(life);
      found(deps, 'waiting_events', { orgId: life.orgId });
    } catch (error) {
      deps.logger.error({ err: error, orgId: life.orgId }, 'a watch could not be nudged');
    }
  }
}

function found(deps: ActivityDeps, kind: Finding, ids: Record<string, string | null>): void {
  deps.metrics.auditFindings.inc({ kind });
  deps.logger.warn({ finding: kind, ...ids }, 'the auditor found and mended something');
}

/** Not every server removes what is past its TTL. */
async function prune(deps: ActivityDeps): Promise<void> {
  const past = { expiresAt: { $lt: new Date() } };
  const { changes, commands, credentials, receipts, webhook_receipts, vendor_events } =
    deps.collections;
  await changes.collection.deleteMany(past);
  await commands.collection.deleteMany(past);
  await credentials.collection.deleteMany(past);
  await receipts.collection.deleteMany(past);
  await webhook_receipts.collection.deleteMany(past);
  await vendor_events.collection.deleteMany(past);
}
