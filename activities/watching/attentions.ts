import type { InstallationDoc } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { AttentionCode } from '../../workflows/contracts/attention.js';
import { scopeFeatures } from '../../workflows/contracts/scopes.js';
import type { ActivityDeps } from '../deps.js';

/** What a slice learnt about its organization's access. */
export interface AccessSeen extends Life {
  installation: InstallationDoc;
  /** The credential was refused. */
  rejected: boolean;
  /** A row of a candidate or a role was refused for want of a scope. */
  refused: boolean;
  /** Rows that were read, and those of candidates and roles among them. */
  rowsRead: number;
  candidatesRead: number;
}

export function isOpen(installation: InstallationDoc, code: AttentionCode): boolean {
  return installation.attentions.some((attention) => attention.code === code);
}

/** Tells an Owner once that the credential is no longer accepted; then the watch parks. */
export async function reportRejection(deps: ActivityDeps, seen: AccessSeen): Promise<void> {
  const isKnown = seen.rejected || isOpen(seen.installation, 'credentials_rejected');
  seen.rejected = true;
  if (!isKnown) await say(deps, seen, 'credentials_rejected', true);
}

/** A 403 means that somebody withdrew access, which an Owner has to hear once. */
export async function reportRefusal(deps: ActivityDeps, seen: AccessSeen): Promise<void> {
  const isKnown = seen.refused || isOpen(seen.installation, 'scope_missing');
  seen.refused = true;
  if (!isKnown) await say(deps, seen, 'scope_missing', true);
}

/** A token alone is no proof that access is back: rows have to be read with it. */
export async function closeAttentions(deps: ActivityDeps, seen: AccessSeen): Promise<void> {
  const { installation, rejected, rowsRead } = seen;
  if (isOpen(installation, 'credentials_rejected') && !rejected && rowsRead > 0) {
    await say(deps, seen, 'credentials_rejected', false);
  }
  if (isOpen(installation, 'scope_missing') && (await isScopeBack(deps, seen))) {
    await say(deps, seen, 'scope_missing', false);
  }
}

/**
 * Rows were read and none is refused any more. Of a scope that the probes missed, only the probes
 * say that it is back.
 */
async function isScopeBack(deps: ActivityDeps, seen: AccessSeen): Promise<boolean> {
  const { orgId, generation, installation, refused, candidatesRead } = seen;
  if (refused || candidatesRead === 0) return false;
  const { interviewerEmails } = installation.settings.engagement;
  const missedByProbes = installation.scopes.some(
    ({ scope, status }) =>
      status === 'missing' &&
      (scopeFeatures[scope].essential || (scope === 'users_read' && interviewerEmails)),
  );
  if (missedByProbes) return false;
  const stillRefused = {
    ...{ orgId, generation, active: true, lastResult: 'scope' },
    kind: { $in: ['listing', 'resolve', 'application'] as const },
  };
  return (await deps.collections.applications.exists(stillRefused)) === null;
}

async function say(
  deps: ActivityDeps,
  { orgId, generation }: Life,
  code: AttentionCode,
  open: boolean,
): Promise<void> {
  await deps.workflows.reportAttention({ orgId, generation, code, open });
}
