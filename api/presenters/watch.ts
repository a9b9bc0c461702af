import { z } from 'zod';
import type {
  SubscriptionDoc,
  SubscriptionState,
  WatchReportDoc,
} from '../../common/read-model/documents.js';
import {
  freshnessTargets,
  type WatchedTier,
  watchedTiers,
} from '../../workflows/contracts/freshness-targets.js';
import { epochMs } from './common.js';

const tierFreshness = z.object({
  p95Seconds: z.number().nullable(),
  oldestDueSeconds: z.number(),
  targetSeconds: z.int(),
});

export const freshness = z
  .object({
    imminent: tierFreshness.optional(),
    hot: tierFreshness.optional(),
    warm: tierFreshness.optional(),
    cold: tierFreshness.optional(),
  })
  .meta({
    id: 'Freshness',
    description:
      'By tier of the watch: how old readings are, how late the oldest due row is, and how old a ' +
      'reading should become at most.',
  });

export const importProgress = z
  .object({
    stage: z.enum(['jobs', 'candidates', 'applications', 'interviews']),
    done: z.int(),
    total: z.int().nullable(),
    counts: z.object({
      jobs: z.int(),
      candidates: z.int(),
      applications: z.int(),
      interviews: z.int(),
    }),
    startedAt: epochMs,
    requestsPerSecond: z.number(),
    etaSeconds: z.int().nullable(),
  })
  .meta({ id: 'Import', description: 'The first reading of everything; null once it is done.' });

export const load = z
  .object({
    neededPerSecond: z.number(),
    budgetPerSecond: z.number(),
    latenessFactor: z.number(),
    byWebhook: z.boolean(),
  })
  .meta({
    id: 'Load',
    description:
      'Requests to SmartRecruiters that the watch needs and may send. Every tier is late by the ' +
      'factor of its target; 1 when the budget suffices.',
  });

export const webhooks = z
  .object({
    state: z.enum(['preparing', 'active', 'suspended', 'no_scope', 'failed']),
    since: epochMs.nullable(),
    explanation: z.string(),
    remedy: z.string().nullable(),
  })
  .meta({ id: 'Webhooks', description: 'Whether SmartRecruiters tells of changes by itself.' });

type FreshnessShape = z.output<typeof freshness>;
type ImportShape = z.output<typeof importProgress>;
type LoadShape = z.output<typeof load>;
type WebhooksShape = z.output<typeof webhooks>;

export interface WatchShape {
  freshness: FreshnessShape;
  import: ImportShape | null;
  load: LoadShape | null;
}

/**
 * What the watch said of itself, as it is by now. Nothing is read between two reports, so every age
 * has grown by exactly the time that has passed: a watch that stands still does not look fresh.
 */
export function presentWatch(input: { report: WatchReportDoc | null; now: number }): WatchShape {
  const { report, now } = input;
  if (report === null) return { freshness: {}, import: null, load: null };
  const { neededPerSecond, budgetPerSecond, latenessFactor, byWebhook } = report.load;
  return {
    freshness: presentFreshness(report, Math.max(0, Math.floor((now - report.at) / 1_000))),
    import: presentImport(report),
    load: { neededPerSecond, budgetPerSecond, latenessFactor, byWebhook },
  };
}

function presentFreshness(report: WatchReportDoc, passed: number): FreshnessShape {
  const targets = freshnessTargets[report.load.byWebhook ? 'byWebhook' : 'polling'];
  const tiers = watchedTiers.flatMap((tier): [WatchedTier, z.output<typeof tierFreshness>][] => {
    const told = report.freshness[tier];
    if (told === undefined) return [];
    const targetSeconds = targets[tier];
    return [
      [
        tier,
        {
          p95Seconds: told.p95Seconds === null ? null : Math.round(told.p95Seconds) + passed,
          oldestDueSeconds:
            told.oldestDueSeconds > 0
              ? Math.round(told.oldestDueSeconds) + passed
              : // Nothing was due; after one period at the latest something is.
                Math.max(0, passed - targetSeconds),
          targetSeconds,
        },
      ],
    ];
  });
  return Object.fromEntries(tiers);
}

export function presentImport({ import: progress }: WatchReportDoc): ImportShape | null {
  if (progress === null) return null;
  const { stage, done, total, startedAt, requestsPerSecond, etaSeconds } = progress;
  const { jobs, candidates, applications, interviews } = progress.counts;
  return {
    stage,
    done,
    total,
    counts: { jobs, candidates, applications, interviews },
    startedAt,
    requestsPerSecond,
    etaSeconds: etaSeconds === null ? null : Math.round(etaSeconds),
  };
}

const webhookWords: Record<SubscriptionState, { explanation: string; remedy: string | null }> = {
  preparing: {
    explanation: 'Pillar is asking SmartRecruiters to tell of changes by itself.',
    remedy: null,
  },
  active: {
    explanation:
      'SmartRecruiters tells Pillar of changes by itself: they show within seconds, and regular reading is only the safety net.',
    remedy: null,
  },
  suspended: {
    explanation:
      'SmartRecruiters has stopped telling of changes. Pillar has it begin again; until then everything is read at regular intervals and nothing is lost.',
    remedy: null,
  },
  no_scope: {
    explanation:
      'The credential may not use webhooks, so Pillar reads everything at regular intervals. That works, but changes show later and cost more requests.',
    remedy:
      'Add the scope webhooks_manage to the credential in SmartRecruiters, or create a new credential that has it too, and check again here.',
  },
  failed: {
    explanation:
      'SmartRecruiters could not be brought to tell of changes. Pillar tries again by itself; until then everything is read at regular intervals and nothing is lost.',
    remedy: null,
  },
};

/** Before the watch has looked for the first time nothing is known; that is `preparing`. */
export function presentWebhooks({ doc }: { doc: SubscriptionDoc | null }): WebhooksShape {
  const state = doc?.state ?? 'preparing';
  return { state, since: doc?.stateSince ?? null, ...webhookWords[state] };
}
