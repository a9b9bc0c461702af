import { performance } from 'node:perf_hooks';
import type { ClaimHolder, Epochs, InstallationDoc } from '../../common/read-model/documents.js';
import { readFences } from '../../common/read-model/fences.js';
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
import { lookUpRequest, readHolder, wakeRoom } from './bot-removal.js';
import {
  beginRequest,
  beginStop,
  type RequestFate,
  releaseClaim,
  settleRequest,
  take,
} from './claim-rules.js';

/** A refusal that may pass is answered with another request after this. */
const retryRefusedMs = 30_000;
/** After the planned end, when the provider itself sends the bot out. */
const leaveAfterEndMs = 30 * 60_000;

type Attempt = SessionKey & { attempt: number; roomKey: string };

function holderKey(input: SessionKey & { attempt: number; roomKey: string }) {
  const { orgId, roomKey, attempt } = input;
  return { orgId, roomKey, attempt, holderId: holderIdOf(input) };
}

/** Key given to the provider: the same request always carries the same one, another never does. */
export function botKeyOf(environmentName: string, input: SessionKey & { attempt: number }): string {
  const { orgId, generation, sessionId, attempt } = input;
  return `${environmentName}:${orgId}:${generation}:${sessionId}:${attempt}`;
}

/**
 * Claims the room. The epochs are read *before* the claim is written, so that an off whose fence is
 * newer finds this claim when it lists the holders, or is found when the request compares epochs.
 */
export async function claimRoom(
  deps: ActivityDeps,
  input: SessionKey & { jobId: string; attempt: number; window: ClaimWindow },
): Promise<ClaimResult> {
  const { epochs } = await readFences({ ...deps, ...input });
  const { roomKey, startsAt, endsAt } = input.window;
  const result = await deps.claims.change({
    orgId: input.orgId,
    roomKey,
    rule: (doc) =>
      take(
        doc,
        {
          holderId: holderIdOf(input),
          interviewId: input.interviewId,
          sessionId: input.sessionId,
          jobId: input.jobId,
          generation: input.generation,
          from: startsAt,
          until: endsAt,
          attempt: input.attempt,
          epochs,
        },
        { now: Date.now(), times: deps.times },
      ),
  });
  if (result.kind === 'room_busy') {
    // Cancel-and-recreate is common: the holder's interview may be gone by now.
    const { orgId, generation } = input;
    await deps.workflows.botEvent({ orgId, generation, interviewId: result.heldBy });
    return { kind: 'room_busy' };
  }
  await deps.reached('claimed', input);
  return result;
}

export async function giveClaimBack(deps: ActivityDeps, input: Attempt): Promise<void> {
  const key = holderKey(input);
  const result = await deps.claims.change({ ...key, rule: (doc) => releaseClaim(doc, key) });
  if (result === 'freed') await wakeRoom(deps, key);
}

/**
 * The request: compare-and-set to `requesting`, **then** the fences, **then** the clocks, then the
 * provider, once. Whatever is unclear afterwards stays `requesting` and is looked up.
 */
export async function requestBot(deps: ActivityDeps, input: Attempt): Promise<RequestResult> {
  const key = holderKey(input);
  const doc = await readInterview(deps.collections, input);
  const planned = doc?.plan.find((session) => session.sessionId === input.sessionId);
  const context = linkContext(input.interviewId);
  if (doc === null || planned?.sealedLink == null || planned.roomKey !== input.roomKey) {
    return { kind: 'not_sent', why: 'claim_lost' };
  }
  const meetingUrl = deps.vault.open({ sealed: planned.sealedLink, context });
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
  const startedAtMono = performance.now();
  const begun = await deps.claims.change({
    ...key,
    rule: (claim) =>
      beginRequest(
        claim,
        { ...key, botKey: botKeyOf(deps.environmentName, input) },
        { now: Date.now(), times: deps.times },
      ),
  });
  if (begun.kind === 'room_occupied') return { kind: 'room_occupied' };
  if (begun.kind === 'claim_lost') return { kind: 'not_sent', why: 'claim_lost' };
  await deps.reached('request_begun', input);

  const fences = await readFences({ ...deps, ...input, jobId: begun.holder.jobId });
  await deps.reached('fences_read', input);
  if (fences.off !== null || !sameEpochs(fences.epochs, begun.holder.epochs)) {
    return await notSent(deps, input, 'fenced');
  }
  // Both clocks: the wall clock may have been set back, the monotonic one stands still in a pause.
  const late =
    Date.now() >= (begun.holder.requestDeadlineAt ?? 0) ||
    performance.now() - startedAtMono >= deps.times.requestDeadlineMs;
  if (late) return await notSent(deps, input, 'late');

  const { settings } = installation;
  try {
    const { botId } = await deps.notetaker.create({
      key: begun.holder.providerBotKey ?? '',
      meetingUrl,
      joinAt: planned.startsAt,
      leaveAt: planned.endsAt + leaveAfterEndMs,
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
    await settle(deps, input, { kind: 'found', botId, ended: false });
    await deps.reached('bot_recorded', input);
    deps.metrics.botRequests.inc({ operation: 'create', result: 'sent' });
    return { kind: 'sent' };
  } catch (error) {
    const kind = error instanceof NotetakerError ? error.kind : 'unknown_outcome';
    deps.metrics.botRequests.inc({ operation: 'create', result: kind });
    if (!provesNoBot(error)) return { kind: 'unknown' };
    await settle(deps, input, { kind: 'refused' });
    return refusal(error as NotetakerError);
  }
}

function refusal(error: NotetakerError): RequestResult {
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

async function notSent(
  deps: ActivityDeps,
  input: Attempt,
  why: 'fenced' | 'late',
): Promise<RequestResult> {
  await settle(deps, input, { kind: 'not_sent' });
  deps.metrics.botRequests.inc({ operation: 'create', result: why });
  return { kind: 'not_sent', why };
}

async function settle(deps: ActivityDeps, input: Attempt, fate: RequestFate): Promise<void> {
  const key = holderKey(input);
  const result = await deps.claims.change({
    ...key,
    rule: (doc) => settleRequest(doc, { ...key, fate }, deps),
  });
  if (result === 'free') await wakeRoom(deps, key);
}

function sameEpochs(a: Epochs, b: Epochs): boolean {
  return (
    a.installation === b.installation &&
    a.settings === b.settings &&
    a.role === b.role &&
    a.interview === b.interview
  );
}

/**
 * Looks the request up until its fate is known. Whoever finds the bot live while it is fenced starts
 * its removal.
 */
export async function resolveRequest(deps: ActivityDeps, input: Attempt): Promise<ResolveResult> {
  const key = holderKey(input);
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
        await stopIfFenced(deps, input, holder);
        return { kind: 'found', botId: holder.providerBotId ?? '' };
      case 'stopping':
        return { kind: 'found', botId: holder.providerBotId ?? '' };
      case 'requesting':
        await lookUpOrWait(deps, input, holder);
    }
  }
}

async function lookUpOrWait(
  deps: ActivityDeps,
  input: Attempt,
  holder: ClaimHolder,
): Promise<void> {
  const key = holderKey(input);
  try {
    await lookUpRequest(deps, { ...key, botKey: holder.providerBotKey ?? '' });
  } catch (error) {
    deps.logger.warn(
      { err: error, interviewId: input.interviewId },
      'request could not be looked up',
    );
  }
  const after = await readHolder(deps, key);
  if (after?.state === 'requesting') await pauseWithHeartbeat(deps.times.lookupEveryMs);
}

async function stopIfFenced(
  deps: ActivityDeps,
  input: Attempt,
  holder: ClaimHolder,
): Promise<void> {
  const fences = await readFences({ ...deps, ...input, jobId: holder.jobId });
  if (fences.off === null) return;
  const key = holderKey(input);
  await deps.claims.change({ ...key, rule: (doc) => beginStop(doc, key) });
}
