import type { Collections } from '../../common/read-model/collections.js';
import type { InterviewDoc } from '../../common/read-model/documents.js';
import type { LedgerEntry } from '../../sandbox/smartrecruiters/control.js';
import type { Life } from '../../workflows/contracts/activities.js';

/** A change of the script, and when it was seen in the product's own store (epoch ms). */
export interface FollowedChange {
  entry: LedgerEntry;
  knownAt: number | null;
  /** A later change of the same interview came before this one was known. */
  superseded: boolean;
}

type Known = Pick<InterviewDoc, 'interviewId' | 'startsAt' | 'goneAt'>;

/** Looks into the product's store for what a script did to the world, until it is there. */
export class ChangeFollower {
  readonly changes: FollowedChange[] = [];
  private readonly collections: Collections;
  private readonly life: Life;
  private readonly seen = new Set<string>();

  constructor({ collections, life }: { collections: Collections; life: Life }) {
    this.collections = collections;
    this.life = life;
  }

  async look(ledger: readonly LedgerEntry[]): Promise<void> {
    this.take(ledger);
    const waiting = this.changes.filter(
      ({ knownAt, superseded }) => knownAt === null && !superseded,
    );
    if (waiting.length === 0) return;
    const { orgId, generation } = this.life;
    const docs = await this.collections.interviews
      .find({
        orgId,
        generation,
        interviewId: { $in: waiting.map((one) => one.entry.interviewId) },
      })
      .select({ interviewId: 1, startsAt: 1, goneAt: 1 })
      .lean<Known[]>();
    const now = Date.now();
    const byId = new Map(docs.map((doc) => [doc.interviewId, doc]));
    for (const change of waiting) {
      if (isKnown(change.entry, byId.get(change.entry.interviewId))) change.knownAt = now;
    }
  }

  private take(ledger: readonly LedgerEntry[]): void {
    for (const entry of ledger) {
      const key = `${entry.interviewId} ${entry.kind} ${entry.at}`;
      if (entry.kind === 'reply' || this.seen.has(key)) continue;
      this.seen.add(key);
      for (const earlier of this.changes) {
        if (earlier.entry.interviewId === entry.interviewId && earlier.knownAt === null) {
          earlier.superseded = true;
        }
      }
      this.changes.push({ entry, knownAt: null, superseded: false });
    }
  }
}

/** An interview that came and went between two reads was never known, which is right. */
function isKnown(entry: LedgerEntry, doc: Known | undefined): boolean {
  switch (entry.kind) {
    case 'schedule':
      return doc !== undefined;
    case 'move':
      return doc?.startsAt === entry.startsAt;
    case 'cancel':
      return doc === undefined || doc.goneAt !== null;
    case 'reply':
      return true;
  }
}

/** What the vendor's own record says of a poller that keeps nothing. */
export function followedByLists(ledger: readonly LedgerEntry[]): FollowedChange[] {
  const changes = ledger.filter(({ kind }) => kind !== 'reply');
  return changes.map((entry, index) => ({
    entry,
    knownAt: entry.firstListedAt,
    superseded: changes
      .slice(index + 1)
      .some(
        (later) =>
          later.interviewId === entry.interviewId &&
          later.at < (entry.firstListedAt ?? Number.POSITIVE_INFINITY),
      ),
  }));
}

/** Starts that were scheduled or moved and became known only when they had passed, or never. */
export function learntTooLate(input: {
  changes: readonly FollowedChange[];
  /** Starts after this that are not known are not decided yet. */
  until: number;
  /** Only what was scheduled at least so long ahead, in real milliseconds. */
  leadMs?: number;
  /** Leaves out applications that were cold. */
  notCold?: boolean;
}): FollowedChange[] {
  const { changes, until, leadMs = 0, notCold = false } = input;
  return decidedStarts({ changes, until }).filter(
    ({ entry, knownAt }) =>
      entry.startsAt - entry.at >= leadMs &&
      (!notCold || entry.tier !== 'cold') &&
      (knownAt ?? Number.POSITIVE_INFINITY) > entry.startsAt,
  );
}

/** Scheduled and moved starts that stood, and of which it is decided whether they became known in time. */
export function decidedStarts(input: {
  changes: readonly FollowedChange[];
  until: number;
}): FollowedChange[] {
  return input.changes.filter(
    ({ entry, superseded, knownAt }) =>
      (entry.kind === 'schedule' || entry.kind === 'move') &&
      !superseded &&
      (knownAt !== null || entry.startsAt <= input.until),
  );
}

/** Changes of applications that are not cold, whose fate is still open. */
export function isUndecided({ entry, knownAt, superseded }: FollowedChange): boolean {
  return knownAt === null && !superseded && entry.tier !== 'cold' && entry.startsAt > Date.now();
}
