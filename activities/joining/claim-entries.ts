import type { ClaimDoc, ClaimHolder, ClaimMember } from '../../common/read-model/documents.js';

/** The parts that the rules of claims are made of: entries of a room, their windows and members. */
export interface Window {
  from: number;
  until: number;
}

export function overlaps(a: Window, b: Window): boolean {
  return a.from < b.until && b.from < a.until;
}

/** The whole time for which a holder's bot is wanted: its own window and those of its members. */
export function spanOf(holder: Window & { members: readonly Window[] }): Window {
  return {
    from: Math.min(holder.from, ...holder.members.map(({ from }) => from)),
    until: Math.max(holder.until, ...holder.members.map(({ until }) => until)),
  };
}

/** A `claimed` entry past its end is held by nobody: its owner died or will claim anew. */
export function isExpiredClaim(holder: ClaimHolder, now: number): boolean {
  return holder.state === 'claimed' && holder.claimedUntil <= now;
}

export function isHeld(holder: ClaimHolder, now: number): boolean {
  return holder.state !== 'free' && !isExpiredClaim(holder, now);
}

/** The holder with whose bot this session rides along, and as what. */
export function rideOf(
  doc: ClaimDoc,
  holderId: string,
): { holder: ClaimHolder; member: ClaimMember } | null {
  for (const holder of doc.holders) {
    const member = holder.members.find((one) => one.holderId === holderId);
    if (member !== undefined) return { holder, member };
  }
  return null;
}

/** An entry that holds nothing any more. It stays for its attempt's sake, and carries nobody. */
export function freed(holder: ClaimHolder): ClaimHolder {
  return { ...holder, state: 'free', members: [] };
}

export function withHolder(doc: ClaimDoc, holder: ClaimHolder): ClaimDoc {
  const others = doc.holders.filter(({ holderId }) => holderId !== holder.holderId);
  return { ...doc, rev: doc.rev + 1, holders: [...others, holder] };
}

export function asMember(holder: ClaimHolder): ClaimMember {
  const { holderId, interviewId, sessionId, jobId, generation } = holder;
  const { from, until, epochs, attempt } = holder;
  return { holderId, interviewId, sessionId, jobId, generation, from, until, epochs, attempt };
}

/** Those of the members whose time hangs together with the window, directly or through others. */
export function connected(window: Window, members: readonly ClaimMember[]): ClaimMember[] {
  const kept: ClaimMember[] = [];
  let span = window;
  let rest = [...members];
  for (;;) {
    const next = rest.filter((member) => overlaps(member, span));
    if (next.length === 0) return kept;
    kept.push(...next);
    rest = rest.filter((member) => !next.includes(member));
    span = spanOf({ ...span, members: next });
  }
}

/** The room without this member anywhere. A holder keeps those who are connected without it. */
export function withoutMember(doc: ClaimDoc, holderId: string): ClaimDoc {
  if (rideOf(doc, holderId) === null) return doc;
  return {
    ...doc,
    holders: doc.holders.map((holder) => {
      const rest = holder.members.filter((member) => member.holderId !== holderId);
      return rest.length === holder.members.length
        ? holder
        : { ...holder, members: connected(holder, rest) };
    }),
  };
}

/**
 * Who may go on after a change of the room, and so is to look now: those who wait with a claim,
 * those who no longer ride along, and whoever became the holder of a bot. Not whoever made the change:
 * it would wake itself for ever.
 */
export function concernedBy(
  before: ClaimDoc,
  after: ClaimDoc,
  by: string | null,
): { released: ClaimMember[]; heirs: ClaimMember[] } {
  const heldBefore = before.holders.filter(({ state }) => state !== 'free');
  const stillHeld = (holderId: string) =>
    after.holders.some((holder) => holder.holderId === holderId && holder.state !== 'free');
  const somethingEnded = heldBefore.some(({ holderId }) => !stillHeld(holderId));
  const waiting = after.holders.filter(({ state }) => state === 'claimed');
  const lost = heldBefore
    .flatMap(({ members }) => members)
    .filter(({ holderId }) => rideOf(after, holderId) === null && !stillHeld(holderId));
  const heirs = after.holders.filter(
    ({ holderId, state }) => state === 'live' && rideOf(before, holderId) !== null,
  );
  const released = [...(somethingEnded ? waiting.map(asMember) : []), ...lost];
  return {
    released: released.filter(({ holderId }) => holderId !== by),
    heirs: heirs.map(asMember),
  };
}
