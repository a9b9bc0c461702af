import { type UseQueryResult, useMutation, useQuery } from '@tanstack/react-query';
import { useApi } from '../api/context.js';
import type { ApiProblem } from '../api/problem.js';

/** Captured sessions of which there is nothing to show now. */
interface Missing {
  sessionId: string;
  code: 'artifact_not_ready' | 'artifact_not_found' | 'artifact_unavailable';
}

export interface Recordings {
  /** The links work for minutes; times are epoch ms. */
  sessions: {
    sessionId: string;
    url: string;
    expiresAt: number | null;
    startedAt: number | null;
  }[];
  missing: Missing[];
}

export interface Segment {
  speaker: string | null;
  /** Seconds from the beginning of the session's recording. */
  start: number;
  end: number;
  text: string;
}

export interface Transcripts {
  sessions: { sessionId: string; startedAt: number | null; segments: Segment[] }[];
  missing: Missing[];
}

type Wanted = { interviewId: string; enabled: boolean };

/** Links that stop working: shown once, fetched anew when the part of the page is opened again. */
export function useRecordings(wanted: Wanted): UseQueryResult<Recordings, ApiProblem> {
  return useArtifact<Recordings>('recording', wanted);
}

export function useTranscripts(wanted: Wanted): UseQueryResult<Transcripts, ApiProblem> {
  return useArtifact<Transcripts>('transcript', wanted);
}

function useArtifact<T>(
  kind: 'recording' | 'transcript',
  { interviewId, enabled }: Wanted,
): UseQueryResult<T, ApiProblem> {
  const { client } = useApi();
  return useQuery<T, ApiProblem>({
    queryKey: ['artifact', kind, interviewId],
    queryFn: () => client.get<T>(pathOf(interviewId, kind)),
    enabled,
    retry: false,
    staleTime: 60_000,
    // What people said stays in the page no longer than somebody looks at it.
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
}

/** Saves the transcript as a WebVTT file. */
export function useTranscriptDownload() {
  const { client } = useApi();
  return useMutation<void, ApiProblem, { interviewId: string }>({
    mutationFn: async ({ interviewId }) => {
      const file = await client.text(pathOf(interviewId, 'transcript'), 'text/vtt');
      const url = URL.createObjectURL(new Blob([file], { type: 'text/vtt' }));
      const link = document.createElement('a');
      link.href = url;
      link.download = 'transcript.vtt';
      link.click();
      URL.revokeObjectURL(url);
    },
  });
}

function pathOf(interviewId: string, kind: string): string {
  return `/interviews/${encodeURIComponent(interviewId)}/${kind}`;
}
