import { isDuplicateKey } from '../../common/read-model/consistency.js';
import type { NotificationDoc } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { ActivityDeps } from '../deps.js';

type StoreDeps = Pick<ActivityDeps, 'collections'>;

/** Stores that a mail is about to be sent; `fresh` is false when somebody has begun it before. */
export async function claimRow(
  deps: StoreDeps,
  input: Life & {
    rowId: string;
    interviewId: string;
    kind: NotificationDoc['kind'];
    messageId: string;
  },
): Promise<{ state: NotificationDoc['state']; fresh: boolean }> {
  const row: NotificationDoc = {
    _id: input.rowId,
    orgId: input.orgId,
    generation: input.generation,
    interviewId: input.interviewId,
    kind: input.kind,
    state: 'claimed',
    messageId: input.messageId,
    attempts: 1,
    at: Date.now(),
    acceptedAt: null,
  };
  try {
    await deps.collections.notifications.collection.insertOne(row as never);
    return { state: 'claimed', fresh: true };
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
  }
  const known = await deps.collections.notifications
    .findOne({ _id: input.rowId })
    .lean<NotificationDoc | null>();
  return { state: known?.state ?? 'claimed', fresh: false };
}

export async function setRow(
  deps: StoreDeps,
  { rowId, state }: { rowId: string; state: 'accepted' | 'undeliverable' },
): Promise<void> {
  const acceptedAt = state === 'accepted' ? Date.now() : null;
  await deps.collections.notifications.updateOne({ _id: rowId }, { $set: { state, acceptedAt } });
}

/** The mail was certainly not taken: whoever tries next begins anew. */
export async function forgetRow(deps: StoreDeps, { rowId }: { rowId: string }): Promise<void> {
  await deps.collections.notifications.deleteOne({ _id: rowId, state: 'claimed' });
}
