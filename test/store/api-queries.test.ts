import { createMongoInputStore } from '../../api/queries/mongo-input-store.js';
import { createMongoReadModel } from '../../api/queries/mongo-read-model.js';
import type { ReadModel } from '../../api/queries/read-model.js';
import { type Collections, collectionsOf } from '../../common/read-model/collections.js';
import { connectDatabase, type Database } from '../../common/read-model/connection.js';
import type { CredentialDoc, WorkRow } from '../../common/read-model/documents.js';
import {
  changeDoc,
  commandDoc,
  installationDoc,
  interviewDoc,
  jobDoc,
  noon,
  reportDoc,
  roleDoc,
  seqAt,
  subscriptionDoc,
} from '../api/support/documents.js';

let database: Database;
let collections: Collections;
let readModel: ReadModel;
let count = 0;
let orgId: string;
let scope: { orgId: string; generation: string };

beforeAll(async () => {
  const uri = process.env.TEST_MONGODB_URI;
  if (uri === undefined) throw new Error('TEST_MONGODB_URI names no MongoDB');
  database = await connectDatabase({ uri, appName: 'api-queries' });
  collections = collectionsOf({ database });
  readModel = createMongoReadModel({ database, collections });
});

afterAll(async () => {
  await database.close();
});

beforeEach(() => {
  count += 1;
  orgId = `org-${Date.now()}-${count}`;
  scope = { orgId, generation: 'gen-1' };
});

const own = <T extends { _id: string }>(doc: T): T => ({
  ...doc,
  _id: `${orgId}/${doc._id}`,
  orgId,
});

function row(part: Partial<WorkRow> & { _id: string }): WorkRow {
  return own({
    orgId,
    generation: 'gen-1',
    kind: 'application',
    jobId: 'job-1',
    candidateId: null,
    applicationId: part._id,
    status: null,
    tier: 'hot',
    active: true,
    nextCheckAt: noon + 60_000,
    hint: null,
    urgent: false,
    activityAt: null,
    foundAt: noon,
    cursor: null,
    fullAt: null,
    lastReadAt: noon - 10_000,
    lastResult: null,
    leasedUntil: 0,
    leaseOwner: null,
    readSeq: 0,
    pinned: false,
    ...part,
  });
}

describe('the installation', () => {
  it('is found by its organization alone', async () => {
    await collections.installations.create(installationDoc({ _id: orgId, orgId }));
    expect((await readModel.installation({ orgId }))?.version).toBe(2);
    expect(await readModel.installation({ orgId: `${orgId}-other` })).toBeNull();
  });

  it('is counted within its life', async () => {
    await collections.jobs.create([own(jobDoc()), own(jobDoc({ jobId: 'job-2' }))]);
    await collections.roles.create([
      own(roleDoc()),
      own(roleDoc({ jobId: 'job-2', enabled: false })),
      own(roleDoc({ jobId: 'job-3', removed: true })),
      own(roleDoc({ jobId: 'job-4', generation: 'gen-0' })),
    ]);
    await collections.applications.create([
      row({ _id: 'a' }),
      row({ _id: 'b', active: false }),
      row({ _id: 'c', tier: 'done' }),
      row({ _id: 'd', kind: 'listing' }),
      row({ _id: 'e', kind: 'resolve', applicationId: null }),
    ]);
    await collections.interviews.create([
      own(interviewDoc()),
      own(interviewDoc({ interviewId: 'int-2', goneAt: noon })),
      own(interviewDoc({ interviewId: 'int-3', startsAt: noon - 86_400_000 })),
    ]);
    expect(await readModel.counts({ ...scope, now: noon })).toEqual({
      jobs: 2,
      roles: 2,
      enabledRoles: 1,
      watchedApplications: 2,
      upcomingInterviews: 1,
    });
    const upcoming = await readModel.upcomingByJob({ ...scope, jobIds: ['job-1'], now: noon });
    expect([...upcoming]).toEqual([['job-1', 1]]);
  });

  it('has what its watch says of itself, in this life alone', async () => {
    await collections.watch_reports.create(reportDoc({ _id: orgId, orgId }));
    await collections.subscriptions.create(
      subscriptionDoc({ _id: `${orgId}/gen-1`, orgId, state: 'suspended' }),
    );
    expect((await readModel.watchReport(scope))?.freshness.hot?.p95Seconds).toBe(42);
    expect((await readModel.subscription(scope))?.state).toBe('suspended');
    const other = { orgId, generation: 'gen-2' };
    expect(await readModel.watchReport(other)).toBeNull();
    expect(await readModel.subscription(other)).toBeNull();
  });

  it('knows when its catalogue was read', async () => {
    expect(await readModel.catalogueReadAt(scope)).toBeNull();
    await collections.applications.create(row({ _id: 'cat', kind: 'catalogue', lastReadAt: 77 }));
    expect(await readModel.catalogueReadAt(scope)).toBe(77);
  });
});

describe('lists', () => {
  const jobIdsOf = (page: { items: { jobId: string }[] }) => page.items.map(({ jobId }) => jobId);
  const noFilter = { q: null, department: null, location: null };

  it('go page by page by title and id, each item once, without other organizations', async () => {
    const titles = ['Zebra', 'Same', 'Same', 'Same', 'Alpha'];
    await collections.jobs.create(
      titles.map((title, n) => own(jobDoc({ jobId: `job-${n}`, title, _id: `job-${n}` }))),
    );
    await collections.jobs.create({
      ...jobDoc(),
      _id: `${orgId}-other/j`,
      orgId: `${orgId}-other`,
    });
    const seen: string[] = [];
    let after: Parameters<ReadModel['jobs']>[0]['after'] = null;
    do {
      const page = await readModel.jobs({ ...scope, ...noFilter, after, limit: 2 });
      seen.push(...jobIdsOf(page));
      after = page.next;
    } while (after !== null);
    expect(seen).toEqual(['job-4', 'job-1', 'job-2', 'job-3', 'job-0']);
  });

  it('search titles in any case and take signs as signs', async () => {
    const titles = ['C++ Engineer', 'C# Engineer', 'Engineer (m/w/d)', 'Designer'];
    await collections.jobs.create(
      titles.map((title, n) => own(jobDoc({ jobId: `job-${n}`, title, _id: `job-${n}` }))),
    );
    const find = async (q: string) =>
      jobIdsOf(await readModel.jobs({ ...scope, ...noFilter, q, after: null, limit: 10 }));
    expect(await find('engineer')).toEqual(['job-1', 'job-0', 'job-2']);
    expect(await find('c++')).toEqual(['job-0']);
    expect(await find('(m/w/d)')).toEqual(['job-2']);
    expect(await find('.*')).toEqual([]);
  });

  it('filter jobs by department and location, roles by their toggle', async () => {
    await collections.jobs.create([
      own(jobDoc({ _id: 'a', jobId: 'a', department: 'Sales' })),
      own(jobDoc({ _id: 'b', jobId: 'b', location: 'Paris' })),
    ]);
    await collections.roles.create([
      own(roleDoc({ _id: 'a', jobId: 'a', enabled: false })),
      own(roleDoc({ _id: 'b', jobId: 'b' })),
      own(roleDoc({ _id: 'c', jobId: 'c', removed: true })),
    ]);
    const page = { ...scope, after: null, limit: 10 };
    expect(jobIdsOf(await readModel.jobs({ ...page, ...noFilter, department: 'Sales' }))).toEqual([
      'a',
    ]);
    expect(jobIdsOf(await readModel.jobs({ ...page, ...noFilter, location: 'Paris' }))).toEqual([
      'b',
    ]);
    expect(jobIdsOf(await readModel.roles({ ...page, q: null, enabled: true }))).toEqual(['b']);
    expect(jobIdsOf(await readModel.roles({ ...page, q: null, enabled: null }))).toEqual([
      'a',
      'b',
    ]);
    expect((await readModel.role({ ...scope, jobId: 'c' }))?.removed).toBe(true);
    expect(await readModel.role({ ...scope, generation: 'gen-0', jobId: 'b' })).toBeNull();
  });
});

describe('interviews', () => {
  const noFilter = {
    jobId: null,
    from: null,
    to: null,
    verdict: null,
    state: null,
    outcome: null,
  };
  const idsOf = (page: { items: { interviewId: string }[] }) =>
    page.items.map(({ interviewId }) => interviewId);
  const progress = {
    state: 'ended' as const,
    outcome: 'missed' as const,
    outcomeAt: null,
    reason: 'lobby_timeout',
    plannedAt: noon,
    requestedAt: null,
    joinedAt: null,
    recordingStartedAt: null,
    endedAt: noon,
    attempt: 1,
    botId: null,
    roomKey: null,
    startsAt: noon,
    endsAt: noon,
  };

  it('are listed by start, in pages, within a range', async () => {
    await collections.interviews.create(
      [3, 1, 2, 2].map((hour, n) =>
        own(
          interviewDoc({ _id: `i${n}`, interviewId: `i${n}`, startsAt: noon + hour * 3_600_000 }),
        ),
      ),
    );
    const all: string[] = [];
    let after: Parameters<ReadModel['interviews']>[0]['after'] = null;
    do {
      const page = await readModel.interviews({ ...scope, ...noFilter, after, limit: 1 });
      all.push(...idsOf(page));
      after = page.next;
    } while (after !== null);
    expect(all).toEqual(['i1', 'i2', 'i3', 'i0']);
    const range = { from: noon + 2 * 3_600_000, to: noon + 3 * 3_600_000 };
    const page = await readModel.interviews({
      ...scope,
      ...noFilter,
      ...range,
      after: null,
      limit: 10,
    });
    expect(idsOf(page)).toEqual(['i2', 'i3']);
  });

  it('are found by verdict, and by the state and outcome of a session', async () => {
    const missed = { ...progress, sessionId: 'm-s1' };
    await collections.interviews.create([
      own(interviewDoc({ _id: 'w', interviewId: 'w' })),
      own(interviewDoc({ _id: 'm', interviewId: 'm', progress: { 'm-s1': missed } })),
    ]);
    const find = async (filter: Partial<typeof noFilter> & object) =>
      idsOf(
        await readModel.interviews({ ...scope, ...noFilter, ...filter, after: null, limit: 10 }),
      );
    expect(await find({ verdict: 'join' as never })).toEqual(['m', 'w']);
    expect(await find({ verdict: 'skip' as never })).toEqual([]);
    expect(await find({ state: 'waiting' as never })).toEqual(['w']);
    expect(await find({ state: 'ended' as never, outcome: 'missed' as never })).toEqual(['m']);
    expect(await find({ outcome: 'captured' as never })).toEqual([]);
    expect(await readModel.captures({ ...scope, since: noon, now: noon + 86_400_000 })).toEqual({
      captured: 0,
      missed: 1,
      missedByReason: [{ reason: 'lobby_timeout', count: 1 }],
    });
  });
});

describe('what expires', () => {
  it('is not read after its time, whatever the server removed', async () => {
    const past = new Date(noon - 1);
    await collections.commands.create([
      own(commandDoc({ commandId: 'old', _id: 'old', expiresAt: past })),
      own(commandDoc({ commandId: 'new', _id: 'new' })),
    ]);
    const command = (commandId: string) => readModel.command({ orgId, commandId, now: noon });
    expect(await command('old')).toBeNull();
    expect((await command('new'))?.state).toBe('done');

    await collections.changes.create([
      own(changeDoc({ seq: seqAt(1), _id: '1', expiresAt: past })),
      own(changeDoc({ seq: seqAt(2), _id: '2' })),
      own(changeDoc({ seq: seqAt(3), _id: '3' })),
    ]);
    const range = await readModel.changeRange({ orgId, now: noon });
    expect(range).toEqual({ oldest: seqAt(2), newest: seqAt(3) });
    const changes = await readModel.changesAfter({ orgId, seq: 0, limit: 10, now: noon });
    expect(changes.map(({ seq }) => seq)).toEqual([seqAt(2), seqAt(3)]);
  });
});

describe('the audit trail', () => {
  it('is read from its end, page by page', async () => {
    await collections.audit_events.create(
      [1, 2, 3].map((seq) => ({
        _id: `${orgId}/${seq}`,
        orgId,
        seq,
        at: noon,
        event: 'paused',
        by: 'user',
        subject: null,
        detail: {},
        prevHash: '',
        hash: '',
      })),
    );
    const first = await readModel.audit({ orgId, after: null, limit: 2 });
    expect(first.items.map(({ seq }) => seq)).toEqual([3, 2]);
    const second = await readModel.audit({ orgId, after: first.next, limit: 2 });
    expect(second.items.map(({ seq }) => seq)).toEqual([1]);
    expect(second.next).toBeNull();
  });
});

describe('inputs', () => {
  const upload = (id: string, part: Partial<CredentialDoc> = {}): CredentialDoc => ({
    _id: id,
    orgId,
    state: 'uploaded',
    sealed: 'first',
    budgetKey: 'b',
    createdAt: noon,
    expiresAt: new Date(noon + 1),
    ...part,
  });

  it('an upload is stored once, and taken back only while nobody has adopted it', async () => {
    const inputs = createMongoInputStore({ collections });
    const id = `${orgId}-cred`;
    await inputs.addUpload(upload(id));
    await inputs.addUpload(upload(id, { sealed: 'second' }));
    const stored = () => collections.credentials.findOne({ _id: id }).lean();
    expect((await stored())?.sealed).toBe('first');
    await inputs.discardUpload({ orgId: `${orgId}-other`, credentialRef: id });
    expect(await stored()).not.toBeNull();
    await collections.credentials.updateOne({ _id: id }, { $set: { state: 'in_use' } });
    await inputs.discardUpload({ orgId, credentialRef: id });
    expect(await stored()).not.toBeNull();
    await collections.credentials.updateOne({ _id: id }, { $set: { state: 'uploaded' } });
    await inputs.discardUpload({ orgId, credentialRef: id });
    expect(await stored()).toBeNull();
  });

  it('of fifty copies of one webhook exactly one is new', async () => {
    const inputs = createMongoInputStore({ collections });
    const receipt = {
      _id: `pillar/${orgId}`,
      source: 'notetaker/pillar',
      botKey: null,
      at: noon,
      expiresAt: new Date(noon),
    };
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => inputs.addWebhookReceipt(receipt)),
    );
    expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1);
  });
});

describe('the use of the vendor’s budget', () => {
  it('is that of the credential in use', async () => {
    const credentialRef = `${orgId}-cred`;
    expect(await readModel.budgetUse({ orgId, credentialRef, now: noon })).toBeNull();
    await collections.credentials.create({
      _id: credentialRef,
      orgId,
      state: 'in_use',
      sealed: 's',
      budgetKey: `${orgId}-budget`,
      createdAt: noon,
      expiresAt: null,
    });
    const read = () => readModel.budgetUse({ orgId, credentialRef, now: noon });
    expect(await read()).toEqual({ inFlight: 0, blockedUntil: null, slowFactor: 1 });
    await collections.provider_leases.create({
      _id: `${orgId}-budget`,
      rev: 1,
      nextAt: noon,
      blockedUntil: noon + 5,
      slowUntil: noon + 60_000,
      slowFactor: 4,
      leases: [
        { id: 'a', lane: 'watch', until: noon + 1 },
        { id: 'b', lane: 'watch', until: noon - 1 },
      ],
    });
    expect(await read()).toEqual({ inFlight: 1, blockedUntil: noon + 5, slowFactor: 4 });
  });
});

describe('an interviewer’s word', () => {
  it('is kept once, taken back once, and only for their organization', async () => {
    const inputs = createMongoInputStore({ collections });
    const person = { orgId, userHash: 'hash-of-a-person' };
    const other = { ...person, orgId: `${orgId}-other` };
    const say = (isOut: boolean, at: number) => inputs.setOptOut({ ...person, isOut, at });
    expect(await readModel.hasOptedOut(person)).toBe(false);
    await say(false, 1);
    await say(true, 2);
    await say(true, 3);
    expect([await readModel.hasOptedOut(person), await readModel.hasOptedOut(other)]).toEqual([
      true,
      false,
    ]);
    const kept = await collections.opt_outs.find({ orgId }).lean();
    expect(kept).toMatchObject([{ _id: `${orgId}/hash-of-a-person`, at: 2 }]);
    await inputs.setOptOut({ ...other, isOut: false, at: 4 });
    expect(await readModel.hasOptedOut(person)).toBe(true);
    await say(false, 5);
    expect(await readModel.hasOptedOut(person)).toBe(false);

    // The trail says that it happened, once each, and not who it was.
    const trail = await collections.audit_events.find({ orgId }).sort({ seq: 1 }).lean();
    expect(trail.map(({ event, at, by, subject }) => [event, at, by, subject])).toEqual([
      ['interviewer_opted_out', 2, 'interviewer', null],
      ['interviewer_opted_in', 5, 'interviewer', null],
    ]);
    expect(JSON.stringify(trail)).not.toContain(person.userHash);
  });
});

describe('a server that is away', () => {
  it('is told apart from every other fault', async () => {
    const uri = process.env.TEST_MONGODB_URI ?? '';
    const connection = await connectDatabase({ uri, appName: 'closed', timeoutMs: 500 });
    const closedCollections = collectionsOf({ database: connection });
    const model = createMongoReadModel({ database: connection, collections: closedCollections });
    const inputs = createMongoInputStore({ collections: closedCollections });
    expect(await model.isReachable()).toBe(true);
    await connection.close();
    await expect(model.installation({ orgId })).rejects.toMatchObject({
      name: 'StoreUnavailableError',
    });
    await expect(inputs.discardUpload({ orgId, credentialRef: 'x' })).rejects.toMatchObject({
      name: 'StoreUnavailableError',
    });
    expect(await model.isReachable()).toBe(false);
  });
});
