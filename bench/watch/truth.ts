import type {
  ApplicationReads,
  LedgerEntry,
  SeededWorld,
} from '../../sandbox/smartrecruiters/control.js';
import type { Interview } from '../../sandbox/smartrecruiters/records.js';

/** As the world has it, whatever the product believes. */
export type TrueTier = 'imminent' | 'hot' | 'warm' | 'cold';
export const trueTiers = ['imminent', 'hot', 'warm', 'cold'] as const;

/** One interview that stands at this moment. */
export interface Window {
  applicationId: string;
  startsAt: number;
  endsAt: number;
}

/** Interviews that the script made last this long, in simulated time. */
const scriptedMs = 30 * 60_000;

/** The interviews that stand after a script's changes, by their ids. */
export function windowsAfter(input: {
  seeded: readonly Interview[];
  ledger: readonly LedgerEntry[];
  factor: number;
}): Map<string, Window> {
  const { seeded, ledger, factor } = input;
  const windows = new Map<string, Window>();
  for (const { id, applicationId, timeslots, cancelledAt } of seeded) {
    if (cancelledAt !== null) continue;
    const startsAt = Math.min(...timeslots.map((slot) => slot.startsAt));
    windows.set(id, {
      ...{ applicationId, startsAt },
      endsAt: Math.max(...timeslots.map((slot) => slot.endsAt)),
    });
  }
  for (const { kind, interviewId, applicationId, startsAt } of ledger) {
    if (kind === 'cancel') windows.delete(interviewId);
    if (kind !== 'schedule' && kind !== 'move') continue;
    const before = windows.get(interviewId);
    const lastsMs = before === undefined ? scriptedMs / factor : before.endsAt - before.startsAt;
    windows.set(interviewId, { applicationId, startsAt, endsAt: startsAt + lastsMs });
  }
  return windows;
}

/** The tier of every application by its seed, unless an interview of it is near or under way. */
export function tiersAt(input: {
  applicationIds: SeededWorld['applicationIds'];
  windows: Iterable<Window>;
  now: number;
  imminentFromMs: number;
}): Map<string, TrueTier> {
  const { applicationIds, windows, now, imminentFromMs } = input;
  const tiers = new Map<string, TrueTier>();
  for (const tier of ['hot', 'warm', 'cold'] as const) {
    for (const id of applicationIds[tier]) tiers.set(id, tier);
  }
  for (const { applicationId, startsAt, endsAt } of windows) {
    const isImminent = startsAt - imminentFromMs <= now && now < endsAt;
    if (isImminent && tiers.has(applicationId)) tiers.set(applicationId, 'imminent');
  }
  return tiers;
}

/** How long ago each application was listed, in simulated milliseconds. */
export class Staleness {
  readonly samples: Record<TrueTier, number[]> = { imminent: [], hot: [], warm: [], cold: [] };
  private readonly factor: number;
  private readonly since: number;

  /** What was never listed counts as listed at `since`. */
  constructor({ factor, since }: { factor: number; since: number }) {
    this.factor = factor;
    this.since = since;
  }

  add(input: {
    now: number;
    tiers: ReadonlyMap<string, TrueTier>;
    reads: readonly ApplicationReads[];
  }): void {
    const listedAt = new Map(input.reads.map((row) => [row.applicationId, row.lastListedAt]));
    for (const [id, tier] of input.tiers) {
      const ageMs = input.now - (listedAt.get(id) ?? this.since);
      this.samples[tier].push(Math.max(0, ageMs) * this.factor);
    }
  }
}
