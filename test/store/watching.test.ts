import { applyRoleChange } from '../../activities/installation/role-change.js';
import { createWatchActivities } from '../../activities/interview-watch.js';
import { storeGone } from '../../activities/interviews/store-reading.js';
import { setRoleRows } from '../../activities/watching/work-list.js';
import type { ScopeReport } from '../../workflows/contracts/scopes.js';
import { vendorFailure } from '../support/activity-deps.js';
import {
  command,
  createStage,
  hour,
  minute,
  type Stage,
  vendorInterview,
  vendorJob,
} from './stage.js';

const applicant = { candidateId: 'candidate-1', jobId: 'job-1' };
const applicationId = 'application-candidate-1-job-1';

const attention = { explanation: '', remedy: '', since: 1 };

let stage: Stage;

beforeEach(async () => {
  stage = await createStage();
  await stage.install();
  await stage.addRole('job-1');
  stage.deps.company.jobs = [vendorJob('job-1')];
  stage.deps.company.webhooks.failure = vendorFailure('scope', 403);
});

afterEach(() => stage.close());

async function slice() {
  return await stage.deps.run(() =>
    createWatchActivities(stage.deps).watchSlice({ ...stage.life, budgetMs: 30_000 }),
  );
}

/** The vendor has these; the one list that is asked for says so. */
function vendorHas(...interviews: ReturnType<typeof vendorInterview>[]): void {
  stage.deps.company.lists.set(applicationId, interviews);
  for (const one of interviews) stage.deps.company.interviews.set(one.interviewId, one);
}

async function listsRole() {
  await setRoleRows(stage.deps.collections, { ...stage.life, jobId: 'job-1', active: true });
}

async function isDueAgain() {
  await stage.deps.collections.applications.updateMany({}, { $set: { nextCheckAt: Date.now() } });
}

async function codes() {
  const docs = await stage.deps.collections.interviews.find({ ...stage.life }).lean();
  return Object.fromEntries(docs.map((doc) => [doc.interviewId, doc.decision.code]));
}

describe('a slice of the watch', () => {
  it('finds, decides and tells, from the list of candidates to the join', async () => {
    stage.deps.company.applicants.set('job-1', [
      { candidateId: 'candidate-1', status: 'INTERVIEW' },
    ]);
    stage.deps.company.applications.set('candidate-1/job-1', applicationId);
    vendorHas(vendorInterview('one'));
    await listsRole();

    const report = await slice();

    expect(report).toMatchObject({ failed: 0, changed: 1 });
    expect(await codes()).toEqual({ one: 'will_join' });
    expect(stage.deps.workflows.told).toMatchObject([{ interviewId: 'one', start: true }]);
    expect((await stage.row(applicant)).tier).toBe('imminent');
  });

  it('a session that is absent and 404 is cancelled, and its join hears it', async () => {
    vendorHas(vendorInterview('one'));
    await stage.addApplication(applicant);
    await slice();
    vendorHas();
    stage.deps.company.interviews.delete('one');
    await isDueAgain();
    await slice();

    expect(await codes()).toEqual({ one: 'cancelled' });
    expect(stage.deps.workflows.told.at(-1)?.desired.sessions).toEqual([]);
  });

  it.each([
    [
      'it can still be read',
      () => stage.deps.company.interviews.set('one', vendorInterview('one')),
    ],
    [
      'it exists in a form that cannot be read',
      () => stage.deps.company.interviews.set('one', 'unreadable'),
    ],
    [
      'the list had items without an id',
      () => {
        stage.deps.company.interviews.delete('one');
        stage.deps.company.skipped = 1;
      },
    ],
    [
      'the list names it as unreadable',
      () => {
        stage.deps.company.interviews.delete('one');
        stage.deps.company.unreadable = [{ interviewId: 'one', reason: 'unknown_shape' }];
      },
    ],
  ])('an interview that is absent is kept when %s', async (_when, prepare) => {
    vendorHas(vendorInterview('one'));
    await stage.addApplication(applicant);
    await slice();
    stage.deps.company.lists.set(applicationId, []);
    prepare();
    await isDueAgain();
    await slice();

    expect((await stage.interview('one')).goneAt).toBeNull();
  });

  it.each([
    ['unavailable', 500],
    ['unavailable', null],
    ['contract', 200],
    ['throttled', 429],
    ['scope', 403],
    ['auth', 401],
    ['not_found', 404],
    ['rejected', 400],
  ] as const)(
    'a list that fails (%s, %s) cancels nothing and stays on the work list',
    async (kind, status) => {
      vendorHas(vendorInterview('one'));
      await stage.addApplication(applicant);
      await slice();
      const told = stage.deps.workflows.told.length;
      stage.deps.company.lists.set(applicationId, vendorFailure(kind, status) as never);
      stage.deps.company.interviews.delete('one');
      await isDueAgain();
      const report = await slice();

      expect(report.failed).toBeGreaterThan(0);
      expect(await codes()).toEqual({ one: 'will_join' });
      expect(stage.deps.workflows.told).toHaveLength(told);
      const row = await stage.row(applicant);
      expect(row).toMatchObject({
        active: true,
        leasedUntil: 0,
        leaseOwner: null,
        lastResult: kind,
      });
      expect(row.nextCheckAt).toBeLessThanOrEqual(Date.now() + stage.deps.watchPeriods.imminent);
    },
  );

  it.each(['unavailable', 'scope', 'contract'] as const)(
    'an absence that cannot be confirmed (%s) keeps the others from nothing',
    async (kind) => {
      vendorHas(vendorInterview('one'), vendorInterview('two'));
      await stage.addApplication(applicant);
      await slice();
      const told = stage.deps.workflows.told.length;
      const moved = vendorInterview('two', { startsAt: Date.now() + 30 * minute });
      vendorHas(moved, vendorInterview('three'));
      stage.deps.company.interviews.set('one', vendorFailure(kind));
      await isDueAgain();
      const report = await slice();

      expect(report.failed).toBe(1);
      expect((await stage.interview('one')).goneAt).toBeNull();
      expect(await codes()).toMatchObject({ three: 'will_join' });
      const heard = stage.deps.workflows.told.slice(told).map(({ interviewId }) => interviewId);
      expect(heard.sort()).toEqual(['three', 'two']);
    },
  );

  it('believes the new row of an interview whose candidate was merged into another one', async () => {
    const startsAt = Date.now() + 48 * hour;
    vendorHas(vendorInterview('one', { startsAt, endsAt: startsAt + hour }));
    await stage.addApplication(applicant, { readSeq: 40 });
    await slice();
    expect((await stage.interview('one')).readSeq).toBe(41);

    const merged = { candidateId: 'candidate-2', jobId: 'job-1' };
    const moved = vendorInterview('one', {
      startsAt: startsAt + hour,
      endsAt: startsAt + 2 * hour,
    });
    stage.deps.company.lists.delete(applicationId);
    stage.deps.company.lists.set('application-candidate-2-job-1', [moved]);
    stage.deps.company.interviews.set('one', moved);
    await stage.addApplication(merged);
    await slice();
    expect(await stage.interview('one')).toMatchObject({
      ...{ candidateId: 'candidate-2', startsAt: startsAt + hour, readSeq: 1 },
    });

    // What the old row was told before that no longer counts, however high its number.
    const doc = await stage.interview('one');
    await storeGone(stage.deps.collections, {
      ...{ ...stage.life, ...applicant, applicationId, interviewId: 'one' },
      ...{ readSeq: 50, readAt: doc.lastReadAt - 1 },
    });
    expect((await stage.interview('one')).goneAt).toBeNull();
  });

  it('is stopped by a credential that is refused, which an Owner hears', async () => {
    await stage.addApplication(applicant);
    stage.deps.company.authentication = vendorFailure('auth', 401);
    expect(await slice()).toMatchObject({ checked: 0 });
    expect(stage.deps.workflows.attentions).toEqual([{ code: 'credentials_rejected', open: true }]);
  });

  it('keeps the place that somebody gave a row while it was being read', async () => {
    vendorHas(vendorInterview('one', { startsAt: Date.now() + 48 * hour }));
    await stage.addApplication(applicant);
    let hastenedAt = 0;
    stage.deps.company.beforeAnswer = async (call) => {
      if (!call.startsWith('listInterviews') || hastenedAt !== 0) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
      hastenedAt = Date.now();
      await stage.deps.collections.applications.updateOne(
        { candidateId: 'candidate-1' },
        { $set: { nextCheckAt: hastenedAt } },
      );
    };
    await slice();

    const reads = stage.deps.company.calls.filter((call) => call.startsWith('listInterviews'));
    expect(reads).toHaveLength(2);
  });

  it('reads an application again whose candidate came back from the rejected', async () => {
    stage.deps.company.applicants.set('job-1', [
      { candidateId: 'candidate-1', status: 'REJECTED' },
    ]);
    await stage.addApplication(applicant, { status: 'REJECTED' });
    await slice();
    expect((await stage.row(applicant)).tier).toBe('done');

    stage.deps.company.applicants.set('job-1', [
      { candidateId: 'candidate-1', status: 'INTERVIEW' },
    ]);
    vendorHas(vendorInterview('one'));
    await listsRole();
    await slice();

    expect(await codes()).toEqual({ one: 'will_join' });
  });

  it('writes nothing of a row that another slice took over meanwhile', async () => {
    vendorHas(vendorInterview('one'));
    await stage.addApplication(applicant);
    stage.deps.company.beforeAnswer = async (call) => {
      if (!call.startsWith('listInterviews')) return;
      await stage.deps.collections.applications.updateOne(
        { candidateId: 'candidate-1' },
        { $set: { leaseOwner: 'another', leasedUntil: Date.now() + hour } },
      );
    };
    await slice();

    expect(await stage.row(applicant)).toMatchObject({ leaseOwner: 'another', lastReadAt: null });
  });

  it('does nothing for a life that is over, or paused', async () => {
    await stage.addApplication(applicant);
    await stage.install({ phase: 'paused', version: 2 });
    expect(await slice()).toMatchObject({ checked: 0, requests: 0 });
    expect(stage.deps.company.calls).toEqual([]);
  });
});

describe('a watch that cannot go on', () => {
  const people = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      candidateId: `candidate-${index}`,
      jobId: 'job-1',
    }));

  it('waits for the leases of a slice that died', async () => {
    const leasedUntil = Date.now() + 2 * minute;
    await slice();
    await stage.addApplication(applicant, { nextCheckAt: 1, leasedUntil, leaseOwner: 'dead' });
    await stage.addApplication(
      { ...applicant, candidateId: 'later' },
      { nextCheckAt: leasedUntil + hour },
    );

    expect(await slice()).toMatchObject({ checked: 0, nextDueAt: leasedUntil });
  });

  it('leaves a vendor that is away alone for a while, whatever is due', async () => {
    for (const one of people(24)) {
      await stage.addApplication(one);
      const id = `application-${one.candidateId}-job-1`;
      stage.deps.company.lists.set(id, vendorFailure('unavailable', 503) as never);
    }
    const before = Date.now();
    const { failed, nextDueAt } = await slice();

    expect(failed).toBeLessThan(24);
    expect(nextDueAt).toBeGreaterThanOrEqual(before + stage.deps.watchPeriods.retry);
  });

  it('parks when its credential is refused, with all rows due for the next one', async () => {
    await stage.addApplication(applicant);
    stage.deps.company.lists.set(applicationId, vendorFailure('auth', 401) as never);

    const before = Date.now();
    const { nextDueAt } = await slice();
    expect(nextDueAt).toBeGreaterThanOrEqual(before + stage.deps.watchPeriods.retry);
    expect((await stage.row(applicant)).nextCheckAt).toBeLessThanOrEqual(Date.now());
  });
});

describe('a scope that was withdrawn', () => {
  const shown = { ...attention, code: 'scope_missing' as const };
  const refuse = () =>
    stage.deps.company.lists.set(applicationId, vendorFailure('scope', 403) as never);

  beforeEach(async () => {
    await stage.addApplication(applicant);
    await stage.addApplication({ ...applicant, candidateId: 'candidate-2' });
    stage.deps.company.lists.set('application-candidate-2-job-1', []);
  });

  it('is told to an Owner once', async () => {
    refuse();
    stage.deps.company.lists.set(
      'application-candidate-2-job-1',
      vendorFailure('scope', 403) as never,
    );
    await slice();
    expect(stage.deps.workflows.attentions).toEqual([{ code: 'scope_missing', open: true }]);

    await stage.install({ attentions: [shown], version: 2 });
    await isDueAgain();
    await slice();
    expect(stage.deps.workflows.attentions).toHaveLength(1);
  });

  it('is over when nothing is refused any more', async () => {
    refuse();
    await slice();
    await stage.install({ attentions: [shown], version: 2 });
    await stage.deps.collections.applications.updateOne(
      { candidateId: 'candidate-2' },
      { $set: { nextCheckAt: Date.now() } },
    );
    await slice();
    expect(stage.deps.workflows.attentions).toHaveLength(1);

    vendorHas();
    await isDueAgain();
    await slice();
    expect(stage.deps.workflows.attentions.at(-1)).toEqual({ code: 'scope_missing', open: false });
  });

  it('of which the probes know is over only when they say so', async () => {
    vendorHas();
    const scope: ScopeReport = {
      scope: 'jobs_read',
      status: 'missing',
      features: [],
      checkedAt: 1,
    };
    await stage.install({ attentions: [shown], scopes: [scope], version: 2 });
    await slice();
    expect(stage.deps.workflows.attentions).toEqual([]);
  });
});

describe('the catalogue', () => {
  it('that breaks off closes no job; a whole one does', async () => {
    await slice();
    stage.deps.company.jobs = vendorFailure('unavailable', 502);
    await isDueAgain();
    await slice();
    const open = () =>
      stage.deps.collections.jobs.countDocuments({ orgId: stage.life.orgId, open: true });
    expect(await open()).toBe(1);

    stage.deps.company.jobs = [];
    await isDueAgain();
    await stage.deps.collections.applications.updateOne(
      { kind: 'catalogue' },
      { $set: { fullAt: null, cursor: null } },
    );
    await slice();
    expect(await open()).toBe(0);
  });
});

describe('interviews that were scheduled before the role was on', () => {
  const notScheduledNow = { enabledAt: Date.now() - minute, scheduled: 'exclude' as const };
  const setRole = (change: object) =>
    stage.deps.collections.roles.updateOne({ _id: `${stage.life.orgId}/job-1` }, { $set: change });

  it('stay out until they are moved or their role is turned on with them', async () => {
    await setRole(notScheduledNow);
    vendorHas(vendorInterview('one'), vendorInterview('two'));
    await stage.addApplication(applicant);
    await slice();
    expect(await codes()).toEqual({ one: 'excluded', two: 'excluded' });

    vendorHas(
      vendorInterview('one', { startsAt: Date.now() + 20 * minute }),
      vendorInterview('two'),
    );
    stage.deps.company.lists.set(applicationId, [
      vendorInterview('one', { startsAt: Date.now() + 20 * minute }),
      { ...vendorInterview('two'), timeslots: await storedSlots() },
    ]);
    await isDueAgain();
    await slice();
    expect(await codes()).toEqual({ one: 'will_join', two: 'excluded' });

    await setRole({ scheduled: 'include' });
    await isDueAgain();
    await slice();
    expect(await codes()).toEqual({ one: 'will_join', two: 'will_join' });
  });

  describe('when the role is turned on once more', () => {
    let epoch = 1;
    const turn = async (enabled: boolean, scheduled: 'include' | 'exclude') => {
      epoch += 1;
      await applyRoleChange(stage.deps, {
        ...stage.life,
        jobId: 'job-1',
        change: { kind: 'set', enabled, scheduled },
        epoch,
        command: command(),
      });
    };
    const first = vendorInterview('one');

    beforeEach(async () => {
      epoch = 1;
      vendorHas(first);
      await stage.addApplication(applicant);
      await slice();
      await turn(false, 'include');
    });

    it('without them, what was seen before is out until it is moved', async () => {
      const movedWhileOff = vendorInterview('one', { startsAt: Date.now() + 40 * minute });
      await turn(true, 'exclude');
      vendorHas(movedWhileOff);
      await isDueAgain();
      await slice();
      expect(await codes()).toEqual({ one: 'excluded' });

      vendorHas(vendorInterview('one', { startsAt: Date.now() + 20 * minute }));
      await isDueAgain();
      await slice();
      expect(await codes()).toEqual({ one: 'will_join' });
    });

    it('with them, what was out is in again and its mails are counted', async () => {
      await turn(true, 'exclude');
      await slice();
      await turn(true, 'include');

      expect(await stage.interview('one')).toMatchObject({ excluded: false });
      const role = await stage.deps.collections.roles.findOne({ jobId: 'job-1' }).lean();
      expect(role).toMatchObject({ mailHold: 'counting', enabled: true });
      await slice();
      expect(await codes()).toEqual({ one: 'will_join' });
    });
  });

  async function storedSlots() {
    const { timeslots } = vendorInterview('two');
    const { startsAt, endsAt } = await stage.interview('two');
    return timeslots.map((slot) => ({ ...slot, startsAt, endsAt }));
  }
});
