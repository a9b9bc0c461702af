import type { SessionProgress } from '../../common/read-model/documents.js';
import { artifactContext } from '../../common/sealed-fields.js';
import { type ArtifactKey, artifactDocId } from '../../workflows/contracts/artifacts.js';
import { defaultSettings } from '../../workflows/contracts/settings.js';
import { installationDoc, interviewDoc, noon } from './support/documents.js';
import { base, type Harness, harness, tokenWith } from './support/harness.js';

const hour = 3_600_000;
const at = `${base}/interviews/int-1`;
const link = 'https://media.notetaker.example/1?signature=secret';

function session(part: Partial<SessionProgress> = {}): SessionProgress {
  return {
    sessionId: 's1',
    state: 'ended',
    outcome: 'captured',
    reason: null,
    outcomeAt: noon - 3 * hour,
    plannedAt: noon - 4 * hour,
    requestedAt: noon - 4 * hour,
    joinedAt: noon - 4 * hour,
    recordingStartedAt: noon - 4 * hour,
    endedAt: noon - 3 * hour,
    botId: 'bot-1',
    attempt: 1,
    roomKey: 'room-1',
    startsAt: noon - 4 * hour,
    endsAt: noon - 3 * hour,
    ...part,
  };
}

function withSessions(
  sessions: SessionProgress[],
  engagement: Partial<typeof defaultSettings.engagement> = {},
): Harness {
  const h = harness();
  const settings = {
    ...defaultSettings,
    engagement: { ...defaultSettings.engagement, ...engagement },
  };
  h.world.installations.push(installationDoc({ settings }));
  h.world.interviews.push(
    interviewDoc({ progress: Object.fromEntries(sessions.map((one) => [one.sessionId, one])) }),
  );
  return h;
}

/** What the worker leaves in the store. */
function store(h: Harness, key: ArtifactKey, content: unknown, goodForMs = 60_000): void {
  const _id = artifactDocId(key);
  const plaintext = JSON.stringify(content);
  h.world.artifacts = h.world.artifacts.filter((doc) => doc._id !== _id);
  h.world.artifacts.push({
    _id,
    orgId: key.orgId,
    state: content === null ? 'none' : 'ready',
    sealed: content === null ? null : h.vault.seal({ plaintext, context: artifactContext(_id) }),
    at: noon,
    expiresAt: new Date(noon + goodForMs),
  });
}

function workerBrings(h: Harness, contents: Record<string, unknown>): void {
  h.gateway.onFetch = (key) => {
    const content = contents[key.sessionId] ?? null;
    store(h, key, content);
    return { kind: 'done', state: content === null ? 'none' : 'ready' };
  };
}

const recording = { url: link, expiresAt: noon + hour, startedAt: noon - 4 * hour };
const said = [
  { speaker: 'Jane', startMs: 2_000, endMs: 3_500, text: 'I  like\nit.' },
  { speaker: null, startMs: 0, endMs: 1_000, text: 'Hello <you>' },
];

async function problemOf(h: Harness, path: string) {
  const { status, body, headers } = await h.request.get(path).set(h.as('member'));
  return { status, code: body.code, retryAfter: headers['retry-after'] };
}

describe('why there is nothing to watch or read', () => {
  it('says which: no such interview, nothing captured, turned off', async () => {
    for (const kind of ['recording', 'transcript']) {
      const h = withSessions([session({ outcome: 'missed' })]);
      const path = `${at}/${kind}`;
      const nobodys = await problemOf(h, `${base}/interviews/int-9/${kind}`);
      expect(nobodys).toMatchObject({ status: 404, code: 'interview_not_found' });
      expect(await problemOf(h, path)).toMatchObject({ status: 404, code: 'nothing_captured' });
      const off = withSessions([session()], { record: false });
      expect(await problemOf(off, path)).toMatchObject({ status: 404, code: 'recording_off' });
      expect([h.gateway.fetches, off.gateway.fetches]).toEqual([[], []]);
    }
    const off = withSessions([session()], { transcribe: false });
    expect(await problemOf(off, `${at}/transcript`)).toMatchObject({
      status: 404,
      code: 'transcription_off',
    });
    workerBrings(off, { s1: recording });
    expect((await off.request.get(`${at}/recording`).set(off.as('member'))).status).toBe(200);
  });

  it('is not ready while the provider may still work on it, and not there after that', async () => {
    const early = withSessions([session({ endedAt: noon - 60_000 })]);
    expect(await problemOf(early, `${at}/recording`)).toEqual({
      status: 409,
      code: 'artifact_not_ready',
      retryAfter: '30',
    });
    const late = withSessions([session()]);
    expect(await problemOf(late, `${at}/recording`)).toMatchObject({
      status: 404,
      code: 'artifact_not_found',
    });
    const botless = withSessions([session({ botId: null })]);
    expect(await problemOf(botless, `${at}/recording`)).toMatchObject({
      code: 'artifact_not_found',
    });
    expect(botless.gateway.fetches).toEqual([]);
  });

  it('is unavailable when it could not be fetched in time, or Temporal or the store is away', async () => {
    const h = withSessions([session()]);
    h.gateway.onFetch = () => ({ kind: 'unavailable' });
    const slow = { status: 503, code: 'artifact_unavailable', retryAfter: '10' };
    expect(await problemOf(h, `${at}/recording`)).toEqual(slow);
    h.gateway.isAway = true;
    expect(await problemOf(h, `${at}/transcript`)).toEqual(slow);
    h.world.isStoreAway = true;
    expect(await problemOf(h, `${at}/recording`)).toMatchObject({ code: 'store_unavailable' });
  });

  it('never answers for another organization, or without a token', async () => {
    const h = withSessions([session()]);
    expect((await h.request.get(`${at}/recording`)).status).toBe(401);
    const stranger = { authorization: `Bearer ${await tokenWith({ org: 'other' })}` };
    expect((await h.request.get(`${at}/transcript`).set(stranger)).status).toBe(404);
    expect(h.gateway.fetches).toEqual([]);
  });

  it('is not what is past its time, or sealed for another place', async () => {
    const h = withSessions([session()]);
    const key = { orgId: 'acme', generation: 'gen-1', interviewId: 'int-1', sessionId: 's1' };
    store(h, { ...key, kind: 'recording' }, recording, -1);
    expect(await problemOf(h, `${at}/recording`)).toMatchObject({ code: 'artifact_not_found' });
    expect(h.gateway.fetches).toHaveLength(1);
    store(h, { ...key, kind: 'transcript' }, said);
    const _id = artifactDocId({ ...key, kind: 'recording' });
    h.world.artifacts = h.world.artifacts
      .filter((doc) => doc._id.endsWith('transcript'))
      .map((doc) => ({ ...doc, _id }));
    expect(h.world.artifacts).toHaveLength(1);
    expect((await problemOf(h, `${at}/recording`)).status).toBe(404);
  });
});

describe('a recording', () => {
  it('is a link for each captured session, fetched by a worker once for all who ask soon', async () => {
    const second = session({ sessionId: 's2', startsAt: noon - 2 * hour, botId: 'bot-2' });
    const missed = session({ sessionId: 's3', outcome: 'missed' });
    const h = withSessions([second, session(), missed]);
    workerBrings(h, { s1: recording, s2: { ...recording, startedAt: null, expiresAt: null } });
    for (let times = 0; times < 2; times += 1) {
      const { status, body, headers } = await h.request.get(`${at}/recording`).set(h.as('member'));
      expect(status).toBe(200);
      expect(headers['cache-control']).toBe('no-store');
      expect(body).toEqual({
        sessions: [
          { sessionId: 's1', ...recording },
          { sessionId: 's2', url: link, expiresAt: null, startedAt: second.recordingStartedAt },
        ],
        missing: [],
      });
    }
    const key = { orgId: 'acme', generation: 'gen-1', interviewId: 'int-1', kind: 'recording' };
    expect(h.gateway.fetches).toEqual([
      { ...key, sessionId: 's1' },
      { ...key, sessionId: 's2' },
    ]);
    expect(h.logLines.join('')).not.toMatch(/signature=secret/);
  });

  it('shows the sessions that are there and says what became of the others', async () => {
    const h = withSessions([session(), session({ sessionId: 's2', endedAt: noon - 1_000 })]);
    workerBrings(h, { s1: recording });
    const { body } = await h.request.get(`${at}/recording`).set(h.as('owner'));
    expect(body.sessions.map(({ sessionId }: { sessionId: string }) => sessionId)).toEqual(['s1']);
    expect(body.missing).toEqual([{ sessionId: 's2', code: 'artifact_not_ready' }]);
    expect(await problemOf(h, `${at}/recording?sessionId=s2`)).toMatchObject({ status: 409 });
    expect(await problemOf(h, `${at}/recording?sessionId=s9`)).toMatchObject({
      code: 'nothing_captured',
    });
    expect(await problemOf(h, `${at}/recording?other=1`)).toMatchObject({ status: 400 });
  });
});

describe('a transcript', () => {
  it('comes in one normal form, in seconds', async () => {
    const h = withSessions([session()]);
    workerBrings(h, { s1: said });
    const { status, body, headers } = await h.request.get(`${at}/transcript`).set(h.as('member'));
    expect(status).toBe(200);
    expect(headers.vary).toMatch(/accept/i);
    expect(body).toEqual({
      sessions: [
        {
          sessionId: 's1',
          startedAt: noon - 4 * hour,
          segments: [
            { speaker: null, start: 0, end: 1, text: 'Hello <you>' },
            { speaker: 'Jane', start: 2, end: 3.5, text: 'I like it.' },
          ],
        },
      ],
      missing: [],
    });
    expect(h.logLines.join('')).not.toMatch(/Jane|Hello/);
  });

  it('comes as WebVTT to whoever accepts that', async () => {
    const h = withSessions([session()]);
    workerBrings(h, { s1: said });
    const answer = await h.request
      .get(`${at}/transcript`)
      .set(h.as('member'))
      .set('accept', 'text/vtt');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/vtt; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.text).toBe(
      'WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nHello &lt;you&gt;\n\n' +
        '00:00:02.000 --> 00:00:03.500\n<v Jane>I like it.</v>\n',
    );
  });

  it('comes in no other form', async () => {
    const h = withSessions([session()]);
    const answer = await h.request
      .get(`${at}/transcript`)
      .set(h.as('member'))
      .set('accept', 'image/png');
    expect([answer.status, answer.body.code]).toEqual([406, 'not_acceptable']);
    expect(h.gateway.fetches).toEqual([]);
  });
});

describe('a session that is over', () => {
  it('says in plain words why, and what to do', async () => {
    const h = withSessions([session({ outcome: 'missed', reason: 'meeting_requires_sign_in' })]);
    const { body } = await h.request.get(at).set(h.as('member'));
    const found = body.sessions.find(({ sessionId }: { sessionId: string }) => sessionId === 's1');
    expect(found).toMatchObject({
      reason: 'meeting_requires_sign_in',
      explanation: 'The meeting lets in only people who are signed in.',
      remedy: 'Let guests join this meeting without it, or skip the notetaker.',
    });
    const captured = withSessions([session()]);
    const other = await captured.request.get(at).set(captured.as('member'));
    expect(other.body.sessions[0]).toMatchObject({ explanation: null, remedy: null });
  });
});
