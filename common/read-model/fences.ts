import type { mongo } from 'mongoose';
import type { Collections } from './collections.js';
import { type Consistency, isDuplicateKey } from './consistency.js';
import type { Epochs, FenceDoc } from './documents.js';
import { operationsIds } from './operations-fences.js';

export {
  readOperationsFence,
  writeOperationsFence,
} from './operations-fences.js';

/** Fences that the workflows of one life write; each has its epoch in a holder. */
type LifeKind = Exclude<FenceDoc['kind'], 'operations'>;

export type FenceKey =
  | { kind: 'installation' }
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
  /** The life that writes it. */
  generation: string;
  fence: FenceKey;
  epoch: number;
  off: boolean;
  /** Of an interview's fence: a person asked for the notetaker. */
  joins?: boolean;
}): Promise<void> {
  const { collections, consistency, orgId, generation, fence, epoch, off, joins = false } = input;
  const key =
    fence.kind === 'role' ? fence.jobId : fence.kind === 'interview' ? fence.interviewId : null;
  const fields: Omit<FenceDoc, '_id'> = {
    orgId,
    kind: fence.kind,
    key,
    generation,
    epoch,
    off,
    joins,
    byCaptureMode: false,
    at: Date.now(),
  };
  try {
    await collections.fences.collection.updateOne(
      { _id: fenceId(orgId, fence) as never, epoch: { $lt: epoch } },
      { $set: fields },
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
 * Fences many roles at once because the capture mode no longer lets them in. As with a single fence,
 * a higher epoch stays, and a repeated write changes nothing.
 */
export async function fenceByCaptureMode(input: {
  collections: Collections;
  consistency: Consistency;
  orgId: string;
  generation: string;
  jobIds: readonly string[];
  epoch: number;
}): Promise<void> {
  const { collections, consistency, orgId, generation, jobIds, epoch } = input;
  if (jobIds.length === 0) return;
  const at = Date.now();
  const writes = jobIds.map((jobId): mongo.AnyBulkWriteOperation => {
    const fields: Omit<FenceDoc, '_id'> = {
      orgId,
      kind: 'role',
      key: jobId,
      generation,
      epoch,
      off: true,
      joins: false,
      byCaptureMode: true,
      at,
    };
    return {
      updateOne: {
        filter: { _id: fenceId(orgId, { kind: 'role', jobId }) as never, epoch: { $lt: epoch } },
        update: { $set: fields },
        upsert: true,
      },
    };
  });
  try {
    await collections.fences.collection.bulkWrite(writes, {
      ordered: false,
      ...consistency.write,
    });
  } catch (error) {
    // Some upserts met a fence with this epoch or a higher one; the others were written.
    if (!isDuplicateKey(error)) throw error;
  }
}

/**
 * Lifts, in place, the offs that a capture mode wrote up to this epoch. An off that a person
 * commanded stays, and so does one of a later change of the capture mode.
 */
export async function liftFencesOfCaptureMode(input: {
  collections: Collections;
  consistency: Consistency;
  orgId: string;
  jobIds: readonly string[];
  upToEpoch: number;
}): Promise<void> {
  const ids = input.jobIds.map((jobId) => fenceId(input.orgId, { kind: 'role', jobId }));
  await input.collections.fences.collection.updateMany(
    {
      _id: { $in: ids as never[] },
      off: true,
      byCaptureMode: true,
      epoch: { $lte: input.upToEpoch },
    },
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
 * Reads all fences that concern one interview of one life, those of the operators included, in one
 * query. A person's join beats a role that is off, and nothing else. A role's off and a person's join of another life say nothing:
 * what they were about was erased. A person's skip holds in every life.
 */
export async function readFences(input: {
  collections: Collections;
  consistency: Consistency;
  orgId: string;
  generation: string;
  jobId: string;
  interviewId: string;
  /** Whose bot would be sent; null: fences of a provider are left out. */
  provider?: string | null;
}): Promise<FenceReading> {
  const { collections, consistency, orgId, provider = null } = input;
  const keys: Record<LifeKind, string> = {
    installation: fenceId(orgId, { kind: 'installation' }),
    settings: fenceId(orgId, { kind: 'settings' }),
    role: fenceId(orgId, { kind: 'role', jobId: input.jobId }),
    interview: fenceId(orgId, { kind: 'interview', interviewId: input.interviewId }),
  };
  const operations = operationsIds({ orgId, provider });
  const ids = [...Object.values(keys), ...operations];
  const found = (await collections.fences.collection
    .find({ _id: { $in: ids as never[] } }, consistency.read)
    .toArray()) as unknown as FenceDoc[];
  const byId = new Map(found.map((fence) => [fence._id, fence]));
  const at = (kind: LifeKind) => byId.get(keys[kind]);
  const kinds: LifeKind[] = ['installation', 'settings', 'role', 'interview'];
  const installation = at('installation');
  const ofThisLife = (kind: LifeKind) => at(kind)?.generation === input.generation;
  const joinsByChoice = ofThisLife('interview') && at('interview')?.joins === true;
  const forbids = (kind: LifeKind) =>
    at(kind)?.off === true && (kind !== 'role' || (ofThisLife('role') && !joinsByChoice));
  const byOperations = operations.some((id) => byId.get(id)?.off === true);
  const off =
    installation !== undefined && installation.generation !== input.generation
      ? 'generation'
      : byOperations
        ? 'operations'
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

/** Interviews for which a person of this life asked: a role's off does not concern them. */
export async function interviewsJoinedByChoice(input: {
  collections: Collections;
  consistency: Consistency;
  orgId: string;
  generation: string;
}): Promise<Set<string>> {
  const fences = (await input.collections.fences.collection
    .find(
      { orgId: input.orgId, generation: input.generation, kind: 'interview', joins: true },
      input.consistency.read,
    )
    .toArray()) as unknown as FenceDoc[];
  return new Set(fences.map((fence) => fence.key ?? ''));
}
