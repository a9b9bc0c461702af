import { setCurrentDetails } from '@temporalio/workflow';
import { auditorActivities } from './activity-proxies.js';
import type { AuditorInput, AuditReport } from './contracts/auditor.js';
import { taskQueues } from './contracts/task-queues.js';

/**
 * Looks across all organizations for what nobody noticed: bots without a holder, requests past
 * their deadline, claims whose owner died, removals that nobody brings to an end.
 *
 * Started every minute by the Schedule `auditor`, without arguments; takes no messages; one activity, then it ends with
 * the counts of what it found and mended.
 */
export async function auditor(input: AuditorInput = { taskQueues }): Promise<AuditReport> {
  const { audit } = auditorActivities(input);
  const report = await audit.executeWithOptions({ summary: 'one sweep' }, [{}]);
  setCurrentDetails(
    Object.entries(report)
      .map(([what, count]) => `- ${what}: ${count}`)
      .join('\n'),
  );
  return report;
}
