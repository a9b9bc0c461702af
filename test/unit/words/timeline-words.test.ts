import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { timelineEvents, timelineWords } from '../../../activities/joining/timeline-words.js';
import { decisionCodes } from '../../../workflows/contracts/decision.js';
import { knownReasons } from '../../../workflows/contracts/reason-words.js';

/** The join, in however many files it is. */
const sources = ['join-interview.ts', 'join-session.ts'].map((name) =>
  readFileSync(fileURLToPath(new URL(`../../../workflows/${name}`, import.meta.url)), 'utf8'),
);

/** What the workflow records that is no literal, and every value that it can have there. */
const values: Record<string, readonly string[]> = {
  code: decisionCodes,
  'answer.reason': [
    'rate_limited',
    'capacity',
    'provider_auth',
    'provider_billing',
    'provider_refused',
  ],
  'claimed.kind': ['room_busy', 'room_forbidden'],
  state: ['requested', 'lobby', 'joined', 'recording'],
  'last.outcome': ['captured', 'missed', 'skipped', 'cancelled'],
  '`left_${why}`': [
    'left_cancelled',
    'left_forbidden',
    'left_moved',
    'left_stopped',
    'left_over',
    'left_next_interview',
  ],
};

/** Second arguments of every call of `record`. */
function recorded(): string[] {
  const calls = sources.flatMap((source) => [
    ...source.matchAll(/await record\(\s*[\w.]+,\s*([^;]*?),?\s*\);/g),
  ]);
  return calls.map(([, argument]) => argument?.trim() ?? '');
}

function eventsOf(argument: string): readonly string[] {
  const literal = /^'(\w+)'$/.exec(argument)?.[1];
  return literal === undefined ? (values[argument] ?? []) : [literal];
}

describe('the timeline', () => {
  it('has words for everything that a join records', () => {
    const found = recorded();
    expect(found.length).toBeGreaterThan(5);
    expect(found.filter((argument) => eventsOf(argument).length === 0)).toEqual([]);
    const known = new Set([...timelineEvents, ...knownReasons]);
    expect(found.flatMap(eventsOf).filter((event) => !known.has(event))).toEqual([]);
  });

  it('has words for every alert that people got', () => {
    for (const event of ['alert_preflight', 'alert_lobby', 'alert_missing']) {
      expect(timelineWords(event)).toMatch(/people were told/);
    }
  });

  it('is written in whole sentences, one for each event', () => {
    for (const event of timelineEvents) {
      expect([event, timelineWords(event)]).toEqual([
        event,
        expect.stringMatching(/^[A-Z][^_`]{9,120}\.$/),
      ]);
    }
  });

  it('has words for what it was never told of, too', () => {
    expect(timelineWords('zoom_captcha_required')).toMatch(/proof that a person joins/);
    expect(timelineWords('of_tomorrow')).toMatch(/of tomorrow/);
    expect(timelineWords('constructor')).toMatch(/new to us/);
  });
});
