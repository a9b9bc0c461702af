/**
 * The closed list of decisions: for each code what happens, the sentence a recruiter reads, who
 * decided it and who can change it. `decide()` (activities/interviews/decide.ts) is the only
 * function that chooses among them.
 */
export type Verdict = 'join' | 'skip' | 'wait';
export type DecidedBy = 'rules' | 'owner' | 'person' | 'candidate' | 'system';
export type FixableBy = 'owner' | 'admin' | 'recruiter' | 'candidate' | 'operations' | 'nobody';

interface DecisionRow {
  verdict: Verdict;
  explanation: string;
  decidedBy: DecidedBy;
  fixableBy: FixableBy;
}

const table = {
  will_join: row('join', 'The notetaker will join this interview.', 'rules', 'admin'),
  joins_by_choice: row('join', 'A person asked for the notetaker to join.', 'person', 'admin'),
  no_link: row(
    'wait',
    'No meeting link was found yet. It is looked for again each time the interview is read; a link can also be set by hand.',
    'rules',
    'recruiter',
  ),
  unreadable: row(
    'wait',
    'SmartRecruiters sent this interview in a form that could not be read. It is read again.',
    'system',
    'operations',
  ),
  notice_pending: row(
    'wait',
    'The candidate’s notice has not been accepted by the mail server yet.',
    'rules',
    'owner',
  ),
  room_busy: row(
    'wait',
    'Another interview uses this meeting room at the same time and already has the notetaker.',
    'system',
    'recruiter',
  ),
  room_shared: row(
    'join',
    'Another interview shares this meeting room at the same time; one notetaker serves both.',
    'system',
    'nobody',
  ),
  room_forbidden: row(
    'skip',
    'Another interview in this meeting room at the same time must not be recorded, so no notetaker may be there.',
    'rules',
    'recruiter',
  ),
  fenced_by_operations: row(
    'skip',
    'Pillar’s engineers have stopped the notetaker for now.',
    'system',
    'operations',
  ),
  restricted: row(
    'skip',
    'A restriction in the settings keeps the notetaker out of interviews like this one.',
    'owner',
    'owner',
  ),
  confidential: row(
    'skip',
    'The interview or its job is marked private or confidential.',
    'rules',
    'owner',
  ),
  interviewer_opted_out: row(
    'skip',
    'An interviewer does not want to be recorded.',
    'person',
    'nobody',
  ),
  provider_unsuitable: row(
    'skip',
    'The meeting service of this link cannot be joined by the notetaker that is in use.',
    'system',
    'recruiter',
  ),
  paused: row('skip', 'The integration is paused.', 'owner', 'owner'),
  not_active: row('skip', 'The integration is not active.', 'owner', 'owner'),
  role_off: row('skip', 'The job is not turned on.', 'owner', 'owner'),
  excluded: row(
    'skip',
    'The interview was already scheduled when the job was turned on without its scheduled interviews.',
    'owner',
    'admin',
  ),
  record_off: row('skip', 'Recording is turned off for the organization.', 'owner', 'owner'),
  skipped_by_person: row('skip', 'A person asked the notetaker to stay out.', 'person', 'admin'),
  declined: row('skip', 'The candidate declined to be recorded.', 'candidate', 'candidate'),
  notice_too_late: row(
    'skip',
    'The candidate could not be told early enough before the interview.',
    'rules',
    'nobody',
  ),
  notice_undeliverable: row(
    'skip',
    'The candidate’s notice could not be delivered, so the candidate was never told.',
    'rules',
    'recruiter',
  ),
  link_unsupported: row(
    'skip',
    'The meeting link belongs to a service that the notetaker cannot join.',
    'system',
    'recruiter',
  ),
  cancelled: row('skip', 'The interview was cancelled.', 'rules', 'recruiter'),
  not_found: row(
    'skip',
    'SmartRecruiters no longer shows this interview; the notetaker stays out until that is settled.',
    'system',
    'recruiter',
  ),
  over: row('skip', 'The interview is over.', 'rules', 'nobody'),
  too_late: row(
    'skip',
    'The interview began longer ago than the notetaker may come late.',
    'rules',
    'owner',
  ),
  access_withdrawn: row(
    'skip',
    'SmartRecruiters no longer lets us read this interview.',
    'system',
    'owner',
  ),
  vendor_unreachable: row(
    'skip',
    'SmartRecruiters could not be reached before the start and what was known was too old.',
    'system',
    'nobody',
  ),
} as const satisfies Record<string, DecisionRow>;

export type DecisionCode = keyof typeof table;

export interface Decision {
  verdict: Verdict;
  code: DecisionCode;
  explanation: string;
  decidedBy: DecidedBy;
  fixableBy: FixableBy;
}

export const decisionCodes = Object.keys(table) as DecisionCode[];

/**
 * Noes that nobody wanted: the people in the room expect the notetaker all the same. Every other no
 * is somebody's word or a rule, and nobody is woken for it.
 */
export const unwantedNoes: ReadonlySet<DecisionCode> = new Set<DecisionCode>([
  'vendor_unreachable',
  'access_withdrawn',
  'not_found',
  'provider_unsuitable',
  'link_unsupported',
  'too_late',
]);

/** Noes that keep a bot out of the whole room, whoever sent it; others concern their own interview. */
export const roomNoes: ReadonlySet<DecisionCode> = new Set<DecisionCode>([
  'declined',
  'restricted',
  'confidential',
  'interviewer_opted_out',
]);

/** The whole decision that belongs to a code. */
export function decisionFor(code: DecisionCode): Decision {
  return { code, ...table[code] };
}

function row(
  verdict: Verdict,
  explanation: string,
  decidedBy: DecidedBy,
  fixableBy: FixableBy,
): DecisionRow {
  return { verdict, explanation, decidedBy, fixableBy };
}
