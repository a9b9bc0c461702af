import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { collectionsOf } from '../common/read-model/collections.js';
import type { InstallationDoc } from '../common/read-model/documents.js';
import { grantableScopes, scopes } from '../sandbox/smartrecruiters/records.js';
import { seededRandom } from '../test/support/seeded-random.js';
import { connectThroughApi, createApiCaller } from './api-caller.js';
import { rounded } from './percentiles.js';
import { startApi } from './programs.js';
import { say, sayResult, table } from './report.js';
import { SoakCheck, type Verdict } from './soak/checks.js';
import { injectFaults, type SoakOrganization } from './soak/faults.js';
import { growthOf, startWorkerPair, type WorkerPair, writeMemory } from './soak/workers.js';
import { minuteMs } from './watch/compression.js';
import { startWorld, type World } from './world.js';

/**
 * The product as it runs everywhere, at its real pace, two workers and the API in processes of their
 * own: one organization by polling and one by webhook, both with work near the whole budget of their
 * credential, and one trouble after the other. At the end the product has to know what the world is,
 * must not have taken anything for cancelled that stands, and must never have gone over the limit.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: '4' },
    applications: { type: 'string', default: '1500' },
    /** Where the plot goes and its figures. */
    out: { type: 'string', default: fileURLToPath(new URL('../docs/images/', import.meta.url)) },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const applications = Number(values.applications);
const startedAt = Date.now();

const roles = 10;
/**
 * From a change to the store: twice the hot period and what a trouble may cost; by webhook, the
 * period in which a suspension is seen on top of it.
 */
const boundMs = { polling: 14 * minuteMs, webhooks: 20 * minuteMs };

interface Soaked extends SoakOrganization {
  check: SoakCheck;
}

async function startOrganization(world: World, kind: 'polling' | 'webhooks'): Promise<Soaked> {
  const { control } = world.smartRecruiters;
  const company = await control.seedWorld({
    ...{ name: `soak-${kind}`, seed, roles, applicationsPerRole: Math.ceil(applications / roles) },
    mix: { hot: 85, warm: 10, cold: 5 },
    ...{ interviews: 40, interviewsWithinHours: 3 },
    scopes: kind === 'webhooks' ? [...grantableScopes] : [...scopes],
  });
  const orgId = `org-soak-${kind}`;
  const call = await createApiCaller({ world, orgId });
  await connectThroughApi({
    ...{ call, credential: company.credential, jobIds: company.jobs.map(({ id }) => id) },
  });
  const collections = collectionsOf({ database: world.database });
  const doc = await collections.installations.findOne({ orgId }).lean<InstallationDoc | null>();
  if (doc === null) throw new Error('the organization is not installed');
  const check = new SoakCheck({
    ...{ simulator: world.smartRecruiters, companyId: company.company.id, collections },
    ...{ clientId: company.credential.clientId, life: { orgId, generation: doc.generation } },
    applications: Object.values(company.applicationIds).flat().length,
    boundMs: boundMs[kind],
  });
  await control.startScript({
    ...{ companyId: company.company.id, seed, forMs: minutes * minuteMs },
    perHour: { schedule: 120, move: 40, cancel: 30, reply: 60 },
    leadMinutes: { min: 60, max: 300 },
    // A warm application's period is as long as the whole soak.
    tiers: ['hot'],
  });
  return { name: kind, world: company, call, check };
}

async function watchOver(organizations: readonly Soaked[], signal: AbortSignal): Promise<void> {
  for (let looks = 1; !signal.aborted; looks += 1) {
    await Promise.all(organizations.map(({ check }) => check.look()));
    if (looks % 15 === 0) {
      await Promise.all(organizations.map(({ check }) => check.lookAtCancellations()));
    }
    await sleep(2_000, undefined, { signal }).catch(() => undefined);
  }
}

/** Everything has until its bound to become known. */
async function untilKnown(organizations: readonly Soaked[]): Promise<void> {
  const until = Date.now() + Math.max(...Object.values(boundMs));
  const open = () =>
    organizations.filter(({ check }) => !check.isImported() || check.openChanges() > 0);
  for (let looks = 1; open().length > 0 && Date.now() < until; looks += 1) {
    await sleep(1_000);
    if (looks % 60 !== 0) continue;
    const left = open().map(({ name, check }) => `${name} ${check.openChanges()}`);
    say(`  after ${looks / 60} min not known yet: ${left.join(', ')}`);
  }
}

async function soak(world: World, pair: WorkerPair): Promise<void> {
  const organizations = await Promise.all([
    startOrganization(world, 'polling'),
    startOrganization(world, 'webhooks'),
  ]);
  say(`  ${minutes} minutes begin, seed ${seed}`);
  const [faultsEnd, looksEnd] = [new AbortController(), new AbortController()];
  const looking = watchOver(organizations, looksEnd.signal);
  const injecting = injectFaults({
    ...{ world, organizations, pair, random: seededRandom(seed), signal: faultsEnd.signal },
  });
  await sleep(minutes * minuteMs);
  faultsEnd.abort();
  const faults = await injecting;
  say('  the faults are over; what happened last has until its bound to become known');
  await untilKnown(organizations);
  looksEnd.abort();
  await looking;

  const verdicts = await Promise.all(organizations.map(({ check }) => check.verdict()));
  // Of one organization: in a room that two share each has a bot of its own.
  const orgOf = (key: string) => key.split(':')[1];
  const doubles = (await world.notetaker.control.secondBots()).filter(
    ({ keys: [one, other] }) => orgOf(one) === orgOf(other),
  ).length;
  await mkdir(values.out, { recursive: true });
  await writeMemory({ pair, folder: values.out });
  report({ organizations, verdicts, faults: faults.count, doubles, pair });
}

function report(input: {
  organizations: readonly Soaked[];
  verdicts: readonly Verdict[];
  faults: number;
  doubles: number;
  pair: WorkerPair;
}): void {
  const { organizations, verdicts, faults, doubles, pair } = input;
  const seconds = (ms: number | null) => (ms === null ? '-' : rounded(ms / 1_000, 0));
  say('');
  say(
    table({
      header: [
        ...['', 'requests', 'own 429s', 'changes', 'missed', 'late', 'known after p95, s', 'max'],
        ...['cancelled wrongly', 'unlike the world'],
      ],
      rows: verdicts.map((one, index) => [
        ...[organizations[index]?.name ?? '', one.requests, one.refused429, one.changes],
        ...[one.missed, one.late, seconds(one.knownP95Ms), seconds(one.knownMaxMs)],
        ...[one.wronglyCancelled, one.unlike],
      ]),
    }),
  );
  const sum = (
    kind: 'refused429' | 'missed' | 'late' | 'wronglyCancelled' | 'unlike' | 'changes',
  ) => verdicts.reduce((total, one) => total + one[kind], 0);
  sayResult({
    bench: 'soak',
    minutes,
    faults,
    kills: pair.kills.length,
    changes: sum('changes'),
    refused429: sum('refused429'),
    missed: sum('missed'),
    late: sum('late'),
    wronglyCancelled: sum('wronglyCancelled'),
    unlikeTheWorld: sum('unlike'),
    secondBots: doubles,
    rssGrowth: rounded(growthOf(pair.samples, 'rss'), 3),
    heapGrowth: rounded(growthOf(pair.samples, 'heapUsed'), 3),
    seed,
    tookSeconds: rounded((Date.now() - startedAt) / 1_000, 0),
  });
}

const world = await startWorld({ smartRecruiters: {}, notetakerWebhooks: true });
const api = await startApi({ world });
const pair = await startWorkerPair({ world, startedAt });
try {
  await soak(world, pair);
} finally {
  await pair.stop();
  await api.stop();
  await world.close();
}
