import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { recordOutcome } from '../../activities/installation/record-outcome.js';
import { changeInterview } from '../../activities/interviews/interview-store.js';
import {
  storeGone,
  storeReading,
  storeUnreadable,
} from '../../activities/interviews/store-reading.js';
import { releaseClaim } from '../../activities/joining/claim-rules.js';
import { createClaimStore } from '../../activities/joining/claim-store.js';
import { take } from '../../activities/joining/claim-take.js';
import { dueRows } from '../../activities/watching/due-rows.js';
import { drawReadSeq, leaseRow, releaseRow } from '../../activities/watching/row-lease.js';
import { watchPeriods } from '../../activities/watching/tiers.js';
import { setRoleRows } from '../../activities/watching/work-list.js';
import { appendAudit, auditHash } from '../../common/read-model/audit-trail.js';
import { appendChange } from '../../common/read-model/changes.js';
import {
  type Collections,
  collectionsOf,
  ensureIndexes,
} from '../../common/read-model/collections.js';
import { connectDatabase, type Database } from '../../common/read-model/connection.js';
import type { AuditDoc } from '../../common/read-model/documents.js';
import { highestEpoch, readFences, writeFence } from '../../common/read-model/fences.js';
import { loadHashKey } from '../../common/service-secrets.js';
import { createVault } from '../../common/vault.js';
import { measureClockSkew } from '../../worker/clock-skew.js';
import { protocolTimes } from '../../workflows/contracts/protocol-times.js';
import { keyRing } from '../support/activity-deps.js';
import {
  applicationIdOf,
  command,
  createStage,
  hour,
  minute,
  type Stage,
  vendorInterview,
} from './stage.js';

let stage: Stage;
let elsewhere: Database;
/** The same database as another process sees it. */
let theirs: Collections;

beforeAll(async () => {
  stage = await createStage();
  await stage.install();
  elsewhere = await connectDatabase({ uri: stage.store.uri, appName: 'another process' });
  theirs = collectionsOf({ database: elsewhere });
});

afterAll(async () => {
  await elsewhere.close();
  await stage.close();
});

const times = (count: number) => Array.from({ length: count }, (_, index) => index);
const both = (index: number) => (index % 2 === 0 ? stage.deps.collections : theirs);

describe('claims', () => {
  const window = { from: 1_000, until: 2_000 };
  const epochs = { installation: 0, settings: 0, role: 0, interview: 0 };

  it('of fifty that want one room at one time a single one gets it', async () => {
    const key = { orgId: 'org-claims', roomKey: 'room' };
    const stores = times(2).map((index) =>
      createClaimStore({ collections: both(index), consistency: stage.deps.consistency }),
    );
    const results = await Promise.all(
      times(50).map((index) =>
        (stores[index % 2] as (typeof stores)[0]).change({
          ...key,
          rule: (doc) =>
            take(
              doc,
              {
                ...window,
                holderId: `h${index}`,
                interviewId: `i${index}`,
                sessionId: 's',
                jobId: 'j',
                generation: 'g',
                attempt: 1,
                epochs,
              },
              { now: 1, times: protocolTimes },
            ),
        }),
      ),
    );
    expect(results.filter(({ kind }) => kind === 'claimed')).toHaveLength(1);
    const { holders } = await stage.deps.claims.read(key);
    expect(holders.filter(({ state }) => state !== 'free')).toHaveLength(1);
  });

  it('of fifty with times of their own none is lost, and rev counts the changes', async () => {
    const key = { orgId: 'org-claims', roomKey: 'busy' };
    const claim = (index: number) =>
      stage.deps.claims.change({
        ...key,
        rule: (doc) =>
          take(
            doc,
            {
              from: index * 10,
              until: index * 10 + 10,
              holderId: `h${index}`,
              interviewId: 'i',
              sessionId: 's',
              jobId: 'j',
              generation: 'g',
              attempt: 1,
              epochs,
            },
            { now: -1, times: protocolTimes },
          ),
      });
    const startedAt = Date.now();
    await claim(0);
    const first = (await stage.deps.claims.read(key)).rev;
    expect(first).toBeGreaterThanOrEqual(startedAt);
    await Promise.all(times(49).map((index) => claim(index + 1)));
    const { rev, holders } = await stage.deps.claims.read(key);
    expect([rev - first, holders.length]).toEqual([49, 50]);
    expect(
      (await stage.deps.claims.held({ orgId: 'org-claims' })).map(({ roomKey }) => roomKey),
    ).toContain('busy');
  });

  it('a rule that changes nothing writes nothing', async () => {
    const key = { orgId: 'org-claims', roomKey: 'empty' };
    await stage.deps.claims.change({
      ...key,
      rule: (doc) => releaseClaim(doc, { holderId: 'x', attempt: 1 }),
    });
    expect(await stage.deps.collections.claims.countDocuments({ roomKey: 'empty' })).toBe(0);
  });
});

describe('fences', () => {
  const fence = { kind: 'role', jobId: 'job' } as const;
  const read = (orgId: string) =>
    readFences({ ...stage.deps, orgId, generation: 'g', jobId: 'job', interviewId: 'i' });
  const write = (
    orgId: string,
    epoch: number,
    off: boolean,
    collections = stage.deps.collections,
  ) => writeFence({ ...stage.deps, collections, orgId, generation: 'g', fence, epoch, off });

  it('keep the highest epoch, whatever the order and however often each is written', async () => {
    const order = [3, 9, 1, 9, 7, 2, 8, 9, 5];
    await Promise.all(
      order.map((epoch, index) => write('org-f1', epoch, epoch === 9, both(index))),
    );
    expect(await read('org-f1')).toMatchObject({ off: 'role', epochs: { role: 9 } });
    await write('org-f1', 9, false);
    expect((await read('org-f1')).off).toBe('role');
    expect(await highestEpoch({ ...stage.deps, orgId: 'org-f1' })).toBe(9);
  });

  it('of twenty first writes at once one document comes', async () => {
    await Promise.all(
      times(20).map((index) => write('org-f2', index + 1, index === 19, both(index))),
    );
    expect(await stage.deps.collections.fences.countDocuments({ orgId: 'org-f2' })).toBe(1);
    expect((await read('org-f2')).epochs.role).toBe(20);
  });
});

it('changes are unique and come in the order of their writer', async () => {
  const orgId = 'org-changes';
  for (const key of ['a', 'b', 'c'])
    await appendChange({ ...stage.deps, orgId, kind: 'role', key });
  const seen = await stage.deps.collections.changes.find({ orgId }).sort({ seq: 1 }).lean();
  expect(seen.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
  await Promise.all(
    times(40).map((index) =>
      appendChange({ collections: both(index), orgId, kind: 'role', key: 'x' }),
    ),
  );
  expect(await stage.deps.collections.changes.countDocuments({ orgId })).toBe(43);
});

describe('the audit trail', () => {
  const chain = async (orgId: string) =>
    await stage.deps.collections.audit_events.find({ orgId }).sort({ seq: 1 }).lean<AuditDoc[]>();
  const holds = (rows: AuditDoc[]) =>
    rows.every(
      (row, index) =>
        row.seq === index + 1 &&
        row.prevHash === (rows[index - 1]?.hash ?? '') &&
        row.hash === auditHash(row),
    );
  const append = (orgId: string, index: number) =>
    appendAudit({
      collections: both(index),
      entry: {
        orgId,
        at: index,
        event: `event-${index}`,
        by: `person-${index}`,
        subject: null,
        detail: { index },
      },
    });

  it('is one chain under twenty writers in two processes, and shows every tampering', async () => {
    const orgId = `org-audit-${randomUUID()}`;
    await Promise.all(times(20).map((index) => append(orgId, index)));
    const rows = await chain(orgId);
    expect(rows).toHaveLength(20);
    expect(holds(rows)).toBe(true);

    for (const change of [{ event: 'other' }, { at: 1e9 }, { detail: {} }, { subject: 'x' }]) {
      expect(holds(rows.map((row, index) => (index === 7 ? { ...row, ...change } : row)))).toBe(
        false,
      );
    }
    expect(holds(rows.filter((_, index) => index !== 7))).toBe(false);
  });

  it('still holds when the people in it are erased', async () => {
    const orgId = `org-audit-${randomUUID()}`;
    for (const index of times(3)) await append(orgId, index);
    await stage.deps.collections.audit_events.updateMany({ orgId }, { $set: { by: 'erased' } });
    expect(holds(await chain(orgId))).toBe(true);
  });
});

describe('an interview in the store', () => {
  it('loses no word of twenty concurrent writers', async () => {
    await stage.addInterview(vendorInterview('shared'));
    const key = { ...stage.life, interviewId: 'shared' };
    await Promise.all(
      times(20).map((index) =>
        changeInterview(both(index), key, ({ timeline }) => ({
          timeline: [...timeline, { at: index, kind: 'k', detail: `word-${index}`, by: 'pillar' }],
        })),
      ),
    );
    const { timeline, version } = await stage.interview('shared');
    expect(new Set(timeline.map(({ detail }) => detail)).size).toBe(21);
    expect(version).toBe(21);
  });

  it('that was erased stays erased', async () => {
    await stage.addInterview(vendorInterview('erased'));
    await stage.deps.collections.interviews.deleteOne({ interviewId: 'erased' });
    const key = { ...stage.life, interviewId: 'erased' };
    expect(await changeInterview(theirs, key, () => ({ title: 'back' }))).toBeNull();
    expect(await stage.deps.collections.interviews.countDocuments({ interviewId: 'erased' })).toBe(
      0,
    );
  });

  it('shows the reading that began last, whatever the order of the answers', async () => {
    const kinds = fc.constantFrom('here', 'gone', 'unreadable');
    await fc.assert(
      fc.asyncProperty(
        fc.array(kinds, { minLength: 2, maxLength: 4 }),
        fc.nat(),
        async (answers, salt) => {
          const interviewId = `read-${randomUUID()}`;
          await stage.addInterview(vendorInterview(interviewId));
          const applicant = { candidateId: 'candidate-1', jobId: 'job-1' };
          const { candidateId } = applicant;
          const applicationId = applicationIdOf(applicant);
          const readings = answers.map((kind, index) => ({ kind, readSeq: index + 2 }));
          const arriving = readings.toSorted(
            (a, b) => ((a.readSeq * 7919 + salt) % 5) - ((b.readSeq * 7919 + salt) % 5),
          );
          await Promise.all(
            arriving.map(async ({ kind, readSeq }) => {
              const read = { ...stage.life, applicationId, candidateId, readSeq };
              const at = { ...read, interviewId, readAt: readSeq };
              if (kind === 'gone') return await storeGone(stage.deps.collections, at);
              if (kind === 'unreadable')
                return await storeUnreadable(stage.deps.collections, { ...at, reason: 'r' });
              return await storeReading(stage.deps, {
                ...at,
                interview: vendorInterview(interviewId, {
                  startsAt: readSeq * hour,
                  endsAt: readSeq * hour + minute,
                }),
                watched: true,
                excluded: false,
              });
            }),
          );
          const doc = await stage.interview(interviewId);
          const last = readings.at(-1);
          expect(doc.goneAt !== null).toBe(last?.kind === 'gone');
          expect(last?.kind !== 'here' || doc.startsAt === last.readSeq * hour).toBe(true);
          expect(last?.kind !== 'unreadable' || !doc.readable).toBe(true);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('the work list', () => {
  const applicant = { candidateId: 'leased', jobId: 'job-leased' };

  it('gives a row to one of many slices, and a zombie writes nothing', async () => {
    await stage.addApplication(applicant);
    const row = await stage.row(applicant);
    const won = await Promise.all(
      times(20).map((index) =>
        leaseRow(both(index), row, { owner: `slice-${index}`, leaseMs: minute }),
      ),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    const owner = `slice-${won.findIndex((leased) => leased !== null)}`;
    expect((await stage.row(applicant)).readSeq).toBe(row.readSeq + 1);

    await releaseRow(theirs, row, 'a zombie', { status: 'WRONG' });
    expect(await stage.row(applicant)).toMatchObject({ status: 'INTERVIEW', leaseOwner: owner });
    await releaseRow(theirs, row, owner, { status: 'OFFERED' });
    expect(await stage.row(applicant)).toMatchObject({
      status: 'OFFERED',
      leaseOwner: null,
      leasedUntil: 0,
    });
  });

  it('leaves the rows of a slice that died to the next one', async () => {
    const dead = { candidateId: 'dead', jobId: 'job-leased' };
    await stage.addApplication(dead);
    const row = await stage.row(dead);
    await leaseRow(theirs, row, { owner: 'dies', leaseMs: 1 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    const left = await stage.row(dead);
    expect(await leaseRow(theirs, left, { owner: 'next', leaseMs: minute })).not.toBeNull();
    await releaseRow(theirs, row, 'dies', { status: 'WRONG' });
    expect((await stage.row(dead)).status).toBe('INTERVIEW');
  });

  it('keeps the rows of a role that goes off, and what was learnt, until it is on again', async () => {
    const kept = { candidateId: 'kept', jobId: 'job-kept' };
    const pinned = { candidateId: 'pinned', jobId: 'job-kept' };
    await stage.addApplication(kept, { nextCheckAt: 5, readSeq: 3 });
    await stage.addApplication(pinned, { pinned: true });
    const set = (active: boolean) =>
      setRoleRows(stage.deps.collections, { ...stage.life, jobId: 'job-kept', active });
    await set(true);
    await set(false);
    expect(await stage.row(kept)).toMatchObject({ active: false, readSeq: 3 });
    expect(await stage.row(pinned)).toMatchObject({ active: true });
    const due = async () =>
      (
        await dueRows(stage.deps.collections, stage.life, {
          now: Date.now() + 1,
          startedAt: null,
          limit: 50,
          periods: watchPeriods,
        })
      ).map((row) => row.candidateId);
    expect(await due()).not.toContain('kept');
    await set(true);
    expect(await due()).toContain('kept');
    expect(await stage.row(kept)).toMatchObject({
      applicationId: 'application-kept-job-kept',
      readSeq: 3,
    });
  });

  it('draws a number once', async () => {
    const drawn = { candidateId: 'drawn', jobId: 'job-leased' };
    const _id = await stage.addApplication(drawn);
    const numbers = await Promise.all(times(20).map((index) => drawReadSeq(both(index), _id)));
    expect(new Set(numbers).size).toBe(20);
  });
});

it('the outcome of a command is kept once, and expires', async () => {
  const { meta, result } = command();
  for (let again = 0; again < 2; again += 1) {
    await recordOutcome(stage.deps, { orgId: 'org-commands', meta, result, failure: null });
  }
  const [row, ...others] = await stage.deps.collections.commands
    .find({ orgId: 'org-commands' })
    .lean();
  expect(others).toEqual([]);
  expect(row).toMatchObject({ state: 'done', result });
  expect((row?.expiresAt.getTime() ?? 0) - Date.now()).toBeGreaterThan(23 * hour);
});

it('indexes are all there, however often they are asked for', async () => {
  await ensureIndexes(stage.deps);
  const { collections } = stage.deps;
  const keys = async (name: keyof Collections) =>
    (await collections[name].collection.indexes()).map(({ key, expireAfterSeconds }) => [
      key,
      expireAfterSeconds,
    ]);
  for (const name of [
    'commands',
    'changes',
    'credentials',
    'receipts',
    'webhook_receipts',
  ] as const) {
    expect(await keys(name)).toContainEqual([{ expiresAt: 1 }, 0]);
  }
  expect(await keys('claims')).toContainEqual([{ 'holders.state': 1 }, undefined]);
  expect(await keys('applications')).toContainEqual([
    { orgId: 1, generation: 1, active: 1, nextCheckAt: 1 },
    undefined,
  ]);
  const twice = () => collections.roles.collection.insertOne({ _id: 'same' as never });
  await twice();
  await expect(twice()).rejects.toMatchObject({ code: 11000 });
});

it('the clock of the store is read to within a round trip', async () => {
  expect(Math.abs(await measureClockSkew(stage.deps))).toBeLessThan(2_000);
});

describe('the key of the keyed hashes', () => {
  it('is one for processes that start at once, and survives a new vault key', async () => {
    const old = keyRing('old');
    const started = await Promise.all(
      times(6).map((index) =>
        loadHashKey({ collections: both(index), vault: createVault({ keys: old }) }),
      ),
    );
    expect(new Set(started.map((key) => key.toString('hex'))).size).toBe(1);

    const rotated = createVault({ keys: keyRing('new', old) });
    const after = await loadHashKey({ collections: theirs, vault: rotated });
    expect(after).toEqual(started[0]);
    const stored = await theirs.service_secrets.findOne({ _id: 'keyed-hash' }).lean();
    expect(rotated.needsReseal(stored?.sealed ?? '')).toBe(false);
  });
});
