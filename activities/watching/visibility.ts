import type { JobDoc, RoleDoc } from '../../common/read-model/documents.js';
import { attentionsInOrder } from '../../workflows/contracts/attention.js';
import type { ActivityDeps } from '../deps.js';
import { isSmartRecruitersError } from '../smartrecruiters/errors.js';
import type { VendorJob } from '../smartrecruiters/vendor-types.js';
import { storeJobs } from './job-docs.js';
import type { Turn } from './turn.js';

/** So many jobs that vanished are asked for by id after one sweep. */
const askedAtMost = 20;

/**
 * After a full listing of the jobs that read every item: of the roles that are on, those whose job
 * it did not name are asked for by id. 404 and 403 mean that the credential no longer shows the job:
 * their number becomes an attention, which closes when they are back or turned off. Of more than can
 * be asked, the rest is taken for hidden when all that were asked are. Throws when the vendor is
 * away: nothing is known then.
 */
export async function reportHiddenJobs(
  deps: ActivityDeps,
  turn: Turn,
  sweepStartedAt: number,
): Promise<{ requests: number }> {
  const vanished = await vanishedJobs(deps, turn, sweepStartedAt);
  const asked = vanished.slice(0, askedAtMost);
  let hidden = 0;
  for (const jobId of asked) {
    const answer = await askFor(turn, jobId);
    if (answer === 'hidden') hidden += 1;
    else if (answer !== 'unreadable') await storeJobs(deps.collections, turn, [answer], Date.now());
  }
  if (hidden === asked.length) hidden = vanished.length;
  await report(deps, turn, hidden);
  return { requests: asked.length };
}

/** Between full listings: jobs that were hidden are all back, or their roles were turned off. */
export async function closeHiddenJobs(deps: ActivityDeps, turn: Turn): Promise<void> {
  const { fullAt } = turn.row;
  if (fullAt === null || shownExplanation(turn) === null) return;
  if ((await vanishedJobs(deps, turn, fullAt)).length === 0) await report(deps, turn, 0);
}

/** Jobs of roles that are on which no reading named since then, those seen last first. */
async function vanishedJobs(deps: ActivityDeps, turn: Turn, since: number): Promise<string[]> {
  const { orgId, generation } = turn;
  const roles = await deps.collections.roles
    .find({ orgId, generation, enabled: true }, { jobId: 1 })
    .lean<Pick<RoleDoc, 'jobId'>[]>();
  const jobs = await deps.collections.jobs
    .find({ _id: { $in: roles.map(({ jobId }) => `${orgId}/${jobId}`) } }, { jobId: 1, seenAt: 1 })
    .lean<Pick<JobDoc, 'jobId' | 'seenAt'>[]>();
  const seenAt = new Map(jobs.map((job) => [job.jobId, job.seenAt]));
  const lastSeen = (jobId: string) => seenAt.get(jobId) ?? 0;
  return roles
    .map(({ jobId }) => jobId)
    .filter((jobId) => lastSeen(jobId) < since)
    .sort((a, b) => lastSeen(b) - lastSeen(a));
}

async function askFor(turn: Turn, jobId: string): Promise<VendorJob | 'hidden' | 'unreadable'> {
  try {
    return await turn.client.getJob({ jobId, lane: 'watch' });
  } catch (error) {
    if (!isSmartRecruitersError(error)) throw error;
    if (error.kind === 'not_found' || error.kind === 'scope') return 'hidden';
    if (error.kind === 'contract' || error.kind === 'rejected') return 'unreadable';
    throw error;
  }
}

function shownExplanation({ installation }: Turn): string | null {
  return installation.attentions.find(({ code }) => code === 'jobs_hidden')?.explanation ?? null;
}

async function report(deps: ActivityDeps, turn: Turn, count: number): Promise<void> {
  const { orgId, generation } = turn;
  const shown = shownExplanation(turn);
  if (count === 0) {
    if (shown === null) return;
    const closed = { orgId, generation, code: 'jobs_hidden', open: false } as const;
    await deps.workflows.reportAttention(closed);
    return;
  }
  const [wanted] = attentionsInOrder({ jobs_hidden: { since: 0, count } });
  if (wanted?.explanation === shown) return;
  await deps.workflows.reportAttention({
    orgId,
    generation,
    code: 'jobs_hidden',
    open: true,
    count,
  });
}
