import { type DecisionCode, decisionCodes, decisionFor, type FixableBy } from './decision.js';
import { providerReasonFamilies, providerReasons } from './provider-reasons.js';

/** Why a session ended as it did, for the people who wanted it captured. */
export interface ReasonWords {
  sentence: string;
  /** What somebody can do about it; null: nothing has to be done. */
  remedy: string | null;
}

const aloneWithUs = 'Pillar’s engineers see this by themselves; nothing has to be changed.';

/** Reasons that are ours: given by the join and the request, whichever provider runs the bots. */
const ownReasons = {
  stopped_early: {
    sentence: 'Part of the interview was captured; then the notetaker was taken away.',
    remedy: null,
  },
  not_requested: {
    sentence: 'The notetaker was wanted, but could not be asked for before the interview was over.',
    remedy: aloneWithUs,
  },
  nobody_recorded: {
    sentence: 'The notetaker was asked for, but had recorded nothing when the interview was over.',
    remedy: 'Ask the host to let the notetaker in and to allow it to record.',
  },
  not_recorded: {
    sentence: 'The notetaker was in the call, but nothing was recorded.',
    remedy: 'Ask the host to allow the notetaker to record.',
  },
  removed_by_participant: {
    sentence: 'Somebody in the meeting removed the notetaker.',
    remedy: 'If that was a mistake, send it again while the interview goes on.',
  },
  not_admitted: {
    sentence: 'Nobody let the notetaker in from the lobby.',
    remedy: 'Ask the host to admit the notetaker, or let guests come in without waiting.',
  },
  no_one_joined: {
    sentence: 'The notetaker was in the meeting, but nobody else came.',
    remedy: 'Check in SmartRecruiters that the interview has the link that people really used.',
  },
  meeting_not_started: {
    sentence: 'The host did not open the meeting while the notetaker waited.',
    remedy: 'If people meet later than planned, send the notetaker again then.',
  },
  failed: {
    sentence: 'The notetaker could not get into the meeting, and its service does not say why.',
    remedy: aloneWithUs,
  },
  bot_unknown_to_provider: {
    sentence: 'The notetaker service no longer knows the notetaker that was sent.',
    remedy: aloneWithUs,
  },
  duplicate_unknown: {
    sentence: 'A notetaker that was not sent for this interview was already in the room.',
    remedy: 'Pillar’s engineers look into it; use a meeting room of its own for each interview.',
  },
  no_bot: {
    sentence: 'The request for a notetaker reached nobody.',
    remedy: aloneWithUs,
  },
  capacity: {
    sentence: 'The notetaker service had no notetaker free.',
    remedy: aloneWithUs,
  },
  rate_limited: {
    sentence: 'The notetaker service took no more requests at that moment.',
    remedy: aloneWithUs,
  },
  provider_auth: {
    sentence: 'The notetaker service refused our key.',
    remedy: 'Pillar’s engineers have to renew the key; nothing can be done here.',
  },
  provider_billing: {
    sentence: 'Our account at the notetaker service has run out of credit.',
    remedy: 'Pillar’s engineers have to settle it; nothing can be done here.',
  },
  provider_refused: {
    sentence: 'The notetaker service refused the request for this meeting.',
    remedy: 'Check that the link in SmartRecruiters is the one of a meeting that guests can join.',
  },
  merged: {
    sentence: 'This part of the interview became one with another part in the same room.',
    remedy: null,
  },
  moved: {
    sentence: 'The interview was moved.',
    remedy: null,
  },
  handed_over: {
    sentence: 'Another interview in the same room went on with this notetaker.',
    remedy: null,
  },
} as const satisfies Record<string, ReasonWords>;

export type OwnReason = keyof typeof ownReasons;

/** Where more can be said than who is able to change it. */
const remedyOfDecision: Partial<Record<DecisionCode, string>> = {
  no_link:
    'Put the meeting link into the interview in SmartRecruiters, or set it by hand when sending the notetaker.',
  link_unsupported: 'Use a link of Zoom, Google Meet, Microsoft Teams or Webex.',
  provider_unsuitable: 'Use a link of a meeting service that your notetaker can join.',
  room_busy: 'Use a meeting room of its own for each interview.',
  room_forbidden: 'Use a meeting room of its own for an interview that may be recorded.',
  notice_undeliverable: 'Correct the candidate’s e-mail address in SmartRecruiters.',
  notice_too_late: 'Schedule interviews earlier than the notice that candidates are promised.',
  role_off: 'An Owner can turn the job on.',
  record_off: 'An Owner can turn recording on in the settings.',
  paused: 'An Owner can resume the integration.',
  restricted: 'An Owner can change the restrictions in the settings.',
  too_late: 'An Owner can let the notetaker come later, in the settings.',
  access_withdrawn: 'An Owner can renew the credential or its scopes in SmartRecruiters.',
};

const remedyOfWho: Record<FixableBy, string | null> = {
  owner: 'An Owner can change this.',
  admin: 'An Owner or Admin can change this.',
  recruiter: 'A recruiter can change this in SmartRecruiters.',
  candidate: 'Only the candidate can change this.',
  operations: 'Pillar’s engineers have to act; nothing can be done here.',
  nobody: null,
};

/** Every code that has words of its own, decisions included. */
export const knownReasons: readonly string[] = [
  ...new Set([...Object.keys(ownReasons), ...decisionCodes, ...Object.keys(providerReasons)]),
];

/**
 * A reason in plain words: one of ours, the code of a decision, or a provider's sub-code. Providers
 * make up new sub-codes without notice (`notetaker-providers.md` 1.6), so any other text gets words
 * too, which repeat it only when it has the shape of a code.
 */
export function reasonWords(reason: string): ReasonWords {
  return (
    find(ownReasons, reason) ??
    ofDecision(reason) ??
    find(providerReasons, reason) ??
    providerReasonFamilies.find(({ pattern }) => pattern.test(reason))?.words ??
    unknown(reason)
  );
}

function find(table: Record<string, ReasonWords>, reason: string): ReasonWords | null {
  return Object.hasOwn(table, reason) ? (table[reason] ?? null) : null;
}

function ofDecision(reason: string): ReasonWords | null {
  const code = decisionCodes.find((one) => one === reason);
  if (code === undefined) return null;
  const { explanation, fixableBy } = decisionFor(code);
  return { sentence: explanation, remedy: remedyOfDecision[code] ?? remedyOfWho[fixableBy] };
}

function unknown(reason: string): ReasonWords {
  const isCode = /^[a-z][a-z0-9_]{0,79}$/.test(reason);
  return {
    sentence: isCode
      ? `The notetaker service gives a reason that is new to us: ${reason.replaceAll('_', ' ')}.`
      : 'The notetaker service gives a reason that is new to us.',
    remedy: 'If it happens again, tell Pillar’s support this reason.',
  };
}
