import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { installationWorkflowId } from '../workflows/contracts/ids.js';
import { type BareToggle, bareQueues, bareToggleUpdate } from './bare.js';
import { toggleShape } from './histories.js';
import { percentilesOf, rounded } from './percentiles.js';
import { startApi, startBareWorker, startProductWorker } from './programs.js';
import { say, sayResult, table } from './report.js';
import type { bareInstallation } from './workflows.js';
import { startWorld, type World } from './world.js';

/**
 * A role turned on and off through the API, over HTTP with a real token, against a bare update on
 * the same server that runs as many activities which do nothing. One of each in turn.
 */
const warmUps = 20;
const measured = 200;
/** Below the API's 600 requests a minute for one token. */
const callsForEachToken = 400;
/** Until what a toggle runs beside its answer has ended. */
const restMs = 1_500;

const orgId = 'org-bench';
const startedAt = Date.now();

function createToggle(world: World, jobId: string) {
  const base = `${world.apiUrl}/v1/organizations/${orgId}/smartrecruiters`;
  let calls = 0;
  let token = '';
  async function call(method: string, path: string, body: unknown): Promise<string> {
    if (calls % callsForEachToken === 0) {
      const subject = `owner-${calls}`;
      token = await world.identity.issueToken({ orgId, role: 'owner', subject });
    }
    calls += 1;
    const idempotencyKey = randomUUID();
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': idempotencyKey,
      },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return idempotencyKey;
  }
  let enabled = false;
  return {
    call,
    toggle: async (): Promise<void> => {
      enabled = !enabled;
      await call('PUT', `/roles/${jobId}`, { enabled });
    },
    isOn: () => enabled,
  };
}

/** Id of the update that the installation took last. */
async function lastUpdateId(world: World): Promise<string> {
  const handle = world.client.workflow.getHandle(installationWorkflowId({ orgId }));
  const { events } = await handle.fetchHistory();
  const ids = (events ?? []).flatMap(
    ({ workflowExecutionUpdateAcceptedEventAttributes: accepted }) =>
      accepted?.protocolInstanceId ?? [],
  );
  return ids.at(-1) ?? '';
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

async function measure(world: World): Promise<void> {
  const company = await world.smartRecruiters.control.seedCompany({
    name: 'Bench',
    seed: 1,
    jobs: 3,
    candidatesPerJob: 4,
  });
  const [job] = company.jobs;
  if (job === undefined) throw new Error('the seed made no job');
  const { call, toggle, isOn } = createToggle(world, job.id);
  const { clientId, clientSecret } = company.credential;
  await call('PUT', '', { clientId, clientSecret });

  const bare = await world.client.workflow.start<typeof bareInstallation>('bareInstallation', {
    workflowId: 'bare-installation',
    taskQueue: bareQueues.integration,
  });

  // The first toggles also read the company; the shapes are taken from later ones.
  const installation = world.client.workflow.getHandle(installationWorkflowId({ orgId }));
  const shapes = new Map<boolean, BareToggle>();
  for (let index = 0; index < 4; index += 1) {
    await sleep(restMs);
    await toggle();
    const updateId = await lastUpdateId(world);
    await sleep(restMs);
    shapes.set(isOn(), await toggleShape({ handle: installation, updateId }));
  }
  const shapeOf = (enabled: boolean): BareToggle =>
    shapes.get(enabled) ?? { awaited: [], beside: [] };
  for (const enabled of [true, false]) {
    const { awaited, beside } = shapeOf(enabled);
    say(
      `  ${enabled ? 'on' : 'off'}: ${awaited.length} activities before the answer, ` +
        `${beside.length} after it`,
    );
  }

  const product: Record<'on' | 'off', number[]> = { on: [], off: [] };
  const baseline: Record<'on' | 'off', number[]> = { on: [], off: [] };
  for (let index = 0; index < warmUps + measured; index += 1) {
    const productMs = await timed(toggle);
    const kind = isOn() ? 'on' : 'off';
    const shape = shapeOf(isOn());
    const bareMs = await timed(() => bare.executeUpdate(bareToggleUpdate, { args: [shape] }));
    if (index < warmUps) continue;
    product[kind].push(productMs);
    baseline[kind].push(bareMs);
  }

  const groups = [
    ['on', product.on, baseline.on],
    ['off', product.off, baseline.off],
    ['both', [...product.on, ...product.off], [...baseline.on, ...baseline.off]],
  ] as const;
  const rows = groups.flatMap(([name, ours, theirs]) => {
    const [a, b] = [percentilesOf(ours), percentilesOf(theirs)];
    return [
      [`${name}: toggle through the API, ms`, ours.length, a],
      [`${name}: bare update, ms`, theirs.length, b],
      [
        `${name}: ratio`,
        '',
        { p50: a.p50 / b.p50, p95: a.p95 / b.p95, p99: a.p99 / b.p99, max: a.max / b.max },
      ],
    ] as const;
  });
  say('');
  say(
    table({
      header: ['', 'n', 'p50', 'p95', 'p99', 'max'],
      rows: rows.map(([name, count, { p50, p95, p99, max }]) => [
        name,
        count,
        ...[p50, p95, p99, max].map((value) => rounded(value)),
      ]),
    }),
  );
  const [ours, theirs] = [percentilesOf(groups[2][1]), percentilesOf(groups[2][2])];
  // On and off run different numbers of activities: the worse of the two counts, not a mixture.
  const ratioOf = (kind: 'on' | 'off') =>
    percentilesOf(product[kind]).p50 / percentilesOf(baseline[kind]).p50;
  sayResult({
    bench: 'update',
    p50Ratio: rounded(Math.max(ratioOf('on'), ratioOf('off'))),
    p50Ms: rounded(ours.p50),
    p99Ms: rounded(ours.p99),
    baselineP50Ms: rounded(theirs.p50),
    baselineP99Ms: rounded(theirs.p99),
    samples: groups[2][1].length,
    tookSeconds: rounded((Date.now() - startedAt) / 1000, 0),
  });
}

const world = await startWorld();
const programs = await Promise.all([
  startProductWorker({ world }),
  startBareWorker({ world }),
  startApi({ world }),
]);
try {
  await measure(world);
} finally {
  await Promise.all(programs.map((program) => program.stop()));
  await world.close();
}
