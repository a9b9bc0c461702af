import type { Interview } from '../api/types.js';
import { Notice } from '../shell/notice.js';
import { timeIn } from '../times.js';
import type { Recordings } from './artifact-queries.js';

const missingWords: Record<Recordings['missing'][number]['code'], string> = {
  artifact_not_ready: 'is not ready yet',
  artifact_not_found: 'is not kept by the notetaker service',
  artifact_unavailable: 'could not be fetched in time',
};

export function MissingNotes(props: { interview: Interview; missing: Recordings['missing'] }) {
  const { interview, missing } = props;
  return missing.map(({ sessionId, code }) => (
    <Notice key={sessionId} tone="info">
      {`${partLabel(interview, sessionId, 'This')} ${missingWords[code]}.`}
    </Notice>
  ));
}

/** An interview of several sessions names each by its start. */
export function partLabel(interview: Interview, sessionId: string, label: string): string {
  const session = interview.sessions.find((one) => one.sessionId === sessionId);
  if (session === undefined || interview.sessions.length === 1) return label;
  return `${label}, part at ${timeIn(session.startsAt, interview.timezone)}`;
}
