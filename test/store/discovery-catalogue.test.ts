import { hastenCatalogue } from '../../activities/watching/catalogue.js';
import { restRolesThatAreOff } from '../../activities/watching/follow-candidates.js';
import { addApplicationRows, catalogueRowId } from '../../activities/watching/work-list.js';
import type { JobDoc } from '../../common/read-model/documents.js';
import { type AttentionCode, attentionsInOrder } from '../../workflows/contracts/attention.js';
import { vendorFailure } from '../support/activity-deps.js';
import { createDiscoveryStage, type DiscoveryStage, keysOf, numbered } from './discovery-stage.js';
import { hour, minute, vendorJob } from './stage.js';

let stage: DiscoveryStage;
let catalogue: string;

beforeEach(async () => {
  stage = await createDiscoveryStage();
  catalogue = catalogueRowId(stage.life);
});

afterEach(() => stage.close());

async function job(jobId: string): Promise<JobDoc | null> {
  return await stage.deps.collections.jobs
    .findOne({ _id: `${stage.life.orgId}/${jobId}` })
    .lean<JobDoc | null>();
}

function vendorHas(...jobIds: string[]) {
  stage.deps.company.jobs = jobIds.map((jobId) => vendorJob(jobId));
}

/** As if the last readings were this much longer ago. */
async function timePasses(ms: number) {
  const { fullAt, lastReadAt, cursor } = await stage.find(catalogue);
  await stage.setRow(catalogue, {
    fullAt: fullAt === null ? null : fullAt - ms,
    lastReadAt: lastReadAt === null ? null : lastReadAt - ms,
    cursor:
      cursor === null
        ? null
        : {
            ...cursor,
            startedAt: cursor.startedAt - ms,
            since: cursor.since === null ? null : cursor.since - ms,
          },
  });
  await stage.deps.collections.jobs.collection.updateMany({}, { $inc: { seenAt: -ms } });
}

describe('the catalogue, page by page', () => {
  beforeEach(() => {
    vendorHas(...numbered('job', 5));
    stage.deps.company.pageSize = 2;
  });

  it('costs one page when the process dies after any of them', async () => {
    await stage.take(catalogue);
    await stage.lost(catalogue);
    await stage.lost(catalogue);
    expect((await stage.find(catalogue)).cursor).toMatchObject({ pageId: '0:1', seen: 2 });

    await stage.take(catalogue);
    await stage.lost(catalogue);
    await stage.take(catalogue);

    const pages = stage.asked().map((call) => call.split(' ')[1]);
    expect(pages).toEqual(['first', '0:1', '0:1', '0:1', '0:2', '0:2']);
    expect(await stage.find(catalogue)).toMatchObject({ cursor: null, lastResult: 'read' });
    expect(await stage.deps.collections.jobs.countDocuments({ open: true })).toBe(5);
  });

  it('closes nothing while a page fails, and goes on at that page', async () => {
    await stage.whole(catalogue);
    await timePasses(3 * hour);
    vendorHas(...numbered('job', 4));
    stage.deps.company.failingPage = {
      list: 'jobs',
      page: 1,
      error: vendorFailure('unavailable', 502),
    };
    await stage.take(catalogue);
    await expect(stage.take(catalogue)).rejects.toThrow('unavailable');
    expect(await job('job-004')).toMatchObject({ open: true });

    stage.deps.company.failingPage = null;
    await stage.take(catalogue);
    expect(await job('job-004')).toMatchObject({ open: false });
    expect(await job('job-003')).toMatchObject({ open: true });
  });

  it('begins anew, a little later, when its cursor has expired, and closes nothing by it', async () => {
    await stage.take(catalogue);
    stage.deps.company.cursorEpoch = 1;
    const before = Date.now();
    await stage.take(catalogue);

    const row = await stage.find(catalogue);
    expect(row).toMatchObject({ lastResult: 'cursor_expired', fullAt: null });
    expect(row.cursor).toMatchObject({ pageId: null, seen: 0, total: 5 });
    expect(row.nextCheckAt).toBeGreaterThanOrEqual(before + stage.deps.watchPeriods.retry);
    expect(await stage.whole(catalogue)).toBe(3);
    expect((await stage.find(catalogue)).fullAt).not.toBeNull();
  });

  it('does not trust a cursor that is half an hour old', async () => {
    await stage.take(catalogue);
    await timePasses(31 * minute);
    stage.asked();
    await stage.take(catalogue);
    expect(stage.asked()).toEqual(['readJobsPage first']);
  });

  it('goes on where it stands in the list, at once', async () => {
    const { nextCheckAt } = await stage.find(catalogue);
    await stage.take(catalogue);
    expect((await stage.find(catalogue)).nextCheckAt).toBe(nextCheckAt);
  });

  it('that walks in a circle is an error, not a listing without end', async () => {
    const client = await stage.deps.clients.clientFor('credential-1');
    let page = 0;
    client.readJobsPage = async () => {
      page += 1;
      return { items: [], nextPageId: `page-${page % 3}`, total: 1, skipped: 400 };
    };
    const walk = async () => {
      for (let turns = 0; turns < 20; turns += 1) await stage.take(catalogue);
    };
    await expect(walk()).rejects.toThrow('endless_listing');
  });

  it('with items that could not be read closes nothing', async () => {
    await stage.whole(catalogue);
    await timePasses(3 * hour);
    vendorHas(...numbered('job', 4));
    stage.deps.company.skipped = 1;
    await stage.whole(catalogue);
    expect(await job('job-004')).toMatchObject({ open: true });
    expect(stage.deps.workflows.attentions).toEqual([]);
  });
});

describe('between two whole listings', () => {
  beforeEach(async () => {
    vendorHas('quiet', 'busy');
    await stage.whole(catalogue);
    await stage.turnOn('busy');
    await stage.setRow(keysOf(stage).listing('busy'), { nextCheckAt: Date.now() + hour });
    await timePasses(15 * minute);
  });

  it('only what had activity is asked for, and its role is listed at once', async () => {
    const lastActivityAt = Date.now() - 20 * minute;
    stage.deps.company.jobs = [
      vendorJob('quiet', { lastActivityAt: Date.now() - 30 * minute, title: 'Not asked for' }),
      vendorJob('busy', { lastActivityAt, status: 'OFFER' }),
    ];
    await stage.take(catalogue);

    expect(await job('busy')).toMatchObject({ status: 'OFFER', lastActivityAt });
    expect(await job('quiet')).toMatchObject({ title: 'Title of quiet', open: true });
    const listing = await stage.find(keysOf(stage).listing('busy'));
    expect(listing.nextCheckAt).toBeLessThanOrEqual(Date.now());
  });

  it('a role that was listed a moment ago is listed again a little later, not at once', async () => {
    const listing = keysOf(stage).listing('busy');
    await stage.setRow(listing, { lastReadAt: Date.now(), nextCheckAt: Date.now() + 2 * hour });
    stage.deps.company.jobs = [vendorJob('busy', { lastActivityAt: Date.now() })];
    await stage.take(catalogue);
    const { nextCheckAt } = await stage.find(listing);
    expect(nextCheckAt).toBeGreaterThan(Date.now() + 9 * minute);
    expect(nextCheckAt).toBeLessThanOrEqual(Date.now() + 10 * minute);
  });

  it('the windows overlap, and a job that did not move again is not listed again', async () => {
    const lastActivityAt = Date.now() - 20 * minute;
    stage.deps.company.jobs = [vendorJob('busy', { lastActivityAt })];
    await stage.take(catalogue);
    const listing = keysOf(stage).listing('busy');
    const later = Date.now() + hour;
    await stage.setRow(listing, { nextCheckAt: later });
    await stage.take(catalogue);
    expect((await stage.find(listing)).nextCheckAt).toBe(later);
  });

  it('a listing that breaks off is asked again for its own window', async () => {
    stage.deps.company.jobs = ['a', 'b', 'c'].map((jobId) =>
      vendorJob(jobId, { lastActivityAt: Date.now() }),
    );
    stage.deps.company.pageSize = 2;
    await stage.take(catalogue);
    await timePasses(40 * minute);
    const since = (await stage.find(catalogue)).cursor?.since;
    expect(since).toEqual(expect.any(Number));
    await stage.take(catalogue);
    expect((await stage.find(catalogue)).cursor?.since).toBe(since);
  });

  it('nothing that is not named is closed; a change of the capture mode lists everything', async () => {
    vendorHas('quiet');
    await stage.take(catalogue);
    expect(await job('busy')).toMatchObject({ open: true });

    await hastenCatalogue(stage.deps.collections, stage.life);
    await stage.take(catalogue);
    expect(await job('busy')).toMatchObject({ open: false });
  });

  it('rows that a dead process left active go off with their role, but for those asked for', async () => {
    const { collections } = stage.deps;
    await stage.turnOn('off');
    const named = (candidateId: string, jobId: string) => ({ candidateId, jobId, status: 'NEW' });
    const found = [named('a', 'off'), named('b', 'off'), named('a', 'busy')];
    await addApplicationRows(collections, stage.life, found);
    const { application, listing } = keysOf(stage);
    await stage.setRow(application('b', 'off'), { pinned: true });
    await collections.roles.updateOne({ jobId: 'off' }, { $set: { enabled: false } });
    await stage.take(catalogue);

    expect((await stage.find(application('a', 'off'))).active).toBe(false);
    expect((await stage.find(listing('off'))).active).toBe(false);
    expect((await stage.find(application('b', 'off'))).active).toBe(true);
    expect((await stage.find(application('a', 'busy'))).active).toBe(true);
  });

  it('a role that is turned on while those that are off are taken off keeps its rows', async () => {
    const { collections } = stage.deps;
    await stage.turnOn('off');
    await collections.roles.updateOne({ jobId: 'off' }, { $set: { enabled: false } });
    const { collection } = collections.applications;
    const updateMany = collection.updateMany.bind(collection);
    collection.updateMany = (async (...args: Parameters<typeof updateMany>) => {
      collection.updateMany = updateMany;
      await collections.roles.updateOne({ jobId: 'off' }, { $set: { enabled: true } });
      return await updateMany(...args);
    }) as typeof updateMany;
    await restRolesThatAreOff(stage.deps, stage.life);

    expect((await stage.find(keysOf(stage).listing('off'))).active).toBe(true);
  });

  it('a job that was closed is open again when the vendor says so', async () => {
    const reads = async (status: string, open: boolean) => {
      stage.deps.company.jobs = [vendorJob('busy', { status, open, lastActivityAt: Date.now() })];
      await stage.take(catalogue);
      return (await job('busy'))?.open;
    };
    expect(await reads('FILLED', false)).toBe(false);
    expect(await reads('ON_HOLD', true)).toBe(true);
    expect(await reads('SOURCING', true)).toBe(true);
  });
});

describe('jobs of roles that are on and vanish', () => {
  let reported: { code: AttentionCode; open: boolean; count?: number | null }[];
  const code = 'jobs_hidden';

  beforeEach(async () => {
    reported = [];
    stage.deps.workflows.reportAttention = async ({ code, open, count }) => {
      reported.push({ code, open, ...(count !== undefined && { count }) });
      const attentions = open ? attentionsInOrder({ [code]: { since: 1, count } }) : [];
      await stage.deps.collections.installations.updateOne(
        { _id: stage.life.orgId },
        { $set: { attentions } },
      );
    };
    vendorHas('one', 'two', 'off');
    await stage.turnOn('one');
    await stage.turnOn('two');
    await stage.whole(catalogue);
    await timePasses(3 * hour);
    stage.asked();
  });

  it.each(['unavailable', 'throttled', 'auth'] as const)(
    'are not hidden because the vendor gave no answer (%s)',
    async (kind) => {
      vendorHas('one');
      const client = await stage.deps.clients.clientFor('credential-1');
      const getJob = client.getJob.bind(client);
      client.getJob = async () => {
        throw vendorFailure(kind);
      };
      await expect(stage.take(catalogue)).rejects.toThrow(kind);
      expect(reported).toEqual([]);
      expect(await job('two')).toMatchObject({ open: true });

      client.getJob = getJob;
      await stage.take(catalogue);
      expect(reported).toEqual([{ code, open: true, count: 1 }]);
      expect(await job('two')).toMatchObject({ open: false });
    },
  );

  it('are an attention with their number, told once; jobs without a role are not', async () => {
    vendorHas();
    await stage.take(catalogue);
    expect(stage.asked()).toEqual(['readJobsPage first', 'getJob one', 'getJob two']);
    expect(reported).toEqual([{ code, open: true, count: 2 }]);

    await timePasses(3 * hour);
    await stage.take(catalogue);
    expect(reported).toHaveLength(1);

    vendorHas('one');
    await timePasses(3 * hour);
    await stage.take(catalogue);
    expect(reported.at(-1)).toEqual({ code, open: true, count: 1 });
  });

  it('are not hidden when the vendor has them by id', async () => {
    const client = await stage.deps.clients.clientFor('credential-1');
    client.getJob = async ({ jobId }) => vendorJob(jobId, { status: 'FILLED', open: false });
    vendorHas('one');
    await stage.take(catalogue);
    expect(reported).toEqual([]);
    expect(await job('two')).toMatchObject({ open: false, status: 'FILLED' });
  });

  it('that are back close the attention, at the next look at what has had activity', async () => {
    vendorHas('one');
    await stage.take(catalogue);
    await timePasses(15 * minute);
    await stage.take(catalogue);
    expect(reported).toEqual([{ code, open: true, count: 1 }]);

    stage.deps.company.jobs = [vendorJob('two', { lastActivityAt: Date.now() })];
    await stage.take(catalogue);
    expect(reported.at(-1)).toEqual({ code, open: false });
    expect(await job('two')).toMatchObject({ open: true });
  });

  it('whose role is turned off close it as well', async () => {
    vendorHas('one');
    await stage.take(catalogue);
    await stage.deps.collections.roles.updateOne({ jobId: 'two' }, { $set: { enabled: false } });
    await timePasses(15 * minute);
    await stage.take(catalogue);
    expect(reported.at(-1)).toEqual({ code, open: false });
  });

  it('of which there are very many are asked for in part and counted in full', async () => {
    const many = numbered('job', 30);
    for (const jobId of many) await stage.turnOn(jobId);
    vendorHas('one', 'two', ...many);
    await stage.take(catalogue);
    await timePasses(3 * hour);
    vendorHas('one', 'two');
    stage.asked();
    await stage.take(catalogue);
    expect(stage.asked().filter((call) => call.startsWith('getJob'))).toHaveLength(20);
    expect(reported.at(-1)).toEqual({ code, open: true, count: 30 });
  });
});
