import { createWatchActivities } from '../../activities/interview-watch.js';
import { importProgress } from '../../activities/watching/import-progress.js';
import { vendorFailure } from '../support/activity-deps.js';
import {
  applicants,
  createDiscoveryStage,
  type DiscoveryStage,
  numbered,
} from './discovery-stage.js';
import { vendorInterview, vendorJob } from './stage.js';

let stage: DiscoveryStage;
const roles = ['job-0', 'job-1', 'job-2'];
const people = 7;

beforeEach(async () => {
  stage = await createDiscoveryStage();
  const { company } = stage.deps;
  company.webhooks.failure = vendorFailure('scope', 403);
  company.jobs = roles.map((jobId) => vendorJob(jobId));
  company.pageSize = 2;
  for (const jobId of roles) {
    await stage.turnOn(jobId);
    const ids = numbered(`of-${jobId}`, people);
    company.applicants.set(jobId, applicants(ids));
    for (const candidateId of ids) {
      const applicationId = `application-${candidateId}`;
      company.applications.set(`${candidateId}/${jobId}`, applicationId);
      const interview = vendorInterview(`interview-${candidateId}`, { candidateId, jobId });
      company.lists.set(applicationId, [interview]);
      company.interviews.set(interview.interviewId, interview);
    }
  }
});

afterEach(() => stage.close());

/** What the slice died of, or null. */
async function slice(): Promise<string | null> {
  const activities = createWatchActivities(stage.deps);
  return await stage.deps.run(() =>
    activities.watchSlice({ ...stage.life, budgetMs: 20_000 }).then(
      () => null,
      (error: unknown) => (error as Error).message,
    ),
  );
}

/** Leases of a dead process run out after a few minutes. */
async function leasesRunOut() {
  await stage.deps.collections.applications.updateMany(
    {},
    { $set: { leasedUntil: 0, leaseOwner: null } },
  );
}

function dieAfter(steps: number) {
  let left = steps;
  stage.deps.at.row_leased = async () => {
    left -= 1;
    if (left < 0) throw new Error('killed');
  };
}

describe('a first import whose process dies again and again', () => {
  it('goes on where it was, finds everybody and is over', async () => {
    let deaths = 0;
    for (const steps of [0, 1, 2, 3, 5, 8, 13]) {
      dieAfter(steps);
      expect(await slice()).toBe('killed');
      deaths += 1;
      await leasesRunOut();
    }
    expect(deaths).toBe(7);
    expect(await importProgress(stage.deps, stage.life)).not.toBeNull();
    const { deps } = stage;
    delete deps.at.row_leased;
    expect(await slice()).toBeNull();

    const rows = await stage.all();
    expect(rows).toHaveLength(roles.length * people);
    expect(
      rows.every(({ kind, lastReadAt }) => kind === 'application' && lastReadAt !== null),
    ).toBe(true);
    expect(await deps.collections.interviews.countDocuments({ orgId: stage.life.orgId })).toBe(
      roles.length * people,
    );
    expect(await importProgress(deps, stage.life)).toBeNull();

    // The id of each was asked for once, or twice where the process died with the answer.
    const asked = stage.asked().filter((call) => call.startsWith('getApplication'));
    expect(asked.length).toBeLessThanOrEqual(roles.length * people + deaths * 5);
  });
});
