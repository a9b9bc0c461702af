import { z } from 'zod';
import {
  envelope,
  id,
  instantOf,
  optionalFlag,
  optionalId,
  optionalInstant,
  optionalText,
  optionalWord,
  read,
} from './schema-parts.js';
import type {
  UnreadableReason,
  VendorInterview,
  VendorInterviews,
  VendorTimeslot,
} from './vendor-types.js';

const timeslot = z.object({
  id,
  startsOn: z.string(),
  endsOn: z.string(),
  interviewType: optionalWord,
  title: optionalText,
  place: optionalText,
  interviewers: z
    .array(z.object({ id, status: optionalWord }).nullish().catch(null))
    .nullish()
    .catch(null),
  candidateStatus: optionalWord,
  noShow: optionalFlag,
  status: optionalWord,
});

const interview = z.object({
  id,
  jobId: id,
  candidate: z.object({ id: optionalId, status: optionalWord }).nullish().catch(null),
  organizerId: optionalId,
  timezone: optionalWord,
  location: optionalText,
  locationType: optionalWord,
  source: optionalWord,
  refUrl: optionalText,
  status: optionalWord,
  private: optionalFlag,
  confidential: optionalFlag,
  createdOn: optionalInstant,
  timeslots: z.array(z.unknown()),
});

/** `CANCELED`, `cancelled`, `CANCELLED_BY_CANDIDATE` … */
const saysCancelled = (status: string | null) => status !== null && /^cancell?ed/i.test(status);

export type InterviewReading =
  | { kind: 'readable'; interview: VendorInterview }
  | { kind: 'unreadable'; interviewId: string; reason: UnreadableReason }
  | { kind: 'skipped' };

/**
 * One interview. A single timeslot whose times cannot be trusted makes the whole interview
 * unreadable, since without it the others would look as if that one had been taken out. So does a
 * status that says cancelled, on the interview or on a timeslot: no source knows such a field, so it
 * holds back a join and is no more than that; cancelled is what is absent and not found by id.
 */
export function readInterviewItem(body: unknown): InterviewReading {
  const identified = z.object({ id }).safeParse(body);
  if (!identified.success) return { kind: 'skipped' };
  const interviewId = identified.data.id;
  const unreadable = (reason: UnreadableReason): InterviewReading => ({
    kind: 'unreadable',
    interviewId,
    reason,
  });
  const parsed = interview.safeParse(body);
  if (!parsed.success) return unreadable('unknown_shape');
  const value = parsed.data;
  if (saysCancelled(value.status)) return unreadable('said_to_be_cancelled');
  if (value.timeslots.length === 0) return unreadable('no_timeslots');
  const timeslots: VendorTimeslot[] = [];
  for (const raw of value.timeslots) {
    const slot = readTimeslot(raw);
    if (typeof slot === 'string') return unreadable(slot);
    timeslots.push(slot);
  }
  return {
    kind: 'readable',
    interview: {
      interviewId,
      jobId: value.jobId,
      candidateId: value.candidate?.id ?? null,
      candidateStatus: value.candidate?.status ?? null,
      organizerId: value.organizerId,
      timezone: knownZone(value.timezone),
      location: value.location,
      locationType: value.locationType,
      source: value.source,
      refUrl: value.refUrl,
      status: value.status,
      // Private interviews exist (dossier 6, row 21), but no source knows how they are marked: a mark
      // of either name keeps the notetaker out, and none says nothing.
      confidential: value.private === true || value.confidential === true,
      createdAt: value.createdOn,
      timeslots,
    },
  };
}

function readTimeslot(raw: unknown): VendorTimeslot | UnreadableReason {
  const parsed = timeslot.safeParse(raw);
  if (!parsed.success) return 'unknown_shape';
  const value = parsed.data;
  if (saysCancelled(value.status)) return 'said_to_be_cancelled';
  const startsAt = instantOf(value.startsOn);
  const endsAt = instantOf(value.endsOn);
  if (startsAt === null || endsAt === null) return 'time_without_zone';
  if (endsAt <= startsAt) return 'end_before_start';
  return {
    timeslotId: value.id,
    startsAt,
    endsAt,
    interviewType: value.interviewType,
    title: value.title,
    place: value.place,
    interviewers: (value.interviewers ?? []).flatMap((each) =>
      each == null ? [] : [{ userId: each.id, status: each.status }],
    ),
    candidateStatus: value.candidateStatus,
    noShow: value.noShow === true,
  };
}

/** Zones that were looked up: the same few come with every interview. */
const zones = new Set<string>();

function knownZone(timezone: string | null): string {
  if (timezone === null) return 'UTC';
  if (zones.has(timezone)) return timezone;
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    zones.add(timezone);
    return timezone;
  } catch {
    return 'UTC';
  }
}

export function readInterviews(body: unknown): VendorInterviews {
  const { content } = read('interviews.list', envelope, body);
  const result: VendorInterviews = { interviews: [], unreadable: [], skipped: 0 };
  const seen = new Set<string>();
  for (const raw of content) {
    const reading = readInterviewItem(raw);
    if (reading.kind === 'skipped') {
      result.skipped += 1;
      continue;
    }
    const interviewId =
      reading.kind === 'readable' ? reading.interview.interviewId : reading.interviewId;
    if (seen.has(interviewId)) continue;
    seen.add(interviewId);
    if (reading.kind === 'readable') result.interviews.push(reading.interview);
    else result.unreadable.push({ interviewId, reason: reading.reason });
  }
  return result;
}
