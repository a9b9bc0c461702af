import { parseArgs } from 'node:util';
import { startMongodb } from '../sandbox/servers/mongodb.js';
import { percentilesOf, rounded } from './percentiles.js';
import { say, sayResult, table } from './report.js';
import { decidedStarts, learntTooLate } from './watch/changes.js';
import { hourMs, minuteMs } from './watch/compression.js';
import { runLarge } from './watch/large.js';
import { type LiveFigures, measureLive } from './watch/live.js';
import type { Observed, Script } from './watch/observer.js';
import { type RunInput, runNaive, runOurs } from './watch/runs.js';
import type { WorldSeed } from './watch/stage.js';
import { measureThroughput } from './watch/throughput.js';
import { type TrueTier, trueTiers } from './watch/truth.js';

/**
 * How fresh the watch is, and what it costs. One seeded world, whose clock runs faster by one factor
 * for the vendor's limits, the script and the product alike: (a) a round-robin poller that may spend
 * what (b) spends, (b) the product's own slices by polling, (c) the same with webhooks, each on a
 * fresh copy. Then a world of ten times the size, and the product as it runs everywhere at its real
 * pace. Staleness and requests are taken from the simulated vendor's own record, never from the
 * product. `updatedOn` does not move when an interview is scheduled.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '4' },
    /** a, b, c, large, acks, decisions; several with commas. `a` needs `b`. */
    only: { type: 'string', default: 'a,b,c,large,acks,decisions' },
    /** Simulated hours of script and observation, for a, b and c. */
    hours: { type: 'string', default: '1.5' },
    /** Instead of the one that this machine sustains. */
    factor: { type: 'string' },
    /** Of the world of ten times the size, whose store is the slowest part: two cores sustain it. */
    'large-factor': { type: 'string', default: '10' },
  },
});
const seed = Number(values.seed);
const parts = new Set(values.only.split(','));
const hours = Number(values.hours);
const startedAt = Date.now();

/** Of what the machine sustains, so that its own slowness is not what is measured. */
const shareOfThroughput = 0.6;
/** The watch may spend this much of its seven requests a second on what is hottest. */
const neededBySmall = 2.2;
const mostFactor = 60;

/** 1,000 active applications; 10 interviews near or under way at any time, by the script's rates. */
const smallWorld: WorldSeed = {
  ...{ name: 'watch', seed, roles: 20, applicationsPerRole: 50 },
  mix: { hot: 5, warm: 55, cold: 40 },
  ...{ interviews: 24, interviewsWithinHours: 4 },
};
const smallScript: Script = {
  ...{ seed, forMs: hours * hourMs, tailMs: 0 },
  perHour: { schedule: 8, move: 2, cancel: 1, reply: 8 },
  leadMinutes: { min: 45, max: 180 },
  tiers: ['hot', 'warm'],
};
const largeWorld: WorldSeed = {
  ...{ name: 'large', seed, roles: 50, applicationsPerRole: 200 },
  mix: { hot: 5, warm: 55, cold: 40 },
  ...{ interviews: 12, interviewsWithinHours: 2 },
};
const largeScript: Script = {
  ...{ seed, forMs: 30 * minuteMs, tailMs: 62 * minuteMs },
  perHour: { schedule: 60, move: 6, cancel: 4, reply: 30 },
  leadMinutes: { min: 45, max: 60 },
};
const promisedLeadMs = 45 * minuteMs;

const promised = (observed: Observed, factor: number) =>
  learntTooLate({
    ...{ changes: observed.changes, until: observed.until, notCold: true },
    leadMs: promisedLeadMs / factor,
  }).length;

function stalenessTable(runs: [string, Observed][]): string {
  const seconds = (ms: number) => rounded(ms / 1_000, 0);
  return table({
    header: ['staleness, simulated seconds', 'samples', 'p50', 'p95', 'p99', 'max'],
    rows: trueTiers.flatMap((tier) =>
      runs.flatMap(([name, { staleness }]) => {
        const samples = staleness[tier];
        if (samples.length === 0) return [];
        const { p50, p95, p99, max } = percentilesOf(samples);
        return [[`${tier}: ${name}`, samples.length, ...[p50, p95, p99, max].map(seconds)]];
      }),
    ),
  });
}

function costTable(runs: [string, Observed, number][]): string {
  return table({
    header: [
      ...['', 'requests/h', '429s', 'imminent at a time', 'starts', 'learnt too late'],
      'of those 45 min ahead, not cold',
    ],
    rows: runs.map(([name, observed, factor]) => {
      const { changes, until, requestsPerHour, refused429, imminentAtATime } = observed;
      return [
        ...[name, rounded(requestsPerHour, 0), refused429, rounded(imminentAtATime, 1)],
        decidedStarts({ changes, until }).length,
        learntTooLate({ changes, until }).length,
        promised(observed, factor),
      ];
    }),
  });
}

const p95Of = (observed: Observed, tier: TrueTier) => percentilesOf(observed.staleness[tier]).p95;

function liveTable({ acks, decisions, refusedReceipts, undecided }: LiveFigures): string {
  const figures = (of: { p50: number; p95: number; p99: number; max: number }) =>
    [of.p50, of.p95, of.p99, of.max].map((ms) => rounded(ms, 1));
  return table({
    header: ['at the real pace, ms', 'n', 'failed', 'p50', 'p95', 'p99', 'max'],
    rows: [
      [
        `receipt answered, ${rounded(acks.perSecond, 0)}/s`,
        ...[acks.count, refusedReceipts, ...figures(acks)],
      ],
      ['decision stored, 20/s', decisions.count, undecided, ...figures(decisions)],
    ],
  });
}

async function measure(mongodbUri: string): Promise<void> {
  const isSmallWanted = ['a', 'b', 'c'].some((part) => parts.has(part));
  const factor = isSmallWanted ? await factorOfSmall(mongodbUri) : 1;
  const largeFactor = Number(values['large-factor']);
  const small: RunInput = {
    ...{ mongodbUri, factor, seed: smallWorld, script: smallScript, everyMs: 500 },
  };
  const polling =
    parts.has('a') || parts.has('b')
      ? await said('b', () => runOurs({ ...small, webhooks: false }))
      : null;
  // Neither needs much: the poller keeps nothing, and webhooks spare most of the requests.
  const [webhooks, naive] = await Promise.all([
    parts.has('c') ? said('c', () => runOurs({ ...small, webhooks: true })) : null,
    parts.has('a') && polling !== null
      ? said('a', () => runNaive({ ...small, requestsPerHour: polling.requestsPerHour }))
      : null,
  ]);
  const runs = (
    [
      ['(a) round robin', naive],
      ['(b) watch, polling', polling],
      ['(c) watch, webhooks', webhooks],
    ] as const
  ).flatMap(([name, observed]) =>
    observed === null ? [] : [[name, observed] as [string, Observed]],
  );
  if (runs.length > 0) {
    say(`\n1,000 applications, ${hours} simulated hours, seed ${seed}\n`);
    say(stalenessTable(runs));
    say('');
    say(costTable(runs.map(([name, observed]) => [name, observed, factor])));
  }

  const large = parts.has('large')
    ? await said('large', () =>
        runLarge({
          ...{ mongodbUri, factor: largeFactor, seed: largeWorld, script: largeScript },
          ...{ everyMs: 2_000, settleMs: 5 * minuteMs },
        }),
      )
    : null;
  if (large !== null) {
    say(
      `\n10,000 applications, ${rounded(large.lastedMs / hourMs, 1)} simulated hours, seed ${seed}\n`,
    );
    say(stalenessTable([['watch, polling', large]]));
    say('');
    say(costTable([['watch, polling', large, largeFactor]]));
  }

  const live =
    parts.has('acks') || parts.has('decisions')
      ? await measureLive({
          ...{ seed, credentials: 10, applicationsEach: 40 },
          acks: parts.has('acks') ? { perSecond: 200, forMs: 20_000 } : null,
          decisions: parts.has('decisions') ? { perSecond: 20, forMs: 30_000 } : null,
        })
      : null;
  if (live !== null) {
    say('');
    say(liveTable(live));
  }

  const ours = [polling, webhooks].filter((run) => run !== null);
  const lateOf = (run: Observed | null, by: number) => (run === null ? 0 : promised(run, by));
  sayResult({
    bench: 'watch',
    ...(naive === null || polling === null
      ? {}
      : {
          hotP95Ratio: rounded(p95Of(naive, 'hot') / p95Of(polling, 'hot')),
          imminentP95Ratio: rounded(p95Of(naive, 'imminent') / p95Of(polling, 'imminent')),
        }),
    ...(webhooks === null || polling === null
      ? {}
      : { webhookRequestRatio: rounded(webhooks.requestsPerHour / polling.requestsPerHour, 3) }),
    refused429:
      [...ours, large].reduce((sum, run) => sum + (run?.refused429 ?? 0), 0) +
      (live?.refused429 ?? 0),
    learntTooLate:
      ours.reduce((sum, run) => sum + lateOf(run, factor), 0) + lateOf(large, largeFactor),
    ...(live === null
      ? {}
      : {
          ...(parts.has('acks') ? { webhookAckP99Ms: rounded(live.acks.p99, 1) } : {}),
          ...(parts.has('decisions')
            ? { webhookDecisionP99Ms: rounded(live.decisions.p99, 0), undecided: live.undecided }
            : {}),
        }),
    seed,
    timeFactor: factor,
    largeTimeFactor: largeFactor,
    tookSeconds: rounded((Date.now() - startedAt) / 1_000, 0),
  });
}

/** How many times faster time passes: given, or what the machine sustains. */
async function factorOfSmall(mongodbUri: string): Promise<number> {
  const throughput = await measureThroughput({ mongodbUri, seed: smallWorld });
  const sustained = Math.floor((shareOfThroughput * throughput) / neededBySmall);
  const factor = Number(values.factor ?? Math.max(1, Math.min(mostFactor, sustained)));
  say(
    `  ${rounded(throughput, 0)} requests a second are possible here, time passes ${factor} times as fast`,
  );
  return factor;
}

async function said<Result>(part: string, run: () => Promise<Result>): Promise<Result> {
  say(`  ${part} begins after ${Math.round((Date.now() - startedAt) / 1_000)} s`);
  return await run();
}

const mongodb = await startMongodb({ busy: true, progress: (line) => say(`  ${line}`) });
try {
  await measure(mongodb.uri);
} finally {
  await mongodb.stop();
}
