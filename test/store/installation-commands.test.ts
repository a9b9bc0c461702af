import { createInstallationActivities } from '../../activities/installation.js';
import { reconcileInterview } from '../../activities/interviews/reconcile.js';
import { createJoinActivities } from '../../activities/join-interview.js';
import type { InstallationDoc, RoleDoc } from '../../common/read-model/documents.js';
import { readFences } from '../../common/read-model/fences.js';
import { protocolTimes, scaleTimes } from '../../workflows/contracts/protocol-times.js';
import { defaultSettings } from '../../workflows/contracts/settings.js';
import { vendorFailure } from '../support/activity-deps.js';
import {
  command,
  createStage,
  openSettings,
  type Stage,
  snapshot,
  vendorInterview,
  vendorJob,
} from './stage.js';

let stage: Stage;
let activities: ReturnType<typeof createInstallationActivities>;
let join: ReturnType<typeof createJoinActivities>;

beforeEach(async () => {
  // A request has its time even on a busy machine: these tests are not about deadlines.
  stage = await createStage({ times: scaleTimes(protocolTimes, 0.1) });
  activities = createInstallationActivities(stage.deps);
  join = createJoinActivities(stage.deps);
  await stage.install();
});

afterEach(() => stage.close());

async function installation(): Promise<InstallationDoc | null> {
  return await stage.deps.collections.installations
    .findOne({ _id: stage.life.orgId })
    .lean<InstallationDoc | null>();
}

async function role(jobId: string): Promise<RoleDoc | null> {
  return await stage.deps.collections.roles
    .findOne({ _id: `${stage.life.orgId}/${jobId}` })
    .lean<RoleDoc | null>();
}

async function fencesOf(jobId: string, interviewId = 'one') {
  return await readFences({ ...stage.deps, ...stage.life, jobId, interviewId });
}

async function claim(interviewId: string, attempt = 1) {
  const [planned] = (await stage.interview(interviewId)).plan;
  if (planned?.roomKey == null) throw new Error('no room');
  const { roomKey, startsAt, endsAt } = planned;
  return await join.claimRoom({
    ...stage.session(interviewId),
    jobId: (await stage.interview(interviewId)).jobId,
    attempt,
    window: { roomKey, startsAt, endsAt },
  });
}

async function request(interviewId: string, attempt = 1) {
  const roomKey = await stage.roomOf(interviewId);
  return await join.requestBot({ ...stage.session(interviewId), attempt, roomKey });
}

function setRole(jobId: string, enabled: boolean, epoch: number, by = command()) {
  return activities.applyRoleChange({
    ...stage.life,
    jobId,
    change: { kind: 'set', enabled, scheduled: 'include' },
    epoch,
    command: by,
  });
}

function choose(
  action: 'join' | 'skip' | 'reset',
  epoch: number,
  sealedLink: string | null = null,
) {
  return activities.applyChoice({
    ...stage.life,
    interviewId: 'one',
    action,
    sealedReason: null,
    sealedLink,
    epoch,
    command: command(),
  });
}

/** Change of settings, as the installation's workflow asks for it. */
function changeSettings(version: number, settings = openSettings, epoch: number | null = null) {
  return activities.applyInstallationChange({
    ...stage.life,
    snapshot: snapshot({ version, settings }),
    fence: epoch === null ? null : { kind: 'settings', epoch },
    command: command(),
    event: 'settings_changed',
    retiredCredentialRef: null,
  });
}

describe('an older word', () => {
  it('never overwrites a newer version of the installation', async () => {
    await stage.install({ version: 7 });
    await stage.install({ version: 3, phase: 'paused' });

    expect(await installation()).toMatchObject({ version: 7, phase: 'active' });
  });

  it('of an earlier life does not bring that life back', async () => {
    const next = { orgId: stage.life.orgId, generation: 'life-2' };
    await activities.openInstallation({ ...next, snapshot: snapshot(), by: 'owner-1' });

    await stage.install({ version: 9 });

    expect(await installation()).toMatchObject({ generation: 'life-2' });
  });

  it.each([true, false])(
    'about a role (enabled: %s) changes nothing after a newer one',
    async (late) => {
      await setRole('job-1', !late, 6);
      const before = await role('job-1');

      await setRole('job-1', late, 5);

      expect(await role('job-1')).toEqual(before);
      expect((await fencesOf('job-1')).off).toBe(late ? 'role' : null);
      const rows = await stage.deps.collections.applications.find({ jobId: 'job-1' }).lean();
      expect(rows.every((row) => row.active === !late)).toBe(true);
    },
  );

  it.each(['join', 'skip'] as const)(
    'about an interview (%s) changes nothing after a newer one',
    async (late) => {
      await stage.addRole('job-1');
      await stage.addInterview(vendorInterview('one'));
      await choose(late === 'join' ? 'skip' : 'join', 6);
      const { choice, decision } = await stage.interview('one');

      await choose(late, 5);

      expect(await stage.interview('one')).toMatchObject({ choice, decision });
      expect(await stage.deps.collections.tombstones.countDocuments()).toBe(
        late === 'join' ? 1 : 0,
      );
    },
  );
});

describe('a role that is turned off', () => {
  beforeEach(async () => {
    await setRole('job-1', true, 2);
    await setRole('job-2', true, 3);
    await stage.addInterview(vendorInterview('one'));
    await stage.addInterview(vendorInterview('other', { jobId: 'job-2' }));
  });

  it('frees its claims, takes its bots out, names its requests, and spares all others', async () => {
    await stage.addInterview(vendorInterview('live'));
    await stage.addInterview(vendorInterview('asked'));
    for (const id of ['one', 'other', 'live', 'asked']) await claim(id);
    await request('live');
    stage.deps.at.fences_read = async () => {
      throw new Error('killed');
    };
    await expect(request('asked')).rejects.toThrow('killed');

    const { stops } = await setRole('job-1', false, 4);

    expect(
      stops
        .map(({ interviewId, holderState, reason }) => [interviewId, holderState, reason])
        .sort(([one = ''], [other = '']) => one.localeCompare(other)),
    ).toEqual([
      ['asked', 'requesting', 'request_of_unknown_fate'],
      ['live', 'stopping', 'leaving'],
    ]);
    expect(await stage.holder('one')).toMatchObject({ state: 'free' });
    expect(await stage.holder('other')).toMatchObject({ state: 'claimed' });
    expect((await stage.interview('live')).stopping).toMatchObject({ reason: 'leaving' });
    expect((await installation())?.stopping).toHaveLength(2);
  });

  it('spares an interview for which a person asked', async () => {
    await choose('join', 4);
    await claim('one');
    await request('one');

    expect(await setRole('job-1', false, 5)).toEqual({ stops: [] });
    expect(await stage.holder('one')).toMatchObject({ state: 'live' });
  });

  it('comes to the same end when the process dies after its fence and again after its listing', async () => {
    await claim('one');
    const by = command();
    for (const step of ['fence_written', 'holders_listed'] as const) {
      stage.deps.at[step] = async () => {
        throw new Error('killed');
      };
      await expect(setRole('job-1', false, 4, by)).rejects.toThrow('killed');
      delete stage.deps.at[step];
    }
    expect(await setRole('job-1', false, 4, by)).toEqual({ stops: [] });

    expect(await role('job-1')).toMatchObject({ enabled: false, version: 2, epoch: 4 });
    expect(await stage.holder('one')).toMatchObject({ state: 'free' });
    const stored = await stage.deps.collections.commands
      .findOne({ commandId: by.meta.commandId })
      .lean();
    expect(stored).toMatchObject({ state: 'done' });
  });

  it('is refused when somebody else changed it meanwhile, and then nothing is fenced', async () => {
    await expect(setRole('job-1', false, 4, command({ ifVersion: 7 }))).rejects.toMatchObject({
      type: 'VersionMismatch',
    });
    expect((await fencesOf('job-1')).off).toBeNull();
  });

  it('late copies of its off harm nothing that was asked for after the next on', async () => {
    await setRole('job-1', false, 4);
    await setRole('job-1', true, 5);
    await claim('one');
    await request('one');

    expect(await setRole('job-1', false, 4)).toEqual({ stops: [] });
    expect(await stage.holder('one')).toMatchObject({ state: 'live' });
  });
});

describe('a person’s word', () => {
  beforeEach(async () => {
    await stage.addRole('job-1');
    await stage.addInterview(vendorInterview('one'));
  });

  it('skip takes the bot out, and outlives a life', async () => {
    await claim('one');
    await request('one');
    const { stops } = await choose('skip', 2);

    expect(stops).toMatchObject([{ interviewId: 'one', holderState: 'stopping' }]);
    expect((await stage.interview('one')).decision.code).toBe('skipped_by_person');
    expect((await fencesOf('job-1')).off).toBe('interview');
    expect(await stage.deps.collections.tombstones.countDocuments()).toBe(1);
  });

  it('join after skip lets it in again, reset leaves it to the rules', async () => {
    await choose('skip', 2);
    await choose('join', 3);
    expect((await stage.interview('one')).decision.code).toBe('joins_by_choice');
    expect((await fencesOf('job-1')).off).toBeNull();

    await choose('reset', 4);
    expect((await stage.interview('one')).decision.code).toBe('will_join');
  });

  it('reset acts as an off when the rules say no: a request that is under way is named', async () => {
    await stage.deps.collections.roles.updateOne(
      { _id: `${stage.life.orgId}/job-1` },
      { $set: { enabled: false } },
    );
    await choose('join', 2);
    await claim('one');
    stage.deps.at.fences_read = async () => {
      throw new Error('killed');
    };
    await expect(request('one')).rejects.toThrow('killed');

    const { stops } = await choose('reset', 3);
    expect(stops).toMatchObject([{ interviewId: 'one', holderState: 'requesting' }]);
  });

  it('cannot let in a claim that was taken in the middle of a reset', async () => {
    await stage.deps.collections.roles.updateOne(
      { _id: `${stage.life.orgId}/job-1` },
      { $set: { enabled: false } },
    );
    await choose('join', 2);
    stage.deps.at.fence_written = async () => {
      await claim('one');
      const look = await stage.deps.run(() => join.lastLook(stage.session('one')));
      expect(look.verdict === 'join' && (await stage.interview('one')).choice !== null).toBe(false);
    };
    stage.deps.company.interviews.set('one', vendorInterview('one'));

    await choose('reset', 3);
  });

  it('about an interview that is not there is refused', async () => {
    await expect(
      activities.applyChoice({
        ...stage.life,
        interviewId: 'unknown',
        action: 'skip',
        sealedReason: null,
        sealedLink: null,
        epoch: 2,
        command: command(),
      }),
    ).rejects.toMatchObject({ type: 'InterviewNotFound' });
  });
});

describe('settings that narrow', () => {
  beforeEach(async () => {
    await stage.addRole('job-1');
    await stage.addInterview(vendorInterview('one'));
  });

  const narrower = { ...openSettings, engagement: { ...openSettings.engagement, record: false } };

  it('are stored before their fence: a claim with the new epoch was decided under them', async () => {
    let seen: boolean | undefined;
    stage.deps.at.fence_written = async () => {
      seen = (await installation())?.settings.engagement.record;
    };
    await changeSettings(2, narrower, 2);

    expect(seen).toBe(false);
  });

  it('take out the bots that they forbid', async () => {
    await claim('one');
    await request('one');
    const { stops } = await changeSettings(2, narrower, 2);

    expect(stops).toMatchObject([{ interviewId: 'one', holderState: 'stopping' }]);
  });

  it('take out a bot whose interview waits for consent from now on', async () => {
    await claim('one');
    await request('one');
    const settings = {
      ...openSettings,
      consent: { ...defaultSettings.consent, mode: 'opt_in' as const },
    };
    const { stops } = await changeSettings(2, settings, 2);

    expect(stops).toMatchObject([{ interviewId: 'one', holderState: 'stopping' }]);
  });

  it('leave a bot alone that they still allow', async () => {
    await claim('one');
    await request('one');
    const settings = {
      ...openSettings,
      joining: { ...openSettings.joining, neverAfterMinutes: 5 },
    };

    expect(await changeSettings(2, settings, 2)).toEqual({ stops: [] });
    expect(await stage.holder('one')).toMatchObject({ state: 'live' });
  });
});

describe('a credential', () => {
  const probe = (mode: 'install' | 'replace' | 'probe') =>
    stage.deps.run(() =>
      activities.probeCredential({ ...stage.life, credentialRef: 'credential-2', mode }),
    );

  it('that is refused is an outcome, no failure', async () => {
    stage.deps.company.authentication = vendorFailure('auth', 401);
    expect(await probe('install')).toEqual({ outcome: 'rejected' });
    stage.deps.company.authentication = vendorFailure('unavailable', 503);
    expect(await probe('install')).toEqual({ outcome: 'unavailable' });
  });

  it('of another company is found out by its jobs', async () => {
    await stage.deps.collections.jobs.collection.insertOne({
      _id: `${stage.life.orgId}/known` as never,
      ...stage.life,
      ...vendorJob('known'),
      seenAt: 1,
    });
    stage.deps.company.jobs = [vendorJob('foreign')];
    expect(await probe('replace')).toEqual({ outcome: 'different_company' });
    stage.deps.company.jobs = [vendorJob('known')];
    expect(await probe('replace')).toMatchObject({ outcome: 'accepted' });
  });
});

it('what is decided anew is told to the join once', async () => {
  await stage.addRole('job-1');
  await stage.addInterview(vendorInterview('one'));
  await reconcileInterview(stage.deps, { ...stage.life, interviewId: 'one' });
  await reconcileInterview(stage.deps, { ...stage.life, interviewId: 'one' });

  expect(stage.deps.workflows.told).toMatchObject([{ interviewId: 'one', start: true }]);
});
