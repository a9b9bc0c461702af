import {
  condition,
  continueAsNew,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type ActivityQueues,
  type BareActivities,
  type BareJoinInput,
  bareQueues,
  bareToggleUpdate,
  type PollActivities,
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

const { pollOnce } = proxyActivities<PollActivities>({
  taskQueue: bareQueues.watch,
  startToCloseTimeout: '1 minute',
});

/** What a watch is without a work list: everything is asked for, again and again. */
export async function pollEveryMinute(input: { minuteMs: number }): Promise<void> {
  for (;;) {
    const nextAt = Date.now() + input.minuteMs;
    await pollOnce();
    await sleep(Math.max(1, nextAt - Date.now()));
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof pollEveryMinute>(input);
  }
}
