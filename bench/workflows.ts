import { condition, proxyActivities, setHandler, sleep } from '@temporalio/workflow';
import {
  type ActivityQueues,
  type BareActivities,
  type BareJoinInput,
  bareQueues,
  bareToggleUpdate,
} from './bare.js';

/**
 * What the product is measured against: workflows with as many steps as its own, and no work in
 * them. They have a bundle of their own.
 */
const activitiesOn = (queue: keyof typeof bareQueues) =>
  proxyActivities<BareActivities>({
    taskQueue: bareQueues[queue],
    startToCloseTimeout: '1 minute',
  });
const activities = {
  integration: activitiesOn('integration'),
  join: activitiesOn('join'),
  watch: activitiesOn('watch'),
};

/** Runs them one after the other; answers when the last one ran (epoch ms). */
async function runAll(queues: ActivityQueues): Promise<number> {
  let ranAt = 0;
  for (const queue of queues) ranAt = await activities[queue].nothing();
  return ranAt;
}

/** Stands for `installation`: takes updates until it is terminated. */
export async function bareInstallation(): Promise<void> {
  setHandler(bareToggleUpdate, async ({ awaited, beside }) => {
    await runAll(awaited);
    runAll(beside).catch(() => undefined);
  });
  await condition(() => false);
}

/** Stands for `joinInterview` up to its request; answers when that ran (epoch ms). */
export async function bareJoin(input: BareJoinInput): Promise<number> {
  await runAll(input.beforeTimer);
  await sleep(Math.max(0, input.plannedAt - Date.now()));
  return await runAll(input.afterTimer);
}

/** The least that can be cached: one timer. */
export async function bareTimer(input: { ms: number }): Promise<void> {
  await sleep(input.ms);
}
