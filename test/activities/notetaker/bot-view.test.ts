import { snapshotToView } from '../../../activities/notetaker/bot-view.js';
import type { BotSnapshot } from '../../../activities/notetaker/port.js';

function snapshot(change: Partial<BotSnapshot>): BotSnapshot {
  return {
    botId: 'bot-1',
    key: 'test:1',
    state: 'scheduled',
    outcome: null,
    reason: null,
    anotherMayHelp: false,
    joinAt: 0,
    createdAt: 0,
    joinedAt: null,
    recordingStartedAt: null,
    recordingEndedAt: null,
    endedAt: null,
    removedBy: null,
    metadata: {},
    version: 1,
    ...change,
  };
}

function ended(change: Partial<BotSnapshot>) {
  return snapshotToView(snapshot({ state: 'ended', endedAt: 9, ...change }));
}

const joined = { joinedAt: 1 };
const recorded = { joinedAt: 1, recordingStartedAt: 2 };

describe('how far a bot is', () => {
  it.each<[string, Partial<BotSnapshot>, string]>([
    ['scheduled', {}, 'requested'],
    ['starting', { state: 'starting' }, 'requested'],
    ['joining', { state: 'joining' }, 'requested'],
    ['before a closed door', { state: 'waiting_room' }, 'lobby'],
    ['inside', { state: 'in_call', ...joined }, 'joined'],
    ['recording', { state: 'recording', ...recorded }, 'recording'],
    ['on its way out after recording', { state: 'leaving', ...recorded }, 'recording'],
    ['on its way out before recording', { state: 'leaving', ...joined }, 'joined'],
    ['on its way out of the lobby', { state: 'leaving' }, 'requested'],
    ['writing nothing', { state: 'processing', ...joined }, 'joined'],
  ])('%s', (_case, change, state) => {
    expect(snapshotToView(snapshot(change))).toMatchObject({ state, outcome: null, reason: null });
  });

  it('is over as soon as a bot that recorded is out', () => {
    expect(snapshotToView(snapshot({ state: 'processing', ...recorded }))).toEqual({
      state: 'ended',
      outcome: 'captured',
      reason: null,
      joinedAt: 1,
      recordingStartedAt: 2,
      endedAt: null,
      anotherMayHelp: false,
    });
  });
});

describe('what became of it', () => {
  it.each<[string, Partial<BotSnapshot>, string, string | null]>([
    ['recorded', { outcome: 'attended_recorded', ...recorded }, 'captured', null],
    [
      'recorded, then taken out by us',
      { outcome: 'attended_recorded', ...recorded, removedBy: 'api' },
      'captured',
      null,
    ],
    [
      'recorded, then broke',
      { outcome: 'failed', ...recorded, reason: 'bot_crashed' },
      'captured',
      null,
    ],
    [
      'joined, never recorded',
      { outcome: 'attended_not_recorded', ...joined },
      'missed',
      'not_recorded',
    ],
    ['not let in', { outcome: 'not_admitted' }, 'missed', 'not_admitted'],
    [
      'turned away, in the provider’s word',
      { outcome: 'not_admitted', reason: 'denied_by_host' },
      'missed',
      'denied_by_host',
    ],
    [
      'alone although it recorded',
      { outcome: 'no_one_joined', ...recorded },
      'missed',
      'no_one_joined',
    ],
    ['alone', { outcome: 'no_one_joined', ...joined }, 'missed', 'no_one_joined'],
    ['no meeting', { outcome: 'meeting_not_started' }, 'missed', 'meeting_not_started'],
    [
      'failed',
      { outcome: 'failed', reason: 'meeting_url_unusable' },
      'missed',
      'meeting_url_unusable',
    ],
    ['failed without a word', { outcome: 'failed' }, 'missed', 'failed'],
    [
      'failed with a sentence',
      { outcome: 'failed', reason: 'Call Jane on 555' },
      'missed',
      'failed',
    ],
    ['over without an outcome', {}, 'missed', 'failed'],
    [
      'taken back by us',
      { outcome: 'cancelled', reason: 'left_on_request', removedBy: 'api' },
      'removed',
      'left_on_request',
    ],
    [
      'thrown out before it recorded',
      { outcome: 'removed', ...joined, removedBy: 'participant' },
      'missed',
      'removed_by_participant',
    ],
    [
      'thrown out while recording',
      { outcome: 'removed', ...recorded, removedBy: 'participant' },
      'captured',
      'removed_by_participant',
    ],
    [
      'thrown out while recording, in the words of its provider',
      { outcome: 'attended_recorded', ...recorded, reason: 'bot_kicked_from_call' },
      'captured',
      'bot_kicked_from_call',
    ],
    [
      'left by everybody while recording',
      { outcome: 'attended_recorded', ...recorded, reason: 'everyone_left' },
      'captured',
      null,
    ],
  ])('%s', (_case, change, outcome, reason) => {
    expect(ended(change)).toMatchObject({ state: 'ended', outcome, reason, endedAt: 9 });
  });
});

it('a bot that has recorded and is out of the meeting has ended when its recording did', () => {
  const out = { state: 'processing', ...recorded, recordingEndedAt: 7 } as const;
  expect(snapshotToView(snapshot(out))).toMatchObject({ state: 'ended', endedAt: 7 });
  expect(snapshotToView(snapshot({ ...out, state: 'recording' })).endedAt).toBeNull();
  expect(ended({ ...recorded, recordingEndedAt: 7 }).endedAt).toBe(9);
});
