import { jest } from '@jest/globals';
import { createAuditorActivities } from '../../activities/auditor.js';
import { createInstallationActivities } from '../../activities/installation.js';
import {
  catalogueRowId,
  ensureFixedRows,
  setRoleRows,
} from '../../activities/watching/work-list.js';
import { hintVendorEvents } from '../../activities/webhooks/hint-events.js';
import { removeSubscription } from '../../activities/webhooks/removal.js';
import type { ReceiptDoc, VendorEventDoc, WorkRow } from '../../common/read-model/documents.js';
import { vendorFailure } from '../support/activity-deps.js';
import {
  applicationIdOf,
  command,
  createStage,
  hour,
  type Stage,
  snapshot,
  vendorInterview,
} from './stage.js';
import { followVendorEvents, webhooksOn } from './webhooks-stage.js';

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

const { vendor, atVendor, turnWith, stored, change, receive } = webhooksOn(() => stage);

/** As if the pauses of all events were over. */
const retryNow = () =>
  stage.deps.collections.vendor_events.updateMany(
    { retryAt: { $gt: 0 } },
    { $set: { retryAt: Date.now() } },
  );
const eventOf = (eventId: string) =>
  stage.deps.collections.vendor_events.findOne({ eventId }).lean<VendorEventDoc | null>();
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
    expect(await follow()).toBe(0);
    await retryNow();
    expect(await follow()).toBe(1);
    expect(await rows()).toHaveLength(2);
  });

  it('that waits is asked for after growing pauses, and hints at nothing meanwhile', async () => {
    await stage.addApplication(ada);
    stage.deps.company.beforeAnswer = async () => {
      throw vendorFailure('unavailable', 503);
    };
    const pauses: number[] = [];
    for (const ageMs of [0, 40_000, 20 * 60_000]) {
      await receive('application.status.updated', applicationOfAda, `age-${ageMs}`, {
        receivedAt: Date.now() - ageMs,
      });
      await follow();
      const event = await eventOf(`age-${ageMs}`);
      pauses.push(Math.round(((event?.retryAt ?? 0) - Date.now()) / 5_000) * 5);
      await stage.deps.collections.vendor_events.deleteOne({ eventId: `age-${ageMs}` });
    }
    expect(pauses).toEqual([10, 40, 300]);

    await receive('application.status.updated', applicationOfAda);
    await follow();
    const { hint } = await stage.row(ada);
    await stage.deps.collections.applications.updateMany({}, { $set: { nextCheckAt: 7 } });
    for (let times = 0; times < 3; times += 1) {
      await retryNow();
      await follow();
    }
    expect(await stage.row(ada)).toMatchObject({ hint, nextCheckAt: 7 });
  });

  it('about an interview does not stand behind any number that wait', async () => {
    await stage.addApplication(ada, { nextCheckAt: Date.now() + day });
    const old = { receivedAt: Date.now() - 60_000 };
    for (let at = 0; at < 210; at += 1) {
      const unknown = { ...applicationOfAda, application_id: `unknown-${at}` };
      await receive('application.status.updated', unknown, `unknown-${at}`, old);
    }
    await receive('interview.created', interviewOfAda);
    await hintVendorEvents(stage.deps, stage.life);
    expect(await stage.row(ada)).toMatchObject({ urgent: true });
    expect(stage.deps.company.calls).toEqual([]);
  });

  it('has a bounded number of applications asked for in one call', async () => {
    for (let at = 0; at < 30; at += 1) {
      await receive('interview.created', { ...interviewOfAda, application_id: `unknown-${at}` });
    }
    await follow();
    expect(stage.deps.company.calls).toHaveLength(20);
    await follow();
    expect(stage.deps.company.calls).toHaveLength(30);
  });

  it('has the rows of one application hinted at together with the others', async () => {
    const bert = { candidateId: 'candidate-2', jobId: 'job-1' };
    await stage.addApplication(ada);
    await stage.addApplication(bert);
    await receive('interview.created', interviewOfAda);
    await receive('interview.created', {
      ...interviewOfAda,
      application_id: applicationIdOf(bert),
    });
    const writes = jest.spyOn(stage.deps.collections.applications.collection, 'updateMany');
    await follow();
    expect(writes).toHaveBeenCalledTimes(2);
    writes.mockRestore();
    expect((await rows()).every(({ urgent }) => urgent)).toBe(true);
  });

  it('of a role that is turned off during the lookup makes no row that is watched', async () => {
    applied();
    const { roles } = stage.deps.collections;
    stage.deps.company.beforeAnswer = async () => {
      await roles.updateMany({}, { $set: { enabled: false } });
    };
    await receive('interview.created', interviewOfAda);
    expect(await follow()).toBe(1);
    expect((await rows()).filter(({ active }) => active)).toEqual([]);
  });

  it.each([
    ['application.created', applicationOfAda],
    ['interview.created', interviewOfAda],
  ])(
    '(%s) of a role that is turned off as its row is made leaves no row that is watched',
    async (eventName, body) => {
      applied();
      const { roles, applications } = stage.deps.collections;
      const { collection } = applications;
      const write = collection.bulkWrite.bind(collection);
      const turnedOff = jest.spyOn(collection, 'bulkWrite');
      turnedOff.mockImplementation((async (...args: Parameters<typeof write>) => {
        await roles.updateMany({}, { $set: { enabled: false } });
        await setRoleRows(stage.deps.collections, { ...stage.life, jobId: 'job-1', active: false });
        return await write(...args);
      }) as never);
      await receive(eventName, body);
      await follow();
      turnedOff.mockRestore();
      expect((await rows()).map(({ active }) => active)).toEqual([false]);
    },
  );

  it('of the status of a pinned application whose role is off costs no request', async () => {
    applied('REJECTED');
    await stage.addApplication(ada, { pinned: true });
    await stage.deps.collections.roles.updateMany({}, { $set: { enabled: false } });
    await receive('application.status.updated', applicationOfAda);
    expect(await follow()).toBe(1);
    expect(stage.deps.company.calls).toEqual([]);
    expect(await stage.row(ada)).toMatchObject({ active: true, hint: { reason: 'webhook' } });
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

  it('is not hidden by those of an organization that has very many', async () => {
    const receivedAt = Date.now() - 11_000;
    for (let at = 0; at < 501; at += 1) {
      await receive('job.created', { id: 'job-1' }, `other-${at}`, { orgId: 'paused', receivedAt });
    }
    await receive('interview.created', interviewOfAda, 'a', { receivedAt });
    await audit();
    expect(nudged).toEqual(['life-1']);
  });

  it('because its application has to be asked for later is left alone until then', async () => {
    const retryAt = Date.now() + 60_000;
    await receive('interview.created', interviewOfAda, 'a', {
      receivedAt: Date.now() - 11_000,
      retryAt,
    });
    await audit();
    expect(nudged).toEqual([]);
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

  it('tries again what the vendor did not answer, each subscription on its own', async () => {
    await turnWith();
    const client = await stage.deps.clients.clientFor('credential-1');
    const [{ callbackUrl } = { callbackUrl: '' }] = atVendor();
    await client.webhooks.createSubscription({ callbackUrl, events: [] });
    let failures = 0;
    stage.deps.company.beforeAnswer = async (call) => {
      if (call === 'deleteSubscription subscription-1' && failures < 2) {
        failures += 1;
        throw vendorFailure(failures === 1 ? 'unavailable' : 'throttled');
      }
    };
    stage.deps.times = { ...stage.deps.times, livenessMs: 5_000 };
    await stage.deps.run(() => removeSubscription(stage.deps, stage.life));
    expect([failures, atVendor()]).toEqual([2, []]);
  });

  it('erases an event that the API stored while it still knew the subscription', async () => {
    await turnWith();
    stage.deps.times = { ...stage.deps.times, retryMs: 400 };
    const erased = jest.spyOn(stage.deps.collections.vendor_events.collection, 'deleteMany');
    const late = new Promise<void>((resolve, reject) => {
      erased.mockImplementationOnce((async (filter: object) => {
        erased.mockRestore();
        const { vendor_events } = stage.deps.collections;
        const outcome = await vendor_events.collection.deleteMany(filter);
        receive('interview.created', interviewOfAda, 'late').then(resolve, reject);
        return outcome;
      }) as never);
    });
    await erase();
    await late;
    expect(await stage.deps.collections.vendor_events.countDocuments({})).toBe(0);
  });
});

describe('a credential that is replaced', () => {
  const replace = async () =>
    await stage.deps.run(() =>
      createInstallationActivities(stage.deps).applyInstallationChange({
        ...stage.life,
        snapshot: snapshot({ credentialRef: 'credential-2', version: 5 }),
        fence: null,
        command: command(),
        event: 'credentials_replaced',
        retiredCredentialRef: 'credential-1',
      }),
    );

  it('takes its subscription with it, and the next turn makes another', async () => {
    await turnWith();
    const before = await stored();
    await replace();
    expect(atVendor()).toEqual([]);
    expect(await stored()).toMatchObject({ state: 'preparing', keyHash: null, gap: true });
    await turnWith();
    const after = await stored();
    expect(after).toMatchObject({ state: 'active', gap: false });
    expect(after.keyHash).not.toBe(before.keyHash);
  });

  it('is replaced all the same when the vendor refuses, or does not answer', async () => {
    await turnWith();
    vendor().failure = vendorFailure('unavailable', 503);
    await replace();
    expect(await stored()).toMatchObject({ state: 'preparing', keyHash: null });
  });

  it('makes no subscription any more in a turn that began before', async () => {
    stage.deps.company.beforeAnswer = async (call) => {
      if (call === 'listSubscriptions') {
        const { installations } = stage.deps.collections;
        await installations.updateMany({}, { $set: { credentialRef: 'credential-2' } });
      }
    };
    expect((await turnWith()).row.lastResult).toBe('superseded');
    expect(atVendor()).toEqual([]);
  });
});
