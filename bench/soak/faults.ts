import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededWorld } from '../../sandbox/smartrecruiters/control.js';
import type { FaultKind } from '../../sandbox/smartrecruiters/control-inputs.js';
import type { SeededRandom } from '../../test/support/seeded-random.js';
import type { ApiCaller } from '../api-caller.js';
import { say } from '../report.js';
import type { World } from '../world.js';
import type { WorkerPair } from './workers.js';

/** An organization of the soak, as faults reach it. */
export interface SoakOrganization {
  name: string;
  world: SeededWorld;
  call: ApiCaller;
}

interface Around {
  world: World;
  organizations: readonly SoakOrganization[];
  pair: WorkerPair;
  random: SeededRandom;
}

type Trouble = (around: Around) => Promise<string>;

const paths = ['/interviews-api', '/candidates', '/jobs', '/', '/'] as const;
const someMs = (random: SeededRandom, from: number, to: number) => random.int(from, to) * 1_000;

function answers(kind: FaultKind, most: number, delaySeconds?: [number, number]): Trouble {
  return async ({ world, random }) => {
    const times = random.int(1, most);
    const pathPrefix = random.pick(paths);
    await world.smartRecruiters.control.injectFault({
      ...{ kind, times, match: { pathPrefix } },
      ...(delaySeconds === undefined ? {} : { delayMs: someMs(random, ...delaySeconds) }),
    });
    return `${kind} for ${times} requests to ${pathPrefix}`;
  };
}

/** All that befalls a soak; each takes as long as the trouble lasts. */
const troubles: [Trouble, ...Trouble[]] = [
  answers('status429', 3),
  answers('status500', 10),
  answers('html', 5),
  answers('truncated', 5),
  answers('reset', 5),
  answers('slow', 5, [2, 8]),
  answers('hang', 2, [5, 40]),
  async ({ world, random }) => {
    const { control } = world.smartRecruiters;
    const { id } = await control.injectFault({ kind: 'status500', match: { pathPrefix: '/' } });
    const lastsMs = someMs(random, 10, 40);
    await sleep(lastsMs);
    await control.clearFaults({ faultId: id });
    return `the vendor was down for ${lastsMs / 1_000} s`;
  },
  async ({ world }) => {
    await world.smartRecruiters.control.expireCursors();
    return 'every cursor expired';
  },
  async ({ world, random }) => {
    const { control } = world.smartRecruiters;
    const lastsMs = someMs(random, 20, 60);
    const corruptSignature = random.chance(0.3) ? 0.2 : 0;
    await control.webhookFaults({ duplicate: 0.4, disorder: 0.4, corruptSignature });
    await sleep(lastsMs);
    await control.webhookFaults({});
    return `webhooks twice and in disorder for ${lastsMs / 1_000} s, forged: ${corruptSignature}`;
  },
  async ({ world }) => {
    const { control } = world.smartRecruiters;
    const subscriptions = await control.listSubscriptions();
    for (const { id, status } of subscriptions) {
      if (status === 'active') await control.suspend({ subscriptionId: id });
    }
    return 'webhooks suspended';
  },
  async ({ pair }) => {
    await pair.killSecond();
    return 'worker 2 killed and started again';
  },
  async ({ world, organizations, random }) => {
    const { control } = world.smartRecruiters;
    const [first, ...others] = organizations;
    if (first === undefined) return 'nobody is there';
    const { name, call, world: company } = random.pick([first, ...others]);
    const { clientId, clientSecret } = company.credential;
    const lastsMs = someMs(random, 5, 30);
    await control.revokeCredential({ clientId });
    await sleep(lastsMs);
    await control.restoreCredential({ clientId });
    // An Owner gives the credential again; a worker may just have died, so it is said until heard.
    for (let tries = 0; tries < 30; tries += 1) {
      const given = await call('PUT', '', { clientId, clientSecret }).then(
        () => true,
        () => false,
      );
      if (given) break;
      await sleep(2_000);
    }
    return `the credential of ${name} was revoked for ${lastsMs / 1_000} s`;
  },
];

/** What happened, by its first words. */
export interface FaultLog {
  count: number;
  lines: { at: number; what: string }[];
}

/** One trouble after the other, at random from a seed, until `signal` aborts; then all is cleared. */
export async function injectFaults(input: Around & { signal: AbortSignal }): Promise<FaultLog> {
  const { world, random, signal } = input;
  const log: FaultLog = { count: 0, lines: [] };
  while (!signal.aborted) {
    await sleep(someMs(random, 3, 15), undefined, { signal }).catch(() => undefined);
    if (signal.aborted) break;
    const trouble = random.pick(troubles);
    const what = await trouble(input).catch((error: unknown) => `failed: ${String(error)}`);
    log.count += 1;
    log.lines.push({ at: Date.now(), what });
    say(`  ${new Date().toISOString().slice(11, 19)} ${what}`);
  }
  await world.smartRecruiters.control.clearFaults();
  await world.smartRecruiters.control.webhookFaults({});
  return log;
}
