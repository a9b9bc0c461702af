import { createAuditorActivities } from '../../activities/auditor.js';
import { createInstallationActivities } from '../../activities/installation.js';
import { catalogueRowId, ensureFixedRows } from '../../activities/watching/work-list.js';
import { followVendorEvents } from '../../activities/webhooks/follow-events.js';
import { removeSubscription } from '../../activities/webhooks/removal.js';
import type { ReceiptDoc, WorkRow } from '../../common/read-model/documents.js';
import { vendorFailure } from '../support/activity-deps.js';
import { applicationIdOf, createStage, hour, type Stage, vendorInterview } from './stage.js';
import { webhooksOn } from './webhooks-stage.js';

const day = 24 * hour;
const ada = { candidateId: 'candidate-1', jobId: 'job-1' };
const adas = applicationIdOf(ada);

let stage: Stage;

beforeEach(async () => {
  stage = await createStage();
  await stage.install();
  await stage.addRole('job-1');
  await ensureFixedRows(stage.deps.collections, stage.life);
});

afterEach(() => stage.close());

const { vendor, atVendor, turnWith, change, receive } = webhooksOn(() => stage);

const follow = () => followVendorEvents(stage.deps, stage.life);
const interviewOfAda = { interview_id: 'int-1', application_id: adas, candidate_id: 'candidate-1' };
const applicationOfAda = {
  job_id: 'job-1',
  candidate_id: 'candidate-1',
  application_id: adas,
};

async function rows(): Promise<WorkRow[]> {
  return await stage.deps.collections.applications
    .find({ orgId: stage.life.orgId, kind: { $in: ['application', 'resolve'] } })
    .lean<WorkRow[]>();
}

/** Ada applied: the vendor knows it, and we do not. */
function applied(status = 'INTERVIEW'): void {
  const { applicants, applications } = stage.deps.company;
  applicants.set('job-1', [{ candidateId: 'candidate-1', status }]);
  applications.set('candidate-1/job-1', adas);
}

describe('an event that came in', () => {
  it('is followed once', async () => {
    expect(await follow()).toBe(0);
    await stage.addApplication(ada);
    await receive('interview.created', interviewOfAda);
    expect(await follow()).toBe(1);
    expect(await follow()).toBe(0);
  });

  it.each(['interview.created', 'interview.updated', 'interview.canceled'])(
    '(%s) has its application read before any sweep',
    async (eventName) => {
      await stage.addApplication(ada, { tier: 'cold', nextCheckAt: Date.now() + day });
      await receive(eventName, interviewOfAda);
      await follow();
      const row = await stage.row(ada);
      expect(row).toMatchObject({ tier: 'hot', urgent: true, hint: { reason: 'webhook' } });
      expect(row.nextCheckAt).toBeLessThanOrEqual(Date.now());
      expect(stage.deps.company.calls).toEqual([]);
    },
  );

  it('about an interview that is known needs no application in it', async () => {
    await stage.addInterview(vendorInterview('int-1'));
    await receive('interview.updated', { interview_id: 'int-1' });
    await follow();
    expect(await stage.row(ada)).toMatchObject({ urgent: true });
  });

  it('about an application that is not known has it looked up and read', async () => {
    applied();
    await receive('interview.created', interviewOfAda);
    await receive('interview.updated', interviewOfAda);
    await follow();
    expect(stage.deps.company.calls).toEqual([`getJobApplication ${adas}`]);
    expect(await rows()).toMatchObject([
      { ...ada, kind: 'application', applicationId: adas, status: 'INTERVIEW', urgent: true },
    ]);
  });

  it('about an application that the vendor does not know comes to nothing', async () => {
    await receive('interview.created', interviewOfAda);
    expect(await follow()).toBe(1);
    expect(await rows()).toEqual([]);
  });

  it('waits while its application cannot be looked up, and holds up no other', async () => {
    applied();
    await stage.addApplication({ candidateId: 'candidate-2', jobId: 'job-1' });
    await receive('interview.created', interviewOfAda, 'waits');
    const known = applicationIdOf({ candidateId: 'candidate-2', jobId: 'job-1' });
    await receive('interview.created', { interview_id: 'int-2', application_id: known }, 'goes');
    stage.deps.company.applications.set('candidate-1/job-1', adas);
    stage.deps.company.beforeAnswer = async () => {
      throw vendorFailure('unavailable', 503);
    };
    expect(await follow()).toBe(1);
    stage.deps.company.beforeAnswer = async () => undefined;
    expect(await follow()).toBe(1);
    expect(await rows()).toHaveLength(2);
  });

  it('does not wait for ever', async () => {
    stage.deps.company.beforeAnswer = async () => {
      throw vendorFailure('unavailable', 503);
    };
    await receive('interview.created', interviewOfAda, 'old', {
      receivedAt: Date.now() - 2 * hour,
    });
    expect(await follow()).toBe(1);
  });

  it('of a new application makes its row without a request', async () => {
    await receive('application.created', applicationOfAda);
    await follow();
    expect(stage.deps.company.calls).toEqual([]);
    expect(await rows()).toMatchObject([
      { ...ada, kind: 'application', applicationId: adas, hint: { reason: 'webhook' } },
    ]);
  });

  it('of a new application gives its id to a row that was to be resolved', async () => {
    await stage.addApplication(ada, { applicationId: null, kind: 'resolve' } as Partial<WorkRow>);
    await receive('application.created', applicationOfAda);
    await follow();
    expect(await rows()).toMatchObject([{ ...ada, kind: 'application', applicationId: adas }]);
  });

  it('of a status has the status asked for, since none is said', async () => {
    applied('REJECTED');
    await stage.addApplication(ada);
    await receive('application.status.updated', applicationOfAda);
    await follow();
    expect(stage.deps.company.calls).toEqual([`getJobApplication ${adas}`]);
    expect(await stage.row(ada)).toMatchObject({ status: 'REJECTED', hint: { reason: 'webhook' } });
  });

  it.each(['application.created', 'application.status.updated'])(
    '(%s) of a role that is off costs nothing',
    async (eventName) => {
      applied();
      await stage.addRole('job-2', { enabled: false });
      await receive(eventName, { ...applicationOfAda, job_id: 'job-2' });
      expect(await follow()).toBe(1);
      expect(stage.deps.company.calls).toEqual([]);
      expect(await rows()).toEqual([]);
    },
  );

  it('of an interview of a role that is off makes no row', async () => {
    applied();
    await stage.deps.collections.roles.updateMany({}, { $set: { enabled: false } });
    await receive('interview.created', interviewOfAda);
    expect(await follow()).toBe(1);
    expect(await rows()).toEqual([]);
  });

  it('of an application whose role was turned off leaves its row off', async () => {
    applied();
    await stage.addApplication(ada, { active: false });
    await stage.deps.collections.roles.updateMany({}, { $set: { enabled: false } });
    await receive('application.status.updated', applicationOfAda);
    await receive('interview.created', interviewOfAda);
    await follow();
    expect(await stage.row(ada)).toMatchObject({ active: false });
    expect(stage.deps.company.calls).toEqual([]);
  });

  it.each(['job.created', 'job.status.updated'])('(%s) has the jobs read', async (eventName) => {
    const _id = catalogueRowId(stage.life);
    const { applications } = stage.deps.collections;
    await applications.updateOne({ _id }, { $set: { nextCheckAt: Date.now() + day } });
    await receive(eventName, { id: 'job-1' });
    await follow();
    const row = await applications.findOne({ _id }).lean<WorkRow | null>();
    expect(row?.nextCheckAt).toBeLessThanOrEqual(Date.now());
  });

  it('of a deleted candidate has every application of theirs read, and deletes nothing', async () => {
    await stage.addInterview(vendorInterview('int-1'));
    await stage.addApplication({ candidateId: 'candidate-2', jobId: 'job-1' });
    await receive('candidate.deleted', { id: 'candidate-1' });
    await follow();
    expect(await stage.row(ada)).toMatchObject({ urgent: true });
    expect((await stage.row({ candidateId: 'candidate-2', jobId: 'job-1' })).urgent).toBe(false);
    expect((await stage.interview('int-1')).goneAt).toBeNull();
  });

  it('of another life is not followed', async () => {
    await receive('interview.created', interviewOfAda, 'other', { generation: 'life-0' });
    expect(await follow()).toBe(0);
  });

  it('is hinted at again by a crash before it counts as followed, and no more', async () => {
    await stage.addApplication(ada);
    await receive('interview.created', interviewOfAda);
    stage.deps.at.events_hinted = async () => {
      throw new Error('the process died');
    };
    await expect(follow()).rejects.toThrow('the process died');
    expect(await stage.row(ada)).toMatchObject({ urgent: true });
    delete stage.deps.at.events_hinted;
    expect(await follow()).toBe(1);
    expect(await follow()).toBe(0);
    expect(await rows()).toHaveLength(1);
  });

  it('is one of many that are taken in bounded steps', async () => {
    await stage.addApplication(ada);
    for (let at = 0; at < 205; at += 1) await receive('interview.updated', interviewOfAda);
    expect([await follow(), await follow(), await follow()]).toEqual([200, 5, 0]);
  });
});

describe('an event that nobody follows', () => {
  const audit = () => stage.deps.run(() => createAuditorActivities(stage.deps).audit({}));
  let nudged: string[];

  beforeEach(() => {
    nudged = [];
    stage.deps.workflows.nudgeWatch = async ({ generation }) => void nudged.push(generation);
  });

  it('for ten seconds has the auditor nudge its watch, once for all', async () => {
    const receivedAt = Date.now() - 11_000;
    await receive('interview.created', interviewOfAda, 'a', { receivedAt });
    await receive('interview.created', interviewOfAda, 'b', { receivedAt });
    await audit();
    expect(nudged).toEqual(['life-1']);
  });

  it('yet, or was followed, or belongs to a life that is over, is left alone', async () => {
    const receivedAt = Date.now() - 11_000;
    await receive('interview.created', interviewOfAda, 'fresh');
    await receive('interview.created', interviewOfAda, 'done', { receivedAt, followedAt: 1 });
    await receive('interview.created', interviewOfAda, 'past', {
      receivedAt,
      generation: 'life-0',
    });
    await audit();
    expect(nudged).toEqual([]);
  });

  it('goes when it is past its time', async () => {
    await receive('interview.created', interviewOfAda, 'a', {
      expiresAt: new Date(Date.now() - 1),
    });
    await audit();
    expect(await stage.deps.collections.vendor_events.countDocuments({})).toBe(0);
  });
});

describe('an uninstall', () => {
  const erase = async () => {
    const activities = createInstallationActivities(stage.deps);
    const input = { ...stage.life, receiptId: 'receipt-1' };
    await stage.deps.collections.receipts.collection.insertOne({
      _id: 'receipt-1' as never,
      ...stage.life,
      state: 'uninstalling',
      erased: null,
      requestedAt: Date.now(),
    });
    await stage.deps.run(() => activities.eraseInstallation(input));
    return await stage.deps.collections.receipts
      .findOne({ _id: 'receipt-1' })
      .lean<ReceiptDoc | null>();
  };

  it('deletes the subscription at the vendor and everything about webhooks here', async () => {
    await turnWith();
    await receive('interview.created', interviewOfAda);
    await stage.deps.collections.watch_reports.collection.insertOne({
      _id: stage.life.orgId as never,
      ...stage.life,
    });
    const receipt = await erase();
    expect(atVendor()).toEqual([]);
    expect(receipt).toMatchObject({
      state: 'completed',
      erased: { subscriptions: 1, vendor_events: 1, watch_reports: 1 },
    });
    for (const name of ['subscriptions', 'vendor_events', 'watch_reports'] as const) {
      expect(await stage.deps.collections[name].collection.countDocuments({})).toBe(0);
    }
  });

  it('also deletes one whose id was never stored, and nothing of others', async () => {
    await turnWith();
    await change({ subscriptionId: null });
    const client = await stage.deps.clients.clientFor('credential-1');
    await client.webhooks.createSubscription({ callbackUrl: 'https://else.test/x', events: [] });
    await stage.deps.run(() => removeSubscription(stage.deps, stage.life));
    expect(atVendor().map(({ callbackUrl }) => callbackUrl)).toEqual(['https://else.test/x']);
  });

  it.each(['unavailable', 'scope', 'auth'] as const)(
    'goes on when the vendor answers with %s',
    async (kind) => {
      await turnWith();
      vendor().failure = vendorFailure(kind);
      expect((await erase())?.state).toBe('completed');
    },
  );

  it('asks the vendor nothing when there never was a subscription', async () => {
    vendor().failure = vendorFailure('scope', 403);
    await turnWith();
    stage.deps.company.calls.length = 0;
    await erase();
    expect(stage.deps.company.calls).toEqual([]);
  });
});
