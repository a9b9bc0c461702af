import type { NotetakerOutcome, NotetakerState } from './port.js';

/**
 * What all providers' histories have in common (`notetaker-providers` 4.2): entries may come
 * repeated and out of order, are put in the order of the provider's own times, move the state only
 * forward, and leave facts that stay.
 */

/** One entry of a provider's history. */
export interface CourseEntry {
  /** Epoch ms; null: the provider did not say, so it stays where it stood. */
  at: number | null;
  /** Null: information only, as every code is that this version does not know. */
  state: NotetakerState | null;
}

export interface Course {
  /** Null: no entry says anything. */
  state: NotetakerState | null;
  reachedLobby: boolean;
  joinedAt: number | null;
  recordingStartedAt: number | null;
  recordingEndedAt: number | null;
  endedAt: number | null;
}

const rank: Record<NotetakerState, number> = {
  scheduled: 1,
  starting: 2,
  joining: 3,
  waiting_room: 4,
  in_call: 5,
  recording: 5,
  leaving: 6,
  processing: 7,
  ended: 9,
};

/** By the provider's times; entries without one, or of one instant, stay as they were listed. */
export function inOrderOfTime<Entry extends CourseEntry>(entries: readonly Entry[]): Entry[] {
  let last = Number.NEGATIVE_INFINITY;
  return entries
    .map((entry) => {
      last = entry.at ?? last;
      return { entry, at: last };
    })
    .sort((a, b) => a.at - b.at)
    .map(({ entry }) => entry);
}

/** Folds a history that is in the order of time; nothing after the first end counts. */
export function courseOf(entries: readonly CourseEntry[]): Course {
  const course: Course = {
    state: null,
    reachedLobby: false,
    joinedAt: null,
    recordingStartedAt: null,
    recordingEndedAt: null,
    endedAt: null,
  };
  let lastAt = 0;
  for (const { at, state } of entries) {
    lastAt = at ?? lastAt;
    if (state === null) continue;
    noteFacts(course, state, lastAt);
    if (moves(course.state, state)) course.state = state;
    if (state === 'ended') break;
  }
  return course;
}

function noteFacts(course: Course, state: NotetakerState, at: number): void {
  if (state === 'waiting_room') course.reachedLobby = true;
  if (state === 'in_call' || state === 'recording') course.joinedAt ??= at;
  if (state === 'recording') course.recordingStartedAt ??= at;
  const isOut = state === 'processing' || state === 'ended';
  if (isOut && course.recordingStartedAt !== null) course.recordingEndedAt ??= at;
  if (state === 'ended') course.endedAt ??= at;
}

/** Forward only; recording may pause and go on. */
function moves(from: NotetakerState | null, to: NotetakerState): boolean {
  if (from === null) return true;
  return rank[to] > rank[from] || (rank[to] === rank[from] && rank[to] === rank.recording);
}

/** What the provider's last word on a bot means. */
export type LastWord =
  | 'not_admitted'
  | 'no_one_joined'
  | 'meeting_not_started'
  /** A participant threw it out of the call. */
  | 'removed'
  /** We told it to leave. */
  | 'asked_to_leave'
  /** It could not join, or broke. */
  | 'failure'
  /** A normal end, or a word that this version does not know: the facts alone decide. */
  | 'other';

/** The outcome of a bot that has ended: the facts first, the provider's word where they leave room. */
export function outcomeOf({ course, word }: { course: Course; word: LastWord }): NotetakerOutcome {
  if (word === 'no_one_joined') return 'no_one_joined';
  if (course.joinedAt !== null) {
    if (word === 'removed') return 'removed';
    return course.recordingStartedAt === null ? 'attended_not_recorded' : 'attended_recorded';
  }
  switch (word) {
    case 'asked_to_leave':
      return 'cancelled';
    case 'not_admitted':
    case 'meeting_not_started':
      return word;
    case 'removed':
    case 'failure':
      return 'failed';
    case 'other':
      return course.reachedLobby ? 'not_admitted' : 'failed';
  }
}

/** Who took a bot out before the meeting's end, as far as the provider's word tells. */
export function removedByOf(word: LastWord): 'api' | 'participant' | null {
  return word === 'asked_to_leave' ? 'api' : word === 'removed' ? 'participant' : null;
}
