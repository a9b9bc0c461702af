import { setTimeout as sleep } from 'node:timers/promises';
import { collectionsOf } from '../../common/read-model/collections.js';
import type { InterviewDoc, SubscriptionDoc } from '../../common/read-model/documents.js';
import type { SeededWorld } from '../../sandbox/smartrecruiters/control.js';
import { grantableScopes } from '../../sandbox/smartrecruiters/records.js';
import { connectThroughApi, createApiCaller } from '../api-caller.js';
import { percentilesOf } from '../percentiles.js';
import { startApi, startProductWorker } from '../programs.js';
import { say } from '../report.js';
import { startWorld, type World } from '../world.js';
import { minuteMs } from './compression.js';

export interface LiveFigures {
  /** Of the sender: how long until a receipt was answered, in milliseconds. */
  acks: { count: number; perSecond: number; p50: number; p95: number; p99: number; max: number };
  refusedReceipts: number;
  /** From the change at the vendor, which sends at once, to the decision in the store. */
  decisions: { count: number; p50: number; p95: number; p99: number; max: number };
  undecided: number;
  refused429: number;
}

export interface LiveInput {
  seed: number;
  credentials: number;
  applicationsEach: number;
  /** Either part can be left out. */
  acks: { perSecond: number; forMs: number } | null;
  decisions: { perSecond: number; forMs: number } | null;
}

/** What is sent at the same pace before receipts are counted. */
const ackWarmUpMs = 10_000;

interface LiveOrganization {
  orgId: string;
  world: SeededWorld;
  interviewIds: string[];
}

/**
 * The product as it runs everywhere, at its real pace: API, Temporal and worker in processes of
 * their own, several credentials with webhooks.
 */
export async function measureLive(input: LiveInput): Promise<LiveFigures> {
  const world = await startWorld({ smartRecruiters: {} });
  const programs = await Promise.all([startProductWorker({ world }), startApi({ world })]);
  try {
    const organizations = await Promise.all(
      Array.from({ length: input.credentials }, (_, index) =>
        connectOrganization(world, { ...input, name: `live-${index + 1}` }),
      ),
    );
    await untilSettled(world, organizations);
    const refused = async () => (await world.smartRecruiters.control.statistics()).rateLimitedCount;
    const before = await refused();
    const decisions = input.decisions
      ? await measureDecisions(world, organizations, { ...input.decisions, seed: input.seed })
      : [];
    const acks = input.acks
      ? await measureAcks(world, organizations, { ...input.acks, seed: input.seed })
      : null;
    const none = { p50: 0, p95: 0, p99: 0, max: 0 };
    const decided = decisions.filter((ms) => ms !== null);
    return {
      acks: acks?.figures ?? { count: 0, perSecond: 0, ...none },
      refusedReceipts: acks?.refused ?? 0,
      decisions: {
        count: decisions.length,
        ...(decided.length === 0 ? none : percentilesOf(decided)),
      },
      undecided: decisions.length - decided.length,
      refused429: (await refused()) - before,
    };
  } finally {
    await Promise.all(programs.map((program) => program.stop()));
    await world.close();
  }
}

async function connectOrganization(
  world: World,
  input: { name: string; seed: number; applicationsEach: number },
): Promise<LiveOrganization> {
  const { name, seed, applicationsEach } = input;
  const seeded = await world.smartRecruiters.control.seedWorld({
    ...{ name, seed, roles: 2, applicationsPerRole: Math.ceil(applicationsEach / 2) },
    mix: { hot: 60, warm: 20, cold: 20 },
    ...{ interviews: Math.floor(applicationsEach / 2), interviewsWithinHours: 72 },
    scopes: [...grantableScopes],
  });
  const orgId = `org-${name}`;
  const call = await createApiCaller({ world, orgId });
  await connectThroughApi({
    ...{ call, credential: seeded.credential, jobIds: seeded.jobs.map(({ id }) => id) },
  });
  // Nothing that begins while it is measured: a bot's own work is not what is measured.
  const { interviews } = await world.smartRecruiters.control.snapshot({
    companyId: seeded.company.id,
  });
  const later = interviews.filter(({ timeslots }) =>
    timeslots.every(({ startsAt }) => startsAt > Date.now() + 90 * minuteMs),
  );
  return { orgId, world: seeded, interviewIds: later.map(({ id }) => id) };
}

/** First imports are over, and every organization has its webhooks. */
async function untilSettled(
  world: World,
  organizations: readonly LiveOrganization[],
): Promise<void> {
  const collections = collectionsOf({ database: world.database });
  const wanted = organizations.flatMap((one) => one.interviewIds).length;
  const until = Date.now() + 4 * minuteMs;
  for (;;) {
    const [known, active] = await Promise.all([
      collections.interviews.countDocuments({
        interviewId: { $in: organizations.flatMap((one) => one.interviewIds) },
      }),
      collections.subscriptions
        .find({ state: 'active' })
        .lean<SubscriptionDoc[]>()
        .then((found) => found.length),
    ]);
    if (known === wanted && active === organizations.length) {
      say(`  ${active} organizations by webhook, ${wanted} interviews known`);
      return;
    }
    if (Date.now() > until) {
      throw new Error(
        `${active} of ${organizations.length} subscriptions active, ${known} of ${wanted} interviews known`,
      );
    }
    await sleep(500);
  }
}

async function measureAcks(
  world: World,
  organizations: readonly LiveOrganization[],
  input: { perSecond: number; forMs: number; seed: number },
): Promise<{ figures: LiveFigures['acks']; refused: number }> {
  const { control } = world.smartRecruiters;
  const burst = async (forMs: number) => {
    for (const [index, { world: seeded }] of organizations.entries()) {
      const perSecond = input.perSecond / organizations.length;
      const { id: companyId } = seeded.company;
      await control.burst({ companyId, perSecond, forMs, seed: input.seed + index });
    }
    await sleep(forMs);
  };
  // Compiled and connected, as an API is that has run for some seconds under this load.
  await burst(ackWarmUpMs);
  const before = await control.webhookStatistics();
  const startedAt = Date.now();
  await burst(input.forMs);
  const seconds = (Date.now() - startedAt) / 1_000;
  const until = Date.now() + 30_000;
  const statistics = () => control.webhookStatistics({ answersSince: startedAt });
  let after = await statistics();
  while (after.waitingCount > 0 && Date.now() < until) {
    await sleep(250);
    after = await statistics();
  }
  const count = after.deliveredCount - before.deliveredCount;
  if (after.answerMs === null) throw new Error('no receipt was answered');
  return {
    figures: { count, perSecond: count / seconds, ...after.answerMs },
    refused: after.failedAttemptCount - before.failedAttemptCount,
  };
}

interface Toggled {
  interviewId: string;
  hasLink: boolean;
  at: number;
  decidedAt: number | null;
}

type Decided = Pick<InterviewDoc, 'interviewId' | 'decision'>;

/**
 * An interview loses its link and gets it back: each time its decision changes. An interview is
 * changed again only when its last change was decided, else the two could not be told apart.
 */
async function measureDecisions(
  world: World,
  organizations: readonly LiveOrganization[],
  input: { perSecond: number; forMs: number; seed: number },
): Promise<(number | null)[]> {
  const { control } = world.smartRecruiters;
  const collections = collectionsOf({ database: world.database });
  const toggles: Toggled[] = [];
  const pending = new Map<string, Toggled>();
  const linkless = new Set<string>();
  let looking = true;

  async function look(): Promise<void> {
    while (looking || pending.size > 0) {
      const docs = await collections.interviews
        .find({ interviewId: { $in: [...pending.keys()] } })
        .select({ interviewId: 1, decision: 1 })
        .lean<Decided[]>();
      const now = Date.now();
      for (const { interviewId, decision } of docs) {
        const toggled = pending.get(interviewId);
        const isDecided = toggled?.hasLink === (decision.code !== 'no_link');
        if (toggled === undefined || !isDecided) continue;
        toggled.decidedAt = now;
        pending.delete(interviewId);
      }
      for (const [id, { at }] of pending) if (now > at + minuteMs) pending.delete(id);
      await sleep(25);
    }
  }

  const looks = look();
  const startedAt = Date.now();
  const count = Math.round((input.perSecond * input.forMs) / 1_000);
  for (let index = 0; index < count; index += 1) {
    const dueAt = startedAt + (index * 1_000) / input.perSecond;
    await sleep(Math.max(0, dueAt - Date.now()));
    const { interviewIds } = organizations[index % organizations.length] ?? { interviewIds: [] };
    const round = Math.floor(index / organizations.length);
    const ready = interviewIds.filter((id) => !pending.has(id));
    const interviewId = ready[(round + input.seed) % ready.length];
    if (interviewId === undefined) continue;
    const hasLink = linkless.has(interviewId);
    const location = hasLink ? `https://example.zoom.us/j/${82_000_000_000 + index}` : null;
    const toggled: Toggled = { interviewId, hasLink, at: Date.now(), decidedAt: null };
    toggles.push(toggled);
    pending.set(interviewId, toggled);
    if (hasLink) linkless.delete(interviewId);
    else linkless.add(interviewId);
    await control.changeLink({ interviewId, location });
  }
  looking = false;
  await looks;
  return toggles.map(({ at, decidedAt }) => (decidedAt === null ? null : decidedAt - at));
}
