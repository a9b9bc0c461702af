import { z } from 'zod';
import type {
  InstallationDoc,
  SubscriptionDoc,
  WatchReportDoc,
} from '../../common/read-model/documents.js';
import { attentionCodes } from '../../workflows/contracts/attention.js';
import type { Stopping } from '../../workflows/contracts/installation.js';
import { requiredScopes } from '../../workflows/contracts/scopes.js';
import { defaultSettings } from '../../workflows/contracts/settings.js';
import type { Counts } from '../queries/read-model.js';
import { epochMs, stopping, version } from './common.js';
import { settings } from './settings.js';
import {
  freshness,
  importProgress,
  load,
  presentWatch,
  presentWebhooks,
  webhooks,
} from './watch.js';

export const attention = z
  .object({
    code: z.enum(attentionCodes),
    explanation: z.string(),
    remedy: z.string(),
    since: epochMs,
  })
  .meta({ id: 'Attention', description: 'Something that needs an Owner, beside any state.' });

export const installationStates = [
  'not_installed',
  'validating',
  'active',
  'paused',
  'uninstalling',
] as const;

export const installation = z
  .object({
    orgId: z.string(),
    state: z.enum(installationStates),
    attention: attention.nullable(),
    captureMode: settings.shape.captureMode,
    scopes: z.array(
      z.object({
        scope: z.enum(requiredScopes),
        status: z.enum(['granted', 'missing', 'unverified', 'unknown']),
        features: z.array(z.string()),
        checkedAt: epochMs,
      }),
    ),
    settings,
    counts: z.object({
      jobs: z.int(),
      roles: z.int(),
      enabledRoles: z.int(),
      watchedApplications: z.int(),
      upcomingInterviews: z.int(),
    }),
    freshness,
    stopping: z.array(stopping),
    import: importProgress.nullable(),
    load: load.nullable(),
    webhooks: webhooks.nullable(),
    version,
  })
  .meta({ id: 'Installation' });

export type InstallationShape = z.output<typeof installation>;

export function presentInstallation(input: {
  doc: InstallationDoc;
  counts: Counts;
  report: WatchReportDoc | null;
  subscription: SubscriptionDoc | null;
  now: number;
  /** Newer than what the document says, when a command has just answered. */
  stopping: Stopping[] | null;
}): InstallationShape {
  const { doc } = input;
  return {
    orgId: doc.orgId,
    state: doc.phase,
    attention: doc.attentions[0] ?? null,
    captureMode: doc.settings.captureMode,
    scopes: doc.scopes,
    settings: doc.settings,
    counts: input.counts,
    ...presentWatch(input),
    webhooks: presentWebhooks({ doc: input.subscription }),
    stopping: (input.stopping ?? doc.stopping).map(({ interviewId, since, reason }) => ({
      interviewId,
      since,
      reason,
    })),
    version: doc.version,
  };
}

export function presentNotInstalled({ orgId }: { orgId: string }): InstallationShape {
  return {
    orgId,
    state: 'not_installed',
    attention: null,
    captureMode: defaultSettings.captureMode,
    scopes: [],
    settings: defaultSettings,
    counts: {
      jobs: 0,
      roles: 0,
      enabledRoles: 0,
      watchedApplications: 0,
      upcomingInterviews: 0,
    },
    freshness: {},
    stopping: [],
    import: null,
    load: null,
    webhooks: null,
    version: 0,
  };
}
