import type { Decision } from '../../../workflows/contracts/decision.js';
import { decisionFor } from '../../../workflows/contracts/decision.js';
import { reasonWords } from '../../../workflows/contracts/reason-words.js';
import { requiredScopes, scopeFeatures } from '../../../workflows/contracts/scopes.js';
import { defaultSettings } from '../../../workflows/contracts/settings.js';

/** Resources as the API answers them; the page is judged by what it makes of these. */
export type FakeInstallation = ReturnType<typeof connectedInstallation>;
export type FakeRole = ReturnType<typeof fakeRole>;
export type FakeInterview = ReturnType<typeof fakeInterview>;
export type FakeSession = FakeInterview['sessions'][number];

export const orgId = 'acme';
export const minute = 60_000;

export function notInstalled() {
  return {
    ...connectedInstallation(),
    state: 'not_installed',
    scopes: [],
    freshness: {},
    counts: { jobs: 0, roles: 0, enabledRoles: 0, watchedApplications: 0, upcomingInterviews: 0 },
    version: 0,
  };
}

export function connectedInstallation() {
  return {
    orgId,
    state: 'active' as string,
    attention: null as null | {
      code: string;
      explanation: string;
      remedy: string;
      since: number;
    },
    captureMode: defaultSettings.captureMode as string,
    scopes: requiredScopes.map((scope) => ({
      scope,
      status:
        scope === 'candidates_create' || scope === 'interviews_write' ? 'unverified' : 'granted',
      features: scopeFeatures[scope].features,
      checkedAt: Date.now() - 3 * minute,
    })),
    settings: structuredClone(defaultSettings),
    counts: { jobs: 3, roles: 1, enabledRoles: 1, watchedApplications: 148, upcomingInterviews: 2 },
    freshness: {
      imminent: { p95Seconds: 41, oldestDueSeconds: 0, targetSeconds: 60 },
      hot: { p95Seconds: 212, oldestDueSeconds: 0, targetSeconds: 300 },
      warm: { p95Seconds: 2_300, oldestDueSeconds: 510, targetSeconds: 1_800 },
      cold: { p95Seconds: 9_800, oldestDueSeconds: 0, targetSeconds: 21_600 },
    } as Record<
      string,
      { p95Seconds: number | null; oldestDueSeconds: number; targetSeconds: number }
    >,
    stopping: [] as { interviewId: string; since: number; reason: string }[],
    import: null as null | FakeImport,
    load: {
      neededPerSecond: 1.2,
      budgetPerSecond: 7,
      latenessFactor: 1,
      byWebhook: false,
    } as null | {
      neededPerSecond: number;
      budgetPerSecond: number;
      latenessFactor: number;
      byWebhook: boolean;
    },
    webhooks: {
      state: 'active',
      since: Date.now() - 3 * minute,
      explanation: 'SmartRecruiters tells Pillar of changes by itself.',
      remedy: null,
    } as null | { state: string; since: number | null; explanation: string; remedy: string | null },
    version: 1,
  };
}

export type FakeImport = ReturnType<typeof fakeImport>;

export function fakeImport() {
  return {
    stage: 'interviews' as string,
    done: 412,
    total: 1_480,
    counts: { jobs: 62, candidates: 1_390, applications: 1_480, interviews: 412 },
    startedAt: Date.now() - 4 * minute,
    requestsPerSecond: 6.4,
    etaSeconds: 170,
  };
}

export function fakeLoad() {
  return {
    applications: 3_412,
    interviewsAhead: 18,
    neededPerSecond: 2.1,
    budgetPerSecond: 7,
    latenessFactor: 1,
    stalenessSeconds: { hot: 300, warm: 1_800, cold: 21_600 },
    firstImportSeconds: 980,
    recommendation: 'webhooks' as string | null,
    explanation: 'About 3,412 candidates would be followed.',
  };
}

export function fakeRole(input: {
  jobId: string;
  title: string;
  department?: string;
  location?: string;
  enabled?: boolean;
  upcomingInterviews?: number;
}) {
  return {
    jobId: input.jobId,
    title: input.title,
    department: input.department ?? 'Engineering',
    location: input.location ?? 'Berlin, Germany',
    enabled: input.enabled ?? false,
    scheduled: 'include' as string,
    upcomingInterviews: input.upcomingInterviews ?? 0,
    stopping: [] as { interviewId: string; since: number; reason: string }[],
    enabledAt: input.enabled ? Date.now() : null,
    enabledBy: input.enabled ? 'user-1' : null,
    version: 1,
  };
}

export function fakeInterview(input: {
  interviewId: string;
  jobId: string;
  title: string;
  startsAt: number;
  timezone?: string;
  decision?: Decision;
  provider?: string;
  session?: Partial<{
    state: string;
    outcome: string;
    reason: string;
    joinedAt: number;
    endedAt: number;
  }>;
}) {
  const { interviewId, startsAt } = input;
  const endsAt = startsAt + 45 * minute;
  const reason = input.session?.reason;
  const words = reason === undefined ? null : reasonWords(reason);
  return {
    interviewId,
    applicationId: `application of ${interviewId}`,
    jobId: input.jobId,
    title: input.title,
    interviewType: null,
    startsAt,
    endsAt,
    timezone: input.timezone ?? 'Europe/Berlin',
    link:
      input.provider === 'none'
        ? { state: 'none', provider: null }
        : { state: 'found', provider: input.provider ?? 'zoom' },
    consent: { mode: 'notice', state: 'accepted' },
    choice: null as null | { action: string; by: string; at: number; reason: string | null },
    decision: input.decision ?? decisionFor('will_join'),
    sessions: [
      {
        sessionId: `${interviewId}-1`,
        provider: 'pillar',
        startsAt,
        endsAt,
        state: input.session?.state ?? 'waiting',
        outcome: input.session?.outcome ?? null,
        reason: input.session?.reason ?? null,
        explanation: words?.sentence ?? null,
        remedy: words?.remedy ?? null,
        plannedAt: startsAt - 5 * minute,
        requestedAt: null as number | null,
        joinedAt: input.session?.joinedAt ?? null,
        endedAt: input.session?.endedAt ?? null,
      },
    ],
    stopping: null as null | { since: number; reason: string },
    timeline: [
      {
        at: startsAt - 90 * minute,
        kind: 'interview_found',
        detail: 'Found in SmartRecruiters.',
        by: 'pillar',
      },
      {
        at: startsAt - 80 * minute,
        kind: 'notice_sent',
        detail: 'The candidate’s notice was accepted by the mail server.',
        by: 'pillar',
      },
    ],
    version: 1,
  };
}
