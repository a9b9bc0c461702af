import { ApplicationFailure } from '@temporalio/activity';
import type { InterviewDoc } from '../../common/read-model/documents.js';
import { readFence, writeFence } from '../../common/read-model/fences.js';
import { choiceContext, linkContext } from '../../common/sealed-fields.js';
import type { InstallationActivities } from '../../workflows/contracts/activities.js';
import { failureTypes } from '../../workflows/contracts/failure-types.js';
import type { PendingStop } from '../../workflows/contracts/installation.js';
import type { ActivityDeps } from '../deps.js';
import {
  changeInterview,
  type InterviewChange,
  readInterview,
  withTimeline,
} from '../interviews/interview-store.js';
import { findMeetingLink } from '../interviews/meeting-link.js';
import { reconcileInterview, tombstoneId } from '../interviews/reconcile.js';
import { roomKeyOf } from '../interviews/store-reading.js';
import { isForbidden } from '../joining/room-interviews.js';
import { applicationRowId } from '../watching/work-list.js';
import { audit, recordOutcome } from './record-outcome.js';
import { stopHolders } from './stop-holders.js';

type Input = Parameters<InstallationActivities['applyChoice']>[0];

/**
 * A person's word on one interview, kept across every sync and generation: fence and tombstone
 * first, then the interview, then the holders, then the decision, which the answer shows.
 */
export async function applyChoice(
  deps: ActivityDeps,
  input: Input,
): Promise<{ stops: PendingStop[] }> {
  const { orgId, generation, interviewId, action, epoch, command } = input;
  const known = await readInterview(deps.collections, input);
  if (known === null) {
    throw ApplicationFailure.nonRetryable(
      'There is no such interview.',
      failureTypes.interviewNotFound,
    );
  }
  const link = input.sealedLink === null ? null : linkByPerson(deps, input, input.sealedLink);
  const fence = { kind: 'interview', interviewId } as const;
  // A late copy of an older word: the newer one has said all there is to say.
  if (((await readFence({ ...deps, orgId, fence }))?.epoch ?? epoch) > epoch) return { stops: [] };
  const raiseFence = async () => {
    const [off, joins] = [action === 'skip', action === 'join'];
    await writeFence({ ...deps, orgId, generation, fence, epoch, off, joins });
    await deps.reached('fence_written', { orgId, interviewId });
  };
  // A fence that does not forbid by itself comes after what it announces: whoever claims with the
  // new epoch has then decided under the new word.
  if (action === 'skip') await raiseFence();
  await writeTombstone(deps, input);
  await deps.collections.applications.collection.updateOne(
    { _id: applicationRowId(input, known) as never },
    action === 'join'
      ? { $set: { pinned: true, active: true, nextCheckAt: Date.now() } }
      : { $set: { pinned: false } },
  );
  await changeInterview(deps.collections, input, (before) => ({
    ...chosen(input, before),
    ...(link === null ? {} : link(before)),
    ...(action === 'join' && before.firstSeenAt === null ? { firstSeenAt: Date.now() } : {}),
  }));
  if (action !== 'skip') await raiseFence();
  const stops = action === 'join' ? [] : await stopInterview(deps, input);
  await reconcileInterview(deps, input);
  await audit(deps, { orgId, event: `interview_${action}`, command, subject: interviewId });
  if (stops.length === 0) await recordOutcome(deps, { orgId, ...command, failure: null });
  return { stops };
}

/** A skip concerns every holder of the interview; a reset those that the rules now keep out. */
async function stopInterview(deps: ActivityDeps, input: Input): Promise<PendingStop[]> {
  return await stopHolders(deps, {
    ...input,
    fence: 'interview',
    concerns: async (holder) =>
      holder.interviewId === input.interviewId &&
      (input.action === 'skip' || (await isForbidden(deps, input, holder))),
  });
}

async function writeTombstone(deps: ActivityDeps, input: Input): Promise<void> {
  const { orgId, interviewId, action, epoch } = input;
  const _id = tombstoneId(deps, orgId, interviewId);
  if (action !== 'skip') {
    await deps.collections.tombstones.deleteOne({ _id, epoch: { $lt: epoch } });
    return;
  }
  await deps.collections.tombstones.collection.updateOne(
    { _id: _id as never },
    { $set: { orgId, action, epoch, at: Date.now() } },
    { upsert: true },
  );
}

function chosen(input: Input, before: InterviewDoc): InterviewChange {
  const { action, command, sealedReason } = input;
  const { by, at } = command.meta;
  const details = {
    join: 'A person asked for the notetaker.',
    skip: 'A person asked the notetaker to stay out.',
    reset: 'The rules decide again.',
  };
  return {
    choice: action === 'reset' ? null : { action, by: by.subject, at, sealedReason },
    timeline: withTimeline(before, {
      at,
      kind: `choice_${action}`,
      detail: details[action],
      by: by.subject,
    }),
  };
}

/**
 * Opens the link that a person gave and puts it into every session at once; from the next reading on
 * it stands above what the vendor says.
 */
function linkByPerson(
  deps: ActivityDeps,
  input: Input,
  sealed: string,
): (before: InterviewDoc) => InterviewChange {
  const { orgId, interviewId } = input;
  const plaintext = deps.vault.open({ sealed, context: choiceContext({ orgId, interviewId }) });
  const room = findMeetingLink({ texts: [plaintext] });
  if (room.kind !== 'found' || !room.joinable) {
    throw ApplicationFailure.nonRetryable(
      'The link is not one of a meeting that the notetaker can join.',
      failureTypes.linkUnreadable,
    );
  }
  const seal = () => deps.vault.seal({ plaintext: room.url, context: linkContext(interviewId) });
  return (before) => ({
    sealedLinkByPerson: seal(),
    link: { state: 'set_by_person', provider: room.provider },
    plan: before.plan.map((session) => ({
      ...session,
      provider: room.provider,
      roomKey: roomKeyOf(deps.keyedHash, orgId, room.identity),
      joinable: true,
      sealedLink: seal(),
    })),
  });
}
