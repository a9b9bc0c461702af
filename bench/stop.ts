import { setTimeout as sleep } from 'node:timers/promises';
import { collectionsOf } from '../common/read-model/collections.js';
import type { InterviewDoc } from '../common/read-model/documents.js';
import type { BotRecord } from '../sandbox/notetaker/types.js';
import { seededRandom } from '../test/support/seeded-random.js';
import { percentilesOf, rounded } from './percentiles.js';
import { startApi, startProductWorker } from './programs.js';
import { say, sayResult, table } from './report.js';
import { connectOrganization, type Organization, scheduleInRoom } from './room-interviews.js';
import { startWorld, type World } from './world.js';

/**
 * From a person's "stay out" to the provider's word that the bot is gone, in each state that a bot
 * may be in, over the real processes. A simulated bot takes 1 to 10 s to leave, as real ones do. Own
 * time ends when the provider was told. Requests whose answer was lost are reported apart: their
 * bots are found first, and only then can be taken back.
 */
const states = ['waiting', 'requested', 'lobby', 'recording', 'unknown_fate'] as const;
type StopState = (typeof states)[number];
const each = Number(process.env.BENCH_STOPS_EACH ?? 40);
const organizations = 8;
const seed = 5;
const second = 1_000;
const minute = 60 * second;
const startedAt = Date.now();

/** When an interview begins so that its bot is in that state: from now, in milliseconds. */
const startsIn: Record<StopState, number> = {
  waiting: 40 * minute,
  requested: 110 * second,
  lobby: 2 * second,
  recording: 2 * second,
  unknown_fate: 110 * second,
};

interface Subject {
  organization: Organization;
  state: StopState;
  interviewId: string;
  sessionId: string;
  stoppedAt: number;
  acknowledgedAt: number;
}

async function openOrganization(world: World, state: StopState, index: number) {
  const orgId = `stop-${state.replace('_', '-')}-${index}`;
  if (state === 'unknown_fate') {
    const keyPrefix = `${world.config.environmentName}:${orgId}:`;
    await world.notetaker.control.injectFault({
      ...{ on: 'create', kind: 'accept_then_hang', times: each, delayMs: minute, keyPrefix },
    });
  }
  return await connectOrganization({ world, orgId, seed });
}

async function schedule(
  world: World,
  input: { organization: Organization; state: StopState; room: number; removalMs: number },
): Promise<Subject> {
  const { organization, state, room, removalMs } = input;
  const kind = state === 'lobby' ? 'never_admit' : 'admit';
  const ids = await scheduleInRoom({
    ...{ world, room, ...organization, scenario: { kind, removalMs } },
    ...{ startsAt: Date.now() + startsIn[state], lastsMs: 40 * minute },
  });
  return { ...ids, organization, state, stoppedAt: 0, acknowledgedAt: 0 };
}

async function untilInState(world: World, subjects: readonly Subject[]): Promise<void> {
  const collections = collectionsOf({ database: world.database });
  const until = Date.now() + 4 * minute;
  const bySession = new Map(subjects.map((subject) => [subject.sessionId, subject]));
  for (;;) {
    const docs = await collections.interviews
      .find({ interviewId: { $in: subjects.map(({ interviewId }) => interviewId) } })
      .lean<InterviewDoc[]>();
    const asked = new Set(
      (await world.notetaker.control.creates()).map(({ key }) => key?.split(':').at(-2) ?? ''),
    );
    const ready = docs.filter((doc) => {
      const sessionId = doc.plan[0]?.sessionId ?? '';
      const state = bySession.get(sessionId)?.state;
      if (state === 'waiting') return doc.decision.verdict === 'join';
      if (state === 'unknown_fate') return asked.has(sessionId);
      return doc.progress[sessionId]?.state === state;
    });
    if (ready.length === subjects.length) return;
    if (Date.now() > until) {
      throw new Error(`${ready.length} of ${subjects.length} ${subjects[0]?.state} came about`);
    }
    await sleep(200);
  }
}

async function stopAll(subjects: readonly Subject[]): Promise<void> {
  const stops = subjects.map(async (subject, index) => {
    await sleep(index * 100);
    subject.stoppedAt = Date.now();
    await subject.organization.call('POST', `/interviews/${subject.interviewId}/skip`, {});
    subject.acknowledgedAt = Date.now();
  });
  await Promise.all(stops);
}

const isGone = ({ state }: { state: string }) => state === 'processing' || state === 'ended';

async function botsOf(world: World, subjects: readonly Subject[]): Promise<Map<string, BotRecord>> {
  const bots = await world.notetaker.control.bots();
  const wanted = new Set(subjects.map(({ sessionId }) => sessionId));
  return new Map(
    bots
      .map((bot) => [bot.request.key.split(':').at(-2) ?? '', bot] as const)
      .filter(([sessionId]) => wanted.has(sessionId)),
  );
}

async function untilGone(world: World, subjects: readonly Subject[]) {
  const until = Date.now() + 4 * minute;
  for (;;) {
    const bots = await botsOf(world, subjects);
    if ([...bots.values()].every(isGone)) return bots;
    if (Date.now() > until) throw new Error('a bot did not leave');
    await sleep(200);
  }
}

interface Figures {
  state: StopState;
  acknowledged: number[];
  own: number[];
  gone: number[];
}

async function measure(world: World, state: StopState): Promise<Figures> {
  const random = seededRandom(seed + states.indexOf(state));
  const count = Math.min(organizations, each);
  const opened: Organization[] = [];
  for (let index = 0; index < count; index += 1) {
    opened.push(await openOrganization(world, state, index));
  }
  const subjects: Subject[] = [];
  for (let index = 0; index < each; index += 1) {
    const organization = opened[index % count];
    if (organization === undefined) continue;
    const room = 1 + states.indexOf(state) * each + index;
    const removalMs = random.int(second, 10 * second);
    subjects.push(await schedule(world, { organization, state, room, removalMs }));
  }
  await Promise.all(opened.map(({ call, jobId }) => call('POST', `/roles/${jobId}/refresh`)));
  await untilInState(world, subjects);
  say(`  ${each} ${state} after ${Math.round((Date.now() - startedAt) / second)} s`);
  await stopAll(subjects);
  const bots = await untilGone(world, subjects);
  const figures: Figures = { state, acknowledged: [], own: [], gone: [] };
  for (const subject of subjects) {
    const { stoppedAt } = subject;
    figures.acknowledged.push(subject.acknowledgedAt - stoppedAt);
    const bot = bots.get(subject.sessionId);
    if (bot === undefined) continue;
    const at = (found: BotRecord['history'][number] | undefined) =>
      (found?.at ?? Date.now()) - stoppedAt;
    figures.own.push(at(bot.history.find((one) => one.state === 'leaving' || isGone(one))));
    figures.gone.push(at(bot.history.find(isGone)));
  }
  return figures;
}

function row(name: string, samples: readonly number[]): (string | number)[] {
  if (samples.length === 0) return [name, 0, '–', '–', '–', '–'];
  const { p50, p95, p99, max } = percentilesOf(samples);
  return [name, samples.length, ...[p50, p95, p99, max].map((ms) => rounded(ms / second))];
}

const world = await startWorld({ smartRecruiters: {}, notetakerWebhooks: true });
const programs = await Promise.all([startProductWorker({ world }), startApi({ world })]);
try {
  const figures: Figures[] = [];
  for (const state of states) figures.push(await measure(world, state));
  const known = figures.filter(({ state }) => state !== 'unknown_fate' && state !== 'waiting');
  say('');
  say(
    table({
      header: ['from the stop, seconds', 'n', 'p50', 'p95', 'p99', 'max'],
      rows: figures.flatMap(({ state, acknowledged, own, gone }) => [
        row(`${state}: acknowledged`, acknowledged),
        row(`${state}: provider told`, own),
        row(`${state}: bot gone`, gone),
      ]),
    }),
  );
  const p99 = (samples: number[]) => rounded(percentilesOf(samples).p99 / second);
  const waiting = figures.find(({ state }) => state === 'waiting');
  const lost = figures.find(({ state }) => state === 'unknown_fate');
  sayResult({
    bench: 'stop',
    p99Seconds: p99(known.flatMap(({ gone }) => gone)),
    ownP99Seconds: p99(known.flatMap(({ own }) => own)),
    unknownFateP99Seconds: p99(lost?.gone ?? [0]),
    botsAfterStopWhileWaiting: waiting?.gone.length ?? 0,
    secondBots: (await world.notetaker.control.secondBots()).length,
    eachState: each,
    seed,
    tookSeconds: rounded((Date.now() - startedAt) / second, 0),
  });
} finally {
  await Promise.all(programs.map((program) => program.stop()));
  await world.close();
}
