import fc from 'fast-check';
import { createWatchActivities } from '../../activities/interview-watch.js';
import { SmartRecruitersError } from '../../activities/smartrecruiters/errors.js';
import { chooseNext } from '../../activities/watching/choice.js';
import { dueRows } from '../../activities/watching/due-rows.js';
import { leaseRow, releaseRow } from '../../activities/watching/row-lease.js';
import {
  addApplicationRows,
  catalogueRowId,
  ensureFixedRows,
  hintRows,
  setRoleRows,
} from '../../activities/watching/work-list.js';
import type {
  WatchReportDoc,
  WorkKind,
  WorkRow,
  WorkTier,
} from '../../common/read-model/documents.js';
import { vendorFailure } from '../support/activity-deps.js';
import { createStage, hour, minute, type Stage, vendorJob } from './stage.js';

const applicant = { candidateId: 'candidate-1', jobId: 'job-1' };
const list = 'listInterviews application-candidate-1-job-1';

let stage: Stage;

beforeEach(async () => {
  stage = await createStage();
  await stage.install();
  await stage.addRole('job-1');
  stage.deps.company.jobs = [vendorJob('job-1')];
  stage.deps.company.webhooks.failure = vendorFailure('scope', 403);
});

afterEach(() => stage.close());

async function slice(budgetMs = 30_000) {
  return await stage.deps.run(() =>
    createWatchActivities(stage.deps).watchSlice({ ...stage.life, budgetMs }),
  );
}

const rows = () => stage.deps.collections.applications;
const calls = (name: string) => stage.deps.company.calls.filter((call) => call === name).length;

async function report(): Promise<WatchReportDoc> {
  const found = await stage.deps.collections.watch_reports
    .findOne({ _id: stage.life.orgId })
    .lean<WatchReportDoc | null>();
  if (found === null) throw new Error('the watch has not reported');
  return found;
}

async function hint(urgent: boolean, reason: 'webhook' | 'updated' = 'webhook') {
  const filter = { ...stage.life, applicationId: 'application-candidate-1-job-1' };
  return await hintRows(stage.deps.collections, filter, { reason, urgent, at: Date.now() });
}

/** Fixed rows that are not due, so that a test sees only its own. */
async function nothingElseIsDue(): Promise<void> {
  await ensureFixedRows(stage.deps.collections, stage.life);
  await rows().updateMany(
    { kind: { $nin: ['application', 'resolve'] } },
    { $set: { nextCheckAt: Date.now() + 10 * hour } },
  );
}

describe('rows that are due', () => {
  const now = 10 * 24 * hour;
  const put = async (candidateId: string, change: object) =>
    await stage.addApplication({ candidateId, jobId: 'job-1' }, change);

  async function inOrder(count: number): Promise<string[]> {
    const periods = stage.deps.watchPeriods;
    let due = await dueRows(stage.deps.collections, stage.life, {
      ...{ now, limit: 30, startedAt: null, periods },
    });
    const order: string[] = [];
    for (let turn = 1; turn <= count; turn += 1) {
      const row = chooseNext(due, { now, turn, periods });
      if (row === null) break;
      order.push(row.candidateId ?? row.kind);
      due = due.filter(({ _id }) => _id !== row._id);
    }
    return order;
  }

  it('put no backlog before an imminent row', async () => {
    await addApplicationRows(
      stage.deps.collections,
      stage.life,
      Array.from({ length: 600 }, (_, index) => ({
        ...{ candidateId: `old-${index}`, jobId: 'job-1', status: 'NEW' },
        applicationId: `old-${index}`,
      })),
    );
    await rows().updateMany({}, { $set: { nextCheckAt: 0, tier: 'cold' } });
    await put('hinted', { tier: 'hot', urgent: true, nextCheckAt: now });
    await put('soon', { tier: 'imminent', nextCheckAt: now });

    const order = await inOrder(15);
    expect(order.slice(0, 2)).toEqual(['soon', 'hinted']);
    expect(order).toHaveLength(15);
  });

  it('are found whatever their kind and tier, and imminent ones first', async () => {
    const kinds: Record<WorkKind, null> = {
      ...{ catalogue: null, listing: null, resolve: null },
      ...{ application: null, users: null, subscription: null },
    };
    const tiers: WorkTier[] = ['imminent', 'hot', 'warm', 'cold', 'done'];
    const isOfRole = (kind: string) => ['listing', 'resolve', 'application'].includes(kind);
    for (const kind of Object.keys(kinds) as WorkKind[]) {
      for (const tier of tiers) {
        const jobId = isOfRole(kind) ? 'job-1' : null;
        await put(`${kind} ${tier}`, { kind, tier, nextCheckAt: now });
        await rows().updateOne({ candidateId: `${kind} ${tier}` }, { $set: { jobId } });
      }
    }
    const order = await inOrder(30);
    expect(order.toSorted()).toEqual(
      Object.keys(kinds)
        .flatMap((kind) => tiers.map((tier) => `${kind} ${tier}`))
        .toSorted(),
    );
    expect(order.slice(0, 2).toSorted()).toEqual(['application imminent', 'resolve imminent']);
  });

  it('are late by the same factor of their own period', async () => {
    await put('hot, 2 periods', { tier: 'hot', nextCheckAt: now - 10 * minute });
    await put('hot, 6 periods', { tier: 'hot', nextCheckAt: now - 30 * minute });
    await put('cold, 3 periods', { tier: 'cold', nextCheckAt: now - 18 * hour });
    await put('warm, 4 periods', { tier: 'warm', nextCheckAt: now - 2 * hour });
    await nothingElseIsDue();
    await rows().updateOne(
      { _id: catalogueRowId(stage.life) },
      { $set: { nextCheckAt: now - 75 * minute } },
    );
    await rows().updateMany(
      { kind: { $in: ['listing', 'users', 'subscription'] } },
      { $set: { active: false } },
    );

    expect(await inOrder(5)).toEqual([
      'hot, 6 periods',
      'catalogue',
      'warm, 4 periods',
      'cold, 3 periods',
      'hot, 2 periods',
    ]);
  });
});

describe('a role that is turned off', () => {
  it('leaves the list at once and comes back where it was', async () => {
    const later = Date.now() + hour;
    await stage.addApplication(applicant, { nextCheckAt: later });
    await stage.addApplication({ ...applicant, candidateId: 'overdue' }, { nextCheckAt: 5 });
    const set = (active: boolean) =>
      setRoleRows(stage.deps.collections, { ...stage.life, jobId: 'job-1', active });
    await set(true);
    const chosen = await stage.row(applicant);
    await set(false);

    const lease = { owner: 'slice', leaseMs: minute };
    expect(await leaseRow(stage.deps.collections, chosen, lease)).toBeNull();
    await slice();
    expect(calls(list)).toBe(0);

    await set(true);
    expect(await stage.row(applicant)).toMatchObject({ active: true, nextCheckAt: later });
    const periods = stage.deps.watchPeriods;
    const due = await dueRows(stage.deps.collections, stage.life, {
      ...{ now: Date.now(), startedAt: null, limit: 30, periods },
    });
    const ofRole = due.filter(({ jobId }) => jobId === 'job-1');
    expect(ofRole.map(({ kind, candidateId }) => candidateId ?? kind).sort()).toEqual([
      'listing',
      'overdue',
    ]);
  });
});

describe('a slice', () => {
  it('reads at once what a webhook hints at while it runs', async () => {
    await stage.addApplication(applicant, { nextCheckAt: Date.now() + 10 * hour });
    await stage.addApplication({ ...applicant, candidateId: 'slow' });
    await nothingElseIsDue();
    let hintedAt = 0;
    let readAt = 0;
    stage.deps.company.beforeAnswer = async (call) => {
      if (call.startsWith('listInterviews application-slow') && hintedAt === 0) {
        hintedAt = Date.now();
        await hint(true);
        for (let waits = 0; waits < 100 && readAt === 0; waits += 1) {
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
      if (call === list) readAt = Date.now();
    };
    await slice(10_000);

    expect(readAt).toBeGreaterThanOrEqual(hintedAt);
    expect(readAt - hintedAt).toBeLessThan(2_500);
    expect(await stage.row(applicant)).toMatchObject({ urgent: false, tier: 'hot' });
  });

  it('takes along what is nearly due, once, and nothing that failed', async () => {
    const { warm } = stage.deps.watchPeriods;
    const soon = {
      tier: 'warm',
      lastReadAt: Date.now() - 0.95 * warm,
      lastResult: 'read',
    } as const;
    const nextCheckAt = Date.now() + minute;
    await stage.addApplication(applicant, { ...soon, nextCheckAt });
    const failed = { ...soon, nextCheckAt, lastResult: 'unavailable' };
    await stage.addApplication({ ...applicant, candidateId: 'failed' }, failed);
    await stage.addApplication(
      { ...applicant, candidateId: 'becomes-imminent' },
      { ...soon, lastReadAt: Date.now() - minute, nextCheckAt },
    );
    await nothingElseIsDue();

    expect(await slice()).toMatchObject({ checked: 1, failed: 0, nextDueAt: nextCheckAt });
    expect(calls(list)).toBe(1);
  });

  it('has an application without interviews cost one request', async () => {
    await stage.addApplication(applicant);
    await nothingElseIsDue();
    expect(await slice()).toMatchObject({ checked: 1, requests: 1, changed: 0 });
    expect(await stage.row(applicant)).toMatchObject({
      readSeq: 1,
      lastResult: 'read',
      tier: 'hot',
    });
  });

  it('does not leave an imminent application that is lost to be due for ever', async () => {
    await stage.addApplication(applicant, { tier: 'imminent' });
    await nothingElseIsDue();
    const lost = vendorFailure('not_found', 404);
    stage.deps.company.lists.set('application-candidate-1-job-1', lost as never);
    await slice();
    await rows().updateMany({ kind: 'resolve' }, { $set: { nextCheckAt: Date.now() } });
    const before = Date.now();
    const { nextDueAt } = await slice();
    expect(calls('getApplication candidate-1/job-1')).toBe(1);
    expect((await stage.row(applicant)).tier).toBe('done');
    expect(nextDueAt).toBeGreaterThan(before);
  });

  it('asks for the id again when the interviews of an application are not found', async () => {
    await stage.addApplication(applicant);
    await nothingElseIsDue();
    stage.deps.company.lists.set(
      'application-candidate-1-job-1',
      vendorFailure('not_found', 404) as never,
    );
    await slice();
    expect(await stage.row(applicant)).toMatchObject({ kind: 'resolve', applicationId: null });

    stage.deps.company.applications.set('candidate-1/job-1', 'merged');
    await rows().updateMany({ kind: 'resolve' }, { $set: { nextCheckAt: Date.now() } });
    await slice();
    expect(await stage.row(applicant)).toMatchObject({
      kind: 'application',
      applicationId: 'merged',
    });
    expect(calls('listInterviews merged')).toBe(1);
  });
});

describe('a hint', () => {
  it('that comes while a row is read is never lost, whatever the reading leads to', async () => {
    await stage.addApplication(applicant);
    const pristine = await stage.row(applicant);
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          beforeLease: fc.boolean(),
          during: fc.boolean(),
          urgent: fc.boolean(),
          tier: fc.constantFrom('imminent', 'hot', 'warm', 'cold', 'done'),
        }),
        async ({ beforeLease, during, urgent, tier }) => {
          const { _id, ...fresh } = pristine;
          await rows().collection.replaceOne({ _id: _id as never }, fresh as never);
          if (beforeLease) await hint(urgent);
          const lease = { owner: 'slice', leaseMs: minute };
          const leased = await leaseRow(stage.deps.collections, await stage.row(applicant), lease);
          expect(leased).not.toBeNull();
          await new Promise((resolve) => setTimeout(resolve, 2));
          if (during) await hint(urgent);
          const later = Date.now() + hour;
          const change = { tier, nextCheckAt: later, urgent: false, lastReadAt: 7 } as const;
          await releaseRow(stage.deps.collections, leased as WorkRow, 'slice', change);

          const row = await stage.row(applicant);
          expect(row).toMatchObject({ leaseOwner: null, leasedUntil: 0, lastReadAt: 7 });
          expect({ tier: row.tier, urgent: row.urgent }).toEqual(
            during ? { tier: tier === 'imminent' ? tier : 'hot', urgent } : { tier, urgent: false },
          );
          expect(row.nextCheckAt <= Date.now()).toBe(during);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('leaves an imminent row imminent, and wakes one that was done', async () => {
    await stage.addApplication(applicant, { tier: 'imminent' });
    expect(await hint(false, 'updated')).toBe(1);
    expect((await stage.row(applicant)).tier).toBe('imminent');

    await rows().updateMany({}, { $set: { tier: 'done', nextCheckAt: Number.MAX_SAFE_INTEGER } });
    await hint(true);
    expect(await stage.row(applicant)).toMatchObject({ tier: 'hot', urgent: true });
    await slice();
    expect(calls(list)).toBe(1);
  });
});

describe('the report of the watch', () => {
  it('says how fresh each tier is, what is needed, and how much was asked for', async () => {
    await stage.addApplication(applicant, { lastReadAt: Date.now() - 100_000 });
    const warm = { tier: 'warm', lastReadAt: Date.now() - 30_000 } as const;
    await stage.addApplication({ ...applicant, candidateId: 'two' }, warm);
    await rows().updateMany({}, { $set: { nextCheckAt: Date.now() + hour } });
    await nothingElseIsDue();
    await rows().updateOne({ candidateId: 'candidate-1' }, { $set: { tier: 'hot' } });
    await slice();

    const { freshness, load, requests, staleSince } = await report();
    expect(freshness.hot).toMatchObject({ rows: 1, p50Seconds: 100, oldestDueSeconds: 0 });
    expect(freshness.warm).toMatchObject({ rows: 1, p95Seconds: 30 });
    expect(load).toMatchObject({ latenessFactor: 1, spareFactor: 0.25, byWebhook: false });
    expect(requests).toBe(0);
    expect(staleSince).toBeNull();

    await rows().updateOne({ candidateId: 'two' }, { $set: { nextCheckAt: 0 } });
    await slice();
    expect((await report()).requests).toBe(1);
  });

  it('has an Owner hear of hot rows that stay late, and that they no longer are', async () => {
    await stage.addApplication(applicant, {
      ...{ tier: 'hot', lastReadAt: Date.now() - hour, nextCheckAt: 0 },
      // Another slice that died holds it: this one cannot read it.
      leasedUntil: Date.now() + hour,
    });
    await nothingElseIsDue();
    await slice();
    expect((await report()).staleSince).not.toBeNull();
    expect(stage.deps.workflows.attentions).toEqual([]);

    const reported = async (change: Partial<WatchReportDoc>) => {
      await stage.deps.collections.watch_reports.updateOne(
        {},
        { $set: { setback: null, ...change } },
      );
      await slice();
    };
    const longAgo = Date.now() - 16 * minute;
    // The watch was paused: it is not yet known whether it keeps up.
    await reported({ staleSince: longAgo, at: longAgo });
    expect((await report()).staleSince).toBeGreaterThan(longAgo);
    // The vendor is away, which is told of elsewhere.
    await reported({ staleSince: longAgo, at: Date.now() - minute, awaySince: longAgo });
    expect((await report()).staleSince).toBeNull();
    expect(stage.deps.workflows.attentions).toEqual([]);

    await reported({ staleSince: longAgo, at: Date.now() - minute, awaySince: null });
    const code = 'watch_stale' as const;
    expect(stage.deps.workflows.attentions.at(-1)).toEqual({ code, open: true });

    const shown = { code, explanation: '', remedy: '', since: 1 };
    await stage.install({ attentions: [shown], version: 2 });
    await rows().updateMany({ kind: 'application' }, { $set: { leasedUntil: 0 } });
    await slice();
    expect(stage.deps.workflows.attentions.at(-1)).toEqual({ code, open: false });
  });

  it('keeps its periods long while webhooks tell of changes, and ends that when they stop', async () => {
    await stage.addApplication(applicant);
    await nothingElseIsDue();
    const subscription = {
      ...stage.life,
      ...{ state: 'active', checkedAt: Date.now(), rev: 1, secrets: [] },
    };
    const _id = `${stage.life.orgId}/${stage.life.generation}`;
    await stage.deps.collections.subscriptions.collection.insertOne({
      ...{ _id: _id as never, ...subscription },
    });
    await slice();
    const { hot, hotByWebhook } = stage.deps.watchPeriods;
    const stretched = await stage.row(applicant);
    expect(stretched.nextCheckAt - (stretched.lastReadAt ?? 0)).toBeGreaterThanOrEqual(
      hotByWebhook,
    );
    expect((await report()).load).toMatchObject({ byWebhook: true, spareFactor: 1 });

    await stage.deps.collections.subscriptions.updateOne({}, { $set: { state: 'suspended' } });
    await stage.deps.collections.watch_reports.updateOne({}, { $set: { at: 0 } });
    await slice();
    expect((await report()).load.byWebhook).toBe(false);
    expect((await stage.row(applicant)).nextCheckAt).toBeLessThanOrEqual(Date.now() + hot);
  });

  it('spares budget for the hottest rows only while nobody else uses the credential', async () => {
    await stage.addApplication(applicant);
    await nothingElseIsDue();
    await stage.deps.collections.credentials.collection.insertOne({
      ...{ _id: 'credential-1' as never, orgId: stage.life.orgId, budgetKey: 'budget' },
    });
    await stage.deps.collections.provider_leases.collection.insertOne({
      ...{ _id: 'budget' as never, slowUntil: Date.now() + minute, slowFactor: 4 },
    });
    await slice();
    const { load } = await report();
    expect(load.spareFactor).toBe(1);
    expect(load.budgetPerSecond).toBeCloseTo(1_000 / 143 / 4);
  });
});

describe('a vendor that is away', () => {
  it('is asked again after ever longer rests, until it answers', async () => {
    const failure = vendorFailure('unavailable', 503);
    stage.deps.company.lists.set('application-candidate-1-job-1', failure as never);
    await stage.addApplication(applicant);
    await nothingElseIsDue();
    const restOf = async () => {
      await rows().updateMany({ kind: 'application' }, { $set: { nextCheckAt: 0 } });
      const { nextDueAt } = await slice();
      return (nextDueAt ?? 0) - Date.now();
    };
    const awayFor = (ms: number) =>
      stage.deps.collections.watch_reports.updateOne(
        {},
        { $set: { awaySince: Date.now() - ms, at: 0, setback: null } },
      );
    const first = await restOf();
    await awayFor(2 * minute);
    const second = await restOf();
    await awayFor(24 * hour);
    const third = await restOf();
    // Of what has passed until then, which a slow machine makes a little more.
    expect([first, third].map((ms) => Math.round(ms / 1_000))).toEqual([30, 300]);
    expect(second / 1_000).toBeGreaterThanOrEqual(119);
    expect(second / 1_000).toBeLessThan(150);

    stage.deps.company.lists.delete('application-candidate-1-job-1');
    await awayFor(24 * hour);
    await restOf();
    expect((await report()).awaySince).toBeNull();
  });

  it('is left in peace by nudges for a while', async () => {
    const failure = vendorFailure('unavailable', 503);
    stage.deps.company.lists.set('application-candidate-1-job-1', failure as never);
    await stage.addApplication(applicant);
    await nothingElseIsDue();
    await slice();
    const asked = stage.deps.company.calls.length;
    await rows().updateMany({ kind: 'application' }, { $set: { nextCheckAt: 0 } });
    const before = Date.now();
    const { nextDueAt } = await slice();
    expect(stage.deps.company.calls).toHaveLength(asked);
    expect(nextDueAt).toBeGreaterThan(before + stage.deps.watchPeriods.retry / 2);

    const at = Date.now() - stage.deps.watchPeriods.retry;
    await stage.deps.collections.watch_reports.updateOne({}, { $set: { 'setback.at': at } });
    await slice();
    expect(stage.deps.company.calls.length).toBeGreaterThan(asked);
  });

  it('in one part only has the other kinds of rows read, and is not taken for gone', async () => {
    const open = new SmartRecruitersError({
      ...{ kind: 'unavailable', status: null, endpoint: 'interviews.list' },
      ...{ reason: 'circuit_open', retryAfterMs: 20_000 },
    });
    for (let index = 0; index < 12; index += 1) {
      const candidateId = `candidate-${index}`;
      await stage.addApplication({ candidateId, jobId: 'job-1' }, { tier: 'imminent' });
      stage.deps.company.lists.set(`application-${candidateId}-job-1`, open as never);
    }
    await nothingElseIsDue();
    await rows().updateOne({ _id: catalogueRowId(stage.life) }, { $set: { nextCheckAt: 0 } });
    const before = Date.now();
    const { checked, nextDueAt } = await slice();

    expect(checked).toBe(1);
    expect((await report()).awaySince).toBeNull();
    // Once it is known to be closed no more of them are tried.
    expect(stage.deps.company.calls.filter((call) => call.startsWith('listI')).length).toBeLessThan(
      12,
    );
    expect(nextDueAt).toBeGreaterThanOrEqual(before + 15_000);
    expect(nextDueAt).toBeLessThanOrEqual(Date.now() + 20_000);
  });

  it('without a token fails no slice', async () => {
    await stage.addApplication(applicant);
    stage.deps.company.authentication = vendorFailure('unavailable', 503);
    const before = Date.now();
    const { checked, nextDueAt } = await slice();
    expect(checked).toBe(0);
    expect(nextDueAt).toBeGreaterThanOrEqual(before + stage.deps.watchPeriods.retry);
    expect(stage.deps.workflows.attentions).toEqual([]);
  });
});

describe('a credential that was refused', () => {
  it('is not tried again by every nudge, while another one is tried at once', async () => {
    await stage.addApplication(applicant);
    stage.deps.company.authentication = vendorFailure('auth', 401);
    const tried = () => calls('authenticate');
    const { retry, catalogue } = stage.deps.watchPeriods;
    const before = Date.now();
    expect((await slice()).nextDueAt).toBeGreaterThanOrEqual(before + retry);
    expect(tried()).toBe(1);
    await slice();
    await slice();
    expect(tried()).toBe(1);

    const at = Date.now() - retry;
    await stage.deps.collections.watch_reports.updateOne({}, { $set: { 'setback.at': at } });
    await slice();
    expect(tried()).toBe(2);

    // The rests grow with the time that it is refused, not without end.
    const since = Date.now() - 10 * catalogue;
    const past = { 'setback.since': since, 'setback.at': Date.now() - catalogue };
    await stage.deps.collections.watch_reports.updateOne({}, { $set: past });
    const again = Date.now();
    expect((await slice()).nextDueAt).toBeLessThanOrEqual(again + catalogue + 1_000);
    expect(tried()).toBe(3);

    stage.deps.company.authentication = null;
    await stage.install({ credentialRef: 'credential-2', version: 2 });
    expect((await slice()).checked).toBeGreaterThan(0);
    expect((await report()).setback).toBeNull();
  });
});
