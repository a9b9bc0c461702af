import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { collectionsOf } from '../common/read-model/collections.js';
import type { InterviewDoc, SessionProgress } from '../common/read-model/documents.js';
import { seededRandom } from '../test/support/seeded-random.js';
import { rounded } from './percentiles.js';
import { type ProductProcess, startApi, startProductWorker } from './programs.js';
import { say, sayResult, table } from './report.js';
import { connectOrganization, type Organization, scheduleInRoom } from './room-interviews.js';
import { startWorld, type World } from './world.js';

/**
 * SIGKILL for the worker, again and again, at moments drawn by chance, while 50 joins run: from the
 * first word to its join to the end of its bot. Rounds of 50 follow each other until enough kills
 * were counted. Every room must have had one bot, and every session must end with its outcome.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    joins: { type: 'string', default: '50' },
    seed: { type: 'string', default: '6' },
  },
});
const wantedKills = Number(values.kills);
const joins = Number(values.joins);
const random = seededRandom(Number(values.seed));
const organizations = 5;
const second = 1_000;
const startedAt = Date.now();

/** The one worker there is; between two lives nobody works. */
interface Victim {
  kills: number;
  /** Joins are under way: only then is it killed. */
  isAtWork: boolean;
  isOver: boolean;
}

async function killAgainAndAgain(world: World, victim: Victim): Promise<void> {
  let worker: ProductProcess = await startProductWorker({ world });
  while (!victim.isOver && victim.kills < wantedKills) {
    await sleep(random.int(200, 10 * second));
    if (!victim.isAtWork) continue;
    process.kill(worker.pid, 'SIGKILL');
    await worker.exited;
    victim.kills += 1;
    worker = await startProductWorker({ world });
  }
  while (!victim.isOver) await sleep(200);
  await worker.stop();
}

interface Scheduled {
  interviewId: string;
  sessionId: string;
  expected: SessionProgress['outcome'];
}

async function scheduleRound(
  world: World,
  opened: readonly Organization[],
  round: number,
): Promise<Scheduled[]> {
  const scheduled: Scheduled[] = [];
  for (let index = 0; index < joins; index += 1) {
    const organization = opened[index % opened.length];
    if (organization === undefined) continue;
    const isLetIn = random.chance(0.8);
    const ids = await scheduleInRoom({
      ...{ world, ...organization, room: round * joins + index + 1 },
      scenario: { kind: isLetIn ? 'admit' : 'deny', removalMs: 500 },
      // Some are asked for as soon as they are found, some at their minute.
      startsAt: Date.now() + random.int(90, 240) * second,
      // Longer than a request of unknown fate keeps its room.
      lastsMs: random.int(150, 240) * second,
    });
    scheduled.push({ ...ids, expected: isLetIn ? 'captured' : 'missed' });
  }
  await Promise.all(
    opened.map(({ call, jobId }) => call('POST', `/roles/${jobId}/refresh`).catch(() => undefined)),
  );
  return scheduled;
}

async function outcomesOf(
  world: World,
  scheduled: readonly Scheduled[],
): Promise<Map<string, SessionProgress>> {
  const docs = await collectionsOf({ database: world.database })
    .interviews.find({ interviewId: { $in: scheduled.map(({ interviewId }) => interviewId) } })
    .lean<InterviewDoc[]>();
  return new Map(
    docs
      .flatMap((doc) => Object.values(doc.progress))
      .filter(({ outcome }) => outcome !== null)
      .map((progress) => [progress.sessionId, progress]),
  );
}

/** Until the joins of all have been told what is asked of them: these are what kills are to hit. */
async function untilAllTold(world: World, scheduled: readonly Scheduled[]): Promise<void> {
  const interviewId = { $in: scheduled.map((one) => one.interviewId) };
  const { interviews } = collectionsOf({ database: world.database });
  const until = Date.now() + 2 * 60 * second;
  while ((await interviews.countDocuments({ interviewId, 'told.done': true })) < joins) {
    if (Date.now() > until) throw new Error('not all interviews were found');
    await sleep(second / 4);
  }
}

/** How those stand that have no outcome: the code of the decision, and what their join said last. */
async function saySilent(world: World, silent: readonly string[]): Promise<void> {
  const docs = await collectionsOf({ database: world.database })
    .interviews.find({ interviewId: { $in: silent } })
    .lean<InterviewDoc[]>();
  for (const { interviewId, decision, timeline } of docs) {
    say(`    ${interviewId}: ${decision.code}, ${timeline.at(-1)?.kind ?? 'nothing said'}`);
  }
  say(`    ${silent.length - docs.length} were never found`);
}

/** Says every half minute how far the round is. */
async function untilAllEnded(world: World, scheduled: readonly Scheduled[], victim: Victim) {
  const until = Date.now() + 10 * 60 * second;
  for (let looks = 1; ; looks += 1) {
    const outcomes = await outcomesOf(world, scheduled);
    if (outcomes.size === scheduled.length || Date.now() > until) return outcomes;
    if (looks % 30 === 0) {
      say(`    ${outcomes.size} of ${scheduled.length} have ended, ${victim.kills} kills`);
    }
    await sleep(second);
  }
}

/** All bots of these keys, once the last have left, or a minute later. */
async function botsAtRest(world: World, isOfThese: (key: string) => boolean) {
  const until = Date.now() + 60 * second;
  for (;;) {
    const bots = (await world.notetaker.control.bots()).filter(({ request }) =>
      isOfThese(request.key),
    );
    if (bots.every(({ state }) => state === 'ended') || Date.now() > until) return bots;
    await sleep(second);
  }
}

const world = await startWorld({ smartRecruiters: {}, notetakerWebhooks: true });
const api = await startApi({ world });
const victim: Victim = { kills: 0, isAtWork: false, isOver: false };
try {
  const killing = killAgainAndAgain(world, victim);
  const opened: Organization[] = [];
  for (let index = 0; index < organizations; index += 1) {
    opened.push(await connectOrganization({ world, orgId: `kills-${index}`, seed: 6 }));
  }
  const all: Scheduled[] = [];
  const rows: (string | number)[][] = [];
  let known = 0;
  let unlike = 0;
  for (let round = 1; victim.kills < wantedKills; round += 1) {
    const killsBefore = victim.kills;
    const scheduled = await scheduleRound(world, opened, round);
    await untilAllTold(world, scheduled);
    victim.isAtWork = true;
    const outcomes = await untilAllEnded(world, scheduled, victim);
    victim.isAtWork = false;
    all.push(...scheduled);
    const silent = scheduled.filter(({ sessionId }) => !outcomes.has(sessionId));
    if (silent.length > 0)
      await saySilent(
        world,
        silent.map(({ interviewId }) => interviewId),
      );
    known += outcomes.size;
    const count = (outcome: string) =>
      [...outcomes.values()].filter((one) => one.outcome === outcome).length;
    const others = scheduled.filter(
      ({ sessionId, expected }) => outcomes.get(sessionId)?.outcome !== expected,
    ).length;
    unlike += others;
    rows.push([
      ...[round, victim.kills - killsBefore, scheduled.length, outcomes.size],
      ...[count('captured'), count('missed'), others],
    ]);
    say(`  round ${round}: ${victim.kills} kills so far`);
  }
  victim.isOver = true;
  await killing;

  const sessions = new Set(all.map(({ sessionId }) => sessionId));
  const bots = await botsAtRest(world, (key) => sessions.has(key.split(':').at(-2) ?? ''));
  const seconds = await world.notetaker.control.secondBots();
  say('');
  say(
    table({
      header: [
        'round',
        'kills',
        'joins',
        'known',
        'captured',
        'missed',
        'other than the room says',
      ],
      rows,
    }),
  );
  sayResult({
    bench: 'kills',
    kills: victim.kills,
    joins: all.length,
    outcomesKnown: known,
    otherThanTheRoomSays: unlike,
    secondBots: seconds.length,
    botsAsked: bots.length,
    botsLeft: bots.filter(({ state }) => state !== 'ended').length,
    seed: Number(values.seed),
    tookSeconds: rounded((Date.now() - startedAt) / second, 0),
  });
} finally {
  victim.isOver = true;
  await api.stop();
  await world.close();
}
