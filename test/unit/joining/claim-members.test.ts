import fc from 'fast-check';
import { concernedBy, overlaps, spanOf } from '../../../activities/joining/claim-entries.js';
import { leave, offHolder } from '../../../activities/joining/claim-members.js';
import {
  askToLeave,
  beginRequest,
  beginStop,
  confirmGone,
  freeExpiredClaims,
  holderOf,
  isOccupied,
  releaseClaim,
  type Step,
  settleRequest,
} from '../../../activities/joining/claim-rules.js';
import { take } from '../../../activities/joining/claim-take.js';
import type { ClaimDoc, ClaimHolder } from '../../../common/read-model/documents.js';
import { protocolTimes as times } from '../../../workflows/contracts/protocol-times.js';

const empty: ClaimDoc = { _id: 'o/r', orgId: 'o', roomKey: 'r', rev: 0, holders: [] };
const noEpochs = { installation: 0, settings: 0, role: 0, interview: 0 };
const context = { now: 0, times };

function takes(
  doc: ClaimDoc,
  holderId: string,
  change: Partial<Parameters<typeof take>[1]> = {},
  now = 0,
) {
  const session = { interviewId: holderId, sessionId: holderId, jobId: 'j', generation: 'g' };
  const window = { from: 100, until: 200, attempt: 1, epochs: noEpochs };
  return take(doc, { holderId, ...session, ...window, ...change }, { now, times });
}

const then = (doc: ClaimDoc, step: Step<unknown>) => step.next ?? doc;
const own = (doc: ClaimDoc, holderId: string) => holderOf(doc, holderId);
const ridersOf = (doc: ClaimDoc, holderId: string) =>
  own(doc, holderId)?.members.map((member) => member.holderId);

/** `a` holds the room from 100 to 200, with a live bot unless told otherwise. */
function roomOfA(state: 'claimed' | 'requesting' | 'live' | 'stopping' = 'live'): ClaimDoc {
  const one = { holderId: 'a', attempt: 1 };
  let doc = then(empty, takes(empty, 'a'));
  if (state === 'claimed') return doc;
  doc = then(doc, beginRequest(doc, { ...one, botKey: 'k' }, context));
  if (state === 'requesting') return doc;
  const fate = { kind: 'found', botId: 'bot', ended: false } as const;
  doc = then(doc, settleRequest(doc, { ...one, fate }, { times }));
  return state === 'live' ? doc : then(doc, beginStop(doc, one));
}

/** `b` rides along from 150 to 300. */
function sharedRoom(state?: Parameters<typeof roomOfA>[0], attempt = 1): ClaimDoc {
  const doc = roomOfA(state);
  return then(doc, takes(doc, 'b', { from: 150, until: 300, attempt }));
}

describe('sessions that overlap', () => {
  it.each(['claimed', 'requesting', 'live'] as const)('share a room that is %s', (state) => {
    const { next, result } = takes(roomOfA(state), 'b', { from: 150, until: 300 });
    expect(result).toEqual({
      ...{ kind: 'shared', heldBy: 'a', holderState: state },
      botId: state === 'live' ? 'bot' : null,
    });
    expect(ridersOf(next ?? empty, 'a')).toEqual(['b']);
  });

  it('do not share a bot that leaves, nor one of another life', () => {
    expect(takes(roomOfA('stopping'), 'b').result).toEqual({ kind: 'room_busy', heldBy: 'a' });
    const other = takes(roomOfA(), 'b', { generation: 'later' });
    expect(other).toEqual({ next: null, result: { kind: 'room_busy', heldBy: 'a' } });
  });

  it('are one when a third connects them, the one with the bot before the earlier one', () => {
    const two = then(roomOfA(), takes(roomOfA(), 'b', { from: 0, until: 50 }));
    const { next } = takes(two, 'c', { from: 40, until: 120 });
    expect(ridersOf(next ?? empty, 'a')).toEqual(['b', 'c']);
    expect(own(next ?? empty, 'b')?.state).toBe('free');
  });

  it('part when the one between them goes', () => {
    let doc = sharedRoom();
    doc = then(doc, takes(doc, 'c', { from: 290, until: 400 }));
    expect(ridersOf(doc, 'a')).toEqual(['b', 'c']);
    const after = then(doc, leave(doc, { holderId: 'b', attempt: 1, heirs: [] }));
    expect(ridersOf(after, 'a')).toEqual([]);
    const told = concernedBy(doc, after, 'b').released.map(({ holderId }) => holderId);
    expect(told).toEqual(['c']);
    expect(takes(after, 'c', { from: 290, until: 400, attempt: 2 }).result.kind).toBe('claimed');
  });

  it('that moved apart within their room hold it each for itself', () => {
    const { next, result } = takes(sharedRoom(), 'b', { from: 200, until: 300, attempt: 2 });
    expect(result.kind).toBe('claimed');
    expect(ridersOf(next ?? empty, 'a')).toEqual([]);
  });

  it('count their attempts on while they ride along', () => {
    const doc = sharedRoom('live', 3);
    const again = (attempt: number) => takes(doc, 'b', { from: 150, until: 300, attempt }).result;
    expect(again(2)).toEqual({ kind: 'superseded', attempt: 3 });
    expect(again(3).kind).toBe('shared');
    expect(again(4).kind).toBe('shared');
  });

  it('are told when the room that they waited for is free', () => {
    const doc = sharedRoom('claimed');
    const after = then(doc, releaseClaim(doc, { holderId: 'a', attempt: 1 }));
    expect(concernedBy(doc, after, 'a').released.map(({ holderId }) => holderId)).toEqual(['b']);
  });
});

describe('a bot that is left to others', () => {
  const leaves = (doc: ClaimDoc, heirs: string[], attempt = 1) =>
    leave(doc, { holderId: 'a', attempt, heirs });

  it('goes on for the heir, with an attempt that neither has had', () => {
    const doc = sharedRoom('live', 7);
    const { next, result } = leaves(doc, ['b']);
    expect(result.kind).toBe('handed_over');
    expect(own(next ?? empty, 'b')).toMatchObject({
      ...{ state: 'live', providerBotId: 'bot', providerBotKey: 'k', attempt: 8 },
      ...{ from: 150, until: 300, members: [] },
    });
    expect(own(next ?? empty, 'a')).toMatchObject({
      state: 'free',
      attempt: 1,
      providerBotId: null,
    });
    expect(concernedBy(doc, next ?? empty, 'a').heirs.map(({ holderId }) => holderId)).toEqual([
      'b',
    ]);
  });

  it.each(['claimed', 'requesting', 'stopping'] as const)('never while it is %s', (state) => {
    const doc = roomOfA(state);
    const shared = {
      ...doc,
      holders: doc.holders.map((holder) => ({
        ...holder,
        members: sharedRoom().holders[1]?.members ?? [],
      })),
    };
    expect(leaves(shared, ['b'])).toEqual({ next: null, result: { kind: 'alone' } });
  });

  it('to nobody who does not want it, and by nobody who has it no more', () => {
    expect(leaves(sharedRoom(), []).result.kind).toBe('alone');
    expect(leaves(sharedRoom(), ['b'], 2).result.kind).toBe('left');
    const after = then(sharedRoom(), leaves(sharedRoom(), ['b']));
    expect(leaves(after, ['b'])).toEqual({ next: null, result: { kind: 'left' } });
    expect(beginStop(after, { holderId: 'a', attempt: 1 }).result).toBe('not_live');
  });

  it('by an off goes to those whom the off does not concern', () => {
    const input = { holderId: 'a', fence: 'role', epoch: 5 } as const;
    expect(offHolder(sharedRoom(), { ...input, heirs: ['b'] }).result.kind).toBe('handed_over');
    expect(offHolder(sharedRoom(), input).result.kind).toBe('stopping');
    expect(offHolder(sharedRoom('requesting'), { ...input, heirs: ['b'] }).result.kind).toBe(
      'requesting',
    );
    const rides = offHolder(sharedRoom(), { ...input, holderId: 'b' });
    expect(rides.result.kind).toBe('left');
    expect(own(rides.next ?? empty, 'a')?.state).toBe('live');
    expect(offHolder(sharedRoom(), { ...input, holderId: 'b', epoch: 0 }).next).toBeNull();
  });
});

describe('a removal by room', () => {
  const one = { holderId: 'a', attempt: 1 };

  it('keeps the room until it can no longer arrive', () => {
    const asked = askToLeave(roomOfA('stopping'), one, context);
    expect(asked.result).toEqual({ sendBefore: times.requestDeadlineMs });
    const until = times.requestDeadlineMs + times.lookupProvesMs;
    const gone = (now: number) =>
      confirmGone(asked.next ?? empty, { ...one, botId: 'bot' }, { now }).result;
    expect([gone(until - 1), gone(until)]).toEqual(['unchanged', 'freed']);
  });

  it('is asked for by nobody else', () => {
    expect(askToLeave(roomOfA('live'), one, context).next).toBeNull();
    expect(askToLeave(roomOfA('stopping'), { ...one, attempt: 2 }, context).next).toBeNull();
  });
});

describe('laws of shared rooms over any sequence of operations', () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const kinds = [
    'take',
    'take',
    'take',
    'begin',
    'found',
    'refused',
    'leave',
    'leave',
    'off',
    'stop',
    'gone',
    'release',
    'expire',
  ] as const;
  const operation = fc.record({
    kind: fc.constantFrom(...kinds),
    who: fc.constantFrom(...ids),
    from: fc.integer({ min: 0, max: 20 }),
    length: fc.integer({ min: 1, max: 12 }),
    passes: fc.integer({ min: 0, max: 60_000 }),
    heirs: fc.subarray(ids),
    older: fc.boolean(),
  });

  function checkRoom(doc: ClaimDoc): void {
    const held = doc.holders.filter(({ state }) => state !== 'free');
    expect(held.filter(isOccupied).length).toBeLessThanOrEqual(1);
    const people = held.flatMap((holder) => [holder, ...holder.members]);
    expect(new Set(people.map(({ holderId }) => holderId)).size).toBe(people.length);
    for (const [index, first] of held.entries()) {
      for (const second of held.slice(index + 1)) {
        expect(overlaps(spanOf(first), spanOf(second))).toBe(false);
      }
      for (const member of first.members) {
        const others = [first, ...first.members].filter((one) => one !== member);
        expect(others.some((one) => overlaps(one, member))).toBe(true);
      }
    }
    for (const holder of doc.holders.filter(({ state }) => state === 'free')) {
      expect(holder.members).toEqual([]);
    }
  }

  it('hold', () => {
    fc.assert(
      fc.property(fc.array(operation, { minLength: 5, maxLength: 60 }), (operations) => {
        let doc = empty;
        let now = 0;
        let epoch = 0;
        const highest = new Map<string, number>();
        for (const { kind, who, from, length, passes, heirs, older } of operations) {
          now += passes;
          const holder: ClaimHolder | undefined = own(doc, who);
          const key = { holderId: who, attempt: (holder?.attempt ?? 0) - Number(older) };
          const occupied = doc.holders.find(isOccupied);
          let step: Step<unknown>;
          switch (kind) {
            case 'take': {
              const attempt = (highest.get(who) ?? 0) + Number(!older);
              const epochs = { ...noEpochs, role: epoch };
              // Windows are far ahead, so that no entry is pruned: it remembers its attempt.
              const window = { from: 1e9 + from, until: 1e9 + from + length };
              step = takes(doc, who, { ...window, attempt, epochs }, now);
              break;
            }
            case 'begin':
              step = beginRequest(doc, { ...key, botKey: who }, { now, times });
              break;
            case 'found':
            case 'refused': {
              const fate =
                kind === 'found'
                  ? ({ kind, botId: `bot-${key.attempt}-${who}`, ended: older } as const)
                  : ({ kind } as const);
              step = settleRequest(doc, { ...key, fate }, { times });
              break;
            }
            case 'leave': {
              step = leave(doc, { ...key, heirs });
              const bot = step.next?.holders.find(isOccupied)?.providerBotId ?? null;
              const lost = step.next !== null && bot !== (occupied?.providerBotId ?? null);
              if (lost) throw new Error('a bot was lost on the way');
              break;
            }
            case 'off': {
              epoch += Number(!older);
              step = offHolder(doc, { holderId: who, fence: 'role', epoch, heirs });
              break;
            }
            case 'stop':
              step = beginStop(doc, key);
              break;
            case 'gone':
              step = confirmGone(
                doc,
                { ...key, botId: holderOf(doc, who)?.providerBotId ?? '' },
                { now },
              );
              break;
            case 'release':
              step = releaseClaim(doc, key);
              break;
            case 'expire':
              step = freeExpiredClaims(doc, { now });
          }
          expect(step.next?.rev ?? doc.rev + 1).toBe(doc.rev + 1);
          doc = then(doc, step);
          checkRoom(doc);
          for (const { holderId, attempt } of doc.holders) {
            expect(attempt).toBeGreaterThanOrEqual(highest.get(holderId) ?? 0);
            highest.set(holderId, attempt);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
