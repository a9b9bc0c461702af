import type { Collections } from './collections.js';
import { type Consistency, isDuplicateKey } from './consistency.js';
import type { Epochs, FenceDoc } from './documents.js';

export type FenceKey =
  | { kind: 'installation'; generation: string }
  | { kind: 'settings' }
  | { kind: 'role'; jobId: string }
  | { kind: 'interview'; interviewId: string };

function fenceId(orgId: string, key: FenceKey): string {
  switch (key.kind) {
    case 'installation':
    case 'settings':
      return `${orgId}/${key.kind}`;
    case 'role':
      return `${orgId}/role/${key.jobId}`;
    case 'interview':
      return `${orgId}/interview/${key.interviewId}`;
  }
}

/**
 * Writes a fence if its epoch is higher than the stored one, so that a repeated or late write
 * changes nothing. Fences survive erasure.
 */
export async function writeFence(input: {
  collections: Collections;
  consistency: Consistency;
  orgId: string;
  fence: FenceKey;
  epoch: number;
  off: boolean;
  /** Of an interview's fence: a person asked for the notetaker. */
  joins?: boolean;
}): Promise<void> {
  const { collections, consistency, orgId, fence, epoch, off, joins = false } = input;
  const key =
    fence.kind === 'role' ? fence.jobId : fence.kind === 'interview' ? fence.interviewId : null;
  const generation = fence.kind === 'installation' ? fence.generation : null;
  try {
    await collections.fences.collection.updateOne(
      { _id: fenceId(orgId, fence) as never, epoch: { $lt: epoch } },
      { $set: { orgId, kind: fence.kind, key, generation, epoch, off, joins, at: Date.now() } },
      { upsert: true, ...consistency.write },
    );
  } catch (error) {
    // The upsert met a fence with this epoch or a higher one: this write is old news.
    if (!isDuplicateKey(error)) throw error;
  }
}

/** One fence as it is now; null when it was never written. */
export async function readFence(input: {
  collections: Collections;
  consistency: Consistency;
  orgId: string;
  fence: FenceKey;
}): Promise<FenceDoc | null> {
  const _id = fenceId(input.orgId, input.fence) as never;
  return (await input.collections.fences.collection.findOne(
    { _id },
    input.consistency.read,
  )) as unknown as FenceDoc | null;
}

/**
 * Lifts the off of a role that no person commanded, in place: a capture mode fenced the role, and
 * another one lets it in. An off with a higher epoch, which a person commanded, stays.
 */
export async function liftRoleFence(input: {
  collections: Collections;
  consistency: Consistency;
  orgId: string;
  jobId: string;
  epoch: number;
}): Promise<void> {
  const _id = fenceId(input.orgId, { kind: 'role', jobId: input.jobId }) as never;
  await input.collections.fences.collection.updateOne(
    { _id, epoch: input.epoch, off: true },
    { $set: { off: false, at: Date.now() } },
    input.consistency.write,
  );
}

/** What the fences say about one interview at this moment. */
export interface FenceReading {
  epochs: Epochs;
  /** The first fence that forbids joining; null when none does. */
  off: FenceDoc['kind'] | 'generation' | null;
}

/**
 * Reads all fences that concern one interview of one life, in one query. A person's join beats a
 * role that is off, and nothing else.
 */
export async function readFences(input: {
  collections: Collections;
  consistency: Consistency;
  orgId: string;
  generation: string;
  jobId: string;
  interviewId: string;
}): Promise<FenceReading> {
  const { collections, consistency, orgId } = input;
  const keys: Record<FenceDoc['kind'], string> = {
    installation: fenceId(orgId, { kind: 'installation', generation: input.generation }),
    settings: fenceId(orgId, { kind: 'settings' }),
    role: fenceId(orgId, { kind: 'role', jobId: input.jobId }),
    interview: fenceId(orgId, { kind: 'interview', interviewId: input.interviewId }),
  };
  const found = (await collections.fences.collection
    .find({ _id: { $in: Object.values(keys) as never[] } }, consistency.read)
    .toArray()) as unknown as FenceDoc[];
  const byId = new Map(found.map((fence) => [fence._id, fence]));
  const at = (kind: FenceDoc['kind']) => byId.get(keys[kind]);
  const kinds: FenceDoc['kind'][] = ['installation', 'settings', 'role', 'interview'];
  const installation = at('installation');
  const forbids = (kind: FenceDoc['kind']) =>
    at(kind)?.off === true && !(kind === 'role' && at('interview')?.joins === true);
  const off =
    installation !== undefined && installation.generation !== input.generation
      ? 'generation'
      : (kinds.find(forbids) ?? null);
  return {
    epochs: {
      installation: at('installation')?.epoch ?? 0,
      settings: at('settings')?.epoch ?? 0,
      role: at('role')?.epoch ?? 0,
      interview: at('interview')?.epoch ?? 0,
    },
    off,
  };
}

/** The highest epoch of any fence of the organization, of whichever life. */
export async function highestEpoch(input: {
  collections: Collections;
  consistency: Consistency;
  orgId: string;
}): Promise<number> {
  const fences = (await input.collections.fences.collection
    .find({ orgId: input.orgId }, { ...input.consistency.read, projection: { epoch: 1 } })
    .toArray()) as unknown as Pick<FenceDoc, 'epoch'>[];
  return fences.reduce((highest, fence) => Math.max(highest, fence.epoch), 0);
}

/** Interviews for which a person asked for the notetaker: a role's off does not concern them. */
export async function interviewsJoinedByChoice(input: {
  collections: Collections;
  consistency: Consistency;
  orgId: string;
}): Promise<Set<string>> {
  const fences = (await input.collections.fences.collection
    .find({ orgId: input.orgId, kind: 'interview', joins: true }, input.consistency.read)
    .toArray()) as unknown as FenceDoc[];
  return new Set(fences.map((fence) => fence.key ?? ''));
}
