import {
  type DecisionCode,
  decisionCodes,
  decisionFor,
} from '../../workflows/contracts/decision.js';

const words: Record<string, string> = {
  planned: 'The notetaker is planned for this session.',
  requested: 'The notetaker was asked for.',
  lobby: 'The notetaker waits to be admitted.',
  joined: 'The notetaker is in the call.',
  recording: 'The notetaker records.',
  captured: 'The interview was captured.',
  missed: 'The interview was not captured.',
  skipped: 'The notetaker stayed out.',
  no_bot: 'The request reached nobody; it is made anew.',
  rate_limited: 'The notetaker service took too many requests; asked again shortly.',
  capacity: 'The notetaker service had no notetaker free; asked again shortly.',
  provider_auth: 'The notetaker service refused our key.',
  provider_refused: 'The notetaker service refused the request.',
  left_cancelled: 'The notetaker left: the interview was cancelled.',
  left_forbidden: 'The notetaker left: it may no longer be there.',
  left_moved: 'The notetaker left: the interview moved.',
  left_stopped: 'The notetaker was taken away.',
  left_over: 'The notetaker left: the interview is over.',
  left_next_interview: 'The notetaker left: the next interview in this room begins.',
};

/** The sentence of a timeline entry. */
export function timelineWords(event: string): string {
  const decision = decisionCodes.find((code) => code === event);
  return words[event] ?? (decision === undefined ? event : explanationOf(decision));
}

function explanationOf(code: DecisionCode): string {
  return decisionFor(code).explanation;
}
