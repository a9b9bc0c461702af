import { freed } from '../../activities/joining/claim-entries.js';
import * as members from '../../activities/joining/claim-members.js';
import * as entries from '../../activities/joining/claim-rules.js';
import { take } from '../../activities/joining/claim-take.js';
import type { RoomRules } from '../../activities/joining/room-protocol.js';
import type { ClaimDoc } from '../../common/read-model/documents.js';
import { type ModelRules, projectRules, second, times } from './rules.js';

/** The document as if `holderId` were alone in the room, and the others put back afterwards. */
function alone<Result>(
  doc: ClaimDoc,
  holderId: string,
  rule: (doc: ClaimDoc) => entries.Step<Result>,
): entries.Step<Result> {
  const others = doc.holders.filter((holder) => holder.holderId !== holderId);
  const own = doc.holders.filter((holder) => holder.holderId === holderId);
  const { next, result } = rule({ ...doc, holders: own });
  return {
    next: next === null ? null : { ...next, holders: [...others, ...next.holders] },
    result,
  };
}

const offSparingClaims: RoomRules['offHolder'] = (doc, input) =>
  entries.holderOf(doc, input.holderId)?.state === 'claimed'
    ? { next: null, result: { kind: 'untouched' } }
    : members.offHolder(doc, input);

function room(rules: Partial<RoomRules>, others: Partial<ModelRules> = {}): Partial<ModelRules> {
  return { ...others, room: { ...projectRules.room, ...rules } };
}

/** Each leaves out one clause of the protocol; the model must find out every one of them. */
export const mutants: Record<string, Partial<ModelRules>> = {
  // --- the table of traps in docs/protocols.md, row by row --------------------------------------
  'a claim that is released because one lookup found nothing': room({
    settleRequest: (doc, input, context) =>
      entries.settleRequest(
        doc,
        input.fate.kind === 'nothing_found' ? { ...input, fate: { kind: 'refused' } } : input,
        context,
      ),
  }),
  'attempts that are counted from 1 again after a new claim': room(
    {
      take: (doc, input, context) => {
        const holders = doc.holders.filter(
          ({ holderId, state }) => holderId !== input.holderId || state !== 'free',
        );
        return take({ ...doc, holders }, input, context);
      },
    },
    { nextAttempt: () => 1 },
  ),
  'anybody who gives up 30 s after the deadline': room({
    settleRequest: (doc, input) =>
      entries.settleRequest(doc, input, {
        times: { ...times, lookupProvesMs: times.settleByOthersMs },
      }),
  }),
  'a request that does not insist on its claim': room({
    beginRequest: (doc, input, context) => {
      const holders = doc.holders.map((holder) =>
        holder.holderId === input.holderId
          ? { ...holder, state: 'claimed' as const, attempt: input.attempt }
          : holder,
      );
      return entries.beginRequest({ ...doc, holders }, input, context);
    },
  }),
  'disjoint windows that are taken for disjoint bots': room({
    beginRequest: (doc, input, context) =>
      alone(doc, input.holderId, (own) => entries.beginRequest(own, input, context)),
  }),
  'a room that is free once the provider took the request to leave': { goneWhen: 'asked' },
  'an off without compare-and-set on the epochs': room({
    offHolder: (doc, input) => members.offHolder(doc, { ...input, epoch: Number.MAX_SAFE_INTEGER }),
  }),
  'pending stops that are keyed by the interview': { stopsBy: 'session' },
  'claims without an end': room({
    freeExpiredClaims: () => ({ next: null, result: 0 }),
    take: (doc, input, context) => take(doc, input, { ...context, now: 0 }),
  }),
  'a wake-up that comes by signal only': { looksAgain: false },
  'requests that only their owner settles': room({ maySettleByOthers: () => false }),
  'fences that are read from a secondary': { readsLagMs: 15 * second },

  // --- clauses beside the table -----------------------------------------------------------------
  'a take that ignores overlaps': room({
    take: (doc, input, context) => alone(doc, input.holderId, (own) => take(own, input, context)),
  }),
  'a take that makes its own occupied entry a claim again': room({
    take: (doc, input, context) => {
      const holders = doc.holders.map((holder) =>
        holder.holderId === input.holderId ? freed(holder) : holder,
      );
      return take({ ...doc, holders }, input, context);
    },
  }),
  'a room that is free because another bot is gone': room(
    {
      confirmGone: (doc, input, context) => {
        const botId = entries.holderOf(doc, input.holderId)?.providerBotId ?? input.botId;
        return entries.confirmGone(doc, { ...input, botId }, context);
      },
    },
    { forgetsSharedBots: false },
  ),
  'a settling without the attempt': room({
    settleRequest: (doc, input, context) => {
      const attempt = entries.holderOf(doc, input.holderId)?.attempt ?? input.attempt;
      return entries.settleRequest(doc, { ...input, attempt }, context);
    },
  }),
  'an off that leaves claims alone and a request that reads no fences': room({
    offHolder: offSparingClaims,
    maySend: () => true,
  }),
  'an off that leaves claims alone and a request that compares no epochs': room({
    offHolder: offSparingClaims,
    maySend: (fences) => fences.off === null,
  }),
  'a fence of narrower settings before the settings': { settingsOrder: 'fence_first' },
  'a room in which nobody looks for interviews that forbid': { looksForForbidding: false },
  'a process that works although its clock is far off': { isReady: () => true },
  'a bot that is left to an heir although its request is not settled': room({
    leave: (doc, input) => {
      const own = entries.holderOf(doc, input.holderId);
      if (own?.state !== 'requesting') return members.leave(doc, input);
      const heirs = own.members.map(({ holderId }) => holderId);
      return members.leave(withState(doc, input.holderId, 'live'), { ...input, heirs });
    },
  }),
  'members that are forgotten when windows are compared': room({
    take: (doc, input, context) => {
      const ridden = new Map(doc.holders.map(({ holderId, members }) => [holderId, members]));
      const bare = doc.holders.map((holder) => ({ ...holder, members: [] }));
      const { next, result } = take({ ...doc, holders: bare }, input, context);
      const others = (id: string) =>
        (ridden.get(id) ?? []).filter(({ holderId }) => holderId !== input.holderId);
      const holders = (next?.holders ?? []).map((holder) =>
        holder.state === 'free'
          ? holder
          : { ...holder, members: [...others(holder.holderId), ...holder.members] },
      );
      return { next: next === null ? null : { ...next, holders }, result };
    },
  }),
  'a room that is free while a removal by room may still arrive': room({
    askToLeave: (doc, input, context) => {
      const { next, result } = entries.askToLeave(doc, input, context);
      const holders = (next?.holders ?? []).map(({ stopAskedUntil: _until, ...rest }) => rest);
      return { next: next === null ? null : { ...next, holders }, result };
    },
  }),
};

function withState(doc: ClaimDoc, holderId: string, state: 'live'): ClaimDoc {
  const holders = doc.holders.map((holder) =>
    holder.holderId === holderId ? { ...holder, state } : holder,
  );
  return { ...doc, holders };
}

export function rulesWith(mutant: Partial<ModelRules>): ModelRules {
  return { ...projectRules, ...mutant };
}
