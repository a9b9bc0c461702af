import { importProgress } from '../../activities/watching/import-progress.js';
import { catalogueRowId } from '../../activities/watching/work-list.js';
import type { ImportProgress, WatchReportDoc } from '../../common/read-model/documents.js';
import {
  applicants,
  createDiscoveryStage,
  type DiscoveryStage,
  keysOf,
  numbered,
} from './discovery-stage.js';
import { minute, vendorJob } from './stage.js';

let stage: DiscoveryStage;
let catalogue: string;

beforeEach(async () => {
  stage = await createDiscoveryStage();
  catalogue = catalogueRowId(stage.life);
  stage.deps.company.jobs = numbered('job', 5).map((jobId) => vendorJob(jobId));
  stage.deps.company.pageSize = 2;
});

afterEach(() => stage.close());

/** What the watch does after each slice: the figures become the stored report. */
async function reported(): Promise<ImportProgress | null> {
  const progress = await importProgress(stage.deps, stage.life);
  const report: Partial<WatchReportDoc> = { ...stage.life, at: Date.now(), import: progress };
  await stage.deps.collections.watch_reports.collection.updateOne(
    { _id: stage.life.orgId as never },
    { $set: report },
    { upsert: true },
  );
  return progress;
}

async function vendorHas(jobId: string, count: number) {
  const ids = numbered(`of-${jobId}`, count);
  stage.deps.company.applicants.set(jobId, applicants(ids));
  for (const id of ids) stage.deps.company.applications.set(`${id}/${jobId}`, `${id}-${jobId}`);
}

async function resolveSome(most: number) {
  const waiting = (await stage.all()).filter(({ kind }) => kind === 'resolve').slice(0, most);
  for (const { _id } of waiting) await stage.take(_id);
}

async function readSome(most: number, change: object = { lastReadAt: Date.now() }) {
  const waiting = (await stage.all()).filter(({ lastReadAt }) => lastReadAt === null);
  for (const { _id } of waiting.slice(0, most)) await stage.setRow(_id, change);
}

async function catalogueIsRead() {
  await stage.whole(catalogue);
}

describe('the progress of the first import', () => {
  it('is none before there is a work list', async () => {
    await stage.deps.collections.applications.deleteMany({});
    expect(await importProgress(stage.deps, stage.life)).toBeNull();
  });

  it('counts jobs, candidates, applications and interviews as they come, and then is over', async () => {
    await stage.turnOn('job-000');
    await stage.turnOn('job-001');
    await vendorHas('job-000', 3);
    await vendorHas('job-001', 2);
    const { listing } = keysOf(stage);
    expect(await reported()).toMatchObject({ stage: 'jobs', done: 0, etaSeconds: null });

    await stage.take(catalogue);
    expect(await reported()).toMatchObject({ stage: 'jobs', done: 2, total: 5 });

    await catalogueIsRead();
    await stage.take(listing('job-000'));
    expect(await reported()).toMatchObject({
      stage: 'candidates',
      done: 2,
      total: 3,
      counts: { jobs: 5, candidates: 2, applications: 0, interviews: 0 },
    });

    await stage.whole(listing('job-000'));
    await stage.whole(listing('job-001'));
    await resolveSome(2);
    expect(await reported()).toMatchObject({ stage: 'applications', done: 2, total: 5 });

    await resolveSome(5);
    await readSome(1);
    expect(await reported()).toMatchObject({ stage: 'interviews', done: 1, total: 5 });

    await readSome(5);
    expect(await reported()).toBeNull();
  });

  it('goes on after a crash where it was, with the start that it had', async () => {
    await stage.turnOn('job-000');
    await vendorHas('job-000', 3);
    const startedAt = Date.now() - 10 * minute;
    await stage.setRow(catalogue, { foundAt: startedAt });
    await stage.take(catalogue);
    expect(await reported()).toMatchObject({ startedAt, done: 2 });
    await stage.lost(catalogue);
    expect(await reported()).toMatchObject({ startedAt, done: 2 });
  });

  it('has a rate and an estimate that rest on what was asked since it began', async () => {
    await stage.turnOn('job-000');
    await vendorHas('job-000', 6);
    stage.deps.company.pageSize = 100;
    await catalogueIsRead();
    await stage.whole(keysOf(stage).listing('job-000'));
    await resolveSome(6);
    await readSome(2);
    const ago = 10_000;
    await stage.setRow(catalogue, { foundAt: Date.now() - ago });

    // Two pages, six ids and two lists in ten seconds; four lists are left.
    const progress = await reported();
    expect(progress?.requestsPerSecond).toBeCloseTo(1, 1);
    expect(progress?.etaSeconds).toBe(4);
  });

  it.each(['scope', 'failed', 'not_found'])(
    'does not wait for an application that is answered for good (%s)',
    async (lastResult) => {
      await stage.turnOn('job-000');
      await vendorHas('job-000', 2);
      await catalogueIsRead();
      await stage.whole(keysOf(stage).listing('job-000'));
      await resolveSome(2);
      await readSome(1);
      expect(await reported()).not.toBeNull();
      await readSome(1, { lastResult });
      expect(await reported()).toBeNull();
    },
  );

  it('does not wait for a listing whose every cursor is refused, nor while it is tried again', async () => {
    await catalogueIsRead();
    await stage.turnOn('job-000');
    await vendorHas('job-000', 5);
    const { listing } = keysOf(stage);
    for (let tries = 1; tries <= 5; tries += 1) {
      await stage.take(listing('job-000'));
      expect(await reported()).toMatchObject({ stage: 'candidates' });
      stage.deps.company.cursorEpoch = tries;
      await stage.take(listing('job-000'));
    }
    expect(await reported()).toMatchObject({ stage: 'applications' });
    await stage.take(listing('job-000'));
    expect(await reported()).toMatchObject({ stage: 'applications' });
  });

  it('does not wait for what is off, and is no import again when somebody applies', async () => {
    await stage.turnOn('job-000');
    await vendorHas('job-000', 2);
    await catalogueIsRead();
    const listing = keysOf(stage).listing('job-000');
    await stage.setRow(listing, { active: false });
    expect(await reported()).toBeNull();

    await stage.setRow(listing, { active: true });
    expect(await reported()).toMatchObject({ stage: 'candidates' });
    await stage.whole(listing);
    await resolveSome(2);
    await readSome(2);
    expect(await reported()).toBeNull();

    await vendorHas('job-000', 3);
    await stage.whole(listing);
    expect((await stage.all()).filter(({ kind }) => kind === 'resolve')).toHaveLength(1);
    expect(await reported()).toBeNull();
  });

  it('never says more than there are, whoever is named twice', async () => {
    await stage.turnOn('job-000');
    await vendorHas('job-000', 5);
    await catalogueIsRead();
    const listing = keysOf(stage).listing('job-000');
    await stage.take(listing);
    const { cursor } = await stage.find(listing);
    await stage.setRow(listing, { cursor: cursor === null ? null : { ...cursor, seen: 9 } });
    expect(await reported()).toMatchObject({ stage: 'candidates', done: 5, total: 5 });
  });
});
