import { createAuditorActivities } from '../../activities/auditor.js';
import { settleStop } from '../../activities/installation/settle-stop.js';
import { createInstallationActivities } from '../../activities/installation.js';
import { createJoinActivities } from '../../activities/join-interview.js';
import { NotetakerError } from '../../activities/notetaker/port.js';
import { auditHash } from '../../common/read-model/audit-trail.js';
import type { PlannedSession } from '../../common/read-model/documents.js';
import { highestEpoch, readFences } from '../../common/read-model/fences.js';
import { joinInterviewWorkflowId } from '../../workflows/contracts/ids.js';
import type { PendingStop } from '../../workflows/contracts/installation.js';
import { mergeDesired } from '../../workflows/state/join-plan.js';
import { command, createStage, minute, type Stage, snapshot, vendorInterview } from './stage.js';

let stage: Stage;
let join: ReturnType<typeof createJoinActivities>;

beforeEach(async () => {
  stage = await createStage();
  // What the auditor settles must be past a deadline by then, and a claim must not be.
  stage.deps.times = { ...stage.deps.times, claimMs: 10 * minute, requestDeadlineMs: minute };
  stage.deps.workflows.watching = true;
  join = createJoinActivities(stage.deps);
  await stage.install();
  await stage.addRole('job-1');
  await stage.addInterview(vendorInterview('one'));
});

afterEach(() => stage.close());

const audit = () => stage.deps.run(() => createAuditorActivities(stage.deps).audit({}));

async function attempt(interviewId = 'one') {
  const [planned] = (await stage.interview(interviewId)).plan;
  if (planned?.roomKey == null) throw new Error('no room');
  const { roomKey, startsAt, endsAt } = planned;
  const key = stage.session(interviewId);
  await join.claimRoom({
    ...key,
    jobId: 'job-1',
    attempt: 1,
    window: { roomKey, startsAt, endsAt },
  });
  return { ...key, attempt: 1, roomKey };
}

/** A request whose answer was lost; `made` says whether it came to a bot. */
async function lostRequest(made: boolean) {
  stage.deps.notetaker.onCreate = async (_request, make) => {
    if (made) make();
    throw new NotetakerError({ kind: 'unknown_outcome', operation: 'create' });
  };
  const at = await attempt();
  await join.requestBot(at);
  return at;
}

/** What its join has said about the interview's only session. */
async function recorded(event: 'planned' | 'requested' | 'captured' | 'missed'): Promise<void> {
  const { plan } = await stage.interview('one');
  const at = { now: Date.now(), times: stage.deps.times };
  const desired = { version: 1, jobId: 'job-1', mailDue: false, sessions: plan.map(wanted) };
  const [session] = mergeDesired({ interviewId: 'one', sessions: [], desired, ...at });
  if (session === undefined) throw new Error('no session');
  const outcome = event === 'planned' || event === 'requested' ? null : event;
  const outcomeAt = outcome === null ? null : at.now;
  const requestedAt = event === 'requested' ? at.now : null;
  const said = { ...session, outcome, outcomeAt, requestedAt };
  await join.recordSession({ ...stage.session('one'), event, session: said });
}

/** As if the interview had begun this long ago. */
async function startedAgo(agoMs: number): Promise<void> {
  const startsAt = Date.now() - agoMs;
  await stage.deps.collections.interviews.collection.updateOne(
    { interviewId: 'one' },
    { $set: { startsAt, 'plan.0.startsAt': startsAt } },
  );
}

const wanted = ({ sessionId, startsAt, endsAt, roomKey }: PlannedSession) => ({
  ...{ sessionId, startsAt, endsAt, roomKey, wantedAt: null },
  ...{ verdict: 'join' as const, code: 'will_join' as const },
});

/** As if the request had begun this long ago. */
async function began(agoMs: number): Promise<void> {
  const rooms = stage.deps.collections.claims.collection;
  await rooms.updateOne(
    { orgId: stage.life.orgId },
    { $set: { 'holders.0.requestDeadlineAt': Date.now() - agoMs } },
  );
}

function stopOf(
  at: { attempt: number; roomKey: string },
  state: PendingStop['holderState'],
): PendingStop {
  return {
    roomKey: at.roomKey,
    holderId: 'life-1/slot-one',
    attempt: at.attempt,
    interviewId: 'one',
    jobId: 'job-1',
    sessionId: 'slot-one',
    holderState: state,
    since: 1,
    reason: state === 'requesting' ? 'request_of_unknown_fate' : 'leaving',
  };
}

describe('the auditor', () => {
  it('removes a bot that nobody holds, and spares one that is asked for', async () => {
    stage.deps.notetaker.add({ key: 'test:forgotten', botId: 'orphan' });
    stage.deps.notetaker.add({ key: 'production:other', botId: 'foreign' });
    await lostRequest(true);
    const report = await audit();

    expect(stage.deps.notetaker.removed).toEqual(['orphan']);
    expect(report).toMatchObject({ orphansRemoved: 1 });
  });

  it('frees a claim past its end, and leaves one before it', async () => {
    await attempt();
    expect(await audit()).toMatchObject({ claimsFreed: 0 });
    await stage.deps.collections.claims.collection.updateOne(
      { orgId: stage.life.orgId },
      { $set: { 'holders.0.claimedUntil': Date.now() - 1 } },
    );
    expect(await audit()).toMatchObject({ claimsFreed: 1 });
    expect(await stage.holder('one')).toMatchObject({ state: 'free' });
  });

  it('settles a request past its deadline: by its bot when there is one', async () => {
    await lostRequest(true);
    await began(minute);
    stage.deps.workflows.running.add('one');
    await audit();
    expect(await stage.holder('one')).toMatchObject({ state: 'live', providerBotId: 'bot-1' });
  });

  it('settles a request without a bot only when none can come any more', async () => {
    await lostRequest(false);
    stage.deps.times = {
      ...stage.deps.times,
      settleByOthersMs: minute,
      lookupProvesMs: 10 * minute,
    };
    await began(2 * minute);
    expect(await audit()).toMatchObject({ requestsSettled: 0 });
    expect(await stage.holder('one')).toMatchObject({ state: 'requesting' });

    await began(11 * minute);
    expect(await audit()).toMatchObject({ requestsSettled: 1 });
    expect(await stage.holder('one')).toMatchObject({ state: 'free' });
  });

  it('brings a removal to its end that nobody follows', async () => {
    const at = await attempt();
    await join.requestBot(at);
    await stage.deps.run(() =>
      createInstallationActivities(stage.deps).applyRoleChange({
        ...stage.life,
        jobId: 'job-1',
        change: { kind: 'set', enabled: false, scheduled: 'include' },
        epoch: 5,
        command: command(),
      }),
    );
    expect(await audit()).toMatchObject({ stopsAdvanced: 1 });
    await audit();
    expect(await stage.holder('one')).toMatchObject({ state: 'free' });
    expect(stage.deps.notetaker.removed).toEqual(['bot-1']);
  });

  it('asks for no join by itself that a listing of all of them names', async () => {
    await join.requestBot(await attempt());
    const { workflows, notetaker } = stage.deps;
    workflows.running.add('one');
    workflows.listed.add(joinInterviewWorkflowId({ ...stage.life, interviewId: 'one' }));
    await audit();
    expect(workflows.asked).toEqual([]);
    workflows.listed.clear();
    await audit();
    expect(workflows.asked).toEqual(['one']);
    expect(notetaker.removed).toEqual([]);
  });

  it('asks for each join when they cannot be listed', async () => {
    await join.requestBot(await attempt());
    const { workflows, notetaker } = stage.deps;
    workflows.running.add('one');
    workflows.runningJoins = async () => {
      throw new Error('Temporal is busy');
    };
    await audit();
    expect(workflows.asked).toEqual(['one']);
    expect(notetaker.removed).toEqual([]);
  });

  it('gives a bot whose join is gone its join back while its interview is wanted', async () => {
    await recorded('planned');
    await join.requestBot(await attempt());
    stage.deps.workflows.running.delete('one');
    await audit();
    expect(stage.deps.workflows.told.at(-1)).toMatchObject({ interviewId: 'one', start: true });
    expect(stage.deps.notetaker.removed).toEqual([]);
    await audit();
    expect(stage.deps.notetaker.removed).toEqual([]);
  });

  it('does so also when it is too late for a bot to be asked for', async () => {
    await recorded('requested');
    await join.requestBot(await attempt());
    await startedAgo(20 * minute);
    stage.deps.workflows.running.delete('one');
    await audit();
    expect(stage.deps.workflows.told.at(-1)).toMatchObject({ interviewId: 'one', start: true });
    expect(stage.deps.notetaker.removed).toEqual([]);
  });

  it('abandons nothing while it cannot tell whether a join runs', async () => {
    await recorded('planned');
    await join.requestBot(await attempt());
    stage.deps.workflows.running.delete('one');
    stage.deps.workflows.tellJoin = async () => {
      throw new Error('Temporal is away');
    };
    await audit();
    expect(stage.deps.notetaker.removed).toEqual([]);
  });

  it.each(['captured', 'missed'] as const)(
    'takes a bot out whose join has ended as %s',
    async (outcome) => {
      await recorded(outcome);
      await join.requestBot(await attempt());
      stage.deps.workflows.running.delete('one');
      await audit();
      expect(stage.deps.notetaker.removed).toEqual(['bot-1']);
    },
  );

  it('takes a bot out whose join is gone when nobody wants it any more', async () => {
    await recorded('planned');
    await join.requestBot(await attempt());
    stage.deps.workflows.running.delete('one');
    await stage.deps.collections.roles.updateOne({ jobId: 'job-1' }, { $set: { enabled: false } });
    await audit();
    expect(stage.deps.notetaker.removed).toEqual(['bot-1']);
  });

  it('goes on with the others when one bot cannot be removed', async () => {
    stage.deps.notetaker.add({ key: 'test:first', botId: 'first' });
    stage.deps.notetaker.add({ key: 'test:second', botId: 'second' });
    let calls = 0;
    stage.deps.notetaker.onCall = async (operation) => {
      if (operation === 'remove' && calls++ === 0) {
        throw new NotetakerError({ kind: 'unavailable', operation: 'remove' });
      }
    };
    expect(await audit()).toMatchObject({ orphansRemoved: 1 });
    expect(stage.deps.notetaker.removed).toEqual(['second']);
  });
});

describe('a pending stop', () => {
  const settle = (stop: PendingStop) =>
    stage.deps.run(() => settleStop(stage.deps, { ...stage.life, stop }));

  it('of a request becomes a removal once the bot is found, and ends when it is gone', async () => {
    stage.deps.notetaker.leavesAtOnce = false;
    const at = await lostRequest(true);
    await began(minute);
    const first = await settle(stopOf(at, 'requesting'));
    expect(first.stop).toMatchObject({ holderState: 'stopping', reason: 'leaving' });

    stage.deps.notetaker.change('bot-1', { state: 'ended', outcome: 'removed' });
    expect(await settle(stopOf(at, 'stopping'))).toEqual({ stop: null });
    expect(await stage.holder('one')).toMatchObject({ state: 'free' });
  });

  it('says so while the provider cannot be reached, and holds on', async () => {
    const at = await attempt();
    await join.requestBot(at);
    stage.deps.notetaker.onCall = async () => {
      throw new NotetakerError({ kind: 'unavailable', operation: 'get' });
    };
    const { stop } = await settle(stopOf(at, 'stopping'));
    expect(stop).toMatchObject({ reason: 'provider_unreachable' });
    expect(await stage.holder('one')).toMatchObject({ state: 'stopping' });
  });

  it('about an attempt that is over touches no later one', async () => {
    const at = await attempt();
    await join.requestBot(at);
    expect(await settle({ ...stopOf(at, 'requesting'), attempt: 0 })).toEqual({ stop: null });
    expect(await stage.holder('one')).toMatchObject({ state: 'live' });
  });
});

describe('the erasure', () => {
  it('removes people and credentials; keeps fences, tombstones and a trail that still holds', async () => {
    const installation = createInstallationActivities(stage.deps);
    const { collections } = stage.deps;
    const { orgId } = stage.life;
    await collections.credentials.collection.insertOne({
      _id: 'credential-1' as never,
      orgId,
      sealed: 'x',
      budgetKey: 'b',
    });
    await installation.applyChoice({
      ...stage.life,
      interviewId: 'one',
      action: 'skip',
      sealedReason: null,
      sealedLink: null,
      epoch: 4,
      command: command(),
    });
    await installation.applyInstallationChange({
      ...stage.life,
      snapshot: snapshot({ phase: 'uninstalling', receiptId: 'receipt-1', version: 5 }),
      fence: { kind: 'installation', off: true, epoch: 5 },
      command: command(),
      event: 'uninstall_requested',
      retiredCredentialRef: null,
    });
    for (let times = 0; times < 2; times += 1) {
      await installation.eraseInstallation({ ...stage.life, receiptId: 'receipt-1' });
    }

    for (const name of [
      'installations',
      'credentials',
      'applications',
      'interviews',
      'jobs',
      'roles',
      'notifications',
      'claims',
    ] as const) {
      expect([name, await collections[name].collection.countDocuments({ orgId })]).toEqual([
        name,
        0,
      ]);
    }
    expect(await collections.tombstones.countDocuments({ orgId })).toBe(1);
    expect(await highestEpoch({ ...stage.deps, orgId })).toBe(5);
    const fences = await readFences({
      ...stage.deps,
      ...stage.life,
      jobId: 'job-1',
      interviewId: 'one',
    });
    expect(fences.off).toBe('installation');
    const trail = await collections.audit_events.find({ orgId }).sort({ seq: 1 }).lean();
    expect(trail.map(({ by }) => by).filter((by) => by !== 'system' && by !== 'erased')).toEqual(
      [],
    );
    let prevHash = '';
    for (const row of trail) {
      expect([row.prevHash, row.hash]).toEqual([prevHash, auditHash(row)]);
      prevHash = row.hash;
    }
    const receipt = await collections.receipts.findOne({ _id: 'receipt-1' }).lean();
    expect(receipt).toMatchObject({ state: 'completed', jws: expect.stringMatching(/^e/) });
  });

  it('lets the next life start above every epoch of the last one', async () => {
    await stage.fence({ kind: 'role', jobId: 'job-1' }, 41, true);
    const next = { orgId: stage.life.orgId, generation: 'life-2' };
    const { epoch } = await createInstallationActivities(stage.deps).openInstallation({
      ...next,
      snapshot: snapshot({ phase: 'validating' }),
      by: 'owner-1',
    });
    expect(epoch).toBe(42);
    const old = { ...stage.life, jobId: 'job-1', interviewId: 'one' };
    expect((await readFences({ ...stage.deps, ...old })).off).toBe('generation');
  });
});
