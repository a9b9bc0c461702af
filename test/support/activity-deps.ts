import { randomBytes, randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import type {
  PostResult,
  WebhookPost,
  WebhookPoster,
} from '../../activities/alerts/webhook-poster.js';
import type { ActivityDeps, CriticalStep } from '../../activities/deps.js';
import { createClaimStore } from '../../activities/joining/claim-store.js';
import type { Mailer, OutgoingMail, SendResult } from '../../activities/mail/mailer.js';
import type { Notetaker } from '../../activities/notetaker/port.js';
import {
  type BotSnapshot,
  type CreateBotRequest,
  isOutOfMeeting,
} from '../../activities/notetaker/port.js';
import { watchPeriods } from '../../activities/watching/tiers.js';
import type { WorkflowDoor } from '../../activities/workflow-door.js';
import type { KeyRing } from '../../common/config.js';
import { createKeyedHash } from '../../common/keyed-hash.js';
import { createLogger } from '../../common/logger.js';
import { createMetrics } from '../../common/metrics.js';
import {
  type Collections,
  collectionsOf,
  ensureIndexes,
} from '../../common/read-model/collections.js';
import { connectDatabase, type Database } from '../../common/read-model/connection.js';
import { consistencyOf } from '../../common/read-model/consistency.js';
import { createReceiptSigner } from '../../common/receipt-signing.js';
import { createVault } from '../../common/vault.js';
import type { Life } from '../../workflows/contracts/activities.js';
import type { AttentionCode } from '../../workflows/contracts/attention.js';
import type { DesiredJoin } from '../../workflows/contracts/join-interview.js';
import { protocolTimes, scaleTimes } from '../../workflows/contracts/protocol-times.js';
import { taskQueues } from '../../workflows/contracts/task-queues.js';
import { clientOf, type FakeCompany, newCompany } from './fake-company.js';

export { vendorFailure } from './fake-company.js';

/** A database of its own on the server that the tests were given. */
export interface TestStore {
  database: Database;
  collections: Collections;
  uri: string;
  close(): Promise<void>;
}

export async function openStore(): Promise<TestStore> {
  const given = process.env.TEST_MONGODB_URI;
  if (given === undefined) {
    throw new Error('TEST_MONGODB_URI is not set: run this through npm test, which starts MongoDB');
  }
  const url = new URL(given);
  url.pathname = `/test-${randomUUID().slice(0, 8)}`;
  const uri = url.toString();
  const database = await connectDatabase({ uri, appName: 'test' });
  const collections = collectionsOf({ database });
  await ensureIndexes({ collections });
  return {
    database,
    collections,
    uri,
    async close() {
      await database.dropDatabase();
      await database.close();
    },
  };
}

/** A key ring whose current key is `id`; the keys of `older` still open. */
export function keyRing(id: string, older?: KeyRing): KeyRing {
  const current = { id, key: randomBytes(32) };
  return { current, all: new Map([...(older?.all ?? []), [id, current.key]]) };
}

/** A notetaker in memory. `onCreate` may throw; what it throws after `made` hides a bot that is there. */
export interface FakeNotetaker extends Notetaker {
  bots: Map<string, BotSnapshot>;
  created: CreateBotRequest[];
  removed: string[];
  onCreate: (request: CreateBotRequest, made: () => BotSnapshot) => Promise<void>;
  onCall: (operation: 'get' | 'remove' | 'find' | 'list') => Promise<void>;
  /** Removed bots are out of the meeting at once, or only when the test says so. */
  leavesAtOnce: boolean;
  add(bot: Partial<BotSnapshot> & { key: string }): BotSnapshot;
  change(botId: string, change: Partial<BotSnapshot>): void;
}

function createFakeNotetaker(): FakeNotetaker {
  const bots = new Map<string, BotSnapshot>();
  const fake: FakeNotetaker = {
    capabilities: {
      provider: 'pillar',
      createPerMinute: 1000,
      requestLead: { earliestMs: 8 * 60_000, latestMs: 2 * 60_000 },
      frozenBeforeStartMs: null,
      keyScope: 'attempt',
      addressesRooms: false,
      carriesKeys: true,
      joins: new Set(['zoom', 'google_meet', 'microsoft_teams', 'webex', 'other']),
    },
    bots,
    created: [],
    removed: [],
    leavesAtOnce: true,
    onCreate: async (_request, made) => void made(),
    onCall: async () => undefined,
    add(bot) {
      const snapshot: BotSnapshot = {
        botId: `bot-${bots.size + 1}`,
        state: 'in_call',
        outcome: null,
        reason: null,
        anotherMayHelp: false,
        joinAt: null,
        createdAt: Date.now(),
        joinedAt: null,
        recordingStartedAt: null,
        recordingEndedAt: null,
        endedAt: null,
        removedBy: null,
        metadata: {},
        version: 1,
        ...bot,
      };
      bots.set(snapshot.botId, snapshot);
      return snapshot;
    },
    change(botId, change) {
      const before = bots.get(botId);
      if (before === undefined) throw new Error('no such bot');
      bots.set(botId, { ...before, ...change, version: before.version + 1 });
    },
    async create(request) {
      fake.created.push(request);
      let bot: BotSnapshot | null = null;
      const made = () => {
        bot ??= fake.add({ key: request.key, metadata: request.metadata, joinAt: request.joinAt });
        return bot;
      };
      await fake.onCreate(request, made);
      return { botId: made().botId };
    },
    async move({ botId }) {
      const bot = bots.get(botId);
      if (bot === undefined) throw new Error('no such bot');
      return bot;
    },
    async remove({ botId }) {
      await fake.onCall('remove');
      fake.removed.push(botId);
      if (!bots.has(botId)) return null;
      fake.change(
        botId,
        fake.leavesAtOnce
          ? { state: 'ended', outcome: 'removed', removedBy: 'api', endedAt: Date.now() }
          : { state: 'leaving' },
      );
      return bots.get(botId) ?? null;
    },
    async get({ botId }) {
      await fake.onCall('get');
      return bots.get(botId) ?? null;
    },
    async findRequested({ key }) {
      await fake.onCall('find');
      return [...bots.values()].find((bot) => bot.key === key) ?? null;
    },
    recording: async () => null,
    transcript: async () => null,
    async *listActive({ keyPrefix }) {
      await fake.onCall('list');
      for (const bot of [...bots.values()]) {
        if (bot.key.startsWith(keyPrefix) && !isOutOfMeeting(bot)) yield bot;
      }
    },
  };
  return fake;
}

export interface FakeMailer extends Mailer {
  sent: OutgoingMail[];
  /** May throw, or reject a mail; by default every mail is accepted. */
  onSend: (mail: OutgoingMail) => Promise<SendResult>;
}

function createFakeMailer(): FakeMailer {
  const fake: FakeMailer = {
    sent: [],
    onSend: async () => ({ kind: 'accepted' }),
    async send(mail) {
      fake.sent.push(mail);
      return await fake.onSend(mail);
    },
    close() {},
  };
  return fake;
}

export interface FakeWebhooks extends WebhookPoster {
  posted: (WebhookPost & { to: 'customer' | 'pillar'; url: string | null })[];
  /** By default everything is accepted. */
  onPost: (to: 'customer' | 'pillar') => Promise<PostResult>;
}

function createFakeWebhooks(): FakeWebhooks {
  const fake: FakeWebhooks = {
    posted: [],
    onPost: async () => ({ kind: 'accepted' }),
    async toCustomer({ url, id, body }) {
      fake.posted.push({ to: 'customer', url, id, body });
      return await fake.onPost('customer');
    },
    async toPillar({ id, body }) {
      fake.posted.push({ to: 'pillar', url: null, id, body });
      return await fake.onPost('pillar');
    },
  };
  return fake;
}

export interface FakeDoor extends WorkflowDoor {
  told: (Life & { interviewId: string; desired: DesiredJoin; start: boolean })[];
  woken: string[];
  botEvents: string[];
  attentions: { code: AttentionCode; open: boolean }[];
  running: Set<string>;
  /** Joins that a listing of all that run would name, by workflow id. */
  listed: Set<string>;
  /** Interviews whose join was asked for by itself. */
  asked: string[];
  /** What happened to watches; `watching`: whether one runs. */
  watches: ('started' | 'nudged' | 'cancelled')[];
  watching: boolean;
}

function createFakeDoor(): FakeDoor {
  const fake: FakeDoor = {
    told: [],
    woken: [],
    botEvents: [],
    attentions: [],
    running: new Set(),
    listed: new Set(),
    asked: [],
    watches: [],
    watching: false,
    async tellJoin({ orgId, generation, interviewId, desired, start }) {
      fake.told.push({ orgId, generation, interviewId, desired, start });
      if (start) fake.running.add(interviewId);
    },
    async roomReleased({ interviewId }) {
      fake.woken.push(interviewId);
    },
    async botEvent({ interviewId }) {
      fake.botEvents.push(interviewId);
    },
    async nudgeWatch() {
      fake.watches.push('nudged');
    },
    async startWatch() {
      fake.watches.push('started');
      fake.watching = true;
    },
    async cancelWatch() {
      fake.watches.push('cancelled');
      fake.watching = false;
    },
    async reportAttention({ code, open }) {
      fake.attentions.push({ code, open });
    },
    async cancelJoin({ interviewId }) {
      fake.running.delete(interviewId);
    },
    async isWatchRunning() {
      return fake.watching;
    },
    async isJoinRunning({ interviewId }) {
      fake.asked.push(interviewId);
      return fake.running.has(interviewId);
    },
    async runningJoins() {
      return new Set(fake.listed);
    },
  };
  return fake;
}

export interface FakeDeps extends ActivityDeps {
  company: FakeCompany;
  notetaker: FakeNotetaker;
  mailer: FakeMailer;
  webhooks: FakeWebhooks;
  workflows: FakeDoor;
  /** Steps in the order in which they were reached. */
  steps: CriticalStep[];
  /** Runs when a step is reached; throwing there is a process that dies there. */
  at: Partial<Record<CriticalStep, () => Promise<void>>>;
  /** Carries out an activity that heartbeats or waits. */
  run<Result>(activity: () => Promise<Result>): Promise<Result>;
}

/** Waits are short; how far ahead joins live, and how old what is known may be, stay as they are. */
const { joinHorizonMs, lastKnownFreshMs } = protocolTimes;
const shortTimes = { ...scaleTimes(protocolTimes, 0.001), joinHorizonMs, lastKnownFreshMs };

/**
 * Everything that activities reach: a real store, and fakes of the vendor, the notetaker, the mail
 * server and the workflows. Waits are a thousandth of the protocols' unless `times` says otherwise.
 */
export async function createFakeDeps(
  store: TestStore,
  options: Partial<Pick<ActivityDeps, 'times' | 'watchPeriods'>> = {},
): Promise<FakeDeps> {
  const { database, collections } = store;
  const consistency = await consistencyOf({ database });
  const company = newCompany();
  const client = clientOf(company);
  const steps: CriticalStep[] = [];
  const deps: FakeDeps = {
    collections,
    consistency,
    claims: createClaimStore({ collections, consistency }),
    vault: createVault({ keys: keyRing('test') }),
    keyedHash: createKeyedHash({ key: randomBytes(32) }),
    receipts: createReceiptSigner({ keys: keyRing('test') }),
    clients: { clientFor: async () => client, forget() {} },
    company,
    notetaker: createFakeNotetaker(),
    requestPace: { turn: async () => ({ waitMs: 0 }) },
    mailer: createFakeMailer(),
    webhooks: createFakeWebhooks(),
    workflows: createFakeDoor(),
    times: options.times ?? shortTimes,
    watchPeriods: options.watchPeriods ?? watchPeriods,
    taskQueues,
    environmentName: 'test',
    smartRecruitersUrl: 'https://api.smartrecruiters.test',
    publicUrl: 'https://pillar.test',
    logger: createLogger({ level: 'silent', name: 'test' }),
    metrics: createMetrics(),
    steps,
    at: {},
    async reached(step) {
      steps.push(step);
      await deps.at[step]?.();
    },
    run: (activity) => new MockActivityEnvironment().run(activity),
  };
  return deps;
}
