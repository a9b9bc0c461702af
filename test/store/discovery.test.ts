import { never } from '../../activities/watching/tiers.js';
import { changesRowId, setRoleRows } from '../../activities/watching/work-list.js';
import type { WorkRow } from '../../common/read-model/documents.js';
import { vendorFailure } from '../support/activity-deps.js';
import {
  applicants,
  createDiscoveryStage,
  type DiscoveryStage,
  keysOf,
  numbered,
} from './discovery-stage.js';
import { hour, minute } from './stage.js';

let stage: DiscoveryStage;
let keys: ReturnType<typeof keysOf>;
let changes: string;
let listing: string;

beforeEach(async () => {
  stage = await createDiscoveryStage();
  keys = keysOf(stage);
  changes = changesRowId(stage.life);
  listing = keys.listing('job-1');
  await stage.turnOn('job-1');
});

afterEach(() => stage.close());

function vendorHas(jobId: string, ...who: ReturnType<typeof applicants>[]) {
  stage.deps.company.applicants.set(jobId, who.flat());
}

async function found(): Promise<string[]> {
  return (await stage.all()).map(({ candidateId, jobId }) => `${candidateId}/${jobId}`);
}

/** Every known application was read a minute ago. */
async function allAreRead(change: Partial<WorkRow> = {}) {
  const read = Date.now() - minute;
  await stage.deps.collections.applications.collection.updateMany(
    { kind: { $in: ['resolve', 'application'] } },
    { $set: { kind: 'application', lastReadAt: read, nextCheckAt: read + hour, ...change } },
  );
}

async function turnOff(jobId: string) {
  await stage.deps.collections.roles.updateOne({ jobId }, { $set: { enabled: false } });
  await setRoleRows(stage.deps.collections, { ...stage.life, jobId, active: false });
}

describe('the listing of a role', () => {
  beforeEach(() => {
    vendorHas('job-1', applicants(numbered('c', 5)));
    stage.deps.company.pageSize = 2;
  });

  it('costs one page when the process dies after any of them, and finds everybody once', async () => {
    await stage.lost(listing);
    await stage.take(listing);
    await stage.lost(listing);
    await stage.take(listing);
    await stage.lost(listing);
    await stage.take(listing);

    expect(await found()).toEqual(numbered('c', 5).map((id) => `${id}/job-1`));
    const row = await stage.find(listing);
    expect(row).toMatchObject({ cursor: null, lastResult: 'read' });
    expect(row.nextCheckAt).toBeGreaterThan(Date.now() + hour);
  });

  it('whose cursor expires begins anew, and what was found stays', async () => {
    await stage.take(listing);
    stage.deps.company.cursorEpoch = 7;
    await stage.take(listing);
    expect(await stage.find(listing)).toMatchObject({ lastResult: 'cursor_expired', fullAt: null });
    expect(await found()).toHaveLength(2);
    expect(await stage.whole(listing)).toBe(3);
    expect(await found()).toHaveLength(5);
  });

  it('whose every cursor is refused is tried again by its own period, and says so', async () => {
    let epoch = 0;
    const isRefused = async () => {
      await stage.take(listing);
      epoch += 1;
      stage.deps.company.cursorEpoch = epoch;
      await stage.take(listing);
      return await stage.find(listing);
    };
    for (let tries = 1; tries < 5; tries += 1) {
      const row = await isRefused();
      expect(row.lastResult).toBe('cursor_expired');
      expect(row.nextCheckAt).toBeLessThan(Date.now() + hour);
    }
    const row = await isRefused();
    expect(row).toMatchObject({ lastResult: 'cursor_refused', fullAt: null });
    expect(row.nextCheckAt).toBeGreaterThan(Date.now() + hour);

    // Hours later, once.
    await stage.setRow(listing, { lastReadAt: Date.now() - 3 * hour });
    expect(await isRefused()).toMatchObject({ lastResult: 'cursor_refused' });
    expect(await stage.whole(listing)).toBe(3);
    expect(await isRefused()).toMatchObject({ lastResult: 'cursor_expired' });
  });

  it('counts refused cursors anew when a command asks for it', async () => {
    await stage.take(listing);
    const { cursor } = await stage.find(listing);
    if (cursor === null) throw new Error('no page is left');
    await stage.setRow(listing, { cursor: { ...cursor, expiries: 4 } });
    const on = { mailHoldSince: cursor.startedAt + 1 };
    await stage.deps.collections.roles.updateOne({ jobId: 'job-1' }, { $set: on });
    await stage.take(listing);
    expect((await stage.find(listing)).cursor?.expiries ?? 0).toBe(0);
  });

  it('that is refused at its first page is a failure, not an expired cursor', async () => {
    const error = vendorFailure('rejected', 400);
    stage.deps.company.failingPage = { list: 'candidates', page: 0, error };
    await expect(stage.take(listing)).rejects.toThrow('rejected');
  });

  it('names somebody twice who moves while it is read, and takes nobody away whom it misses', async () => {
    await stage.take(listing);
    // c-000 goes behind c-002, from the first page to the second.
    vendorHas('job-1', applicants(['c-001', 'c-002', 'c-000', 'c-003', 'c-004']));
    await stage.whole(listing);
    expect(await found()).toEqual(['c-000', 'c-001', 'c-003', 'c-004'].map((id) => `${id}/job-1`));

    await allAreRead();
    vendorHas('job-1', applicants(['c-002']));
    await stage.whole(listing);
    expect(await found()).toEqual(numbered('c', 5).map((id) => `${id}/job-1`));
    expect((await stage.all()).every(({ active }) => active)).toBe(true);
  });

  it('stops where it is when the role is turned off, and begins anew when it is on again', async () => {
    await stage.take(listing);
    await turnOff('job-1');
    stage.asked();
    await stage.take(listing);
    expect(stage.asked()).toEqual([]);
    expect((await stage.find(listing)).cursor).toMatchObject({ seen: 2 });

    const on = { enabled: true, enabledAt: Date.now() + 1 };
    await stage.deps.collections.roles.updateOne({ jobId: 'job-1' }, { $set: on });
    await setRoleRows(stage.deps.collections, { ...stage.life, jobId: 'job-1', active: true });
    await stage.take(listing);
    expect(stage.asked()).toEqual(['readCandidatesPage job-1 first']);
  });

  it('adds nobody to a role that is turned off while the page is asked for', async () => {
    stage.deps.company.beforeAnswer = async () => await turnOff('job-1');
    await stage.take(listing);
    expect(await found()).toEqual([]);
  });

  it('leaves no row on when the role is turned off while the page is stored', async () => {
    const { collection } = stage.deps.collections.applications;
    const bulkWrite = collection.bulkWrite.bind(collection);
    collection.bulkWrite = (async (...args: Parameters<typeof bulkWrite>) => {
      await turnOff('job-1');
      return await bulkWrite(...args);
    }) as typeof bulkWrite;
    await stage.take(listing);
    collection.bulkWrite = bulkWrite;
    expect((await stage.all()).map(({ active }) => active)).toEqual([false, false]);
    expect(await stage.find(listing)).toMatchObject({ active: false });
  });

  it('is as urgent as it was until its last page', async () => {
    await stage.setRow(listing, { urgent: true });
    await stage.take(listing);
    expect(await stage.find(listing)).toMatchObject({ urgent: true });
    expect((await stage.lost(listing)).row).toMatchObject({ urgent: true });
    await stage.take(listing);
    expect((await stage.lost(listing)).row).not.toHaveProperty('urgent');
  });

  it('is whole as of its beginning, whatever a command asks while it goes on', async () => {
    await stage.take(listing);
    const startedAt = (await stage.find(listing)).cursor?.startedAt ?? 0;
    await stage.whole(listing);
    expect(await stage.find(listing)).toMatchObject({ fullAt: startedAt, lastReadAt: startedAt });
  });
});

describe('who is named', () => {
  it('and is over costs nothing when nothing was ever known of them', async () => {
    vendorHas('job-1', applicants(numbered('gone', 100), 'REJECTED'), applicants(['new'], 'NEW'));
    stage.deps.company.pageSize = 50;
    await stage.whole(listing);
    expect(await found()).toEqual(['new/job-1']);
  });

  it('has a place by what is known of them, those who are interviewed before all others', async () => {
    const longAgo = Date.now() - 40 * 24 * hour;
    vendorHas(
      'job-1',
      applicants(['a'], 'INTERVIEW', longAgo),
      applicants(['b'], 'NEW', Date.now()),
      applicants(['c'], 'NEW', longAgo),
      applicants(['d'], 'LEAD'),
    );
    await stage.whole(listing);
    expect((await stage.all()).map(({ tier }) => tier)).toEqual(['hot', 'warm', 'cold', 'cold']);
  });

  it('and is over gets one last reading when it was known', async () => {
    vendorHas('job-1', applicants(['c'], 'INTERVIEW'));
    await stage.whole(listing);
    await allAreRead();
    vendorHas('job-1', applicants(['c'], 'REJECTED'));
    await stage.whole(listing);
    const [row] = await stage.all();
    expect(row).toMatchObject({ status: 'REJECTED' });
    expect(row?.nextCheckAt).toBeLessThanOrEqual(Date.now());

    await allAreRead({ tier: 'done', nextCheckAt: never });
    await stage.whole(listing);
    expect((await stage.all())[0]).toMatchObject({ tier: 'done', nextCheckAt: never });
  });

  it('and is in play again is read at once', async () => {
    vendorHas('job-1', applicants(['c']));
    await stage.whole(listing);
    await allAreRead({ tier: 'done', status: 'WITHDRAWN', nextCheckAt: never });
    await stage.whole(listing);
    const [row] = await stage.all();
    expect(row?.nextCheckAt).toBeLessThanOrEqual(Date.now());
    expect(row?.tier).not.toBe('done');
  });

  it('in another role that is on counts for both, with the status that the list says', async () => {
    await stage.turnOn('job-2');
    vendorHas('job-1', applicants(['c'], 'OFFERED'));
    stage.deps.company.applicants.set('job-2', [
      { candidateId: 'c', status: 'NEW', secondary: true },
    ]);
    stage.deps.company.applicants.set('job-off', [
      { candidateId: 'c', status: 'NEW', secondary: true },
    ]);
    await stage.whole(keys.listing('job-2'));

    expect(await found()).toEqual(['c/job-1', 'c/job-2']);
    expect((await stage.all()).map(({ status }) => status)).toEqual(['OFFERED', null]);
  });
});

describe('what changed lately', () => {
  const ago = (minutes: number) => Date.now() - minutes * minute;

  beforeEach(async () => {
    vendorHas('job-1', applicants(['known'], 'NEW', ago(60)));
    await stage.whole(listing);
    await allAreRead();
    await stage.setRow(changes, { lastReadAt: ago(10) });
    stage.asked();
  });

  it('hints at those who are known and finds those who are not', async () => {
    vendorHas(
      'job-1',
      applicants(['known'], 'NEW', ago(2)),
      applicants(['fresh'], 'NEW', ago(1)),
      applicants(['quiet'], 'NEW', ago(300)),
    );
    await stage.whole(changes);

    const rows = new Map((await stage.all()).map((row) => [row.candidateId, row]));
    expect(new Set(rows.keys())).toEqual(new Set(['fresh', 'known']));
    expect(rows.get('known')).toMatchObject({ tier: 'hot', hint: { reason: 'updated' } });
    expect(rows.get('known')?.nextCheckAt).toBeLessThanOrEqual(Date.now());
    expect(rows.get('fresh')).toMatchObject({ kind: 'resolve', status: 'NEW' });
  });

  it('loses no hint when the process dies before the turn is stored', async () => {
    vendorHas('job-1', applicants(['known'], 'NEW', ago(2)));
    await stage.lost(changes);
    expect((await stage.all())[0]?.hint).not.toBeNull();
    const { lastReadAt } = await stage.find(changes);
    await stage.take(changes);
    expect((await stage.find(changes)).lastReadAt).toBeGreaterThan(lastReadAt ?? 0);
  });

  it('is seen through windows that overlap, and hints once at one change', async () => {
    vendorHas('job-1', applicants(['known'], 'NEW', ago(15)));
    await stage.whole(changes);
    const [first] = await stage.all();
    expect(first?.hint).not.toBeNull();

    await stage.setRow(changes, { lastReadAt: ago(10) });
    await allAreRead({ hint: null, tier: 'warm' });
    await stage.whole(changes);
    expect((await stage.all())[0]).toMatchObject({ hint: null, tier: 'warm' });
  });

  it('is hinted at by a whole listing that sees it first', async () => {
    vendorHas('job-1', applicants(['known'], 'INTERVIEW', ago(1)));
    await stage.whole(listing);
    expect((await stage.all())[0]).toMatchObject({ tier: 'hot', hint: { reason: 'updated' } });
  });

  it('asks for forty roles at a time, one request after the other', async () => {
    for (const jobId of numbered('many', 84)) await stage.turnOn(jobId);
    vendorHas('many-083', applicants(['last'], 'NEW', ago(1)));
    expect(await stage.whole(changes)).toBe(3);
    const sizes = stage.asked().map((call) => call.split(' ')[1]?.split(',').length);
    expect(sizes).toEqual([40, 40, 5]);
    expect(await found()).toContain('last/many-083');
  });

  it('ends the group that it began, though a role of it is turned off', async () => {
    await stage.turnOn('job-2');
    vendorHas('job-1', applicants(numbered('a', 3), 'NEW', ago(1)));
    vendorHas('job-2', applicants(numbered('b', 3), 'NEW', ago(1)));
    stage.deps.company.pageSize = 4;
    await stage.take(changes);
    await turnOff('job-2');
    await stage.take(changes);
    expect(stage.asked()).toEqual([
      'readCandidatesPage job-1,job-2 first',
      'readCandidatesPage job-1,job-2 0:1',
    ]);
    expect((await stage.find(changes)).cursor).toBeNull();
    const active = (await stage.all()).filter((row) => row.active).map(({ jobId }) => jobId);
    expect(new Set(active)).toEqual(new Set(['job-1']));
  });

  it('keeps its window when its cursor expires', async () => {
    vendorHas('job-1', applicants(numbered('a', 5), 'NEW', ago(15)));
    stage.deps.company.pageSize = 2;
    await stage.take(changes);
    const since = (await stage.find(changes)).cursor?.since ?? 0;
    expect(since).toBeGreaterThan(ago(21));
    stage.deps.company.cursorEpoch = 1;
    await stage.take(changes);
    expect((await stage.find(changes)).cursor).toMatchObject({ since, pageId: null });

    // Nor does it lose what changed while it was not taken up: the page is too old to go on from.
    const { cursor } = await stage.find(changes);
    const old = since - 40 * minute;
    await stage.setRow(changes, {
      lastReadAt: ago(40),
      cursor: cursor === null ? null : { ...cursor, since: old },
    });
    await stage.take(changes);
    expect((await stage.find(changes)).cursor).toMatchObject({ since: old, seen: 2 });
  });

  it('costs no request while no role is on', async () => {
    await turnOff('job-1');
    expect(await stage.take(changes)).toMatchObject({ requests: 0 });
    expect(stage.asked()).toEqual([]);
  });
});

describe('an application whose id is not known', () => {
  const row = () => stage.find(keys.application('c', 'job-1'));
  const resolve = () => stage.take(keys.application('c', 'job-1'));

  beforeEach(async () => {
    vendorHas('job-1', applicants(['c'], 'OFFERED'));
    await stage.whole(listing);
  });

  it('stays unknown while the vendor is away', async () => {
    stage.deps.company.applications.set('c/job-1', vendorFailure('unavailable', 503));
    await expect(resolve()).rejects.toThrow('unavailable');
    expect(await row()).toMatchObject({ kind: 'resolve', lastResult: null });
  });

  it('costs no request and goes off when its role is off, unless a person asked for it', async () => {
    await stage.deps.collections.roles.updateOne({ jobId: 'job-1' }, { $set: { enabled: false } });
    const [first] = await stage.all();
    const key = first?._id ?? '';
    const { nextCheckAt } = await stage.find(key);
    await stage.setRow(key, { pinned: true });
    stage.asked();
    await stage.take(key);
    expect(stage.asked()).toHaveLength(1);

    await stage.setRow(key, { pinned: false, kind: 'resolve', nextCheckAt });
    await stage.take(key);
    expect(stage.asked()).toEqual([]);
    expect(await stage.find(key)).toMatchObject({ active: false, kind: 'resolve', nextCheckAt });
  });

  it('is done when the vendor denies it, until a listing names it again', async () => {
    await resolve();
    expect(await row()).toMatchObject({
      tier: 'done',
      nextCheckAt: never,
      lastResult: 'not_found',
    });
    await stage.whole(listing);
    expect((await row()).nextCheckAt).toBeLessThanOrEqual(Date.now());

    await resolve();
    stage.deps.company.applicants.set('job-0', applicants(['c']));
    await stage.whole(listing);
    expect((await row()).nextCheckAt).toBeLessThanOrEqual(Date.now());
  });

  it('becomes an application in place, due where it stood, as urgent as it was', async () => {
    stage.deps.company.applications.set('c/job-1', 'application-1');
    const { nextCheckAt } = await row();
    await stage.setRow(keys.application('c', 'job-1'), { urgent: true });
    await resolve();
    expect(await row()).toMatchObject({
      kind: 'application',
      applicationId: 'application-1',
      status: 'OFFERED',
      tier: 'hot',
      urgent: true,
      lastReadAt: null,
      nextCheckAt,
    });
  });

  it('and that is over is read only if it was ever read, or somebody asks for it', async () => {
    vendorHas('job-1', applicants(['c'], 'HIRED'));
    stage.deps.company.applications.set('c/job-1', 'application-1');
    const key = keys.application('c', 'job-1');
    await resolve();
    expect(await row()).toMatchObject({
      kind: 'application',
      tier: 'done',
      nextCheckAt: never,
      lastResult: 'over',
    });
    for (const known of [
      { lastReadAt: 1 },
      { pinned: true },
      { hint: { at: Date.now(), reason: 'webhook' as const } },
    ]) {
      const unread = { hint: null, pinned: false, lastReadAt: null };
      await stage.setRow(key, { ...unread, kind: 'resolve', nextCheckAt: 1, ...known });
      await resolve();
      expect(await row()).toMatchObject({ kind: 'application', nextCheckAt: 1 });
    }
  });

  it('and to which the vendor gives none is asked for again after hours', async () => {
    stage.deps.company.applications.set('c/job-1', null);
    await resolve();
    expect(await row()).toMatchObject({ kind: 'resolve', lastResult: 'no_application_id' });
    expect((await row()).nextCheckAt).toBeGreaterThan(Date.now() + 5 * hour);
  });
});
