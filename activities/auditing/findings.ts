import type { Life } from '../../workflows/contracts/activities.js';
import { raiseAlert } from '../alerts/deliver.js';
import type { ActivityDeps } from '../deps.js';

/** What the auditor finds that nobody had noticed. */
export type Finding =
  | 'orphan_bot'
  | 'fenced_bot'
  | 'expired_claim'
  | 'request_past_deadline'
  | 'unfinished_removal'
  | 'join_gone'
  | 'join_restarted'
  | 'waiting_events'
  | 'watch_not_running'
  | 'watch_silent'
  | 'watch_refused'
  | 'notice_owed'
  | 'alert_waiting'
  | 'silent_session';

type Ids = Record<string, string | null>;

/** Counted and logged, for those who run the service. */
export function found(deps: ActivityDeps, kind: Finding, ids: Ids): void {
  deps.metrics.auditFindings.inc({ kind });
  deps.logger.warn({ finding: kind, ...ids }, 'the auditor found and mended something');
}

const dayMs = 24 * 3_600_000;

/**
 * Counted, logged, and told to the organization's people and to Pillar, once a day for each subject:
 * what is found every few minutes is one piece of news. `subject`: ids only.
 */
export async function foundAndTold(
  deps: ActivityDeps,
  kind: Finding,
  input: Life & { subject?: string },
): Promise<void> {
  const { orgId, generation, subject = '' } = input;
  found(deps, kind, { orgId });
  const day = Math.floor(Date.now() / dayMs);
  try {
    await raiseAlert(deps, {
      ...{ orgId, generation, kind: 'finding', reason: kind, session: null },
      about: `${encodeURIComponent(subject)}${subject === '' ? '' : '/'}${day}`,
    });
  } catch (error) {
    deps.logger.error({ err: error, finding: kind, orgId }, 'a finding could not be told');
  }
}

/**
 * Mends one thing of many: one that cannot be mended must not keep the sweep from the others.
 *
 * @returns how many were mended: 1, or 0 when `mend` failed or said false
 */
export async function mended(
  deps: ActivityDeps,
  finding: Finding,
  ids: Ids,
  mend: () => Promise<boolean>,
): Promise<number> {
  try {
    return (await mend()) ? 1 : 0;
  } catch (error) {
    deps.logger.error({ err: error, finding, ...ids }, 'a finding could not be mended');
    return 0;
  }
}
