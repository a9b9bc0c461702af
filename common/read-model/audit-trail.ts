import { createHash } from 'node:crypto';
import type { Collections } from './collections.js';
import { isDuplicateKey } from './consistency.js';
import type { AuditDoc } from './documents.js';

export interface AuditEntry {
  orgId: string;
  at: number;
  event: string;
  /** Subject of a Pillar token, or `system`; removed at erasure. */
  by: string;
  subject: string | null;
  detail: AuditDoc['detail'];
}

function rowId(orgId: string, seq: number): string {
  return `${orgId}/${String(seq).padStart(12, '0')}`;
}

/**
 * The hash covers what survives erasure. `by` is left out, so that people can be removed from the
 * trail without breaking its chain.
 */
export function auditHash(row: Omit<AuditDoc, '_id' | 'hash' | 'by'>): string {
  const covered = [row.prevHash, row.orgId, row.seq, row.at, row.event, row.subject, row.detail];
  return createHash('sha256').update(JSON.stringify(covered)).digest('hex');
}

/** Where an organization's chain ends, as far as this process knows; the unique key is the truth. */
const heads = new Map<string, { seq: number; hash: string }>();

async function readHead(input: {
  collections: Collections;
  orgId: string;
}): Promise<{ seq: number; hash: string }> {
  const [last] = await input.collections.audit_events
    .find({ orgId: input.orgId })
    .sort({ seq: -1 })
    .limit(1)
    .lean<AuditDoc[]>();
  return last === undefined ? { seq: 0, hash: '' } : { seq: last.seq, hash: last.hash };
}

/**
 * Appends one event to the organization's chain. Two writers meet on the key of the next row: one
 * wins, the other reads the chain's end anew and appends behind it.
 */
export async function appendAudit(input: {
  collections: Collections;
  entry: AuditEntry;
}): Promise<void> {
  const { collections, entry } = input;
  let head = heads.get(entry.orgId) ?? (await readHead({ collections, orgId: entry.orgId }));
  for (;;) {
    const row = { ...entry, seq: head.seq + 1, prevHash: head.hash };
    const hash = auditHash(row);
    try {
      await collections.audit_events.collection.insertOne({
        _id: rowId(entry.orgId, row.seq),
        ...row,
        hash,
      } as never);
      heads.set(entry.orgId, { seq: row.seq, hash });
      return;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      head = await readHead({ collections, orgId: entry.orgId });
    }
  }
}
