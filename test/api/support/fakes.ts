import type { InputStore } from '../../../api/queries/input-store.js';
import {
  type After,
  type Page,
  type ReadModel,
  StoreUnavailableError,
} from '../../../api/queries/read-model.js';
import type {
  CommandOutcome,
  FetchOutcome,
  TemporalGateway,
} from '../../../api/temporal-gateway.js';
import type {
  ArtifactDoc,
  AuditDoc,
  ChangeDoc,
  CommandDoc,
  CredentialDoc,
  InstallationDoc,
  InterviewDoc,
  JobDoc,
  OptOutDoc,
  ReceiptDoc,
  RoleDoc,
  SubscriptionDoc,
  VendorEventDoc,
  WatchReportDoc,
  WebhookReceiptDoc,
} from '../../../common/read-model/documents.js';
import { type ArtifactKey, artifactDocId } from '../../../workflows/contracts/artifacts.js';
import type { CommandMeta, CommandResult } from '../../../workflows/contracts/installation.js';
import type { LoadChange, LoadEstimate } from '../../../workflows/contracts/load-estimate.js';
import { loadEstimate } from '../../support/fake-activities.js';

/** Everything that the fakes hold; tests fill and look into it. */
export interface World {
  isStoreAway: boolean;
  installations: InstallationDoc[];
  jobs: JobDoc[];
  roles: RoleDoc[];
  interviews: InterviewDoc[];
  commands: CommandDoc[];
  receipts: ReceiptDoc[];
  artifacts: ArtifactDoc[];
  audit: AuditDoc[];
  changes: ChangeDoc[];
  reports: WatchReportDoc[];
  uploads: CredentialDoc[];
  webhookReceipts: WebhookReceiptDoc[];
  subscriptions: SubscriptionDoc[];
  /** How often a subscription was read. */
  subscriptionReads: number;
  vendorEvents: VendorEventDoc[];
  optOuts: OptOutDoc[];
}

export function emptyWorld(): World {
  return {
    isStoreAway: false,
    installations: [],
    jobs: [],
    roles: [],
    interviews: [],
    commands: [],
    receipts: [],
    artifacts: [],
    audit: [],
    changes: [],
    reports: [],
    uploads: [],
    webhookReceipts: [],
    subscriptions: [],
    subscriptionReads: 0,
    vendorEvents: [],
    optOuts: [],
  };
}

function assertThere(world: World): void {
  if (world.isStoreAway) throw new StoreUnavailableError('away');
}

function pageOf<T>(input: {
  rows: T[];
  sort: (row: T) => string | number;
  id: (row: T) => string;
  after: After | null;
  limit: number;
}): Page<T> {
  const { sort, id, after, limit } = input;
  const isLater = (row: T) =>
    after === null || sort(row) > after.sort || (sort(row) === after.sort && id(row) > after.id);
  const sorted = input.rows
    .filter(isLater)
    .sort((a, b) => (sort(a) < sort(b) ? -1 : sort(a) > sort(b) ? 1 : id(a) < id(b) ? -1 : 1));
  const items = sorted.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    next: sorted.length > limit && last !== undefined ? { sort: sort(last), id: id(last) } : null,
  };
}

export function fakeReadModel(world: World): ReadModel {
  const live = <T extends { orgId: string; generation: string }>(
    rows: T[],
    scope: { orgId: string; generation: string },
  ) => {
    assertThere(world);
    return rows.filter(
      ({ orgId, generation }) => orgId === scope.orgId && generation === scope.generation,
    );
  };
  const kept = <T extends { orgId: string; expiresAt: Date }>(
    rows: T[],
    key: { orgId: string; now: number },
  ) => {
    assertThere(world);
    return rows.filter(
      ({ orgId, expiresAt }) => orgId === key.orgId && expiresAt.getTime() > key.now,
    );
  };
  return {
    async installation({ orgId }) {
      assertThere(world);
      return world.installations.find((doc) => doc.orgId === orgId) ?? null;
    },
    async counts(input) {
      const roles = live(world.roles, input).filter(({ removed }) => !removed);
      return {
        jobs: live(world.jobs, input).length,
        roles: roles.length,
        enabledRoles: roles.filter(({ enabled }) => enabled).length,
        watchedApplications: 0,
        upcomingInterviews: live(world.interviews, input).filter(({ endsAt }) => endsAt > input.now)
          .length,
      };
    },
    watchReport: async (scope) => live(world.reports, scope)[0] ?? null,
    subscription: async (scope) => live(world.subscriptions, scope)[0] ?? null,
    catalogueReadAt: async (scope) => (live(world.jobs, scope).length > 0 ? 1_000 : null),
    jobs: async (input) =>
      pageOf({
        rows: live(world.jobs, input).filter(
          ({ title }) => input.q === null || title.includes(input.q),
        ),
        sort: ({ title }) => title,
        id: ({ _id }) => _id,
        ...input,
      }),
    roles: async (input) =>
      pageOf({
        rows: live(world.roles, input).filter(
          ({ removed, enabled }) =>
            !removed && (input.enabled === null || enabled === input.enabled),
        ),
        sort: ({ title }) => title,
        id: ({ _id }) => _id,
        ...input,
      }),
    role: async (input) =>
      live(world.roles, input).find(({ jobId }) => jobId === input.jobId) ?? null,
    upcomingByJob: async (input) =>
      new Map(
        input.jobIds.map((jobId) => [
          jobId,
          live(world.interviews, input).filter((doc) => doc.jobId === jobId).length,
        ]),
      ),
    interviews: async (input) =>
      pageOf({
        rows: live(world.interviews, input).filter(
          (doc) =>
            (input.jobId === null || doc.jobId === input.jobId) &&
            (input.verdict === null || doc.decision.verdict === input.verdict) &&
            (input.from === null || doc.startsAt >= input.from) &&
            (input.to === null || doc.startsAt < input.to),
        ),
        sort: ({ startsAt }) => startsAt,
        id: ({ _id }) => _id,
        ...input,
      }),
    interview: async (input) =>
      live(world.interviews, input).find(({ interviewId }) => interviewId === input.interviewId) ??
      null,
    artifact: async ({ now, ...key }) =>
      kept(world.artifacts, { ...key, now }).find(({ _id }) => _id === artifactDocId(key)) ?? null,
    async hasOptedOut({ orgId, userHash }) {
      assertThere(world);
      return world.optOuts.some(({ _id }) => _id === `${orgId}/${userHash}`);
    },
    captures: async () => ({
      captured: 3,
      missed: 1,
      missedByReason: [{ reason: 'lobby_timeout', count: 1 }],
    }),
    budgetUse: async () => ({ inFlight: 2, blockedUntil: null, slowFactor: 1 }),
    command: async (key) =>
      kept(world.commands, key).find(({ commandId }) => commandId === key.commandId) ?? null,
    receipt: async (key) =>
      kept(world.receipts, key).find(({ _id }) => _id === key.receiptId) ?? null,
    async audit({ orgId, after, limit }) {
      assertThere(world);
      const rows = world.audit.filter((doc) => doc.orgId === orgId);
      const page = pageOf({
        rows,
        sort: ({ seq }) => -seq,
        id: ({ _id }) => _id,
        after: after && { sort: -Number(after.sort), id: after.id },
        limit,
      });
      return {
        items: page.items,
        next: page.next && { ...page.next, sort: -Number(page.next.sort) },
      };
    },
    changesAfter: async (key) =>
      kept(world.changes, key)
        .filter(({ seq }) => seq > key.seq)
        .sort((a, b) => a.seq - b.seq)
        .slice(0, key.limit),
    async changeRange(key) {
      const seqs = kept(world.changes, key).map(({ seq }) => seq);
      return seqs.length === 0 ? null : { oldest: Math.min(...seqs), newest: Math.max(...seqs) };
    },
    isReachable: async () => !world.isStoreAway,
  };
}

export function fakeInputStore(world: World): InputStore {
  return {
    async addUpload(upload) {
      assertThere(world);
      if (!world.uploads.some(({ _id }) => _id === upload._id)) world.uploads.push(upload);
    },
    async discardUpload({ orgId, credentialRef }) {
      assertThere(world);
      world.uploads = world.uploads.filter(
        (doc) => doc._id !== credentialRef || doc.orgId !== orgId || doc.state !== 'uploaded',
      );
    },
    async addWebhookReceipt(receipt) {
      assertThere(world);
      const isNew = !world.webhookReceipts.some(({ _id }) => _id === receipt._id);
      if (isNew) world.webhookReceipts.push(receipt);
      return { isNew };
    },
    async subscription({ keyHash }) {
      assertThere(world);
      world.subscriptionReads += 1;
      return world.subscriptions.find((doc) => doc.keyHash === keyHash) ?? null;
    },
    async setOptOut({ orgId, userHash, isOut, at }) {
      assertThere(world);
      const _id = `${orgId}/${userHash}`;
      world.optOuts = world.optOuts.filter((doc) => doc._id !== _id);
      if (isOut) world.optOuts.push({ _id, orgId, at });
    },
    async addVendorEvent(event) {
      assertThere(world);
      const isNew = !world.vendorEvents.some(({ _id }) => _id === event._id);
      if (isNew) world.vendorEvents.push(event);
      return { isNew };
    },
  };
}

type CommandName = Exclude<
  keyof TemporalGateway,
  'commandOutcome' | 'previewLoad' | 'botEvent' | 'nudgeWatch' | 'fetchArtifact' | 'isReachable'
>;

export interface SentCommand {
  name: CommandName;
  orgId: string;
  command: { meta: CommandMeta } & Record<string, unknown>;
}

export interface FakeGateway extends TemporalGateway {
  sent: SentCommand[];
  /** What was asked about changes, and the answer. */
  previews: { orgId: string; change: LoadChange }[];
  preview: CommandOutcome<LoadEstimate>;
  botEvents: { orgId: string; generation: string; interviewId: string }[];
  nudges: { orgId: string; generation: string }[];
  /** What was asked to be fetched, and what the worker does about it. */
  fetches: ArtifactKey[];
  onFetch: (key: ArtifactKey) => FetchOutcome;
  isAway: boolean;
  /** What the next commands meet; by default they are done at once. */
  answer: (sent: SentCommand) => CommandOutcome;
  /** What is known of commands that the store does not know. */
  known: Map<string, CommandOutcome>;
}

export function doneWith(sent: SentCommand, part: Partial<CommandResult> = {}): CommandOutcome {
  const { commandId, bodyDigest } = sent.command.meta;
  const result: CommandResult = {
    commandId,
    bodyDigest,
    phase: 'active',
    version: 2,
    stopping: [],
    receiptId: null,
    ...part,
  };
  return { kind: 'done', result };
}

export function fakeGateway(): FakeGateway {
  const send =
    (name: CommandName) =>
    async ({ orgId, command }: { orgId: string; command: object }): Promise<CommandOutcome> => {
      if (gateway.isAway) return { kind: 'unavailable' };
      const sent = { name, orgId, command: command as SentCommand['command'] };
      gateway.sent.push(sent);
      return gateway.answer(sent);
    };
  const gateway: FakeGateway = {
    sent: [],
    previews: [],
    preview: { kind: 'done', result: loadEstimate() },
    botEvents: [],
    nudges: [],
    fetches: [],
    onFetch: () => ({ kind: 'done', state: 'none' }),
    isAway: false,
    answer: (sent) => doneWith(sent),
    known: new Map(),
    connect: send('connect'),
    validate: send('validate'),
    changeSettings: send('changeSettings'),
    pause: send('pause'),
    resume: send('resume'),
    setRole: send('setRole'),
    setRoles: send('setRoles'),
    removeRole: send('removeRole'),
    refresh: send('refresh'),
    choose: send('choose'),
    confirmMail: send('confirmMail'),
    uninstall: send('uninstall'),
    async previewLoad(asked) {
      if (gateway.isAway) return { kind: 'unavailable' };
      gateway.previews.push(asked);
      return gateway.preview;
    },
    async commandOutcome({ commandId }) {
      if (gateway.isAway) return { kind: 'unavailable' };
      return gateway.known.get(commandId) ?? { kind: 'unknown' };
    },
    async botEvent(key) {
      if (gateway.isAway) return { delivered: false };
      gateway.botEvents.push(key);
      return { delivered: true };
    },
    async nudgeWatch(life) {
      if (gateway.isAway) return { delivered: false };
      gateway.nudges.push(life);
      return { delivered: true };
    },
    async fetchArtifact(key) {
      if (gateway.isAway) return { kind: 'unavailable' };
      gateway.fetches.push(key);
      return gateway.onFetch(key);
    },
    isReachable: async () => !gateway.isAway,
  };
  return gateway;
}
