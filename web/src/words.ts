import type { FixableBy } from '../../workflows/contracts/decision.js';
import type { ConsentMode } from '../../workflows/contracts/settings.js';
import type { ApiProblem } from './api/problem.js';
import type {
  Attention,
  ConsentState,
  ImportStage,
  InstallationState,
  Interview,
  Role,
  ScopeReport,
  SessionOutcome,
  SessionState,
  Tier,
  Webhooks,
} from './api/types.js';

/** Every state in the words of the people who read this page. */
export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'quiet';

export const installationWords: Record<InstallationState, { label: string; tone: Tone }> = {
  not_installed: { label: 'Not connected', tone: 'quiet' },
  validating: { label: 'Checking credentials', tone: 'info' },
  active: { label: 'Active', tone: 'good' },
  paused: { label: 'Paused', tone: 'warn' },
  uninstalling: { label: 'Uninstalling', tone: 'warn' },
};

export const attentionTitles: Record<Attention['code'], string> = {
  credentials_rejected: 'SmartRecruiters refuses the credentials',
  scope_missing: 'A permission is missing',
  mail_confirmation: 'Mails are waiting for your word',
  jobs_hidden: 'SmartRecruiters hides jobs that are turned on here',
  watch_stale: 'Changes reach Pillar late',
};

export const scopeWords: Record<ScopeReport['status'], { label: string; tone: Tone }> = {
  granted: { label: 'Works', tone: 'good' },
  missing: { label: 'Missing', tone: 'bad' },
  unverified: { label: 'Shows at first use', tone: 'quiet' },
  unknown: { label: 'Could not be checked', tone: 'warn' },
};

export const sessionSteps: { state: SessionState; label: string }[] = [
  { state: 'waiting', label: 'Waiting for its time' },
  { state: 'checking', label: 'Last look at the interview' },
  { state: 'requested', label: 'Notetaker sent' },
  { state: 'lobby', label: 'In the lobby' },
  { state: 'joined', label: 'In the meeting' },
  { state: 'recording', label: 'Recording' },
  { state: 'ended', label: 'Ended' },
];

export const outcomeWords: Record<SessionOutcome, { label: string; tone: Tone }> = {
  captured: { label: 'Captured', tone: 'good' },
  missed: { label: 'Missed', tone: 'bad' },
  skipped: { label: 'Skipped', tone: 'quiet' },
  cancelled: { label: 'Cancelled', tone: 'quiet' },
};

export const verdictWords: Record<Interview['decision']['verdict'], { label: string; tone: Tone }> =
  {
    join: { label: 'Will join', tone: 'good' },
    skip: { label: 'Stays out', tone: 'quiet' },
    wait: { label: 'Not decided yet', tone: 'warn' },
  };

const fixableWords: Record<FixableBy, string | null> = {
  owner: 'An Owner can change this.',
  admin: 'An Owner or Admin can change this.',
  recruiter: 'A recruiter can change this in SmartRecruiters.',
  candidate: 'Only the candidate can change this.',
  operations: 'Pillar’s support can help.',
  nobody: null,
};

export function whoCanChange(fixableBy: FixableBy): string | null {
  return fixableWords[fixableBy] ?? null;
}

const providerWords: Record<string, string> = {
  zoom: 'Zoom',
  google_meet: 'Google Meet',
  microsoft_teams: 'Microsoft Teams',
  webex: 'Webex',
  other: 'Another meeting service',
};

export function linkWords(link: Interview['link']): string {
  const provider = providerWords[link.provider ?? 'other'] ?? humanise(link.provider ?? '');
  if (link.state === 'none') return 'No meeting link yet';
  if (link.state === 'unreadable') return 'Meeting link not readable';
  return link.state === 'set_by_person' ? `${provider}, set by hand` : provider;
}

export const tierWords: Record<Tier, { label: string; hint: string }> = {
  imminent: { label: 'About to start', hint: 'interviews within the hour' },
  hot: { label: 'Interviewing', hint: 'an interview is scheduled' },
  warm: { label: 'In review', hint: 'new candidates of your jobs' },
  cold: { label: 'Quiet', hint: 'everybody else' },
};

export const importStages: { stage: ImportStage; label: string; doing: string }[] = [
  { stage: 'jobs', label: 'Jobs', doing: 'Jobs found' },
  { stage: 'candidates', label: 'Candidates', doing: 'Candidates found' },
  { stage: 'applications', label: 'Applications', doing: 'Applications looked up' },
  { stage: 'interviews', label: 'Interviews', doing: 'Candidates’ interviews read' },
];

export const webhookWords: Record<Webhooks['state'], { label: string; tone: Tone }> = {
  preparing: { label: 'Being set up', tone: 'info' },
  active: { label: 'Active', tone: 'good' },
  suspended: { label: 'Interrupted', tone: 'warn' },
  no_scope: { label: 'Not used', tone: 'quiet' },
  failed: { label: 'Not reached', tone: 'warn' },
};

export const consentWords: Record<ConsentMode, { label: string; explanation: string }> = {
  notice: {
    label: 'Pillar tells each candidate',
    explanation:
      'A mail goes out before the interview. Until it is accepted the notetaker stays out.',
  },
  external: {
    label: 'We tell candidates ourselves',
    explanation:
      'You tell every candidate in time. The notetaker waits for no notice of ours; whether one is sent is a switch of its own.',
  },
  opt_in: {
    label: 'Only when the candidate says yes',
    explanation: 'The notetaker joins only after the candidate has agreed.',
  },
};

const problemTitles: Record<string, string> = {
  credentials_rejected: 'SmartRecruiters did not accept this client id and secret',
  different_company: 'These credentials belong to another SmartRecruiters company',
  vendor_unavailable: 'SmartRecruiters does not answer right now',
  uninstalling: 'The old connection is still being removed',
  not_installed: 'SmartRecruiters is not connected',
  commands_unavailable: 'Nothing was changed: the service is busy',
  not_available: 'This is not available yet',
  job_not_found: 'This job no longer exists in SmartRecruiters',
  interview_not_found: 'This interview no longer exists',
  nothing_captured: 'Nothing was captured',
  recording_off: 'Recording is turned off',
  transcription_off: 'Transcription is turned off',
  artifact_not_found: 'The notetaker service has none',
  artifact_not_ready: 'Not ready yet',
  artifact_unavailable: 'It could not be fetched in time',
  version_mismatch: 'Somebody else changed this a moment ago',
  invalid_body: 'Something in this form is not as it should be',
  link_unreadable: 'This is not the link of a meeting',
  store_unavailable: 'The service is out of reach for a moment',
  sign_in_unavailable: 'Your sign-in cannot be checked right now',
  internal_error: 'Something went wrong on our side',
  receipt_not_found: 'This receipt can no longer be fetched',
  forbidden: 'Your Pillar permission does not allow this',
  slow_down: 'Too many requests in a short time',
  offline: 'The service cannot be reached',
  still_running: 'This takes longer than usual; it goes on by itself',
  consent_needs_candidate_emails: 'Candidates must be told before they are recorded',
};

/** Where the API speaks to programs rather than to people. */
const problemSentences: Record<string, string> = {
  version_mismatch: 'What you see now is the newest; make your change again if you still want it.',
  commands_unavailable: 'Please do it again in a moment.',
  internal_error: 'Please try again, and tell us the reference if it happens again.',
  sign_in_unavailable: 'Please try again in a moment.',
  store_unavailable: 'Please try again in a moment.',
  slow_down: 'Please wait a moment.',
  not_available: 'This version cannot keep this setting; it stays as it was.',
  invalid_body: 'Please check what you typed.',
};

/** A headline by the problem's code, and the API's own sentence below it. */
export function problemWords(problem: ApiProblem): { title: string; detail: string | null } {
  const title = problemTitles[problem.code] ?? 'That did not work';
  const wait = problem.retryAfterSeconds;
  const sentences = [
    problemSentences[problem.code] ?? problem.message,
    wait === null ? '' : `Try again in ${wait < 90 ? `${wait} seconds` : 'a few minutes'}.`,
  ].filter((sentence) => sentence !== '');
  return { title, detail: sentences.length === 0 ? null : sentences.join(' ') };
}

export const roleWords: Record<Role, string> = {
  owner: 'an Owner',
  admin: 'an Admin',
  member: 'a Member',
};

const stopWords: Record<string, string> = {
  request_of_unknown_fate: 'It is being checked whether a notetaker was sent',
  leaving: 'The notetaker is leaving the meeting',
  provider_unreachable: 'The notetaker service does not answer yet',
};

/** Why something is still stopping; a reason that is not known is at least made readable. */
export function stopReasonWords(reason: string): string {
  return stopWords[reason] ?? sentence(humanise(reason));
}

export const consentStateWords: Record<ConsentState, string> = {
  external: 'You tell the candidate yourselves',
  none: 'The candidate has not been told yet',
  held: 'The candidate’s notice waits for an Owner’s word',
  pending: 'The candidate’s notice is on its way',
  accepted: 'The candidate has been told',
  undeliverable: 'The candidate’s notice could not be delivered',
  declined: 'The candidate declined',
};

export function humanise(code: string): string {
  return code.replaceAll(/[_.-]+/g, ' ').trim();
}

export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
