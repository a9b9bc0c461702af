import type { ClaimDoc, ClaimHolder, Epochs } from '../../common/read-model/documents.js';
import { connected, freed, rideOf, withHolder, withoutMember } from './claim-entries.js';
import { holderOf, isOccupied, type Step, unchanged } from './claim-rules.js';

/**
 * What becomes of a bot that several share when one of them goes: pure rules like those of
 * `claim-rules.ts`. Whether a member still wants the bot is not in the claim; `heirs` names those
 * who do, by their holder ids.
 */
export type LeaveResult =
  /** The bot goes on for this interview. */
  | { kind: 'handed_over'; heir: ClaimHolder }
  /** It rode along with another's bot, or holds nothing at all. */
  | { kind: 'left' }
  /** Another left its bot to this session, which has not claimed since. */
  | { kind: 'inherited'; attempt: number; botId: string | null }
  /** Nobody else wants the bot, or its request is not settled. */
  | { kind: 'alone' };

/** A session leaves: its own bot to an heir, or another's bot. Repeatable. */
export function leave(
  doc: ClaimDoc,
  input: { holderId: string; attempt: number; heirs: readonly string[] },
): Step<LeaveResult> {
  const own = holderOf(doc, input.holderId);
  const ride = rideOf(doc, input.holderId);
  if (ride !== null) {
    // A late copy must not take out who came again since.
    if (ride.member.attempt > input.attempt) return unchanged({ kind: 'left' });
    const next = withoutMember(doc, input.holderId);
    return { next: { ...next, rev: doc.rev + 1 }, result: { kind: 'left' } };
  }
  if (own !== undefined && own.attempt > input.attempt && isOccupied(own)) {
    const { attempt, providerBotId: botId } = own;
    return unchanged({ kind: 'inherited', attempt, botId });
  }
  if (own === undefined || own.attempt !== input.attempt) return unchanged({ kind: 'left' });
  // What became of its bot, an entry still knows; one that handed its bot over does not.
  if (own.state === 'free' && own.providerBotId === null) return unchanged({ kind: 'left' });
  return handOver(doc, own, input.heirs) ?? unchanged({ kind: 'alone' });
}

/**
 * The entry becomes the heir's, with an attempt that neither has had; state and bot stay. Only of a
 * live bot: the fate of a request belongs to the one who made it.
 */
function handOver(
  doc: ClaimDoc,
  own: ClaimHolder,
  heirs: readonly string[],
): Step<{ kind: 'handed_over'; heir: ClaimHolder }> | null {
  if (own.state !== 'live') return null;
  const wanted = own.members.filter(({ holderId }) => heirs.includes(holderId));
  const member = wanted.sort((a, b) => a.from - b.from)[0];
  if (member === undefined) return null;
  const attempts = [own.attempt, member.attempt, holderOf(doc, member.holderId)?.attempt ?? 0];
  const heir: ClaimHolder = {
    ...own,
    ...member,
    attempt: Math.max(...attempts) + 1,
    members: connected(
      member,
      own.members.filter(({ holderId }) => holderId !== member.holderId),
    ),
  };
  const left = withHolder(doc, { ...freed(own), providerBotKey: null, providerBotId: null });
  return {
    next: { ...withHolder(left, heir), rev: doc.rev + 1 },
    result: { kind: 'handed_over', heir },
  };
}

/** Which fence an off with epoch `n` raised, and so which of a holder's epochs it is compared to. */
export type OffFence = keyof Epochs;

export type OffResult =
  | { kind: 'freed' | 'untouched' | 'left' }
  | { kind: 'handed_over'; heir: ClaimHolder }
  | { kind: 'requesting' | 'stopping'; holder: ClaimHolder };

/**
 * What an off does to one session in a room, whether it holds the room or rides along. Only one
 * whose stored epoch is smaller than the fence's is touched, so that a late duplicate of an off harms
 * nothing that was requested after the next on. A live bot that others share goes on for them.
 */
export function offHolder(
  doc: ClaimDoc,
  input: { holderId: string; fence: OffFence; epoch: number; heirs?: readonly string[] },
): Step<OffResult> {
  const { holderId, fence, epoch, heirs = [] } = input;
  const ride = rideOf(doc, holderId);
  if (ride !== null && ride.member.epochs[fence] < epoch) {
    const next = withoutMember(doc, holderId);
    return { next: { ...next, rev: doc.rev + 1 }, result: { kind: 'left' } };
  }
  const own = holderOf(doc, holderId);
  if (own === undefined || own.state === 'free' || own.epochs[fence] >= epoch) {
    return unchanged({ kind: 'untouched' });
  }
  switch (own.state) {
    case 'claimed':
      return { next: withHolder(doc, freed(own)), result: { kind: 'freed' } };
    case 'requesting':
      return unchanged({ kind: 'requesting', holder: own });
    case 'stopping':
      return unchanged({ kind: 'stopping', holder: own });
    case 'live': {
      const stopping: ClaimHolder = { ...own, state: 'stopping' };
      return (
        handOver(doc, own, heirs) ?? {
          next: withHolder(doc, stopping),
          result: { kind: 'stopping', holder: stopping },
        }
      );
    }
  }
}
