import {
  holdMailOfEnabledRoles,
  releaseCountedHolds,
} from '../../activities/watching/mail-hold.js';
import { never } from '../../activities/watching/tiers.js';
import { usersRowId } from '../../activities/watching/work-list.js';
import type { WorkRow } from '../../common/read-model/documents.js';
import { vendorFailure } from '../support/activity-deps.js';
import {
  applicants,
  createDiscoveryStage,
  type DiscoveryStage,
  keysOf,
} from './discovery-stage.js';
import { hour, minute, openSettings, vendorInterview } from './stage.js';

let stage: DiscoveryStage;

beforeEach(async () => {
  stage = await createDiscoveryStage();
});

afterEach(() => stage.close());

describe('the hold on mails while a role is discovered', () => {
  let listing: string;

  beforeEach(async () => {
    const { deps } = stage;
    listing = keysOf(stage).listing('job-1');
    await stage.turnOn('job-1', { mailHold: 'counting', enabledAt: Date.now() - 1 });
    deps.company.pageSize = 2;
    deps.company.applicants.set('job-1', applicants(['a', 'b', 'c']));
  });

  async function hold() {
    await releaseCountedHolds(stage.deps, stage.life);
    const role = await stage.deps.collections.roles.findOne({ jobId: 'job-1' }).lean();
    return role?.mailHold;
  }

  async function allAre(change: Partial<WorkRow>) {
    for (const { _id } of await stage.all()) await stage.setRow(_id, change);
  }

  const areRead = () =>
    allAre({
      kind: 'application',
      lastReadAt: Date.now(),
      lastResult: 'read',
      nextCheckAt: Date.now() + hour,
    });

  it('lasts while pages of the listing are left, though all that is known was read', async () => {
    await stage.take(listing);
    await areRead();
    expect(await hold()).toBe('counting');
    await stage.take(listing);
    expect(await hold()).toBe('counting');
    await areRead();
    expect(await hold()).toBeNull();
  });

  it('lasts when the listing that ended had begun before the command', async () => {
    await stage.take(listing);
    const { cursor } = await stage.find(listing);
    const later = (cursor?.startedAt ?? 0) + 1;
    await stage.setRow(listing, { cursor: null, fullAt: later - 1, nextCheckAt: later + hour });
    await stage.deps.collections.roles.updateOne({ jobId: 'job-1' }, { mailHoldSince: later });
    await areRead();
    expect(await hold()).toBe('counting');
  });

  it('has a listing that is under way begin anew, since it may have passed somebody by', async () => {
    await stage.take(listing);
    await stage.deps.collections.roles.updateOne(
      { jobId: 'job-1' },
      { mailHoldSince: Date.now() + 1 },
    );
    stage.asked();
    await stage.take(listing);
    expect(stage.asked()).toEqual(['readCandidatesPage job-1 first']);
  });

  it('lasts while the id of an application is not known', async () => {
    await stage.whole(listing);
    await areRead();
    const [first] = await stage.all();
    const key = first?._id ?? '';
    await stage.setRow(key, {
      kind: 'resolve',
      lastReadAt: null,
      lastResult: null,
      nextCheckAt: 1,
    });
    expect(await hold()).toBe('counting');
    // Even one that was an application before, and was read as such.
    await stage.setRow(key, { lastReadAt: Date.now() });
    expect(await hold()).toBe('counting');
    await stage.take(key);
    expect(await hold()).toBeNull();
  });

  it('ends though an application has no id at the vendor', async () => {
    await stage.whole(listing);
    for (const id of ['a', 'b', 'c']) stage.deps.company.applications.set(`${id}/job-1`, null);
    for (const { _id } of await stage.all()) await stage.take(_id);
    expect(await hold()).toBeNull();
  });

  it.each(['not_found', 'scope', 'rejected', 'contract', 'failed'])(
    'ends though the listing is refused with %s',
    async (lastResult) => {
      await stage.setRow(listing, { lastResult, nextCheckAt: 1 });
      expect(await hold()).toBe('counting');
      await stage.setRow(listing, { nextCheckAt: Date.now() + hour });
      expect(await hold()).toBeNull();
    },
  );

  it('ends with those who were named when the vendor refuses every cursor', async () => {
    for (let tries = 1; tries <= 5; tries += 1) {
      await stage.take(listing);
      expect(await hold()).toBe('counting');
      stage.deps.company.cursorEpoch = tries;
      await stage.take(listing);
      await areRead();
    }
    expect(await hold()).toBeNull();
  });

  it('has read at once what would be read in hours, and leaves what failed just now its pause', async () => {
    await stage.whole(listing);
    await areRead();
    const [late, failed, done] = await stage.all();
    const before = Date.now() - minute;
    const soon = Date.now() + stage.deps.watchPeriods.retry;
    await stage.setRow(late?._id ?? '', { lastReadAt: before, nextCheckAt: Date.now() + 5 * hour });
    await stage.setRow(failed?._id ?? '', {
      lastReadAt: before,
      lastResult: 'unavailable',
      nextCheckAt: soon,
    });
    await stage.setRow(done?._id ?? '', { lastReadAt: before, tier: 'done', nextCheckAt: never });
    expect(await hold()).toBe('counting');

    const rows = await stage.all();
    expect(rows[0]?.nextCheckAt).toBeLessThanOrEqual(Date.now());
    expect(rows.slice(1).map(({ nextCheckAt }) => nextCheckAt)).toEqual([soon, never]);
  });

  it('after a pause counts only what is listed and read from then on', async () => {
    await stage.whole(listing);
    await areRead();
    expect(await hold()).toBeNull();
    await stage.setRow(listing, { fullAt: Date.now() - 1 });
    await holdMailOfEnabledRoles(stage.deps, stage.life);
    await areRead();
    expect(await hold()).toBe('counting');
    await stage.whole(listing);
    await areRead();
    expect(await hold()).toBeNull();
  });
});

describe('the interviewers of interviews ahead', () => {
  let users: string;

  beforeEach(async () => {
    users = usersRowId(stage.life);
    const settings = {
      ...openSettings,
      engagement: { ...openSettings.engagement, interviewerEmails: true },
    };
    await stage.install({ settings, version: 2 });
    await stage.addRole('job-1');
  });

  async function invite(interviewId: string, userIds: string[], startsAt = Date.now() + hour) {
    const interview = vendorInterview(interviewId, { startsAt, candidateId: interviewId });
    const interviewers = userIds.map((userId) => ({ userId, status: 'accepted' as const }));
    await stage.addInterview({
      ...interview,
      timeslots: interview.timeslots.map((slot) => ({ ...slot, interviewers })),
    });
    stage.asked();
  }

  function person(userId: string, email: string | null, active = true) {
    stage.deps.company.people.set(userId, { email, firstName: null, active });
  }

  it('who are unknown, inactive or without an address are counted', async () => {
    await invite('one', ['fine', 'unknown', 'inactive']);
    await invite('two', ['fine', 'no-address']);
    await invite('over', ['long-gone'], Date.now() - 3 * hour);
    person('fine', 'fine@example.test');
    person('inactive', 'inactive@example.test', false);
    person('no-address', null);
    await stage.take(users);

    expect(stage.asked()).toEqual(
      ['fine', 'inactive', 'no-address', 'unknown'].map((id) => `getUser ${id}`),
    );
    const row = await stage.find(users);
    expect(row).toMatchObject({ lastResult: 'unreachable:3', cursor: null });
    expect(row.nextCheckAt).toBeGreaterThan(Date.now() + 23 * hour);
    expect(JSON.stringify(row)).not.toContain('example.test');
  });

  it('are asked for a few at a time, so that a crash costs these few', async () => {
    const many = Array.from({ length: 25 }, (_, n) => `user-${String(n).padStart(2, '0')}`);
    await invite('one', many);
    for (const userId of many) person(userId, `${userId}@example.test`);
    await stage.take(users);
    await stage.lost(users);
    stage.asked();
    await stage.take(users);
    expect(stage.asked()[0]).toBe('getUser user-10');
    await stage.take(users);
    expect(await stage.find(users)).toMatchObject({ lastResult: 'read', cursor: null });
  });

  it('are not counted as unknown while the vendor is away, nor without the scope', async () => {
    await invite('one', ['user-1']);
    stage.deps.company.people.set('user-1', vendorFailure('unavailable', 503));
    await expect(stage.take(users)).rejects.toThrow('unavailable');
    stage.deps.company.people.set('user-1', vendorFailure('scope', 403));
    await stage.take(users);
    expect(await stage.find(users)).toMatchObject({ lastResult: 'no_users_scope' });
  });

  it('cost no request where they get no mails', async () => {
    await invite('one', ['user-1']);
    const engagement = { ...openSettings.engagement, interviewerEmails: false };
    await stage.install({ settings: { ...openSettings, engagement }, version: 3 });
    await stage.take(users);
    expect(stage.asked()).toEqual([]);
    expect(await stage.find(users)).toMatchObject({ lastResult: 'not_needed' });
  });
});
