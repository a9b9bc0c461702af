import type { WebhookStatistics } from './control.js';

const keptAnswers = 10_000;

type Counts = Omit<WebhookStatistics, 'statuses' | 'answerMs' | 'waitingCount'>;

function nothing(): Counts {
  return {
    eventCount: 0,
    attemptCount: 0,
    deliveredCount: 0,
    failedAttemptCount: 0,
    givenUpCount: 0,
    droppedCount: 0,
    duplicateCount: 0,
    suspensionCount: 0,
  };
}

/** Counts of one company's deliveries, in memory. */
export class DeliveryCounts {
  private readonly counts = nothing();
  private readonly statuses: Record<string, number> = {};
  private readonly answers: { at: number; tookMs: number }[] = [];
  private answered = 0;

  add(name: keyof Counts, count = 1): void {
    this.counts[name] += count;
  }

  answer(options: { status: number | null; tookMs: number; taken: boolean }): void {
    const status = String(options.status ?? 'none');
    this.statuses[status] = (this.statuses[status] ?? 0) + 1;
    this.answers[this.answered % keptAnswers] = { at: Date.now(), tookMs: options.tookMs };
    this.answered += 1;
    this.add('attemptCount');
    this.add(options.taken ? 'deliveredCount' : 'failedAttemptCount');
  }

  /** The counts of several companies as one. */
  static sum(input: {
    parts: readonly DeliveryCounts[];
    waitingCount: number;
    answersSince: number;
  }): WebhookStatistics {
    const { parts, waitingCount, answersSince } = input;
    const total = nothing();
    const statuses: Record<string, number> = {};
    const answersMs: number[] = [];
    for (const part of parts) {
      for (const name of Object.keys(total) as (keyof Counts)[]) total[name] += part.counts[name];
      for (const [status, count] of Object.entries(part.statuses)) {
        statuses[status] = (statuses[status] ?? 0) + count;
      }
      for (const { at, tookMs } of part.answers) if (at >= answersSince) answersMs.push(tookMs);
    }
    const sorted = answersMs.toSorted((one, other) => one - other);
    const at = (share: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    return {
      ...total,
      waitingCount,
      statuses,
      answerMs:
        sorted.length === 0
          ? null
          : { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? 0 },
    };
  }
}
