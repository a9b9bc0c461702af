import * as claimRules from '../../../activities/joining/claim-rules.js';
import type { ClaimDoc } from '../../../common/read-model/documents.js';
import { projectRules, type Rules } from './claim-model.js';

/** The document as if `holderId` were alone in the room, and the others put back afterwards. */
function alone<Result>(
  doc: ClaimDoc,
  holderId: string,
  rule: (doc: ClaimDoc) => claimRules.Step<Result>,
): claimRules.Step<Result> {
  const others = doc.holders.filter((holder) => holder.holderId !== holderId);
  const own = doc.holders.filter((holder) => holder.holderId === holderId);
  const { next, result } = rule({ ...doc, holders: own });
  return {
    next: next === null ? null : { ...next, holders: [...others, ...next.holders] },
    result,
  };
}

const offSparingClaims: Rules['offHolder'] = (doc, input) =>
  claimRules.holderOf(doc, input.holderId)?.state === 'claimed'
    ? { next: null, result: { kind: 'untouched' } }
    : claimRules.offHolder(doc, input);

/** Each leaves out one clause of the protocol; the model must find out every one of them. */
export const mutants: Record<string, Partial<Rules>> = {
  'a take that ignores overlaps': {
    take: (doc, input, context) =>
      alone(doc, input.holderId, (own) => claimRules.take(own, input, context)),
  },
  'a take that makes its own occupied entry a claim again': {
    take: (doc, input, context) => {
      const holders = doc.holders.map((holder) =>
        holder.holderId === input.holderId ? { ...holder, state: 'free' as const } : holder,
      );
      return claimRules.take({ ...doc, holders }, input, context);
    },
  },
  'a request that begins whatever its entry says': {
    beginRequest: (doc, input, context) => {
      const holders = doc.holders.map((holder) =>
        holder.holderId === input.holderId
          ? { ...holder, state: 'claimed' as const, attempt: input.attempt }
          : holder,
      );
      return claimRules.beginRequest({ ...doc, holders }, input, context);
    },
  },
  'a request that does not wait for the earlier bot': {
    beginRequest: (doc, input, context) =>
      alone(doc, input.holderId, (own) => claimRules.beginRequest(own, input, context)),
  },
  'a first empty lookup that frees the room': {
    settleRequest: (doc, input, context) =>
      claimRules.settleRequest(
        doc,
        input.fate.kind === 'nothing_found' ? { ...input, fate: { kind: 'refused' } } : input,
        context,
      ),
  },
  'a settling without the attempt': {
    settleRequest: (doc, input, context) => {
      const attempt = claimRules.holderOf(doc, input.holderId)?.attempt ?? input.attempt;
      return claimRules.settleRequest(doc, { ...input, attempt }, context);
    },
  },
  'an off without the comparison of epochs': {
    offHolder: (doc, input) =>
      claimRules.offHolder(doc, { ...input, epoch: Number.MAX_SAFE_INTEGER }),
  },
  'an off that leaves claims alone and a request that reads no fences': {
    offHolder: (doc, input) => offSparingClaims(doc, input),
    maySend: () => true,
  },
  'an off that leaves claims alone and a request that compares no epochs': {
    offHolder: (doc, input) => offSparingClaims(doc, input),
    maySend: (fences) => !fences.roleOff,
  },
  'a fence of narrower settings before the settings': { settingsOrder: 'fence_first' },
  'a room that is free once the bot was told to leave': { freeWhen: 'asked' },
  'claims without an end': {
    freeExpiredClaims: () => ({ next: null, result: 0 }),
    take: (doc, input, context) => claimRules.take(doc, input, { ...context, now: 0 }),
  },
};

export function rulesWith(mutant: Partial<Rules>): Rules {
  return { ...projectRules, ...mutant };
}
