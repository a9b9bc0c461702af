import type { InterviewDoc, LinkProvider } from '../../common/read-model/documents.js';
import {
  type Decision,
  type DecisionCode,
  decisionFor,
} from '../../workflows/contracts/decision.js';
import type { InstallationPhase } from '../../workflows/contracts/installation.js';
import type { Settings } from '../../workflows/contracts/settings.js';
import { consentGate } from './consent-gate.js';
import { type RestrictionFacts, restrictionsThatApply } from './restrictions.js';

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
    /** Whose link it is; null without one. */
    provider: LinkProvider | null;
  } | null;
  /** What restrictions are matched with. */
  facts: RestrictionFacts;
  /** The vendor marks the interview or its job as private. */
  confidential: boolean;
  /** Somebody who interviews does not want to be recorded. */
  interviewerOptedOut: boolean;
  /** A person's skip outlives every sync, retry and generation. */
  tombstone: boolean;
  /** The operators have stopped the organization, the notetaker in use, or everything. */
  fencedByOperations: boolean;
  /** Meeting services that the notetaker in use joins. */
  joins: ReadonlySet<LinkProvider>;
  now: number;
}

/**
 * The one function that decides whether the notetaker joins. The watch uses it, the last look uses
 * it, the preview of settings uses it, the API shows what it said. In this order: facts; what
 * switches all of it off; privacy, which nobody's choice crosses, and which is told also of an
 * interview that nobody wants joined, because it keeps bots of others out of the room; a person's
 * skip; the settings' restrictions, which win over every permission, a person's join included; rules,
 * which a person's join beats; consent, which nothing beats; what is needed to join at all.
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
  if (input.fencedByOperations) return 'fenced_by_operations';
  if (session !== null && now >= session.endsAt) return 'over';
  const { consent, engagement, joining, restrictions } = installation.settings;
  const applying = restrictionsThatApply({ restrictions, facts: input.facts });
  if (input.confidential || applying.some(({ field }) => field === 'confidential')) {
    return 'confidential';
  }
  if (input.interviewerOptedOut) return 'interviewer_opted_out';
  if (input.tombstone || interview.choice?.action === 'skip') return 'skipped_by_person';
  if (!engagement.record) return 'record_off';
  if (applying.length > 0) return 'restricted';

  const wanted = interview.choice?.action === 'join';
  if (!wanted && role?.enabled !== true) return 'role_off';
  if (!wanted && interview.excluded) return 'excluded';
  if (!interview.readable || session === null) return 'unreadable';

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
  if (session.provider === null || !input.joins.has(session.provider)) return 'provider_unsuitable';
  return wanted ? 'joins_by_choice' : 'will_join';
}
