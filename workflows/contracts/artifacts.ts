import type { Life } from './activities.js';
import type { TaskQueues } from './task-queues.js';

export type ArtifactKind = 'recording' | 'transcript';

export const artifactKinds: readonly ArtifactKind[] = ['recording', 'transcript'];

/** One thing that a notetaker brought back from one session; ids only. */
export interface ArtifactKey extends Life {
  interviewId: string;
  sessionId: string;
  kind: ArtifactKind;
}

export interface FetchArtifactInput extends ArtifactKey {
  taskQueues: TaskQueues;
}

/** Where it is: sealed in the store for minutes, or nowhere (yet). What it says is never in here. */
export interface FetchArtifactResult {
  state: 'ready' | 'none';
}

export interface ArtifactActivities {
  /** Asks the provider and leaves the answer, sealed, in the store; repeatable. */
  fetchArtifact(input: ArtifactKey): Promise<FetchArtifactResult>;
}

/** What is sealed of a recording; times are epoch ms. The media themselves are never stored. */
export interface SealedRecording {
  url: string;
  expiresAt: number | null;
  startedAt: number | null;
}

/** What is sealed of a transcript, one part of it; milliseconds from the recording's beginning. */
export interface SealedSegment {
  speaker: string | null;
  startMs: number;
  endMs: number;
  text: string;
}

/** `_id` of the stored artifact. */
export function artifactDocId(key: ArtifactKey): string {
  return [
    key.orgId,
    key.generation,
    encodeURIComponent(key.interviewId),
    encodeURIComponent(key.sessionId),
    key.kind,
  ].join('/');
}
