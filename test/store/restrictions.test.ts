import { previewInterviews } from '../../activities/installation/preview-settings.js';
import { createInstallationActivities } from '../../activities/installation.js';
import { reconcileInterview } from '../../activities/interviews/reconcile.js';
import { storeReading } from '../../activities/interviews/store-reading.js';
import { jobDoc } from '../../activities/watching/job-docs.js';
import type { InterviewDoc } from '../../common/read-model/documents.js';
import { readFence, writeOperationsFence } from '../../common/read-model/fences.js';
import { interviewerHash } from '../../common/signed-links.js';
import { protocolTimes } from '../../workflows/contracts/protocol-times.js';
import type { Restriction, SettingsPatch } from '../../workflows/contracts/settings.js';
import {
  command,
  createStage,
  hour,
  minute,
  openSettings,
  type Stage,
  snapshot,
  vendorInterview,
  vendorJob,
} from './stage.js';

let stage: Stage;
let activities: ReturnType<typeof createInstallationActivities>;
/** Of the installation's settings; each change is a newer one. */
let version = 10;

beforeEach(async () => {
  stage = await createStage();
  activities = createInstallationActivities(stage.deps);
  await stage.install();
  await stage.addRole('job-1', { title: 'Engineer', department: 'Research' });
});

afterEach(() => stage.close());

const key = (interviewId: string) => ({ ...stage.life, interviewId });
const talk: Restriction = { field: 'title', match: 'talk' };

async function decided(interviewId: string): Promise<string> {
  const doc = await reconcileInterview(stage.deps, key(interviewId));
  return doc?.decision.code ?? 'nothing';
}

async function optOut(userId: string) {
  const { orgId } = stage.life;
  const _id = `${orgId}/${interviewerHash(stage.deps.keyedHash, { orgId, userId })}`;
  await stage.deps.collections.opt_outs.create({ _id, orgId, at: 1 });
  return _id;
}

async function knowJob(change: Parameters<typeof vendorJob>[1]) {
  const { _id, ...fields } = jobDoc(stage.life, vendorJob('job-1', change), Date.now());
  await stage.deps.collections.jobs.updateOne({ _id }, { $set: fields }, { upsert: true });
}

/** The settings change as the installation carries it out. */
async function change(patch: Pick<SettingsPatch, 'restrictions'>, epoch: number | null) {
  const applied = command();
  version += 1;
  const { stops } = await activities.applyInstallationChange({
    ...stage.life,
    snapshot: snapshot({
      settings: { ...openSettings, restrictions: patch.restrictions ?? [] },
      version,
    }),
    fence: epoch === null ? null : { kind: 'settings', epoch },
    command: applied,
    event: 'settings_changed',
    retiredCredentialRef: null,
  });
  await stage.deps.run(() => activities.reconcile({ ...stage.life, scope: { kind: 'all' } }));
  return stops;
}

async function timeslots(
  interviewId: string,
  slots: { title?: string; type?: string; user?: string; from: number; place?: string }[],
) {
  const [first] = vendorInterview(interviewId).timeslots;
  if (first === undefined) throw new Error('no timeslot');
  return await stage.addInterview(
    vendorInterview(interviewId, {
      timeslots: slots.map(({ title = 'Chat', type, user = 'user-1', from, place }, n) => ({
        ...first,
        ...{ timeslotId: `slot-${n}`, title, interviewType: type ?? null },
        ...{ startsAt: from, endsAt: from + hour },
        ...{ place: place ?? first.place, interviewers: [{ userId: user, status: null }] },
      })),
    }),
  );
}

describe('restrictions over the read model', () => {
  it('keep out what they name, are lifted again, and beat a person’s join', async () => {
    await stage.addInterview(vendorInterview('one', { startsAt: Date.now() + hour }));
    expect(await decided('one')).toBe('will_join');
    await change({ restrictions: [talk] }, 2);
    expect(await decided('one')).toBe('restricted');
    await stage.deps.collections.interviews.updateOne(key('one'), {
      $set: { choice: { action: 'join', by: 'admin', at: 1, sealedReason: null } },
    });
    expect(await decided('one')).toBe('restricted');
    await change({ restrictions: [] }, null);
    expect(await decided('one')).toBe('joins_by_choice');
  });

  it('stop a bot that is there and free a claim, in what they name and nowhere else', async () => {
    for (const interviewId of ['live', 'claimed', 'other']) {
      const doc = await stage.addInterview(
        vendorInterview(interviewId, {
          startsAt: Date.now() + 3 * minute,
          timeslots: vendorInterview(interviewId).timeslots.map((slot) => ({
            ...slot,
            title: interviewId === 'other' ? 'Chat' : 'Talk',
          })),
        }),
      );
      const bot = stage.deps.notetaker.add({ key: `key-${interviewId}` });
      await claimFor(doc, interviewId === 'claimed' ? null : bot.botId);
      await decided(interviewId);
    }
    const stops = await change({ restrictions: [talk] }, 2);
    expect(stops.map(({ interviewId, reason }) => [interviewId, reason])).toEqual([
      ['live', 'leaving'],
    ]);
    expect(await states()).toEqual({ live: 'stopping', claimed: 'free', other: 'live' });
    const fence = await readFence({ ...stage.deps, ...stage.life, fence: { kind: 'settings' } });
    expect(fence).toMatchObject({ epoch: 2, off: false });
    expect(await decided('other')).toBe('will_join');
    const last = new Map(stage.deps.workflows.told.map((told) => [told.interviewId, told]));
    expect(last.get('live')?.desired.sessions.map(({ code }) => code)).toEqual(['restricted']);
  });

  it('look at what the catalogue says of the job, and at the role where it says nothing', async () => {
    await stage.addInterview(vendorInterview('one'));
    await change({ restrictions: [{ field: 'department', match: 'research' }] }, 2);
    expect(await decided('one')).toBe('restricted');
    await knowJob({ department: 'Sales', title: 'Engineer' });
    expect(await decided('one')).toBe('will_join');
    await change({ restrictions: [{ field: 'department', match: 'SALES' }] }, 3);
    expect(await decided('one')).toBe('restricted');
  });

  it('concern the sessions whose timeslots they name, not the others of an interview', async () => {
    const from = Date.now() + hour;
    await timeslots('panel', [
      { title: 'Talk', from, place: 'https://zoom.us/j/81234567801' },
      { title: 'Chat', from: from + 3 * hour, place: 'https://zoom.us/j/81234567802' },
    ]);
    await change({ restrictions: [talk] }, 2);
    const { told } = stage.deps.workflows;
    expect(told.at(-1)?.desired.sessions.map(({ code }) => code)).toEqual([
      'restricted',
      'will_join',
    ]);
  });

  it('know what an earlier release stored by its first words, and by all after one reading', async () => {
    const from = Date.now() + hour;
    const doc = await timeslots('old', [
      { title: 'Chat', type: 'Panel', from },
      { title: 'Talk', type: 'Panel', from: from + hour },
    ]);
    await stage.deps.collections.interviews.collection.updateOne({ _id: doc._id as never }, {
      $unset: { 'timeslots.0.title': 1, 'timeslots.1.title': 1, confidential: 1 },
    } as never);
    await change({ restrictions: [{ field: 'title', match: 'chat' }] }, 2);
    expect(await decided('old')).toBe('restricted');
    await change({ restrictions: [talk] }, 3);
    expect(await decided('old')).toBe('will_join');
    await timeslotsAgain('old', from);
    expect(await decided('old')).toBe('restricted');
    expect((await stage.interview('old')).confidential).toBe(false);
  });
});

async function timeslotsAgain(interviewId: string, from: number) {
  const [first] = vendorInterview(interviewId).timeslots;
  if (first === undefined) throw new Error('no timeslot');
  const doc = await stage.interview(interviewId);
  await storeReading(stage.deps, {
    ...stage.life,
    applicationId: doc.applicationId,
    candidateId: doc.candidateId,
    interview: vendorInterview(interviewId, {
      timeslots: ['Chat', 'Talk'].map((title, n) => ({
        ...first,
        ...{ timeslotId: `slot-${n}`, title, interviewType: 'Panel' },
        ...{ startsAt: from + n * hour, endsAt: from + (n + 1) * hour },
        interviewers: [{ userId: 'user-1', status: null }],
      })),
    }),
    readSeq: 2,
    readAt: Date.now() + 1,
    watched: true,
    excluded: false,
  });
}

async function claimFor(doc: InterviewDoc, botId: string | null) {
  const [planned] = doc.plan;
  if (planned?.roomKey == null) throw new Error('no room');
  const { orgId, generation } = stage.life;
  await stage.deps.collections.claims.collection.insertOne({
    _id: `${orgId}/${planned.roomKey}`,
    ...{ orgId, roomKey: planned.roomKey, rev: 1 },
    holders: [
      {
        holderId: `${generation}/${planned.sessionId}`,
        ...{ interviewId: doc.interviewId, sessionId: planned.sessionId, jobId: doc.jobId },
        ...{ generation, from: planned.startsAt, until: planned.endsAt, members: [] },
        ...{ state: botId === null ? 'claimed' : 'live', attempt: 1 },
        epochs: { installation: 1, settings: 0, role: 0, interview: 0 },
        ...{ claimedUntil: Date.now() + hour, requestDeadlineAt: null, requestedAt: null },
        ...{ providerBotKey: null, providerBotId: botId, stopAskedUntil: null },
      },
    ],
  } as never);
}

async function states(): Promise<Record<string, string>> {
  const rooms = await stage.deps.collections.claims.find({ orgId: stage.life.orgId }).lean();
  const all = Object.fromEntries(
    rooms.flatMap(({ holders }) => holders.map(({ interviewId, state }) => [interviewId, state])),
  );
  // A free holder may be kept, or taken out of the room.
  for (const interviewId of ['live', 'claimed', 'other']) all[interviewId] ??= 'free';
  return all;
}

describe('privacy over the read model', () => {
  it('keeps out of what the vendor marks as private, and of a job that is published so', async () => {
    await stage.addInterview(vendorInterview('marked', { confidential: true }));
    await stage.addInterview(vendorInterview('one'));
    expect((await stage.interview('marked')).confidential).toBe(true);
    expect([await decided('marked'), await decided('one')]).toEqual(['confidential', 'will_join']);
    await knowJob({ confidential: true });
    expect(await decided('one')).toBe('confidential');
    await knowJob({ confidential: false });
    expect(await decided('one')).toBe('will_join');
  });

  it('keeps out of the sessions of an interviewer who opted out, by hash and in every life', async () => {
    const from = Date.now() + hour;
    await timeslots('panel', [
      { from, user: 'user-1', place: 'https://zoom.us/j/81234567801' },
      { from: from + 3 * hour, user: 'user-2', place: 'https://zoom.us/j/81234567802' },
    ]);
    await stage.addInterview(vendorInterview('of-user-1'));
    const _id = await optOut('user-2');
    expect(_id).not.toContain('user-2');
    await decided('panel');
    expect(stage.deps.workflows.told.at(-1)?.desired.sessions.map(({ code }) => code)).toEqual([
      'will_join',
      'interviewer_opted_out',
    ]);
    expect(await decided('of-user-1')).toBe('will_join');
    await stage.deps.collections.opt_outs.deleteOne({ _id });
    await decided('panel');
    expect(stage.deps.workflows.told.at(-1)?.desired.sessions.map(({ code }) => code)).toEqual([
      'will_join',
      'will_join',
    ]);
  });

  it('is decided at once when somebody asks for a refresh, without the vendor', async () => {
    await stage.addInterview(vendorInterview('one'));
    expect(await decided('one')).toBe('will_join');
    await optOut('user-1');
    const target = { kind: 'interview', interviewId: 'one' } as const;
    await activities.requestRefresh({ ...stage.life, target, command: command() });
    expect((await stage.interview('one')).decision.code).toBe('interviewer_opted_out');
    const told = stage.deps.workflows.told.at(-1);
    expect(told?.desired.sessions.map(({ verdict }) => verdict)).toEqual(['skip']);
  });
});

describe('the notetaker in use', () => {
  it('is not sent where it cannot join, nor where its operators have stopped it', async () => {
    await stage.addInterview(vendorInterview('one'));
    const { capabilities } = stage.deps.notetaker;
    stage.deps.notetaker.capabilities = { ...capabilities, joins: new Set(['google_meet']) };
    expect(await decided('one')).toBe('provider_unsuitable');
    stage.deps.notetaker.capabilities = capabilities;
    for (const target of [
      { scope: 'organization', orgId: stage.life.orgId },
      { scope: 'provider', provider: capabilities.provider },
      { scope: 'everything' },
    ] as const) {
      const by = { reason: 'test', by: 'operator' };
      await writeOperationsFence({ ...stage.deps, target, off: true, ...by });
      expect(await decided('one')).toBe('fenced_by_operations');
      await writeOperationsFence({ ...stage.deps, target, off: false, ...by });
      expect(await decided('one')).toBe('will_join');
    }
  });

  it('tells the join how early it may be asked for', async () => {
    await stage.addInterview(vendorInterview('one'));
    const { capabilities } = stage.deps.notetaker;
    const requestLead = { earliestMs: 7 * minute, latestMs: 3 * minute };
    stage.deps.notetaker.capabilities = { ...capabilities, requestLead };
    await decided('one');
    // At the pace of all of the protocol's times.
    const pace = stage.deps.times.requestEarliestMs / protocolTimes.requestEarliestMs;
    expect(stage.deps.workflows.told.at(-1)?.desired.lead).toEqual({
      earliestMs: requestLead.earliestMs * pace,
      latestMs: requestLead.latestMs * pace,
    });
  });
});

describe('a reading that finds nothing new', () => {
  it('stays one small write, with restrictions and noes in place', async () => {
    await optOut('somebody');
    await change({ restrictions: [{ field: 'title', match: 'else' }] }, 2);
    const interview = vendorInterview('one', { startsAt: Date.now() + 3 * hour });
    const before = await stage.addInterview(interview);
    await decided('one');
    const stored = await stage.interview('one');
    const changes = await stage.deps.collections.changes.countDocuments({});
    const { changed } = await storeReading(
      stage.deps,
      {
        ...{ ...stage.life, applicationId: before.applicationId, candidateId: before.candidateId },
        ...{ interview, readSeq: 2, readAt: Date.now() + 1, watched: true, excluded: false },
      },
      stored,
    );
    await reconcileInterview(stage.deps, key('one'), await stage.interview('one'));
    const after = await stage.interview('one');
    expect(changed).toBe(false);
    expect(after.version).toBe(stored.version + 1);
    expect(await stage.deps.collections.changes.countDocuments({})).toBe(changes);
  });
});

describe('a preview of settings', () => {
  const nothing = { captureMode: null, jobIds: [] as string[], enabled: true };
  const preview = (settings: SettingsPatch, more: { captureMode?: 'import_all' } = {}) =>
    previewInterviews(stage.deps, { ...stage.life, ...nothing, ...more, settings });
  const day = 24 * hour;

  it('counts both ways by code, names them by start, and writes nothing', async () => {
    await change({ restrictions: [{ field: 'title', match: 'chat' }] }, 2);
    const at = Date.now();
    await stage.addInterview(vendorInterview('late', { startsAt: at + 2 * day }));
    await stage.addInterview(vendorInterview('early', { startsAt: at + day }));
    await timeslots('chat', [{ title: 'Chat', from: at + 3 * day }]);
    await stage.addInterview(vendorInterview('far', { startsAt: at + 40 * day }));
    await stage.addInterview(vendorInterview('over', { startsAt: at - 3 * hour }));
    await timeslots('no-link', [{ title: 'Talk', from: at + 4 * day, place: 'Room 1' }]);
    const collections = ['interviews', 'changes', 'audit_events', 'fences', 'claims'] as const;
    const all = async () =>
      JSON.stringify(
        await Promise.all(
          collections.map((name) =>
            stage.deps.collections[name].collection.find({}).sort({ _id: 1 }).toArray(),
          ),
        ),
      );
    const before = await all();
    const told = stage.deps.workflows.told.length;
    expect(await preview({ restrictions: [talk] })).toEqual({
      considered: 4,
      isPartial: false,
      noLonger: { count: 3, byCode: { restricted: 3 } },
      newly: { count: 1, byCode: { will_join: 1 } },
      changed: [
        expect.objectContaining({ interviewId: 'early', before: 'will_join', after: 'restricted' }),
        expect.objectContaining({ interviewId: 'late', before: 'will_join', after: 'restricted' }),
        expect.objectContaining({ interviewId: 'chat', before: 'restricted', after: 'will_join' }),
        expect.objectContaining({ interviewId: 'no-link', before: 'no_link', after: 'restricted' }),
      ],
    });
    expect(await all()).toBe(before);
    expect(stage.deps.workflows.told.length).toBe(told);
  });

  it('says what the change then does', async () => {
    for (const [interviewId, days] of [
      ['one', 1],
      ['two', 2],
    ] as const) {
      await stage.addInterview(vendorInterview(interviewId, { startsAt: Date.now() + days * day }));
    }
    await optOut('user-1');
    const said = await preview({ restrictions: [talk] });
    expect(said.noLonger.count + said.newly.count).toBe(0);
    await stage.deps.collections.opt_outs.deleteMany({});
    const { changed } = await preview({ restrictions: [talk] });
    await change({ restrictions: [talk] }, 2);
    for (const { interviewId, after } of changed) expect(await decided(interviewId)).toBe(after);
    expect(changed.length).toBe(2);
  });

  it('knows the other settings as well: recording, consent, and jobs that would be on', async () => {
    await stage.addRole('job-2', { enabled: false, chosen: null });
    await stage.deps.collections.jobs.create(jobDoc(stage.life, vendorJob('job-2'), Date.now()));
    const startsAt = Date.now() + 2 * day;
    await stage.addInterview(vendorInterview('on', { startsAt }));
    await stage.addInterview(vendorInterview('off', { startsAt, jobId: 'job-2' }));
    expect(await preview({ engagement: { record: false } })).toMatchObject({
      noLonger: { count: 1, byCode: { record_off: 1 } },
    });
    expect(await preview({ consent: { mode: 'notice' } })).toMatchObject({
      noLonger: { count: 1, byCode: { notice_pending: 1 } },
    });
    expect(
      await preview({ captureMode: 'import_all' }, { captureMode: 'import_all' }),
    ).toMatchObject({ newly: { count: 1, byCode: { will_join: 1 } } });
  });

  it('looks at every session, and names 100 at most', async () => {
    const from = Date.now() + day;
    await timeslots('panel', [
      { title: 'Chat', from, place: 'https://zoom.us/j/81234567801' },
      { title: 'Talk', from: from + 3 * hour, place: 'https://zoom.us/j/81234567802' },
    ]);
    expect((await preview({ restrictions: [talk] })).noLonger.count).toBe(1);
    const doc = await stage.interview('panel');
    const copies = Array.from({ length: 120 }, (_, n) => ({
      ...{ ...doc, _id: `${doc._id}-${n}`, interviewId: `panel-${n}` },
    }));
    await stage.deps.collections.interviews.collection.insertMany(copies as never[]);
    const many = await preview({ restrictions: [talk] });
    expect([many.noLonger.count, many.changed.length]).toEqual([121, 100]);
  });

  it('needs the vendor only for jobs that would be on, so a restriction can always be tried', async () => {
    await stage.addInterview(vendorInterview('one', { startsAt: Date.now() + day }));
    stage.deps.company.calls.length = 0;
    const change = { ...stage.life, ...nothing, settings: { restrictions: [talk] } };
    const answer = await activities.estimateLoad(change);
    expect(answer.interviews?.noLonger.count).toBe(1);
    expect(stage.deps.company.calls).toEqual([]);
    const { interviews: _, ...load } = await activities.estimateLoad({ ...stage.life, ...nothing });
    expect(load.interviewsAhead).toBe(answer.interviewsAhead);
  });
});
