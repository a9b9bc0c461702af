import type { InterviewDoc } from '../../common/read-model/documents.js';
import {
  type Decision,
  type DecisionCode,
  decisionFor,
} from '../../workflows/contracts/decision.js';
import type { InstallationPhase } from '../../workflows/contracts/installation.js';
import type { Settings } from '../../workflows/contracts/settings.js';
import { consentGate } from './consent-gate.js';

export interface DecisionInput {
  /** null: no installation of this life. */
  installation: { phase: InstallationPhase; settings: Settings } | null;
  role: { enabled: boolean } | null;
  interview: Pick<
    InterviewDoc,
    'goneAt' | 'readable' | 'excluded' | 'choice' | 'notice' | 'firstSeenAt'
  >;
  /** The session in question; null when the interview has none. */
  session: {
    startsAt: number;
    endsAt: number;
    link: 'joinable' | 'unsupported' | 'none';
  } | null;
  /** A person's skip outlives every sync, retry and generation. */
  tombstone: boolean;
  now: number;
}

/**
 * The one function that decides whether the notetaker joins. The watch uses it, the last look uses
 * it, the API shows what it said. Facts beat everything; then what switches all of it off; then a
 * person's skip; then rules, which a person's join beats; then consent, which nothing beats; then
 * what is needed to join at all.
 */
export function decide(input: DecisionInput): Decision {
  return decisionFor(decisionCode(input));
}

function decisionCode(input: DecisionInput): DecisionCode {
  const { installation, interview, role, session, now } = input;
  if (interview.goneAt !== null) return 'cancelled';
  if (installation === null) return 'not_active';
  if (installation.phase === 'paused') return 'paused';
  if (installation.phase !== 'active') return 'not_active';
  if (session !== null && now >= session.endsAt) return 'over';
  if (input.tombstone || interview.choice?.action === 'skip') return 'skipped_by_person';
  if (!installation.settings.engagement.record) return 'record_off';

  const wanted = interview.choice?.action === 'join';
  if (!wanted && role?.enabled !== true) return 'role_off';
  if (!wanted && interview.excluded) return 'excluded';
  if (!interview.readable || session === null) return 'unreadable';

  const { consent, joining } = installation.settings;
  if (now > session.startsAt + joining.neverAfterMinutes * 60_000) return 'too_late';
  const refused = consentGate({
    consent,
    startsAt: session.startsAt,
    firstSeenAt: interview.firstSeenAt,
    notice: interview.notice,
    now,
  });
  if (refused !== null) return refused;
  if (session.link === 'none') return 'no_link';
  if (session.link === 'unsupported') return 'link_unsupported';
  return wanted ? 'joins_by_choice' : 'will_join';
}
