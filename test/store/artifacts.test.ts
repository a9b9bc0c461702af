import { createArtifactActivities } from '../../activities/artifacts.js';
import { openReceipt } from '../../activities/installation/erasure.js';
import { createInstallationActivities } from '../../activities/installation.js';
import { NotetakerError } from '../../activities/notetaker/port.js';
import { createMongoReadModel } from '../../api/queries/mongo-read-model.js';
import { createTemporalGateway } from '../../api/temporal-gateway.js';
import type {
  ArtifactDoc,
  InstallationDoc,
  SessionProgress,
} from '../../common/read-model/documents.js';
import { artifactContext } from '../../common/sealed-fields.js';
import { type ArtifactKey, artifactDocId } from '../../workflows/contracts/artifacts.js';
import { noon } from '../api/support/documents.js';
import { harness, tokenWith } from '../api/support/harness.js';
import { startWorkflowEnvironment } from '../support/workflow-env.js';
import { createStage, minute, openSettings, type Stage, vendorInterview } from './stage.js';

let stage: Stage;
let asked: string[];

beforeEach(async () => {
  stage = await createStage();
  asked = [];
  stage.deps.notetaker.recording = async ({ botId }) => {
    asked.push(botId);
    return { url: 'https://media.example/1', expiresAt: Date.now() + 60 * minute, startedAt: 1 };
  };
  stage.deps.notetaker.transcript = async ({ botId }) => {
    asked.push(botId);
    return [{ speaker: 'Jane', startMs: 0, endMs: 900, text: 'Secret words' }];
  };
});

afterEach(() => stage.close());

async function captured(part: Partial<SessionProgress> = {}): Promise<ArtifactKey> {
  await stage.addInterview(vendorInterview('one'));
  const doc = await stage.interview('one');
  const sessionId = doc.plan[0]?.sessionId ?? '';
  const now = Date.now();
  const progress: SessionProgress = {
    sessionId,
    state: 'ended',
    outcome: 'captured',
    reason: null,
    outcomeAt: now,
    plannedAt: now,
    requestedAt: now,
    joinedAt: now,
    recordingStartedAt: now,
    endedAt: now,
    botId: 'bot-1',
    attempt: 1,
    roomKey: null,
    startsAt: now,
    endsAt: now,
    ...part,
  };
  await stage.deps.collections.interviews.updateOne(
    { _id: doc._id },
    { $set: { progress: { [sessionId]: progress } } },
  );
  return { ...stage.life, interviewId: 'one', sessionId, kind: 'recording' };
}

const fetchOne = (key: ArtifactKey) => createArtifactActivities(stage.deps).fetchArtifact(key);

async function change(part: Partial<InstallationDoc>): Promise<void> {
  await stage.deps.collections.installations.updateOne({ _id: stage.life.orgId }, { $set: part });
}

async function stored(key: ArtifactKey): Promise<ArtifactDoc | null> {
  return await stage.deps.collections.artifacts
    .findOne({ _id: artifactDocId(key) })
    .lean<ArtifactDoc | null>();
}

function opened(key: ArtifactKey, doc: ArtifactDoc | null): unknown {
  const context = artifactContext(artifactDocId(key));
  return JSON.parse(stage.deps.vault.open({ sealed: doc?.sealed ?? '', context }));
}

describe('fetching an artifact into the store', () => {
  it('asks nobody for a life that is over, on its way out, or does not want it', async () => {
    await stage.install({ settings: openSettings });
    const key = await captured();
    expect(await fetchOne({ ...key, generation: 'earlier' })).toEqual({ state: 'none' });
    const { engagement } = openSettings;
    for (const part of [{ record: false }, { transcribe: false }]) {
      const settings = { ...openSettings, engagement: { ...engagement, ...part } };
      await change({ settings });
      expect(await fetchOne({ ...key, kind: 'transcript' })).toEqual({ state: 'none' });
    }
    await change({ settings: openSettings, phase: 'uninstalling' });
    expect(await fetchOne(key)).toEqual({ state: 'none' });
    expect(asked).toEqual([]);
  });

  it('asks nobody about a session that was not captured, or whose bot is not known', async () => {
    await stage.install({ settings: openSettings });
    const missed = await captured({ outcome: 'missed' });
    expect(await fetchOne(missed)).toEqual({ state: 'none' });
    expect(await fetchOne(await captured({ botId: null }))).toEqual({ state: 'none' });
    expect(await fetchOne({ ...missed, sessionId: 'other' })).toEqual({ state: 'none' });
    expect(asked).toEqual([]);
  });

  it('leaves it sealed for minutes, and readable for the API', async () => {
    await stage.install({ settings: openSettings });
    const key: ArtifactKey = { ...(await captured()), kind: 'transcript' };
    expect(await fetchOne(key)).toEqual({ state: 'ready' });
    expect(asked).toEqual(['bot-1']);

    const doc = await stored(key);
    expect(JSON.stringify(doc)).not.toMatch(/Jane|Secret/);
    expect(opened(key, doc)).toEqual([
      { speaker: 'Jane', startMs: 0, endMs: 900, text: 'Secret words' },
    ]);
    const readModel = createMongoReadModel(stage.store);
    const goodUntil = doc?.expiresAt.getTime() ?? 0;
    expect(goodUntil - Date.now()).toBeGreaterThan(14 * minute);
    expect(goodUntil - Date.now()).toBeLessThanOrEqual(15 * minute);
    expect(await readModel.artifact({ ...key, now: goodUntil - 1 })).toMatchObject({
      state: 'ready',
    });
    expect(await readModel.artifact({ ...key, now: goodUntil })).toBeNull();
    expect(await readModel.artifact({ ...key, kind: 'recording', now: 0 })).toBeNull();
  });

  it('keeps a link no longer than it works, and none that nobody should open', async () => {
    await stage.install({ settings: openSettings });
    const key = await captured();
    const soon = Date.now() + 5 * minute;
    const answers = [
      { url: 'https://media.example/1', expiresAt: soon, startedAt: null },
      { url: 'https://media.example/1', expiresAt: null, startedAt: null },
    ];
    for (const answer of answers) {
      stage.deps.notetaker.recording = async () => answer;
      expect(await fetchOne(key)).toEqual({ state: 'ready' });
      const doc = await stored(key);
      expect(opened(key, doc)).toEqual(answer);
      expect(doc?.expiresAt.getTime()).toBeLessThanOrEqual(soon);
    }
    for (const [url, expiresAt] of [
      ['javascript:alert(1)', null],
      ['http://media.example/1', null],
      ['no link', null],
      ['https://media.example/1', Date.now() - 1],
    ] as const) {
      stage.deps.notetaker.recording = async () => ({ url, expiresAt, startedAt: null });
      expect([url, await fetchOne(key)]).toEqual([url, { state: 'none' }]);
      expect((await stored(key))?.sealed).toBeNull();
    }
  });

  it('removes what is past its time, where the server does not', async () => {
    await stage.install({ settings: openSettings });
    const key = await captured();
    await fetchOne({ ...key, kind: 'transcript' });
    await stage.deps.collections.artifacts.updateMany({}, { $set: { expiresAt: new Date(1) } });
    await fetchOne(key);
    expect(await stage.deps.collections.artifacts.countDocuments({})).toBe(1);
  });

  it('is none when the provider has forgotten the bot, and fails when it does not answer', async () => {
    await stage.install({ settings: openSettings });
    const key = await captured();
    stage.deps.notetaker.recording = async () => {
      throw new NotetakerError({ kind: 'gone', operation: 'recording' });
    };
    expect(await fetchOne(key)).toEqual({ state: 'none' });
    stage.deps.notetaker.recording = async () => {
      throw new NotetakerError({ kind: 'unavailable', operation: 'recording' });
    };
    await expect(fetchOne(key)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it('leaves nothing behind an erasure that ran meanwhile', async () => {
    await stage.install({ settings: openSettings });
    const key = await captured();
    stage.deps.notetaker.recording = async () => {
      await stage.deps.collections.interviews.deleteMany({});
      await stage.deps.collections.artifacts.deleteMany({});
      return { url: 'https://media.example/1', expiresAt: null, startedAt: null };
    };
    expect(await fetchOne(key)).toEqual({ state: 'none' });
    expect(await stored(key)).toBeNull();
  });

  it('is erased with its organization', async () => {
    await stage.install({ settings: openSettings });
    const key = await captured();
    expect(await fetchOne(key)).toEqual({ state: 'ready' });
    await openReceipt(stage.deps, { ...stage.life, receiptId: 'receipt-1' });
    const installation = createInstallationActivities(stage.deps);
    await stage.deps.run(() =>
      installation.eraseInstallation({ ...stage.life, receiptId: 'receipt-1' }),
    );
    expect(await stored(key)).toBeNull();
  });
});

describe('from the API to the provider and back', () => {
  it('answers with what the provider has, through a workflow and the sealed store', async () => {
    await stage.install({ settings: openSettings });
    const key = await captured();
    const env = await startWorkflowEnvironment();
    try {
      env.fakes.always('fetchArtifact', (asked) => fetchOne(asked));
      const h = harness({
        readModel: createMongoReadModel(stage.store),
        gateway: createTemporalGateway({ client: env.client, queues: env.taskQueues }),
        vault: stage.deps.vault,
        now: Date.now,
      });
      const token = await tokenWith({ org: key.orgId, exp: noon / 1000 + 60 });
      const path = `/v1/organizations/${key.orgId}/smartrecruiters/interviews/one`;
      const get = (kind: string, accept: string) =>
        h.request.get(`${path}/${kind}`).set({ authorization: `Bearer ${token}`, accept });
      const recording = await get('recording', 'application/json');
      expect(recording.body.sessions).toMatchObject([{ url: 'https://media.example/1' }]);
      const transcript = await get('transcript', 'text/vtt');
      expect(transcript.text).toContain('<v Jane>Secret words</v>');
      expect(env.fakes.inputsOf('fetchArtifact')).toEqual([key, { ...key, kind: 'transcript' }]);
      expect(asked).toEqual(['bot-1', 'bot-1']);
    } finally {
      await env.close();
    }
  });
});
