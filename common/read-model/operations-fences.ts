import type { Collections } from './collections.js';
import type { Consistency } from './consistency.js';
import type { FenceDoc } from './documents.js';

/** What the operators can stop with one command, whatever anybody else says. */
export type OperationsTarget =
  | { scope: 'organization'; orgId: string }
  | { scope: 'provider'; provider: string }
  | { scope: 'everything' };

/** A fence of the operators as it stands. */
export interface OperationsFence {
  target: OperationsTarget;
  /** True: no bot is sent, and those that are there are removed. */
  off: boolean;
  reason: string;
  by: string;
  /** Epoch ms. */
  at: number;
}

interface Store {
  collections: Pick<Collections, 'fences'>;
  consistency: Consistency;
}

/** In no organization's id, so that no organization's fence can be taken for one of these. */
const everywhere = '*';

function operationsId(target: OperationsTarget): string {
  switch (target.scope) {
    case 'organization':
      return `${target.orgId}/operations`;
    case 'provider':
      return `${everywhere}/operations/${target.provider}`;
    case 'everything':
      return `${everywhere}/operations`;
  }
}

/** Keys of every operators' fence that concerns one request, the widest first. */
export function operationsIds(input: { orgId: string; provider: string | null }): string[] {
  const { orgId, provider } = input;
  return [
    operationsId({ scope: 'everything' }),
    ...(provider === null ? [] : [operationsId({ scope: 'provider', provider })]),
    operationsId({ scope: 'organization', orgId }),
  ];
}

/**
 * Puts a fence of the operators up or takes it down. Such a fence belongs to no life: it holds until
 * somebody takes it down. What is up stops every request whose fences are read afterwards; bots that
 * are there are removed by the auditor.
 */
export async function writeOperationsFence(
  input: Store & { target: OperationsTarget; off: boolean; reason: string; by: string },
): Promise<void> {
  const { collections, consistency, target, off, reason, by } = input;
  const fields: Omit<FenceDoc, '_id' | 'epoch'> = {
    orgId: target.scope === 'organization' ? target.orgId : everywhere,
    kind: 'operations',
    key: target.scope === 'provider' ? target.provider : null,
    generation: everywhere,
    off,
    joins: false,
    byCaptureMode: false,
    at: Date.now(),
    reason,
    by,
  };
  await collections.fences.collection.updateOne(
    { _id: operationsId(target) as never },
    { $set: fields, $inc: { epoch: 1 } },
    { upsert: true, ...consistency.write },
  );
}

/** The widest fence of the operators that is up for one organization and provider; null: none is. */
export async function readOperationsFence(
  input: Store & { orgId: string; provider: string | null },
): Promise<OperationsFence | null> {
  const ids = operationsIds(input);
  const found = await readAll(input, { _id: { $in: ids as never[] }, off: true });
  found.sort((a, b) => ids.indexOf(a._id) - ids.indexOf(b._id));
  return found[0] === undefined ? null : fenceOf(found[0]);
}

/** Every fence that the operators ever wrote, the newest first. */
export async function listOperationsFences(input: Store): Promise<OperationsFence[]> {
  const found = await readAll(input, { kind: 'operations' });
  return found.sort((a, b) => b.at - a.at).map(fenceOf);
}

async function readAll(input: Store, filter: object): Promise<FenceDoc[]> {
  const { collections, consistency } = input;
  return (await collections.fences.collection
    .find(filter, consistency.read)
    .toArray()) as unknown as FenceDoc[];
}

function fenceOf(doc: FenceDoc): OperationsFence {
  const { orgId, key, off, reason = '', by = '', at } = doc;
  const target: OperationsTarget =
    orgId !== everywhere
      ? { scope: 'organization', orgId }
      : key !== null
        ? { scope: 'provider', provider: key }
        : { scope: 'everything' };
  return { target, off, reason, by, at };
}
