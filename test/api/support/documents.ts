import type {
  ChangeDoc,
  CommandDoc,
  InstallationDoc,
  InterviewDoc,
  JobDoc,
  RoleDoc,
  SubscriptionDoc,
  WatchReportDoc,
} from '../../../common/read-model/documents.js';
import { decisionFor } from '../../../workflows/contracts/decision.js';
import { defaultSettings } from '../../../workflows/contracts/settings.js';

/** A fixed moment: Tuesday 24 November 2026, 10:00 UTC. */
export const noon = Date.UTC(2026, 10, 24, 10);

export function installationDoc(part: Partial<InstallationDoc> = {}): InstallationDoc {
  return {
    _id: part.orgId ?? 'acme',
    orgId: 'acme',
    generation: 'gen-1',
    phase: 'active',
    settings: defaultSettings,
    scopes: [
      { scope: 'jobs_read', status: 'granted', features: ['Choosing jobs'], checkedAt: noon },
    ],
    attentions: [],
    credentialRef: 'cred-1',
    receiptId: null,
    stopping: [],
    version: 2,
    updatedAt: noon,
    ...part,
  };
}

export function reportDoc(part: Partial<WatchReportDoc> = {}): WatchReportDoc {
  return {
    _id: 'acme',
    orgId: 'acme',
    generation: 'gen-1',
    at: noon,
    freshness: { hot: { rows: 7, p50Seconds: 20, p95Seconds: 42, oldestDueSeconds: 0 } },
    load: {
      neededPerSecond: 0.5,
      budgetPerSecond: 7,
      latenessFactor: 1,
      spareFactor: 0.5,
      byWebhook: false,
    },
    import: null,
    staleSince: null,
    requests: 10,
    ...part,
  };
}

export function subscriptionDoc(part: Partial<SubscriptionDoc> = {}): SubscriptionDoc {
  return {
    _id: 'acme/gen-1',
    orgId: 'acme',
    generation: 'gen-1',
    rev: 1,
    state: 'active',
    keyHash: 'hash-of-the-key',
    subscriptionId: 'subscription-1',
    activationUntil: null,
    secrets: [{ sealed: 'sealed-secret-of-the-webhook', madeAt: noon, goodUntil: null }],
    healedAt: null,
    gap: false,
    stateSince: noon,
    checkedAt: noon,
    reason: null,
    ...part,
  };
}

export function jobDoc(part: Partial<JobDoc> = {}): JobDoc {
  const jobId = part.jobId ?? 'job-1';
  return {
    _id: `acme/${jobId}`,
    orgId: 'acme',
    generation: 'gen-1',
    jobId,
    title: 'Engineer',
    refNumber: null,
    department: 'R&D',
    location: 'Berlin',
    status: 'SOURCING',
    open: true,
    lastActivityAt: null,
    seenAt: noon,
    ...part,
  };
}

export function roleDoc(part: Partial<RoleDoc> = {}): RoleDoc {
  const jobId = part.jobId ?? 'job-1';
  return {
    _id: `acme/${jobId}`,
    orgId: 'acme',
    generation: 'gen-1',
    jobId,
    title: 'Engineer',
    department: 'R&D',
    location: 'Berlin',
    enabled: true,
    chosen: true,
    scheduled: 'include',
    enabledAt: noon,
    enabledBy: 'user-owner',
    epoch: 1,
    stopping: [],
    mailHold: null,
    mailHoldSince: null,
    removed: false,
    version: 3,
    ...part,
  };
}

export function interviewDoc(part: Partial<InterviewDoc> = {}): InterviewDoc {
  const interviewId = part.interviewId ?? 'int-1';
  const startsAt = part.startsAt ?? noon + 3_600_000;
  return {
    _id: `acme/gen-1/${interviewId}`,
    orgId: 'acme',
    generation: 'gen-1',
    interviewId,
    applicationId: 'app-1',
    candidateId: 'cand-1',
    jobId: 'job-1',
    title: 'First talk',
    interviewType: null,
    timezone: 'Europe/Berlin',
    startsAt,
    endsAt: startsAt + 3_600_000,
    timeslots: [],
    link: { state: 'found', provider: 'zoom' },
    confidential: false,
    sealedLinkByPerson: null,
    plan: [
      {
        sessionId: `${interviewId}-s1`,
        startsAt,
        endsAt: startsAt + 3_600_000,
        provider: 'zoom',
        roomKey: 'room-1',
        joinable: true,
        sealedLink: 'sealed-link-of-the-meeting',
      },
    ],
    hash: 'h',
    planHash: 'p',
    readable: true,
    readSeq: 1,
    lastReadAt: noon,
    firstSeenAt: noon,
    excluded: false,
    goneAt: null,
    choice: null,
    notice: { state: 'accepted', acceptedAt: noon },
    mailed: { candidate: null, interviewers: null },
    told: null,
    decision: decisionFor('will_join'),
    progress: {},
    stopping: null,
    timeline: [{ at: noon, kind: 'found', detail: 'Found in SmartRecruiters', by: 'system' }],
    version: 5,
    ...part,
  };
}

/** The number of a change that many milliseconds after noon, in microseconds as real ones are. */
export function seqAt(ms: number): number {
  return (noon + ms) * 1000;
}

export function changeDoc(part: Partial<ChangeDoc> & { seq: number }): ChangeDoc {
  return {
    _id: `acme/${String(part.seq).padStart(12, '0')}`,
    orgId: 'acme',
    kind: 'role',
    key: 'job-1',
    at: noon,
    expiresAt: new Date(noon + 3_600_000_000),
    ...part,
  };
}

export function commandDoc(part: Partial<CommandDoc> & { commandId: string }): CommandDoc {
  return {
    _id: `acme/${part.commandId}`,
    orgId: 'acme',
    bodyDigest: null,
    state: 'done',
    result: {
      commandId: part.commandId,
      bodyDigest: null,
      phase: 'active',
      version: 2,
      stopping: [],
      receiptId: null,
    },
    failure: null,
    at: noon,
    expiresAt: new Date(noon + 86_400_000),
    ...part,
  };
}
