import type { Collections } from '../../common/read-model/collections.js';
import type { InterviewDoc } from '../../common/read-model/documents.js';
import type { Life } from '../../workflows/contracts/activities.js';
import { percentilesOf } from '../percentiles.js';
import type { RemoteSimulator } from '../simulator-process.js';
import { ChangeFollower, type FollowedChange, isUndecided } from '../watch/changes.js';

/** What is looked for in one organization while the soak runs, and at its end. */
export interface Verdict {
  changes: number;
  /** Known later than the bound, or not at all. */
  late: number;
  missed: number;
  /** Milliseconds from a change to the product's store, the first import left out; null without any. */
  knownP95Ms: number | null;
  knownMaxMs: number | null;
  /** Taken for cancelled while it stood in the world. */
  wronglyCancelled: number;
  /** Interviews ahead in the world that the product does not have as they are. */
  unlike: number;
  /** 429s that the simulator gave for its limits; injected ones are not among them. */
  refused429: number;
  requests: number;
}

/** Compares one organization's store with the world, again and again. */
export class SoakCheck {
  private readonly parts: {
    simulator: RemoteSimulator;
    companyId: string;
    clientId: string;
    collections: Collections;
    life: Life;
    applications: number;
    boundMs: number;
  };
  private readonly follower: ChangeFollower;
  private readonly wronglyCancelled = new Set<string>();
  private importedAt: number | null = null;

  constructor(parts: SoakCheck['parts']) {
    this.parts = parts;
    this.follower = new ChangeFollower(parts);
  }

  /** Takes in what happened since the last look. */
  async look(): Promise<void> {
    const { simulator, companyId, applications } = this.parts;
    await this.follower.look(await simulator.control.ledger({ companyId }));
    if (this.importedAt !== null) return;
    const { length } = await simulator.control.reads({ companyId });
    if (length >= applications) this.importedAt = Date.now();
  }

  /** Slower: reads the whole world. */
  async lookAtCancellations(): Promise<void> {
    const { simulator, companyId, collections, life } = this.parts;
    const gone = await collections.interviews
      .find({ ...life, goneAt: { $ne: null } })
      .select({ interviewId: 1 })
      .lean<Pick<InterviewDoc, 'interviewId'>[]>();
    // The world is read after the store: what is cancelled in between is no mistake of the store's.
    const { interviews } = await simulator.control.snapshot({ companyId });
    const standing = new Set(
      interviews.filter(({ cancelledAt }) => cancelledAt === null).map(({ id }) => id),
    );
    for (const { interviewId } of gone) {
      if (standing.has(interviewId)) this.wronglyCancelled.add(interviewId);
    }
  }

  isImported(): boolean {
    return this.importedAt !== null;
  }

  /** How many changes are still waited for. */
  openChanges(): number {
    return this.follower.changes.filter(isUndecided).length;
  }

  async verdict(): Promise<Verdict> {
    const { simulator, clientId, boundMs } = this.parts;
    await this.look();
    await this.lookAtCancellations();
    const { count, rateLimitedCount } = await simulator.control.statistics({ clientId });
    const counted = this.follower.changes.filter(({ superseded }) => !superseded);
    const tookMs = counted.flatMap((change) => this.tookMs(change) ?? []);
    const known = tookMs.length === 0 ? null : percentilesOf(tookMs);
    const missed = counted.filter(({ knownAt }) => knownAt === null).length;
    return {
      changes: counted.length,
      late: tookMs.filter((ms) => ms > boundMs).length + missed,
      missed,
      knownP95Ms: known?.p95 ?? null,
      knownMaxMs: known?.max ?? null,
      wronglyCancelled: this.wronglyCancelled.size,
      unlike: await this.unlike(),
      refused429: rateLimitedCount,
      requests: count,
    };
  }

  /** Nothing is late while the first import goes on. */
  private tookMs({ entry, knownAt }: FollowedChange): number | null {
    if (knownAt === null) return null;
    return Math.max(0, knownAt - Math.max(entry.at, this.importedAt ?? Number.POSITIVE_INFINITY));
  }

  private async unlike(): Promise<number> {
    const { simulator, companyId, collections, life } = this.parts;
    const { interviews } = await simulator.control.snapshot({ companyId });
    const docs = await collections.interviews.find({ ...life }).lean<InterviewDoc[]>();
    const known = new Map(docs.map((doc) => [doc.interviewId, doc]));
    return interviews.filter(({ id, cancelledAt, timeslots }) => {
      const startsAt = Math.min(...timeslots.map((slot) => slot.startsAt));
      if (cancelledAt !== null || startsAt < Date.now()) return false;
      const doc = known.get(id);
      return doc === undefined || doc.goneAt !== null || doc.startsAt !== startsAt;
    }).length;
  }
}
