import type { Collections } from '../../common/read-model/collections.js';
import { type Consistency, isDuplicateKey } from '../../common/read-model/consistency.js';
import type { ClaimDoc } from '../../common/read-model/documents.js';
import type { Step } from './claim-rules.js';

/**
 * One document a room. Every change reads it, applies one pure rule and writes it back if `rev` is
 * still the one that was read; otherwise it starts over. So each rule is atomic, and of two
 * processes that want the room one sees what the other did.
 */
export interface ClaimStore {
  /** Applies a rule to a room; the rule may run several times and must be pure. */
  change<Result>(input: {
    orgId: string;
    roomKey: string;
    rule: (doc: ClaimDoc) => Step<Result>;
  }): Promise<Result>;
  read(input: { orgId: string; roomKey: string }): Promise<ClaimDoc>;
  /** Rooms of an organization in which some holder is not free. */
  held(input: { orgId: string }): Promise<ClaimDoc[]>;
  /** The same for every organization: the auditor's list. */
  heldByAnybody(): Promise<ClaimDoc[]>;
}

const heldStates = ['claimed', 'requesting', 'live', 'stopping'];

export function createClaimStore(input: {
  collections: Collections;
  consistency: Consistency;
}): ClaimStore {
  const claims = input.collections.claims.collection;
  const { read, write } = input.consistency;

  function claimId(orgId: string, roomKey: string): string {
    return `${orgId}/${roomKey}`;
  }

  async function readRoom(key: { orgId: string; roomKey: string }): Promise<ClaimDoc> {
    const _id = claimId(key.orgId, key.roomKey);
    const found = (await claims.findOne({ _id: _id as never }, read)) as unknown as ClaimDoc | null;
    return found ?? { _id, orgId: key.orgId, roomKey: key.roomKey, rev: 0, holders: [] };
  }

  /** False when somebody else changed the room first. */
  async function writeRoom(before: ClaimDoc, next: ClaimDoc): Promise<boolean> {
    if (before.rev === 0) {
      try {
        // From the clock: a room that is made anew after an erasure never counts through numbers
        // that a stalled writer of the earlier one still has in hand.
        await claims.insertOne({ ...next, rev: Date.now() } as never, write);
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    }
    const { _id, ...fields } = next;
    const outcome = await claims.updateOne(
      { _id: _id as never, rev: before.rev },
      { $set: fields },
      write,
    );
    return outcome.matchedCount === 1;
  }

  return {
    async change({ orgId, roomKey, rule }) {
      for (;;) {
        const before = await readRoom({ orgId, roomKey });
        const step = rule(before);
        if (step.next === null) return step.result;
        if (await writeRoom(before, step.next)) return step.result;
      }
    },
    read: readRoom,
    async held({ orgId }) {
      return (await claims
        .find({ orgId, 'holders.state': { $in: heldStates } }, read)
        .toArray()) as unknown as ClaimDoc[];
    },
    async heldByAnybody() {
      return (await claims
        .find({ 'holders.state': { $in: heldStates } }, read)
        .toArray()) as unknown as ClaimDoc[];
    },
  };
}
