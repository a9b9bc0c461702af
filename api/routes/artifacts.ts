import { z } from 'zod';
import type { InterviewDoc, SessionProgress } from '../../common/read-model/documents.js';
import { artifactContext } from '../../common/sealed-fields.js';
import {
  type ArtifactKey,
  type ArtifactKind,
  artifactDocId,
  type SealedRecording,
  type SealedSegment,
} from '../../workflows/contracts/artifacts.js';
import type { Settings } from '../../workflows/contracts/settings.js';
import { Problem, type ProblemCode } from '../errors.js';
import { epochMs } from '../presenters/common.js';
import { presentSegments, toWebVtt, transcriptSession } from '../presenters/transcript.js';
import { defineRoute, type Route } from '../route.js';
import { base, interviewParams, type RouteContext, vendorId } from './organization.js';

/** So long after a session's end a provider may still be working on what it recorded. */
const processingMs = 2 * 60 * 60_000;

const missingCodes = ['artifact_not_ready', 'artifact_not_found', 'artifact_unavailable'] as const;
type MissingCode = (typeof missingCodes)[number];

const missing = z
  .array(z.object({ sessionId: z.string(), code: z.enum(missingCodes) }))
  .meta({ description: 'Captured sessions of which there is nothing to show now, and why.' });

const recordings = z
  .object({
    sessions: z.array(
      z.object({
        sessionId: z.string(),
        url: z.url().meta({ description: 'Short-lived; of the notetaker service.' }),
        expiresAt: epochMs.nullable(),
        startedAt: epochMs.nullable(),
      }),
    ),
    missing,
  })
  .meta({ id: 'Recordings' });

const transcripts = z
  .object({ sessions: z.array(transcriptSession), missing })
  .meta({ id: 'Transcripts' });

const artifactQuery = z.strictObject({
  sessionId: vendorId.optional().meta({ description: 'Of this session alone.' }),
});

const problems = [
  'interview_not_found',
  'nothing_captured',
  'recording_off',
  'artifact_not_ready',
  'artifact_not_found',
  'artifact_unavailable',
] as const satisfies ProblemCode[];

type Obtained<T> =
  | { kind: 'ready'; session: SessionProgress; content: T }
  | { kind: 'missing'; sessionId: string; code: MissingCode };

/** What the notetaker took from captured sessions: a link to the media, the words as text. */
export function artifactRoutes({ deps }: RouteContext): Route[] {
  const { readModel, gateway, vault, now } = deps;

  /** Of every captured session; throws `Problem` when there is nothing at all to show. */
  async function obtainAll<T>(input: {
    orgId: string;
    interviewId: string;
    sessionId: string | undefined;
    kind: ArtifactKind;
  }): Promise<{
    ready: Extract<Obtained<T>, { kind: 'ready' }>[];
    missing: { sessionId: string; code: MissingCode }[];
  }> {
    const { orgId, interviewId, kind } = input;
    const installation = await readModel.installation({ orgId });
    if (installation === null) throw new Problem({ code: 'interview_not_found' });
    const { generation, settings } = installation;
    const doc = await readModel.interview({ orgId, generation, interviewId });
    if (doc === null) throw new Problem({ code: 'interview_not_found' });
    assertWanted(settings, kind);
    const sessions = capturedSessions(doc, input.sessionId);
    if (sessions.length === 0) throw new Problem({ code: 'nothing_captured' });
    const obtained = await Promise.all(
      sessions.map((session) => {
        const { sessionId } = session;
        return obtain<T>({ orgId, generation, interviewId, sessionId, kind }, session);
      }),
    );
    const ready = obtained.filter((one) => one.kind === 'ready');
    const lacking = obtained.filter((one) => one.kind === 'missing');
    if (ready.length === 0) throw new Problem({ code: worstOf(lacking.map(({ code }) => code)) });
    return { ready, missing: lacking.map(({ sessionId, code }) => ({ sessionId, code })) };
  }

  async function obtain<T>(key: ArtifactKey, session: SessionProgress): Promise<Obtained<T>> {
    const { sessionId } = key;
    const lacks = (code: MissingCode) => ({ kind: 'missing', sessionId, code }) as const;
    const mayStillCome = now() - (session.endedAt ?? session.endsAt) < processingMs;
    const none = lacks(mayStillCome ? 'artifact_not_ready' : 'artifact_not_found');
    if ((session.botId ?? null) === null) return none;

    const kept = await stored<T>(key);
    if (kept === 'none') return none;
    if (kept !== null) return { kind: 'ready', session, content: kept };
    const fetched = await gateway.fetchArtifact(key);
    if (fetched.kind === 'unavailable') return lacks('artifact_unavailable');
    const content = await stored<T>(key);
    return content === null || content === 'none' ? none : { kind: 'ready', session, content };
  }

  /** `none`: the provider said a moment ago that it has none; null: it was not asked. */
  async function stored<T>(key: ArtifactKey): Promise<T | 'none' | null> {
    const doc = await readModel.artifact({ ...key, now: now() });
    if (doc === null) return null;
    if (doc.sealed === null) return 'none';
    try {
      const context = artifactContext(artifactDocId(key));
      return JSON.parse(vault.open({ sealed: doc.sealed, context })) as T;
    } catch {
      // Sealed with a key that was retired since: it is fetched anew.
      return null;
    }
  }

  const recording = defineRoute({
    method: 'get',
    path: `${base}/interviews/{interviewId}/recording`,
    operationId: 'getRecording',
    summary: 'Where the recordings of an interview can be watched, for minutes',
    tag: 'interviews',
    permission: 'read',
    params: interviewParams,
    query: artifactQuery,
    answers: { 200: { description: 'A link for each session.', schema: recordings } },
    problems,
    async handle({ caller, params, query }) {
      const found = await obtainAll<SealedRecording>({
        orgId: caller.orgId,
        interviewId: params.interviewId,
        sessionId: query.sessionId,
        kind: 'recording',
      });
      const sessions = found.ready.map(({ session, content }) => ({
        sessionId: session.sessionId,
        url: content.url,
        expiresAt: content.expiresAt,
        startedAt: content.startedAt ?? session.recordingStartedAt,
      }));
      return { status: 200, body: { sessions, missing: found.missing } };
    },
  });

  const transcript = defineRoute({
    method: 'get',
    path: `${base}/interviews/{interviewId}/transcript`,
    operationId: 'getTranscript',
    summary: 'What was said, as JSON or as WebVTT',
    tag: 'interviews',
    permission: 'read',
    params: interviewParams,
    query: artifactQuery,
    answers: {
      200: {
        description: 'By `Accept`.',
        schema: transcripts,
        also: { 'text/vtt': z.string() },
      },
    },
    problems: [...problems, 'transcription_off', 'not_acceptable'],
    async handle({ caller, params, query, req, res }) {
      res.vary('accept');
      const form = req.accepts(['application/json', 'text/vtt']);
      if (form === false) throw new Problem({ code: 'not_acceptable' });
      const found = await obtainAll<SealedSegment[]>({
        orgId: caller.orgId,
        interviewId: params.interviewId,
        sessionId: query.sessionId,
        kind: 'transcript',
      });
      const sessions = found.ready.map(({ session, content }) => ({
        sessionId: session.sessionId,
        startedAt: session.recordingStartedAt,
        segments: presentSegments(content),
      }));
      if (form === 'application/json') {
        return { status: 200, body: { sessions, missing: found.missing } };
      }
      res.status(200).type('text/vtt').send(toWebVtt(sessions));
      return null;
    },
  });

  return [recording, transcript];
}

/** Without recording nothing may be shown of it, its words included. */
function assertWanted({ engagement }: Settings, kind: ArtifactKind): void {
  if (!engagement.record) throw new Problem({ code: 'recording_off' });
  if (kind === 'transcript' && !engagement.transcribe) {
    throw new Problem({ code: 'transcription_off' });
  }
}

function capturedSessions(doc: InterviewDoc, sessionId: string | undefined): SessionProgress[] {
  return Object.values(doc.progress)
    .filter((session) => session.outcome === 'captured')
    .filter((session) => sessionId === undefined || session.sessionId === sessionId)
    .sort((a, b) => a.startsAt - b.startsAt);
}

/** What is worth another try says so. */
function worstOf(codes: MissingCode[]): MissingCode {
  const order: MissingCode[] = ['artifact_unavailable', 'artifact_not_ready'];
  return order.find((code) => codes.includes(code)) ?? 'artifact_not_found';
}
