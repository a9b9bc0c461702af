import { parseUrl } from '../common/parse-url.js';
import type { ArtifactDoc, InstallationDoc } from '../common/read-model/documents.js';
import { artifactContext } from '../common/sealed-fields.js';
import {
  type ArtifactActivities,
  type ArtifactKey,
  artifactDocId,
  type FetchArtifactResult,
  type SealedRecording,
  type SealedSegment,
} from '../workflows/contracts/artifacts.js';
import type { Settings } from '../workflows/contracts/settings.js';
import type { ActivityDeps } from './deps.js';
import { readInterview } from './interviews/interview-store.js';
import { NotetakerError, type RecordingReference } from './notetaker/port.js';

/** So long what was fetched can be read. */
const keptMs = 15 * 60_000;
/** The same for a link whose end the provider does not tell. */
const unknownLinkKeptMs = 2 * 60_000;
/** Repeated questions about what is not there yet do not all reach the provider. */
const noneKeptMs = 10_000;

/** Brings a reader what a notetaker took from a session. */
export function createArtifactActivities(deps: ActivityDeps): ArtifactActivities {
  return { fetchArtifact: (key) => fetchArtifact(deps, key) };
}

/**
 * Asks the provider for the recording's link or the transcript of a captured session and stores the
 * answer sealed, for minutes. Nothing is asked for an organization that is gone, on its way out, or
 * whose settings say not to record or transcribe.
 *
 * @throws {NotetakerError} no usable answer; may be repeated
 */
async function fetchArtifact(deps: ActivityDeps, key: ArtifactKey): Promise<FetchArtifactResult> {
  const { artifacts, installations } = deps.collections;
  const installation = await installations
    .findOne({ _id: key.orgId, generation: key.generation })
    .lean<InstallationDoc | null>();
  if (installation === null || installation.phase === 'uninstalling') return { state: 'none' };
  const botId = await capturedBot(deps, key);
  const found =
    botId === null || !isWanted(installation.settings, key)
      ? null
      : await ask(deps, { ...key, botId });

  const now = Date.now();
  const _id = artifactDocId(key);
  const doc: Omit<ArtifactDoc, '_id'> = {
    orgId: key.orgId,
    state: found === null ? 'none' : 'ready',
    sealed:
      found === null
        ? null
        : deps.vault.seal({
            plaintext: JSON.stringify(found.content),
            context: artifactContext(_id),
          }),
    at: now,
    expiresAt: new Date(found === null ? now + noneKeptMs : found.goodUntil),
  };
  await artifacts.collection.updateOne({ _id: _id as never }, { $set: doc }, { upsert: true });
  // Not every server removes what is past its time.
  await artifacts.collection.deleteMany({ orgId: key.orgId, expiresAt: { $lte: new Date(now) } });
  // An erasure that ran meanwhile has not seen it: nothing of a life that is gone may stay.
  if ((await readInterview(deps.collections, key)) === null) {
    await artifacts.collection.deleteOne({ _id: _id as never });
    return { state: 'none' };
  }
  return { state: doc.state };
}

async function capturedBot(deps: ActivityDeps, key: ArtifactKey): Promise<string | null> {
  const doc = await readInterview(deps.collections, key);
  const session = Object.values(doc?.progress ?? {}).find(
    ({ sessionId }) => sessionId === key.sessionId,
  );
  return session?.outcome === 'captured' ? (session.botId ?? null) : null;
}

function isWanted({ engagement }: Settings, { kind }: ArtifactKey): boolean {
  return engagement.record && (kind === 'recording' || engagement.transcribe);
}

interface Found {
  content: SealedRecording | SealedSegment[];
  goodUntil: number;
}

async function ask(
  deps: ActivityDeps,
  input: ArtifactKey & { botId: string },
): Promise<Found | null> {
  const { botId, kind } = input;
  try {
    if (kind === 'transcript') {
      const segments = await deps.notetaker.transcript({ botId });
      return segments === null ? null : { content: segments, goodUntil: Date.now() + keptMs };
    }
    const reference = await deps.notetaker.recording({ botId });
    if (reference === null) return null;
    if (!mayBeOpened(reference.url)) {
      const { interviewId, sessionId } = input;
      deps.logger.warn({ interviewId, sessionId }, 'the link of a recording is not one to open');
      return null;
    }
    return lastingReference(reference);
  } catch (error) {
    if (error instanceof NotetakerError && error.kind === 'gone') return null;
    throw error;
  }
}

function lastingReference(reference: RecordingReference): Found | null {
  const now = Date.now();
  const { url, expiresAt, startedAt } = reference;
  if (expiresAt !== null && expiresAt <= now) return null;
  const goodUntil =
    expiresAt === null ? now + unknownLinkKeptMs : Math.min(expiresAt, now + keptMs);
  return { content: { url, expiresAt, startedAt }, goodUntil };
}

/** A browser opens it: https, or plain http on this machine, where a simulator is. */
function mayBeOpened(text: string): boolean {
  const url = parseUrl(text);
  if (url === null) return false;
  const { protocol, hostname } = url;
  const isLoopback = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  return protocol === 'https:' || (protocol === 'http:' && isLoopback);
}
