import { reasonWords } from '../../workflows/contracts/reason-words.js';

/** What the join, and whoever acts for it, writes into an interview's timeline. */
const words: Record<string, string> = {
  planned: 'The notetaker is planned for this session.',
  requested: 'The notetaker was asked for.',
  lobby: 'The notetaker waits to be admitted.',
  joined: 'The notetaker is in the call.',
  recording: 'The notetaker records.',

  captured: 'The interview was captured.',
  missed: 'The interview was not captured.',
  skipped: 'The notetaker stayed out.',
  cancelled: 'The session was cancelled.',

  handed_over: 'Another interview in this room goes on with the notetaker.',

  no_bot: 'The request reached nobody; it is made anew.',
  duplicate_unknown: 'A notetaker that is not ours was found in the room; engineers were told.',
  rate_limited: 'The notetaker service took too many requests; asked again shortly.',
  capacity: 'The notetaker service had no notetaker free; asked again shortly.',
  provider_auth: 'The notetaker service refused our key.',
  provider_refused: 'The notetaker service refused the request.',
  another_bot: 'The notetaker did not get in; another one is sent.',

  left_cancelled: 'The notetaker left: the interview was cancelled.',
  left_forbidden: 'The notetaker left: it may no longer be there.',
  left_moved: 'The notetaker left: the interview moved.',
  left_stopped: 'The notetaker was taken away.',
  left_over: 'The notetaker left: the interview is over.',
  left_next_interview: 'The notetaker left: the next interview in this room begins.',

  alert_preflight: 'Something may keep the notetaker out; people were told what.',
  alert_lobby: 'The notetaker still waits to be admitted; people were told.',
  alert_missing: 'The interview has begun without the notetaker; people were told.',
};

/** Events that have words of their own. */
export const timelineEvents: readonly string[] = Object.keys(words);

/** The sentence of a timeline entry; an event without words of its own is a reason. */
export function timelineWords(event: string): string {
  return Object.hasOwn(words, event) ? (words[event] ?? event) : reasonWords(event).sentence;
}
