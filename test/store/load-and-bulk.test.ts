import { createInstallationActivities } from '../../activities/installation.js';
import { measureFreshness } from '../../activities/watching/measure.js';
import { listingRowId } from '../../activities/watching/work-list.js';
import type { RoleDoc } from '../../common/read-model/documents.js';
import { readFence } from '../../common/read-model/fences.js';
import { reportDoc, subscriptionDoc } from '../api/support/documents.js';
import { vendorFailure } from '../support/activity-deps.js';
import { command, createStage, hour, type Stage, vendorInterview, vendorJob } from './stage.js';

let stage: Stage;
let activities: ReturnType<typeof createInstallationActivities>;

beforeEach(async () => {
  stage = await createStage();
  activities = createInstallationActivities(stage.deps);
  await stage.install();
});

afterEach(() => stage.close());

const nothing = { captureMode: null, jobIds: [] as string[], enabled: true };

async function knowJobs(...jobs: { jobId: string; open?: boolean; status?: string }[]) {
  for (const { jobId, open = true, status = 'INTERVIEW' } of jobs) {
    await stage.deps.collections.jobs.create({
      ...{ _id: `${stage.life.orgId}/${jobId}`, ...stage.life, ...vendorJob(jobId) },
      ...{ open, status, seenAt: Date.now() },
    });
  }
}

function applicants(jobId: string, count: number, status = 'NEW') {
  const { company } = stage.deps;
  const known = company.applicants.get(jobId) ?? [];
  const more = Array.from({ length: count }, (_, n) => ({
    candidateId: `${jobId}-${status}-${n}`,
    status,
  }));
  company.applicants.set(jobId, [...known, ...more]);
}

/** A role whose candidates were listed whole, with so many on the work list. */
async function watchedRole(jobId: string, count: number) {
  await stage.addRole(jobId);
  for (let n = 0; n < count; n += 1) {
    await stage.addApplication({ candidateId: `c-${n}`, jobId }, { lastReadAt: Date.now() });
  }
  await stage.deps.collections.applications.collection.updateOne(
    { _id: listingRowId(stage.life, jobId) as never },
    { $set: { ...stage.life, kind: 'listing', jobId, active: true, fullAt: Date.now() } },
    { upsert: true },
  );
}

const estimate = (change: Partial<typeof nothing> | { captureMode: 'import_all' }) =>
  activities.estimateLoad({ ...stage.life, ...nothing, ...change });

describe('the estimate of what there is to read', () => {
  it('counts what is watched from the store, without asking the vendor', async () => {
    await watchedRole('job-1', 3);
    await stage.addApplication({ candidateId: 'gone', jobId: 'job-1' }, { tier: 'done' });
    stage.deps.company.calls.length = 0;
    expect(await estimate({})).toMatchObject({ applications: 3, firstImportSeconds: 0 });
    expect(stage.deps.company.calls).toEqual([]);
  });

  it('asks the vendor once for 40 jobs, for those alone who can still be interviewed', async () => {
    const jobIds = Array.from({ length: 41 }, (_, n) => `job-${n}`);
    for (const jobId of jobIds) applicants(jobId, 2);
    applicants('job-0', 5, 'REJECTED');
    stage.deps.company.calls.length = 0;
    expect((await estimate({ jobIds })).applications).toBe(82);
    expect(stage.deps.company.calls.length).toBe(2);
  });

  it('means every open job with import all, but exceptions and those on hold', async () => {
    await knowJobs(
      { jobId: 'job-1' },
      { jobId: 'job-2' },
      { jobId: 'closed', open: false },
      { jobId: 'held', status: 'ON_HOLD' },
      { jobId: 'exception' },
    );
    for (const jobId of ['job-1', 'job-2', 'closed', 'held', 'exception']) applicants(jobId, 4);
    await stage.addRole('exception', { enabled: false, chosen: false });
    expect((await estimate({ captureMode: 'import_all' })).applications).toBe(8);
  });

  it('leaves out what would be turned off', async () => {
    await watchedRole('job-1', 3);
    await watchedRole('job-2', 2);
    const { applications } = await estimate({ jobIds: ['job-2'], enabled: false });
    expect(applications).toBe(3);
  });

  it('knows the interviews ahead of the jobs that would be on', async () => {
    await stage.addRole('job-1');
    applicants('job-1', 1);
    await stage.addInterview(vendorInterview('one', { startsAt: Date.now() + hour }));
    expect(await estimate({})).toMatchObject({ interviewsAhead: 1 });
    expect(await estimate({ jobIds: ['job-1'], enabled: false })).toMatchObject({
      ...{ applications: 0, interviewsAhead: 0 },
    });
  });

  it('reckons with webhooks that are active', async () => {
    await watchedRole('job-1', 3);
    const { orgId, generation } = stage.life;
    const polling = await estimate({});
    await stage.deps.collections.subscriptions.create(
      subscriptionDoc({ _id: `${orgId}/${generation}`, orgId, generation }),
    );
    const told = await estimate({});
    expect(told.neededPerSecond).toBeLessThanOrEqual(polling.neededPerSecond);
    expect(told.stalenessSeconds.hot).toBe(1_800);
  });

  it('says that the vendor does not answer, when nothing could be counted', async () => {
    applicants('job-1', 1);
    stage.deps.company.failingPage = {
      list: 'candidates',
      page: 0,
      error: vendorFailure('unavailable', 503),
    };
    await expect(estimate({ jobIds: ['job-1'] })).rejects.toMatchObject({
      type: 'VendorUnavailable',
    });
  });
});

describe('several roles of one command', () => {
  const roleOf = async (jobId: string) =>
    await stage.deps.collections.roles
      .findOne({ _id: `${stage.life.orgId}/${jobId}` })
      .lean<RoleDoc | null>();
  const fenceOf = (jobId: string) =>
    readFence({ ...stage.deps, ...stage.life, fence: { kind: 'role', jobId } });
  const change = (enabled: boolean, epoch: number, record = command()) =>
    activities.applyRoleChanges({
      ...stage.life,
      ...{ jobIds: ['job-1', 'job-2'], enabled, scheduled: 'include', epoch, command: record },
    });

  it('are each fenced, stored and put on the work list, once, however often it is repeated', async () => {
    await knowJobs({ jobId: 'job-1' }, { jobId: 'job-2' });
    const record = command({ ifVersion: 99 });
    await change(true, 5, record);
    await change(true, 5, record);
    for (const jobId of ['job-1', 'job-2']) {
      expect(await roleOf(jobId)).toMatchObject({ enabled: true, epoch: 5, version: 1 });
      expect(await fenceOf(jobId)).toMatchObject({ epoch: 5, off: false });
    }
    const listed = { ...stage.life, kind: 'listing' as const, active: true };
    expect(await stage.deps.collections.applications.countDocuments(listed)).toBe(2);
    // A person waits for it: the first listing comes before any sweep.
    const atOnce = { ...listed, urgent: true };
    expect(await stage.deps.collections.applications.countDocuments(atOnce)).toBe(2);
    const { commandId } = record.meta;
    expect(await stage.deps.collections.commands.countDocuments({ commandId })).toBe(0);
  });

  it('are left alone where a newer command was first', async () => {
    await knowJobs({ jobId: 'job-1' }, { jobId: 'job-2' });
    await change(true, 5);
    await stage.fence({ kind: 'role', jobId: 'job-2' }, 9, true);
    await change(false, 8);
    expect(await roleOf('job-1')).toMatchObject({ enabled: false, epoch: 8 });
    expect(await roleOf('job-2')).toMatchObject({ enabled: true, epoch: 5 });
    expect(await fenceOf('job-2')).toMatchObject({ epoch: 9 });
  });

  it('must all be jobs that exist; those of the catalogue cost no request', async () => {
    await knowJobs({ jobId: 'job-1' });
    stage.deps.company.calls.length = 0;
    await activities.ensureJobs({ ...stage.life, jobIds: ['job-1'] });
    expect(stage.deps.company.calls).toEqual([]);
    await expect(
      activities.ensureJobs({ ...stage.life, jobIds: ['job-1', 'no-job'] }),
    ).rejects.toMatchObject({ type: 'JobNotFound' });
  });
});

describe('the gauges of all watches', () => {
  async function gauge(name: string, tier?: string) {
    const metric = await stage.deps.metrics.registry.getSingleMetric(name)?.get();
    return metric?.values.find(({ labels }) => labels.tier === tier)?.value;
  }

  it('show the worst of each tier as it is by now, and name nobody', async () => {
    const { orgId, generation } = stage.life;
    const tier = { rows: 1, p50Seconds: 1, p95Seconds: 40, oldestDueSeconds: 3 };
    const late = { ...reportDoc().load, neededPerSecond: 14, latenessFactor: 2 };
    await stage.deps.collections.watch_reports.create([
      reportDoc({
        ...{ _id: orgId, orgId, generation, at: Date.now() - 100_000, load: late },
        ...{ freshness: { hot: tier }, staleSince: 1 },
      }),
      reportDoc({ _id: 'org-removed', orgId: 'org-removed', at: 0 }),
    ]);
    await measureFreshness(stage.deps);
    expect(await gauge('pillar_watch_freshness_p95_seconds', 'hot')).toBeCloseTo(140, -1);
    expect(await gauge('pillar_watch_oldest_due_seconds', 'hot')).toBeCloseTo(103, -1);
    expect(await gauge('pillar_watch_freshness_p95_seconds', 'warm')).toBe(0);
    expect(await gauge('pillar_watch_lateness_factor')).toBe(2);
    expect(await gauge('pillar_watches_stale')).toBe(1);
    expect(await stage.deps.metrics.registry.metrics()).not.toContain('org-');
  });

  it('count nobody who is paused', async () => {
    const { orgId, generation } = stage.life;
    await stage.install({ phase: 'paused', version: 2 });
    await stage.deps.collections.watch_reports.create(
      reportDoc({ _id: orgId, orgId, generation, at: 0 }),
    );
    await measureFreshness(stage.deps);
    expect(await gauge('pillar_watch_freshness_p95_seconds', 'hot')).toBe(0);
  });
});
