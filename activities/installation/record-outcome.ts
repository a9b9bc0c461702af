import { appendAudit } from '../../common/read-model/audit-trail.js';
import { appendChange } from '../../common/read-model/changes.js';
import type { CommandDoc } from '../../common/read-model/documents.js';
import type { CommandRecord, Life } from '../../workflows/contracts/activities.js';
import type { CommandMeta, CommandResult } from '../../workflows/contracts/installation.js';
import type { ActivityDeps } from '../deps.js';

const keptMs = 24 * 60 * 60 * 1000;

/** Keeps a command's outcome for 24 h, so that the same key is answered the same way. */
export async function recordOutcome(
  deps: Pick<ActivityDeps, 'collections'>,
  input: Pick<Life, 'orgId'> & {
    meta: CommandMeta;
    result: CommandResult | null;
    failure: { type: string; message: string } | null;
  },
): Promise<void> {
  const { orgId, meta, result, failure } = input;
  const now = Date.now();
  const { _id, ...fields }: CommandDoc = {
    _id: `${orgId}/${meta.commandId}`,
    orgId,
    commandId: meta.commandId,
    bodyDigest: meta.bodyDigest,
    state: failure === null ? 'done' : 'failed',
    result,
    failure,
    at: now,
    expiresAt: new Date(now + keptMs),
  };
  await deps.collections.commands.collection.updateOne(
    { _id: _id as never },
    { $set: fields },
    { upsert: true },
  );
  await appendChange({ ...deps, orgId, kind: 'command', key: meta.commandId });
}

/**
 * Writes what happened into the audit trail. A person stands in `by` alone, the subject of a token:
 * the rest is covered by the chain's hash and stays at erasure.
 */
export async function audit(
  deps: Pick<ActivityDeps, 'collections'>,
  input: Pick<Life, 'orgId'> & {
    event: string;
    command: CommandRecord | null;
    /** Who it was, where no command says it; the service itself if absent. */
    by?: string;
    subject: string | null;
    detail?: Record<string, string | number | boolean | null>;
  },
): Promise<void> {
  await appendAudit({
    collections: deps.collections,
    entry: {
      orgId: input.orgId,
      at: input.command?.meta.at ?? Date.now(),
      event: input.event,
      by: input.command?.meta.by.subject ?? input.by ?? 'system',
      subject: input.subject,
      detail: input.detail ?? {},
    },
  });
}
