import fc from 'fast-check';
import { offHolder } from '../../../activities/joining/claim-members.js';
import {
  beginRequest,
  beginStop,
  confirmGone,
  freeExpiredClaims,
  holderOf,
  isOccupied,
  maySettleByOthers,
  nextStartInRoom,
  releaseClaim,
  type Step,
  settleRequest,
} from '../../../activities/joining/claim-rules.js';
import { take } from '../../../activities/joining/claim-take.js';
import type { ClaimDoc, HolderState } from '../../../common/read-model/documents.js';
import { protocolTimes as times } from '../../../workflows/contracts/protocol-times.js';

const empty: ClaimDoc = { _id: 'o/r', orgId: 'o', roomKey: 'r', rev: 0, holders: [] };
const noEpochs = { installation: 0, settings: 0, role: 0, interview: 0 };

function taken(
  doc: ClaimDoc,
  holderId: string,
  change: Partial<Parameters<typeof take>[1]> = {},
  now = 0,
) {
  const input = {
    holderId,
    interviewId: holderId,
    sessionId: holderId,
    jobId: 'j',
    generation: 'g',
    from: 100,
    until: 200,
    attempt: 1,
    epochs: noEpochs,
    ...change,
  };
  return take(doc, input, { now, times });
}
function then<Result>(doc: ClaimDoc, step: Step<Result>): ClaimDoc {
  return step.next ?? doc;
}
const one = { holderId: 'a', attempt: 1 };
const itsBot = { ...one, botId: 'b' };
/** The room with one holder that has come as far as `state`. */
function roomIn(state: HolderState): ClaimDoc {
  let doc = then(empty, taken(empty, 'a'));
  if (state === 'claimed') return doc;
  if (state === 'free') return then(doc, releaseClaim(doc, one));
  doc = then(doc, beginRequest(doc, { ...one, botKey: 'k' }, { now: 0, times }));
  if (state === 'requesting') return doc;
  doc = then(
    doc,
    settleRequest(doc, { ...one, fate: { kind: 'found', botId: 'b', ended: false } }, { times }),
  );
  return state === 'live' ? doc : then(doc, beginStop(doc, one));
}
const states: HolderState[] = ['free', 'claimed', 'requesting', 'live', 'stopping'];
const stateOf = (doc: ClaimDoc) => holderOf(doc, 'a')?.state;
const resulting = (doc: ClaimDoc, step: Step<unknown>) => stateOf(then(doc, step));

describe('each rule acts from its own states alone', () => {
  const found = { kind: 'found', botId: 'b', ended: false } as const;
  const table: [string, (doc: ClaimDoc) => Step<unknown>, HolderState[]][] = [
    [
      'begin',
      (doc) => beginRequest(doc, { ...one, botKey: 'k' }, { now: 0, times }),
      ['free', 'requesting', 'requesting', 'live', 'stopping'],
    ],
    [
      'settle: not sent',
      (doc) => settleRequest(doc, { ...one, fate: { kind: 'not_sent' } }, { times }),
      ['free', 'claimed', 'free', 'live', 'stopping'],
    ],
    [
      'settle: refused',
      (doc) => settleRequest(doc, { ...one, fate: { kind: 'refused' } }, { times }),
      ['free', 'claimed', 'free', 'live', 'stopping'],
    ],
    [
      'settle: found',
      (doc) => settleRequest(doc, { ...one, fate: found }, { times }),
      ['free', 'claimed', 'live', 'live', 'stopping'],
    ],
    [
      'settle: found and over',
      (doc) => settleRequest(doc, { ...one, fate: { ...found, ended: true } }, { times }),
      ['free', 'claimed', 'free', 'live', 'stopping'],
    ],
    [
      'stop',
      (doc) => beginStop(doc, one),
      ['free', 'claimed', 'requesting', 'stopping', 'stopping'],
    ],
    [
      'gone',
      (doc) => confirmGone(doc, itsBot, { now: 0 }),
      ['free', 'claimed', 'requesting', 'free', 'free'],
    ],
    [
      'release',
      (doc) => releaseClaim(doc, one),
      ['free', 'free', 'requesting', 'live', 'stopping'],
    ],
    [
      'off',
      (doc) => offHolder(doc, { holderId: 'a', fence: 'role', epoch: 1 }),
      ['free', 'free', 'requesting', 'stopping', 'stopping'],
    ],
    [
      'expiry',
      (doc) => freeExpiredClaims(doc, { now: times.claimMs }),
      ['free', 'free', 'requesting', 'live', 'stopping'],
    ],
    ['expiry too early', (doc) => freeExpiredClaims(doc, { now: times.claimMs - 1 }), states],
  ];
  it.each(table)('%s', (_name, rule, expected) => {
    expect(states.map((state) => resulting(roomIn(state), rule(roomIn(state))))).toEqual(expected);
  });

  it.each(table.slice(0, 8))('%s: never on another attempt', (_name, rule) => {
    for (const state of states) {
      const doc = roomIn(state);
      const other = { ...doc, holders: doc.holders.map((holder) => ({ ...holder, attempt: 2 })) };
      expect(rule(other).next).toBeNull();
    }
  });

  it('that another bot is gone says nothing about the one in the room', () => {
    for (const state of states) {
      expect(confirmGone(roomIn(state), { ...one, botId: 'c' }, { now: 0 }).next).toBeNull();
    }
  });

  it('a claim counts on only from free or from its own claim', () => {
    const kinds = (attempt: number) =>
      states.map((state) => taken(roomIn(state), 'a', { attempt }).result.kind);
    expect(kinds(2)).toEqual(['claimed', 'claimed', 'occupied', 'occupied', 'occupied']);
    expect(kinds(1)).toEqual(['superseded', 'claimed', 'occupied', 'occupied', 'occupied']);
    expect(kinds(0)).toEqual(['superseded', 'superseded', 'occupied', 'occupied', 'occupied']);
  });

  it('an empty lookup proves something only when it began after the last possible arrival', () => {
    const doc = roomIn('requesting');
    const proof = times.requestDeadlineMs + times.lookupProvesMs;
    const at = (lookedAt: number) =>
      settleRequest(doc, { ...one, fate: { kind: 'nothing_found', lookedAt } }, { times }).result;
    expect([at(proof - 1), at(proof), at(proof + 1)]).toEqual(['undecided', 'undecided', 'free']);
  });

  it('others may settle a request from its deadline plus their wait on', () => {
    const holder = holderOf(roomIn('requesting'), 'a');
    if (holder === undefined) throw new Error('no holder');
    const from = times.requestDeadlineMs + times.settleByOthersMs;
    expect([from - 1, from].map((now) => maySettleByOthers(holder, { now, times }))).toEqual([
      false,
      true,
    ]);
  });

  it('of two back-to-back interviews the earlier one asks first, unless its claim has ended', () => {
    const both = then(roomIn('claimed'), taken(roomIn('claimed'), 'b', { from: 200, until: 300 }));
    const asks = (holderId: string, now: number) =>
      beginRequest(both, { holderId, attempt: 1, botKey: 'k' }, { now, times }).result.kind;
    expect(asks('b', 0)).toBe('room_occupied');
    expect(asks('a', 0)).toBe('begun');
    // The earlier one is over, or its owner is dead.
    expect(asks('b', 200)).toBe('begun');
    expect(asks('b', times.claimMs)).toBe('begun');
  });

  it('the earlier bot leaves for a claim behind it, not for one before it or one that has expired', () => {
    const live = roomIn('live');
    const behind = then(live, taken(live, 'b', { from: 200, until: 300 }));
    const before = then(live, taken(live, 'b', { from: 0, until: 100 }));
    const of = (doc: ClaimDoc, now = 0) => nextStartInRoom(doc, { holderId: 'a', now });
    expect([of(live), of(behind), of(before), of(behind, times.claimMs)]).toEqual([
      null,
      200,
      null,
      null,
    ]);
  });
});

describe('laws over any sequence of operations', () => {
  const ids = ['a', 'b', 'c', 'd'];
  const operation = fc.record({
    kind: fc.constantFrom(
      'take',
      'take',
      'begin',
      'begin',
      'settle',
      'found',
      'empty',
      'stop',
      'gone',
      'release',
      'off',
      'expire',
      'late take',
    ),
    who: fc.constantFrom(...ids),
    from: fc.integer({ min: 0, max: 20 }),
    length: fc.integer({ min: 1, max: 8 }),
    passes: fc.integer({ min: 0, max: 60_000 }),
    older: fc.integer({ min: 0, max: 1 }),
  });

  function law(name: string, holds: boolean): void {
    if (!holds) throw new Error(`broken: ${name}`);
  }

  it('hold', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 5, maxLength: 80 }), (operations) => {
        let doc = empty;
        let now = 0;
        let epoch = 0;
        const begun = new Set<string>();
        const highest = new Map<string, number>();
        for (const { kind, who, from, length, passes, older } of operations) {
          now += passes;
          const own = holderOf(doc, who);
          const attempt = (own?.attempt ?? 0) - (kind === 'late take' ? 0 : older);
          const key = { holderId: who, attempt };
          // Windows are far ahead, so that no entry is pruned: it remembers its attempt.
          const window = { from: 1e9 + from, until: 1e9 + from + length };
          let step: Step<unknown>;
          switch (kind) {
            case 'take':
            case 'late take': {
              const number = kind === 'take' ? (highest.get(who) ?? 0) + 1 : attempt;
              const epochs = { ...noEpochs, role: epoch };
              const result = taken(doc, who, { ...window, attempt: number, epochs }, now);
              const inTheWay = doc.holders.some(
                (holder) =>
                  holder.holderId !== who &&
                  holder.state !== 'free' &&
                  holder.from < window.until &&
                  window.from < holder.until,
              );
              law(
                'a disjoint claim is not refused',
                inTheWay || result.result.kind !== 'room_busy',
              );
              step = result;
              break;
            }
            case 'begin': {
              const result = beginRequest(
                doc,
                { ...key, botKey: `${who}:${attempt}` },
                { now, times },
              );
              if (result.result.kind === 'begun') {
                if (begun.has(`${who}:${attempt}`)) throw new Error('a request began twice');
                begun.add(`${who}:${attempt}`);
              }
              step = result;
              break;
            }
            case 'settle':
              step = settleRequest(doc, { ...key, fate: { kind: 'not_sent' } }, { times });
              break;
            case 'found':
              step = settleRequest(
                doc,
                { ...key, fate: { kind: 'found', botId: 'x', ended: older === 1 } },
                { times },
              );
              break;
            case 'empty': {
              step = settleRequest(
                doc,
                { ...key, fate: { kind: 'nothing_found', lookedAt: now } },
                { times },
              );
              const proof = (own?.requestDeadlineAt ?? 0) + times.lookupProvesMs;
              const tooEarly = own?.state === 'requesting' && now <= proof;
              law('an early empty lookup changes nothing', !tooEarly || step.next === null);
              break;
            }
            case 'stop':
              step = beginStop(doc, key);
              break;
            case 'gone':
              step = confirmGone(doc, { ...key, botId: own?.providerBotId ?? '' }, { now });
              break;
            case 'release':
              step = releaseClaim(doc, key);
              break;
            case 'off': {
              epoch += 1 - older;
              step = offHolder(doc, { holderId: who, fence: 'role', epoch });
              law(
                'an off spares what is as new',
                (own?.epochs.role ?? 0) < epoch || step.next === null,
              );
              break;
            }
            default:
              step = freeExpiredClaims(doc, { now });
          }
          expect(step.next?.rev ?? doc.rev + 1).toBe(doc.rev + 1);
          doc = then(doc, step);
          expect(doc.holders.filter(isOccupied).length).toBeLessThanOrEqual(1);
          const held = doc.holders.filter(({ state }) => state !== 'free');
          for (const [index, first] of held.entries()) {
            for (const second of held.slice(index + 1)) {
              expect(first.from < second.until && second.from < first.until).toBe(false);
            }
          }
          for (const holder of doc.holders) {
            expect(holder.attempt).toBeGreaterThanOrEqual(highest.get(holder.holderId) ?? 0);
            highest.set(holder.holderId, holder.attempt);
          }
        }
      }),
      { numRuns: 600 },
    );
  });
});
