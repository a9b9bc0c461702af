import type { Interview, InterviewSession } from '../api/types.js';
import { dayLabel } from '../times.js';

export interface InterviewGroup {
  label: string;
  items: Interview[];
}

const present = ['requested', 'lobby', 'joined', 'recording'];

/** The notetaker is on its way to this session, or in it. */
export function isUnderWay(session: InterviewSession): boolean {
  return session.outcome === null && present.includes(session.state);
}

function isNow(interview: Interview, now: number): boolean {
  const started = interview.startsAt <= now && now < interview.endsAt;
  return started || interview.stopping !== null || interview.sessions.some(isUnderWay);
}

/** So long an interview that has just ended stays in sight, so that its outcome is seen. */
const justEndedMs = 10 * 60_000;

/** What goes on now or has just ended, then the days to come. */
export function groupUpcoming(interviews: Interview[], now: number): InterviewGroup[] {
  const rows = interviews
    .filter((interview) => interview.endsAt > now - justEndedMs || isNow(interview, now))
    .toSorted((a, b) => a.startsAt - b.startsAt);
  return groupBy(rows, (interview) =>
    isNow(interview, now) || interview.endsAt <= now ? 'Now' : dayLabel(interview.startsAt, now),
  );
}

/** The past, newest first. */
export function groupRecent(interviews: Interview[], now: number): InterviewGroup[] {
  const rows = interviews
    .filter((interview) => interview.endsAt <= now && !isNow(interview, now))
    .toSorted((a, b) => b.startsAt - a.startsAt);
  return groupBy(rows, (interview) => dayLabel(interview.startsAt, now));
}

function groupBy(
  interviews: Interview[],
  labelOf: (interview: Interview) => string,
): InterviewGroup[] {
  const groups = new Map<string, Interview[]>();
  for (const interview of interviews) {
    const label = labelOf(interview);
    groups.set(label, [...(groups.get(label) ?? []), interview]);
  }
  const sorted = [...groups].map(([label, items]) => ({ label, items }));
  return sorted.toSorted((a, b) => Number(b.label === 'Now') - Number(a.label === 'Now'));
}
