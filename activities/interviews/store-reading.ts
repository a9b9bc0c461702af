import type { KeyedHash } from '../../common/keyed-hash.js';
import type { Collections } from '../../common/read-model/collections.js';
import type {
  InstallationDoc,
  InterviewDoc,
  PlannedSession,
} from '../../common/read-model/documents.js';
import { linkContext } from '../../common/sealed-fields.js';
import type { Vault } from '../../common/vault.js';
import type { Life } from '../../workflows/contracts/activities.js';
import { decisionFor } from '../../workflows/contracts/decision.js';
import {
  changeInterview,
  createInterview,
  interviewDocId,
  readInterview,
  withTimeline,
} from './interview-store.js';
import { asPlanned, knownSessions } from './known-sessions.js';
import { type NormalInterview, normalizeInterview, type VendorInterview } from './normalize.js';
import { type DecideDeps, decideInterview, readContext } from './reconcile.js';

export interface ReadingDeps extends DecideDeps {
  vault: Vault;
}

/** Whose row was read, and when. */
export interface Read extends Life {
  applicationId: string;
  candidateId: string;
  /** Number that the application's row drew before the vendor was asked: see `isNewer`. */
  readSeq: number;
  readAt: number;
}

export interface Reading extends Read {
  interview: VendorInterview;
  /** The role is on, or a person asked for this interview: the reading counts as first sight. */
  watched: boolean;
  /** Already scheduled when its role was turned on without its scheduled interviews. */
  excluded: boolean;
  /** The role was turned on then: what moved before that was scheduled before it as well. */
  enabledAt?: number;
}

/** The room under which claims are kept: a keyed hash, since meeting ids are easy to guess. */
export function roomKeyOf(keyedHash: KeyedHash, orgId: string, identity: string): string {
  return keyedHash('room', orgId, identity).slice(0, 32);
}

/**
 * Stores what the vendor said about one interview, if the reading is newer than the stored one.
 * Returns the document and what changed: nothing, replies only, or something that matters. Most
 * readings find nothing new: with the document as it was `known` before, they cost one small write.
 */
export async function storeReading(
  deps: ReadingDeps,
  reading: Reading,
  before: InterviewDoc | null = null,
): Promise<{ doc: InterviewDoc | null; changed: boolean }> {
  const key = {
    orgId: reading.orgId,
    generation: reading.generation,
    interviewId: reading.interview.interviewId,
  };
  let read = before;
  for (;;) {
    const known = read ?? (await readInterview(deps.collections, key));
    read = null;
    if (known === null) {
      const found = newDoc(deps, reading);
      // Decided before anybody can see it: a page must not show a no that lasts a moment.
      const context = await readContext(deps, { ...key, jobId: found.jobId });
      const doc = { ...found, decision: decideInterview(found, context, reading.readAt) };
      if (!(await createInterview(deps.collections, doc))) continue;
      if (await isAlive(deps.collections, reading)) return { doc, changed: true };
      // A reading that comes back after an uninstall must not bring a person back with it.
      await deps.collections.interviews.deleteOne({ _id: doc._id });
      return { doc: null, changed: false };
    }
    let changed = false;
    const change = (doc: InterviewDoc) => {
      if (!isNewer(reading, doc)) return null;
      const { facts, matters } = changeByReading(deps, reading, doc);
      changed = matters;
      return facts;
    };
    const doc = await changeInterview(deps.collections, key, change, known);
    return { doc, changed };
  }
}

/** What a newer reading makes of a known interview: when nothing is new, only that it was read. */
function changeByReading(
  deps: ReadingDeps,
  reading: Reading,
  before: InterviewDoc,
): { facts: Partial<InterviewDoc>; matters: boolean } {
  const normal = normalized(deps, reading, before);
  const firstSeenAt = before.firstSeenAt ?? (reading.watched ? reading.readAt : null);
  const moved = before.planHash !== normal.planHash;
  const rescheduled = moved && before.lastReadAt >= (reading.enabledAt ?? 0);
  // An excluded interview that is rescheduled counts as new.
  const excluded =
    reading.excluded && (before.excluded ? !rescheduled : before.firstSeenAt === null);
  const replanned = !isPlanned(normal, before);
  const matters =
    replanned ||
    before.hash !== normal.hash ||
    before.goneAt !== null ||
    !before.readable ||
    firstSeenAt !== before.firstSeenAt;
  const read = readFields(reading, before);
  const isKept =
    excluded === before.excluded && knowsItsWords(before) && !wantsNewSeal(deps, before);
  if (!matters && !moved && isKept) return { facts: read, matters };
  const facts = factsOf(deps, reading, normal);
  return {
    facts: {
      ...facts,
      ...read,
      goneAt: null,
      readable: true,
      firstSeenAt,
      excluded,
      link:
        before.sealedLinkByPerson !== null && facts.link.state === 'found'
          ? { ...facts.link, state: 'set_by_person' }
          : facts.link,
      timeline: moved
        ? withTimeline(before, {
            at: reading.readAt,
            kind: 'moved',
            detail: 'Time, place or link changed in SmartRecruiters.',
            by: 'smartrecruiters',
          })
        : before.timeline,
    },
    matters,
  };
}

/** Nothing new to plan: neither a session that ended since, nor rules of a later release. */
function isPlanned({ sessions }: NormalInterview, { plan }: InterviewDoc): boolean {
  const shape = (
    session: Pick<PlannedSession, 'sessionId' | 'timeslotIds' | 'startsAt' | 'endsAt'>,
  ) => [session.sessionId, session.timeslotIds ?? null, session.startsAt, session.endsAt] as const;
  return JSON.stringify(sessions.map(shape)) === JSON.stringify(plan.map(shape));
}

/** Restrictions look at what timeslots are called, which a release before this one did not keep. */
function knowsItsWords({ timeslots }: InterviewDoc): boolean {
  return timeslots.every(
    ({ title, interviewType }) => title !== undefined && interviewType !== undefined,
  );
}

/** A link that was sealed with an older key is sealed anew, so that the old key can be retired. */
function wantsNewSeal({ vault }: ReadingDeps, { plan }: InterviewDoc): boolean {
  return plan.some(({ sealedLink }) => sealedLink !== null && vault.needsReseal(sealedLink));
}

type KnownRead = Pick<InterviewDoc, 'applicationId' | 'candidateId' | 'readSeq' | 'lastReadAt'>;

/**
 * Of two readings the one that began later wins. Those of one row are told apart by the numbers it
 * drew. Where candidates were merged an interview goes over to another row, which counts from its own
 * beginning; then, and when there was no row to draw from (nought), the time of asking decides.
 */
function isNewer(read: Read, before: KnownRead): boolean {
  const isOfOneRow =
    read.applicationId === before.applicationId && read.candidateId === before.candidateId;
  return isOfOneRow && read.readSeq > 0
    ? read.readSeq > before.readSeq
    : read.readAt > before.lastReadAt;
}

/** The number stands beside the row that drew it. */
function readFields(read: Read, before: KnownRead): KnownRead {
  const { applicationId, candidateId, readAt: lastReadAt } = read;
  return { applicationId, candidateId, lastReadAt, readSeq: read.readSeq || before.readSeq };
}

/** Looked at after a document was made: an erasure that began meanwhile either finds it or is seen. */
export async function isAlive(collections: Collections, life: Life): Promise<boolean> {
  const { orgId, generation } = life;
  const installation = await collections.installations
    .findOne({ _id: orgId, generation })
    .lean<InstallationDoc | null>();
  return installation !== null && installation.phase !== 'uninstalling';
}

/** The vendor no longer has it: absent from a successful list and 404 by id. */
export async function storeGone(
  collections: Collections,
  gone: Read & { interviewId: string },
): Promise<InterviewDoc | null> {
  return await changeInterview(collections, gone, (before) => {
    if (!isNewer(gone, before)) return null;
    const read = readFields(gone, before);
    // Gone for longer: still the newer word, so that an older reading does not bring it back.
    if (before.goneAt !== null) return read;
    return {
      ...read,
      goneAt: gone.readAt,
      timeline: withTimeline(before, {
        at: gone.readAt,
        kind: 'cancelled',
        detail: 'The interview was cancelled in SmartRecruiters.',
        by: 'smartrecruiters',
      }),
    };
  });
}

/** It exists, but in a form that cannot be trusted: what was known stays, marked as unreadable. */
export async function storeUnreadable(
  collections: Collections,
  unreadable: Read & { interviewId: string; reason: string },
): Promise<InterviewDoc | null> {
  return await changeInterview(collections, unreadable, (before) =>
    !isNewer(unreadable, before)
      ? null
      : {
          ...readFields(unreadable, before),
          goneAt: null,
          readable: false,
          timeline: before.readable
            ? withTimeline(before, {
                at: unreadable.readAt,
                kind: 'unreadable',
                detail: unreadable.reason,
                by: 'smartrecruiters',
              })
            : before.timeline,
        },
  );
}

function normalized(
  deps: ReadingDeps,
  reading: Reading,
  before: Pick<InterviewDoc, 'sealedLinkByPerson' | 'plan' | 'progress' | 'timeslots'>,
): NormalInterview {
  const { interview } = reading;
  const { sealedLinkByPerson } = before;
  const linkByPerson =
    sealedLinkByPerson === null
      ? null
      : deps.vault.open({
          sealed: sealedLinkByPerson,
          context: linkContext(interview.interviewId),
        });
  return normalizeInterview({ interview, linkByPerson, known: knownSessions(before) });
}

function factsOf(deps: ReadingDeps, reading: Reading, normal: NormalInterview) {
  const { orgId } = reading;
  const roomKey = (identity: string) => roomKeyOf(deps.keyedHash, orgId, identity);
  const [first] = normal.timeslots;
  const link = normal.timeslots.find((timeslot) => timeslot.link.kind === 'found')?.link;
  return {
    applicationId: reading.applicationId,
    candidateId: reading.candidateId,
    jobId: normal.jobId,
    title: first?.title ?? first?.interviewType ?? 'Interview',
    interviewType: first?.interviewType ?? null,
    timezone: normal.timezone,
    startsAt: normal.window?.startsAt ?? 0,
    endsAt: normal.window?.endsAt ?? 0,
    timeslots: normal.timeslots.map((timeslot) => ({
      timeslotId: timeslot.timeslotId,
      startsAt: timeslot.startsAt,
      endsAt: timeslot.endsAt,
      interviewerIds: timeslot.interviewers.map(({ userId }) => userId),
      title: timeslot.title,
      interviewType: timeslot.interviewType,
      roomKey: timeslot.link.kind === 'found' ? roomKey(timeslot.link.identity) : null,
    })),
    link: {
      state: normal.linkState,
      provider: link?.kind === 'found' ? link.provider : null,
    } as InterviewDoc['link'],
    confidential: normal.confidential === true,
    plan: normal.sessions.map((session) =>
      asPlanned(session, ({ identity, url: plaintext }) => ({
        roomKey: roomKey(identity),
        sealedLink: deps.vault.seal({ plaintext, context: linkContext(normal.interviewId) }),
      })),
    ),
    hash: normal.hash,
    planHash: normal.planHash,
    readSeq: reading.readSeq,
    lastReadAt: reading.readAt,
  };
}

function newDoc(deps: ReadingDeps, reading: Reading): InterviewDoc {
  const normal = normalized(deps, reading, {
    ...{ sealedLinkByPerson: null, plan: [], progress: {}, timeslots: [] },
  });
  const { orgId, generation } = reading;
  const { interviewId } = reading.interview;
  return {
    _id: interviewDocId({ orgId, generation, interviewId }),
    orgId,
    generation,
    interviewId,
    ...factsOf(deps, reading, normal),
    sealedLinkByPerson: null,
    readable: true,
    firstSeenAt: reading.watched ? reading.readAt : null,
    excluded: reading.excluded,
    goneAt: null,
    choice: null,
    notice: { state: 'none', acceptedAt: null },
    mailed: { candidate: null, interviewers: null },
    told: null,
    decision: decisionFor('role_off'),
    progress: {},
    stopping: null,
    timeline: [
      {
        at: reading.readAt,
        kind: 'found',
        detail: 'The interview was found in SmartRecruiters.',
        by: 'smartrecruiters',
      },
    ],
    version: 1,
  };
}
