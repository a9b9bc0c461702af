import { createHash } from 'node:crypto';
import { findMeetingLink, type MeetingLink } from './meeting-link.js';
import { type KnownSession, planSessions, type SessionPlan } from './sessions.js';

export interface VendorInterviewer {
  userId: string;
  /** Their reply: `accepted`, `declined`, `pending`, `tentative`, or what the vendor invents. */
  status: string | null;
}

export interface VendorTimeslot {
  timeslotId: string;
  /** Epoch ms. */
  startsAt: number;
  /** Epoch ms. */
  endsAt: number;
  title: string | null;
  place: string | null;
  interviewType: string | null;
  interviewers: VendorInterviewer[];
  candidateStatus: string | null;
}

/** An interview as an applicant tracking system tells it, without that system's spelling. */
export interface VendorInterview {
  interviewId: string;
  jobId: string;
  candidateId: string | null;
  candidateStatus: string | null;
  organizerId: string | null;
  /** IANA name, only for display; not checked. */
  timezone: string;
  /** Free text: an address, a phone number or a link. */
  location: string | null;
  locationType: string | null;
  source: string | null;
  /** Marked as private; absent is no. */
  confidential?: boolean;
  timeslots: VendorTimeslot[];
}

export interface NormalTimeslot extends VendorTimeslot {
  link: MeetingLink;
}

/** The same interview always in the same form: texts trimmed, lists in order, links resolved. */
export interface NormalInterview extends Omit<VendorInterview, 'timeslots'> {
  /** By start, then by id. */
  timeslots: NormalTimeslot[];
  sessions: SessionPlan[];
  /** Hull of all timeslots; null without any. */
  window: { startsAt: number; endsAt: number } | null;
  /** `found` when any timeslot has a room, else `unreadable` when any is ambiguous, else `none`. */
  linkState: 'found' | 'none' | 'unreadable';
  /** SHA-256 (hex) over everything above. */
  hash: string;
  /** SHA-256 (hex) over what moves a bot or needs a mail: times, rooms, zone. */
  planHash: string;
}

export type InterviewChange = 'same' | 'replies_only' | 'people' | 'moved';

/**
 * Brings an interview into its normal form. The vendor stamps no change, so `hash` is how a change is
 * seen (`docs/protocols.md` 2).
 *
 * @param input.linkByPerson a link that a person set by hand; stands above what the vendor says
 * @param input.known the sessions as they were planned before
 */
export function normalizeInterview({
  interview,
  linkByPerson = null,
  known = [],
}: {
  interview: VendorInterview;
  linkByPerson?: string | null;
  known?: readonly KnownSession[];
}): NormalInterview {
  const location = tidy(interview.location);
  const timeslots = interview.timeslots
    .map((timeslot) => normalTimeslot({ timeslot, location, linkByPerson }))
    .sort((a, b) => a.startsAt - b.startsAt || compareText(a.timeslotId, b.timeslotId));
  const sessions = planSessions({
    known,
    timeslots: timeslots.map(({ timeslotId, startsAt, endsAt, link }) => ({
      timeslotId,
      startsAt,
      endsAt,
      room: roomOf(link),
    })),
  });
  const facts = {
    interviewId: interview.interviewId,
    jobId: interview.jobId,
    candidateId: tidy(interview.candidateId),
    candidateStatus: tidy(interview.candidateStatus),
    organizerId: tidy(interview.organizerId),
    timezone: interview.timezone.trim(),
    location,
    locationType: tidy(interview.locationType),
    source: tidy(interview.source),
    // Named only where it is so: the hash of every other interview stays what it was.
    ...(interview.confidential === true ? { confidential: true } : {}),
    timeslots,
  };
  return {
    ...facts,
    sessions,
    window: windowOf(timeslots),
    linkState: linkStateOf(timeslots),
    hash: hashOf(facts),
    planHash: hashOf({
      timezone: facts.timezone,
      timeslots: timeslots.map(({ timeslotId, startsAt, endsAt, link }) => ({
        timeslotId,
        startsAt,
        endsAt,
        room: roomOf(link)?.identity ?? null,
        kind: link.kind,
      })),
    }),
  };
}

/**
 * What kind of change lies between two readings of one interview, the strongest one first:
 * `moved` (times, zone, timeslots, place or link, a passcode included), `people` (who takes part, and
 * what the interview is called or belongs to, on which rules rest), `replies_only`, `same`.
 */
export function compare({
  before,
  after,
}: {
  before: NormalInterview;
  after: NormalInterview;
}): InterviewChange {
  if (before.planHash !== after.planHash || differs(placesOf, before, after)) {
    return 'moved';
  }
  if (differs(peopleOf, before, after)) {
    return 'people';
  }
  return before.hash === after.hash ? 'same' : 'replies_only';
}

/** SHA-256 (hex) of a value; the order of keys in objects does not matter, that of lists does. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(stableText(value)).digest('hex');
}

function normalTimeslot({
  timeslot,
  location,
  linkByPerson,
}: {
  timeslot: VendorTimeslot;
  location: string | null;
  linkByPerson: string | null;
}): NormalTimeslot {
  const title = tidy(timeslot.title);
  const place = tidy(timeslot.place);
  const texts = linkByPerson === null ? [location, place, title] : [linkByPerson];
  return {
    timeslotId: timeslot.timeslotId,
    startsAt: timeslot.startsAt,
    endsAt: timeslot.endsAt,
    title,
    place,
    interviewType: tidy(timeslot.interviewType),
    interviewers: timeslot.interviewers
      .map(({ userId, status }) => ({ userId, status: tidy(status) }))
      .sort(
        (a, b) => compareText(a.userId, b.userId) || compareText(a.status ?? '', b.status ?? ''),
      ),
    candidateStatus: tidy(timeslot.candidateStatus),
    link: findMeetingLink({ texts: texts.filter((text) => text !== null) }),
  };
}

function placesOf(interview: NormalInterview): unknown {
  return [
    interview.location,
    interview.locationType,
    interview.timeslots.map(({ place, link }) => [place, roomOf(link)?.url ?? null]),
  ];
}

function peopleOf(interview: NormalInterview): unknown {
  const { interviewId, jobId, candidateId, organizerId, source, timeslots } = interview;
  const confidential = interview.confidential === true;
  return [
    { interviewId, jobId, candidateId, organizerId, source, confidential },
    timeslots.map(({ title, interviewType, interviewers }) => [
      title,
      interviewType,
      interviewers.map(({ userId }) => userId),
    ]),
  ];
}

function differs(
  part: (interview: NormalInterview) => unknown,
  before: NormalInterview,
  after: NormalInterview,
): boolean {
  return stableText(part(before)) !== stableText(part(after));
}

function roomOf(link: MeetingLink): SessionPlan['room'] {
  if (link.kind !== 'found') {
    return null;
  }
  const { provider, url, identity, joinable } = link;
  return { provider, url, identity, joinable };
}

function linkStateOf(timeslots: NormalTimeslot[]): NormalInterview['linkState'] {
  const kinds = new Set(timeslots.map(({ link }) => link.kind));
  return kinds.has('found') ? 'found' : kinds.has('ambiguous') ? 'unreadable' : 'none';
}

function windowOf(timeslots: NormalTimeslot[]): NormalInterview['window'] {
  if (timeslots.length === 0) {
    return null;
  }
  return {
    startsAt: Math.min(...timeslots.map(({ startsAt }) => startsAt)),
    endsAt: Math.max(...timeslots.map(({ endsAt }) => endsAt)),
  };
}

/** Trimmed and in one Unicode form; what is empty then is as good as absent. */
function tidy(text: string | null): string | null {
  const trimmed = text?.normalize('NFC').trim() ?? '';
  return trimmed === '' ? null : trimmed;
}

function stableText(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => compareText(a, b)))
      : part,
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
