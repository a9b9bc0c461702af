import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { interviewWatchWorkflowId } from '../../workflows/contracts/ids.js';
import {
  nudgeSignal,
  pauseWatchSignal,
  type SliceReport,
  watchStateQuery,
} from '../../workflows/contracts/interview-watch.js';
import type { interviewWatch } from '../../workflows/interview-watch.js';
import { eventually } from '../support/eventually.js';
import { held } from '../support/fake-activities.js';
import { startWorkflowEnvironment, type WorkflowEnvironment } from '../support/workflow-env.js';

const report = (nextDueAt: number | null): SliceReport => ({
  checked: 1,
  changed: 0,
  failed: 0,
  requests: 1,
  nextDueAt,
});

describe('the watch', () => {
  let env: WorkflowEnvironment;
  beforeEach(async () => {
    // No slice budget: a machine that is late by more than `retryMs` is no standstill here.
    const times = { watchIdleMs: 60_000, retryMs: 50, sliceBudgetMs: 0 };
    env = await startWorkflowEnvironment({ times });
  });
  afterEach(async () => {
    await env.close();
  });

  async function watching(maxHistoryEvents: number | null = null) {
    const orgId = `org-${randomUUID().slice(0, 8)}`;
    return await env.client.workflow.start<typeof interviewWatch>('interviewWatch', {
      workflowId: interviewWatchWorkflowId({ orgId, generation: 'generation-1' }),
      taskQueue: env.taskQueues.integration,
      args: [
        {
          orgId,
          generation: 'generation-1',
          taskQueues: env.taskQueues,
          times: env.times,
          maxHistoryEvents,
          state: null,
        },
      ],
    });
  }

  const slices = () => env.fakes.countOf('watchSlice');

  async function pausesOf(watch: Awaited<ReturnType<typeof watching>>): Promise<number[]> {
    const { events } = await watch.fetchHistory();
    return (events ?? [])
      .map((event) => event.timerStartedEventAttributes?.startToFireTimeout)
      .filter((timeout) => timeout !== undefined && timeout !== null)
      .map((timeout) => Number(timeout.seconds ?? 0) * 1_000 + Number(timeout.nanos ?? 0) / 1e6);
  }

  it('goes on after a slice that failed for good, after a longer pause each time', async () => {
    env.fakes.always('watchSlice', async () => {
      throw ApplicationFailure.nonRetryable('no', 'ProviderContract');
    });
    const watch = await watching();
    await eventually(() => slices() >= 4);

    const { failures } = await watch.query(watchStateQuery);
    expect(failures).toBeGreaterThanOrEqual(3);
    const [first = 0, second = 0, third = 0] = await pausesOf(watch);
    expect(second).toBeGreaterThan(first);
    expect(third).toBeGreaterThan(second);

    env.fakes.always('watchSlice', async () => report(null));
    await eventually(async () => (await watch.query(watchStateQuery)).failures === 0);
  });

  it('slices when the next row is due', async () => {
    env.fakes.once('watchSlice', async () => report(Date.now() + 300));
    const watch = await watching();

    await eventually(async () => (await watch.query(watchStateQuery)).slices === 2);
    expect(slices()).toBe(2);
  });

  it('does not spin on a row that stays due', async () => {
    env.fakes.always('watchSlice', async () => report(0));
    const watch = await watching();
    await eventually(() => slices() >= 3);

    const pauses = await pausesOf(watch);
    expect(pauses.length).toBeGreaterThanOrEqual(2);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1_000);
  });

  it('is woken by a nudge', async () => {
    const watch = await watching();
    await eventually(() => slices() === 1);

    await watch.signal(nudgeSignal);

    await eventually(async () => (await watch.query(watchStateQuery)).slices === 2);
    expect(slices()).toBe(2);
  });

  it('makes one slice of many nudges', async () => {
    const busy = held<SliceReport>();
    env.fakes.once('watchSlice', () => busy.promise);
    const watch = await watching();
    await eventually(() => slices() === 1);
    for (let nudge = 0; nudge < 10; nudge += 1) await watch.signal(nudgeSignal);
    busy.answer(report(null));
    await eventually(() => slices() === 2);
    const resting = async () => (await watch.query(watchStateQuery)).slices === 2;
    await eventually(resting);

    await watch.signal(nudgeSignal);

    await eventually(async () => (await watch.query(watchStateQuery)).slices === 3);
    expect(slices()).toBe(3);
  });

  it('has no timer while it is paused, and goes on when resumed', async () => {
    const watch = await watching();
    await eventually(() => slices() === 1);
    await watch.signal(pauseWatchSignal, { paused: true });
    await eventually(async () => (await watch.query(watchStateQuery)).paused);
    for (let nudge = 0; nudge < 3; nudge += 1) await watch.signal(nudgeSignal);
    await watch.query(watchStateQuery);

    const { events } = await watch.fetchHistory();
    const started = events?.filter((event) => event.timerStartedEventAttributes).length;
    const ended = events?.filter(
      (event) => event.timerFiredEventAttributes ?? event.timerCanceledEventAttributes,
    ).length;
    expect(ended).toBe(started);
    expect(slices()).toBe(1);
    await watch.signal(pauseWatchSignal, { paused: false });

    await eventually(() => slices() === 2);
  });

  it('keeps what it knows when it continues as new', async () => {
    env.fakes.always('watchSlice', async () => report(Date.now()));
    const watch = await watching(20);
    const { runId } = await watch.describe();

    await eventually(async () => (await watch.describe()).runId !== runId);
    env.fakes.always('watchSlice', async () => report(null));

    const { slices: counted } = await watch.query(watchStateQuery);
    expect(counted).toBeGreaterThan(1);
  });

  it('stays paused across continue-as-new', async () => {
    const slice = held<SliceReport>();
    env.fakes.once('watchSlice', () => slice.promise);
    const watch = await watching(5);
    const { runId } = await watch.describe();
    await eventually(() => slices() === 1);
    await watch.signal(pauseWatchSignal, { paused: true });
    slice.answer(report(null));

    await eventually(async () => (await watch.describe()).runId !== runId);
    expect(await watch.query(watchStateQuery)).toMatchObject({ paused: true, slices: 1 });
    expect(slices()).toBe(1);
  });

  it('ends when it is cancelled', async () => {
    const watch = await watching();
    await eventually(() => slices() === 1);

    await watch.cancel();

    const failure = await watch.result().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WorkflowFailedError);
    expect((failure as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
  });
});
