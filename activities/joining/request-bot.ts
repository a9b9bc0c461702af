import type {
  ClaimHolder,
  InstallationDoc,
  PlannedSession,
} from '../../common/read-model/documents.js';
import { linkContext } from '../../common/sealed-fields.js';
import type {
  ClaimResult,
  ClaimWindow,
  RequestResult,
  ResolveResult,
  SessionKey,
} from '../../workflows/contracts/activities.js';
import { holderIdOf } from '../../workflows/contracts/ids.js';
import type { ActivityDeps } from '../deps.js';
import { readInterview } from '../interviews/interview-store.js';
import { NotetakerError, provesNoBot } from '../notetaker/port.js';
import { pauseWithHeartbeat } from '../pause.js';
import { lookUpRequest, readHolder } from './bot-removal.js';
import { spanOf } from './claim-entries.js';
import { releaseClaim } from './claim-rules.js';
import { claimProtocol, requestProtocol } from './request-protocol.js';
import type { HolderKey, RoomWorld, SendAnswer } from './room-protocol.js';
import { changeRoom, inTheWorld, protocolInput, roomWorld } from './room-world.js';

/** A refusal that may pass is answered with another request after this. */
const retryRefusedMs = 30_000;
/** After the planned end, when the provider itself sends the bot out. */
const leaveAfterEndMs = 30 * 60_000;

type Attempt = SessionKey & { attempt: number; roomKey: string };

export function holderKeyOf(input: Attempt): HolderKey {
  const { orgId, roomKey, attempt } = input;
  return { orgId, roomKey, attempt, holderId: holderIdOf(input) };
}

/**
 * Key given to the provider: the same request always carries the same one, another never does. Where
 * the provider refuses two bots of one key, it names the room instead.
 */
export function botKeyOf(
  environmentName: string,
  input: Attempt,
  keyScope: 'attempt' | 'room' = 'attempt',
): string {
  const { orgId, generation, sessionId, attempt, roomKey } = input;
  return keyScope === 'room'
    ? `${environmentName}:${orgId}:${roomKey}`
    : `${environmentName}:${orgId}:${generation}:${sessionId}:${attempt}`;
}

/** Claims the room, or joins those who overlap in it; see `claimProtocol`. */
export async function claimRoom(
  deps: ActivityDeps,
  input: SessionKey & { jobId: string; attempt: number; window: ClaimWindow },
): Promise<ClaimResult> {
  const { interviewId, sessionId, jobId, generation } = input;
  const { roomKey, startsAt: from, endsAt: until } = input.window;
  const key = holderKeyOf({ ...input, roomKey });
  const session = { interviewId, sessionId, jobId, generation, from, until };
  const result = await inTheWorld(deps, claimProtocol({ ...protocolInput(deps, key), session }));
  const { orgId } = input;
  switch (result.kind) {
    case 'room_busy':
      // Cancel-and-recreate is common: the holder's interview may be gone by now.
      await deps.workflows.botEvent({ orgId, generation, interviewId: result.heldBy });
      return { kind: 'room_busy' };
    case 'shared':
      if (result.botId !== null) await stayUntil(deps, result.botId, until);
      break;
    default:
  }
  await deps.reached('claimed', input);
  return result;
}

/** The provider sends its bot out by itself: not before those who came last are done. */
async function stayUntil(deps: ActivityDeps, botId: string, until: number): Promise<void> {
  try {
    await deps.notetaker.move({ botId, leaveAt: until + leaveAfterEndMs });
  } catch (error) {
    deps.logger.info({ err: error, botId }, 'the end of a shared bot could not be moved');
  }
}

export async function giveClaimBack(deps: ActivityDeps, input: Attempt): Promise<void> {
  const key = holderKeyOf(input);
  await changeRoom(deps, key, (doc) => releaseClaim(doc, key));
}

/** The request, once; see `requestProtocol`. */
export async function requestBot(deps: ActivityDeps, input: Attempt): Promise<RequestResult> {
  const doc = await readInterview(deps.collections, input);
  const planned = doc?.plan.find((session) => session.sessionId === input.sessionId);
  if (doc === null || planned?.sealedLink == null || planned.roomKey !== input.roomKey) {
    return { kind: 'not_sent', why: 'claim_lost' };
  }
  const installation = await deps.collections.installations
    .findOne({ _id: input.orgId })
    .lean<InstallationDoc | null>();
  if (installation === null) return { kind: 'not_sent', why: 'claim_lost' };

  // Before anything begins: a request that has begun must not wait.
  const { waitMs } = await deps.requestPace.turn();
  if (waitMs > 0) {
    await giveClaimBack(deps, input);
    return { kind: 'refused', reason: 'rate_limited', retryAfterMs: waitMs };
  }
  const sealedLink = planned.sealedLink;
  const context = linkContext(input.interviewId);
  // What could fail by itself does so before anything begins.
  const meetingUrl = deps.vault.open({ sealed: sealedLink, context });
  const { keyScope } = deps.notetaker.capabilities;
  const protocol = requestProtocol({
    ...protocolInput(deps, holderKeyOf(input)),
    botKey: botKeyOf(deps.environmentName, input, keyScope),
    sealedLink,
  });
  const result = await inTheWorld(
    deps,
    protocol,
    requestWorld(deps, { input, planned, installation, meetingUrl }),
  );
  if (result.kind === 'not_sent' && result.why !== 'claim_lost') {
    deps.metrics.botRequests.inc({ operation: 'create', result: result.why });
  }
  if (result.kind === 'sent') {
    deps.metrics.botRequests.inc({ operation: 'create', result: 'sent' });
    await deps.reached('bot_recorded', input);
  }
  return result;
}

/** What one request says. */
interface PlannedRequest {
  input: Attempt;
  planned: PlannedSession;
  installation: InstallationDoc;
  meetingUrl: string;
}

/** The world of one request, with the steps between which fault tests kill it. */
function requestWorld(deps: ActivityDeps, request: PlannedRequest): Partial<RoomWorld> {
  const { input } = request;
  const world = roomWorld(deps);
  return {
    async change(effect) {
      const result = await world.change(effect);
      if ((result as { kind?: string }).kind === 'begun')
        await deps.reached('request_begun', input);
      return result;
    },
    async readFences(effect) {
      const fences = await world.readFences(effect);
      await deps.reached('fences_read', input);
      return fences;
    },
    send: ({ holder }) => send(deps, request, holder),
  };
}

async function send(
  deps: ActivityDeps,
  { input, planned, installation, meetingUrl }: PlannedRequest,
  holder: ClaimHolder,
): Promise<SendAnswer> {
  const { settings } = installation;
  try {
    const { botId } = await deps.notetaker.create({
      key: holder.providerBotKey ?? '',
      meetingUrl,
      joinAt: planned.startsAt,
      leaveAt: Math.max(planned.endsAt, spanOf(holder).until) + leaveAfterEndMs,
      botName: settings.notetakerName,
      metadata: {
        orgId: input.orgId,
        generation: input.generation,
        interviewId: input.interviewId,
        sessionId: input.sessionId,
        roomKey: input.roomKey,
        attempt: String(input.attempt),
        endsAt: new Date(planned.endsAt).toISOString(),
      },
      record: settings.engagement.record,
      transcribe: settings.engagement.transcribe,
      timeoutMs: deps.times.requestHttpMs,
    });
    await deps.reached('bot_created', input);
    return { kind: 'made', botId };
  } catch (error) {
    const kind = error instanceof NotetakerError ? error.kind : 'unknown_outcome';
    deps.metrics.botRequests.inc({ operation: 'create', result: kind });
    if (!provesNoBot(error)) return { kind: 'unknown' };
    return { kind: 'refused', answer: refusal(error as NotetakerError) };
  }
}

function refusal(error: NotetakerError): Extract<RequestResult, { kind: 'refused' }> {
  switch (error.kind) {
    case 'rate_limited':
    case 'capacity':
      return {
        kind: 'refused',
        reason: error.kind,
        retryAfterMs: error.retryAfterMs ?? retryRefusedMs,
      };
    case 'auth':
      return { kind: 'refused', reason: 'provider_auth', retryAfterMs: retryRefusedMs };
    default:
      return { kind: 'refused', reason: 'provider_refused', retryAfterMs: null };
  }
}

/**
 * Looks the request up until its fate is known. Whoever finds the bot live while it is forbidden
 * starts its removal.
 */
export async function resolveRequest(deps: ActivityDeps, input: Attempt): Promise<ResolveResult> {
  const key = holderKeyOf(input);
  for (;;) {
    const holder = await readHolder(deps, key);
    if (holder === null) return { kind: 'no_bot' };
    switch (holder.state) {
      case 'free':
        return holder.providerBotId === null
          ? { kind: 'no_bot' }
          : { kind: 'found', botId: holder.providerBotId };
      case 'claimed':
        // The activity died before it began; the claim is given back and taken anew.
        await giveClaimBack(deps, input);
        return { kind: 'no_bot' };
      case 'live':
      case 'stopping':
        return { kind: 'found', botId: holder.providerBotId ?? '' };
      case 'requesting':
        await lookUpOrWait(deps, input);
    }
  }
}

async function lookUpOrWait(deps: ActivityDeps, input: Attempt): Promise<void> {
  const key = holderKeyOf(input);
  try {
    await lookUpRequest(deps, key);
  } catch (error) {
    const { interviewId } = input;
    deps.logger.warn({ err: error, interviewId }, 'request could not be looked up');
  }
  const after = await readHolder(deps, key);
  if (after?.state === 'requesting') await pauseWithHeartbeat(deps.times.lookupEveryMs);
}
