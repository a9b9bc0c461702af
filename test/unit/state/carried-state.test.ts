import fc from 'fast-check';
import type { PendingStop } from '../../../workflows/contracts/installation.js';
import { recall, remember } from '../../../workflows/state/command-outcomes.js';
import {
  installationDetails,
  joinDetails,
  watchDetails,
} from '../../../workflows/state/details.js';
import { newInstallationState } from '../../../workflows/state/installation-machine.js';
import { stillStopping, withoutStop, withStops } from '../../../workflows/state/pending-stops.js';
import { stableFraction } from '../../../workflows/state/stable-hash.js';
import {
  pauseBeforeNextSlice,
  spreadAfterStandstill,
} from '../../../workflows/state/watch-interval.js';

const stop = (holderId: string, attempt = 1, since = 1): PendingStop => ({
  roomKey: 'r',
  holderId,
  attempt,
  interviewId: 'i',
  jobId: 'j',
  sessionId: 's',
  holderState: 'stopping',
  since,
  reason: 'leaving',
});

it('the outcomes of the last fifty commands are remembered, the newest of each', () => {
  const of = (commandId: string, type = 'T') => ({
    commandId,
    bodyDigest: null,
    result: null,
    failure: { type, message: 'm' },
  });
  let remembered = remember([], of('first'));
  for (let index = 0; index < 50; index += 1) remembered = remember(remembered, of(`c${index}`));
  expect(remembered).toHaveLength(50);
  expect(recall(remembered, 'first')).toBeUndefined();
  expect(recall(remember(remembered, of('c1', 'new')), 'c1')?.failure?.type).toBe('new');
});

describe('pending stops', () => {
  it('are about one attempt of one holder, and keep the time since when they stand', () => {
    const stops = withStops([stop('a', 1, 5)], [stop('a', 1, 9), stop('a', 2), stop('b')]);
    expect(stops.map(({ holderId, attempt, since }) => [holderId, attempt, since])).toEqual([
      ['a', 1, 5],
      ['a', 2, 1],
      ['b', 1, 1],
    ]);
    expect(withoutStop(stops, stop('a', 2))).toEqual([stops[0], stops[2]]);
    expect(stillStopping(stops, [stop('b'), stop('gone')])).toEqual([stops[2]]);
  });
});

it('a fraction is the same for the same text and lies in [0, 1)', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const fraction = stableFraction(text);
      expect(fraction).toBe(stableFraction(text));
      expect(fraction >= 0 && fraction < 1).toBe(true);
    }),
  );
});

describe('the rest of the watch', () => {
  const rest = (change: Partial<Parameters<typeof pauseBeforeNextSlice>[0]>) =>
    pauseBeforeNextSlice({
      now: 100,
      nextDueAt: null,
      failures: 0,
      idleMs: 1_000,
      retryMs: 10,
      spread: 0,
      ...change,
    });
  it('ends when the next row is due, not before a tenth of the idle time, at the latest after it', () => {
    expect([
      rest({}),
      rest({ nextDueAt: 350 }),
      rest({ nextDueAt: 50 }),
      rest({ nextDueAt: 9_999 }),
    ]).toEqual([1_000, 250, 100, 1_000]);
    expect(rest({ nextDueAt: 50, idleMs: 300_000 })).toBe(1_000);
  });
  it('grows while slices fail, up to a bound, and is spread by a tenth at most', () => {
    expect([1, 2, 3, 6, 7, 99].map((failures) => rest({ failures }))).toEqual([
      10, 20, 40, 320, 320, 320,
    ]);
    expect(rest({ spread: 0.999 })).toBeLessThanOrEqual(1_100);
  });
  it('is spread over the time that was missed when nothing ran for a while', () => {
    const more = (lateMs: number, spread = 0.5) =>
      spreadAfterStandstill({ lateMs, tolerateMs: 10, withinMs: 1_000, spread });
    expect([more(0), more(9), more(10), more(800), more(99_999), more(99_999, 0)]).toEqual([
      0, 0, 5, 400, 500, 0,
    ]);
  });
});

it('details name ids and states, whatever the state, and no person', () => {
  const state = {
    ...newInstallationState('org'),
    stops: [stop('a')],
    attentions: { scope_missing: { since: 1 } },
  };
  state.settings = {
    ...state.settings,
    alerts: { emails: ['somebody@example.com'], webhookUrl: null },
  };
  const texts = [
    installationDetails(state),
    installationDetails(newInstallationState('org')),
    watchDetails({ schemaVersion: 1, paused: false, failures: 0, slices: 0 }, null, null),
    watchDetails(
      { schemaVersion: 1, paused: true, failures: 2, slices: 5 },
      { checked: 1, changed: 0, failed: 1, requests: 3, nextDueAt: 5 },
      5,
    ),
    joinDetails('interview-7', { schemaVersion: 1, desired: null, sessions: [] }),
  ];
  for (const text of texts) expect(text).not.toMatch(/undefined|NaN|\[object|@/);
  expect(texts[0]).toContain('scope_missing');
});
