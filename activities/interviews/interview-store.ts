import { appendChange } from '../../common/read-model/changes.js';
import type { Collections } from '../../common/read-model/collections.js';
import { isDuplicateKey } from '../../common/read-model/consistency.js';
import type { InterviewDoc, TimelineEntry } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';

/** Longest timeline that is kept with an interview. */
const timelineLength = 200;

export function interviewDocId(key: Life & { interviewId: string }): string {
  return `${key.orgId}/${key.generation}/${key.interviewId}`;
}

export async function readInterview(
  collections: Collections,
  key: Life & { interviewId: string },
): Promise<InterviewDoc | null> {
  return await collections.interviews
    .findOne({ _id: interviewDocId(key) })
    .lean<InterviewDoc | null>();
}

/** The part of an interview that a writer changes, or null when there is nothing to change. */
export type InterviewChange = Partial<Omit<InterviewDoc, '_id' | 'version'>> | null;

/**
 * Changes one interview: reads it, lets `change` look at it, writes if nobody else wrote meanwhile,
 * else starts over. So the watch, the join and a person's command share one document, and an older
 * word never overwrites a newer one. Never creates: what was erased stays erased. Returns the
 * document as it is afterwards, null when there is none. `known` is the document as it was read a
 * moment ago: it spares the first reading, and is compared like any other when it is written.
 */
export async function changeInterview(
  collections: Collections,
  key: Life & { interviewId: string },
  change: (doc: InterviewDoc) => InterviewChange,
  known: InterviewDoc | null = null,
): Promise<InterviewDoc | null> {
  let before = known;
  for (;;) {
    const doc = before ?? (await readInterview(collections, key));
    before = null;
    if (doc === null) return null;
    const changed = change(doc);
    if (changed === null) return doc;
    const written = await writeInterview(collections, doc, changed);
    if (written !== null) return written;
  }
}

/** What a reading leaves behind that found nothing new: no page shows it, so none is told. */
const quiet: ReadonlySet<string> = new Set([
  'applicationId',
  'candidateId',
  'lastReadAt',
  'readSeq',
]);

/** Writes a change if the interview is still as it was read; null when somebody else wrote first. */
export async function writeInterview(
  collections: Collections,
  doc: InterviewDoc,
  changed: NonNullable<InterviewChange>,
): Promise<InterviewDoc | null> {
  const version = doc.version + 1;
  const outcome = await collections.interviews.collection.updateOne(
    { _id: doc._id as never, version: doc.version },
    { $set: { ...changed, version } },
  );
  if (outcome.matchedCount !== 1) return null;
  const next: InterviewDoc = { ...doc, ...changed, version };
  if (Object.keys(changed).every((name) => quiet.has(name))) return next;
  const { orgId, interviewId } = doc;
  await appendChange({ collections, orgId, kind: 'interview', key: interviewId });
  return next;
}

/** False when somebody else made the document first; then `changeInterview` is the way. */
export async function createInterview(
  collections: Collections,
  doc: InterviewDoc,
): Promise<boolean> {
  try {
    await collections.interviews.collection.insertOne(doc as never);
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
  await appendChange({ collections, orgId: doc.orgId, kind: 'interview', key: doc.interviewId });
  return true;
}

export function withTimeline(doc: InterviewDoc, entry: TimelineEntry): TimelineEntry[] {
  return [...doc.timeline, entry].slice(-timelineLength);
}
