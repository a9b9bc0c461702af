import {
  condition,
  isCancellation,
  log,
  makeContinueAsNewFunc,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { watchActivities } from './activity-proxies.js';
import {
  type InterviewWatchInput,
  type InterviewWatchState,
  nudgeSignal,
  pauseWatchSignal,
  type SliceReport,
  watchStateQuery,
} from './contracts/interview-watch.js';
import { isRunLong } from './run-length.js';
import { watchDetails } from './state/details.js';
import { stableFraction } from './state/stable-hash.js';
import { pauseBeforeNextSlice, spreadAfterStandstill } from './state/watch-interval.js';

/**
 * Watches the interviews of one organization's life, one time-budgeted slice a turn.
 *
 * Started by `installation` as an abandoned child, id `interview-watch/{orgId}/{generation}`.
 * `nudge` says that something is due sooner; `pauseWatch` stills it without a timer. The work list
 * is in the store, so this state is a few numbers. Continues as new between slices. A slice that
 * fails for good lengthens the pause and is tried again: the watch does not die of a vendor's bad
 * day. After a standstill of the workers the watches begin again spread out. Ends when it is
 * cancelled, at uninstall.
 */
export async function interviewWatch(input: InterviewWatchInput): Promise<void> {
  const { watchSlice } = watchActivities(input);
  const state: InterviewWatchState = input.state ?? {
    schemaVersion: 1,
    paused: false,
    failures: 0,
    slices: 0,
  };
  let last = null as SliceReport | null;
  let nudged = false;
  const spread = stableFraction(`${input.orgId}/${input.generation}`);

  setHandler(nudgeSignal, () => {
    nudged = true;
  });
  setHandler(pauseWatchSignal, ({ paused }) => {
    state.paused = paused;
    nudged = true;
  });
  setHandler(watchStateQuery, () => ({ ...state, last }));

  for (;;) {
    if (state.paused) {
      setCurrentDetails(watchDetails(state, last, null));
      await condition(() => !state.paused);
    }
    nudged = false;
    await slice();

    const waitMs = pauseBeforeNextSlice({
      now: Date.now(),
      nextDueAt: last?.nextDueAt ?? null,
      failures: state.failures,
      idleMs: input.times.watchIdleMs,
      retryMs: input.times.retryMs,
      spread,
    });
    setCurrentDetails(watchDetails(state, last, Date.now() + waitMs));
    await rest(waitMs);
    // Now, because the next run begins with the slice that is due.
    if (isRunLong(input.maxHistoryEvents)) await continueAsNewWithState();
  }

  async function rest(waitMs: number): Promise<void> {
    if (waitMs <= 0) return;
    const until = Date.now() + waitMs;
    if (await condition(() => nudged, waitMs, { summary: 'until the next row is due' })) return;
    const spreadMs = spreadAfterStandstill({
      lateMs: Date.now() - until,
      tolerateMs: input.times.retryMs,
      withinMs: input.times.sliceBudgetMs,
      spread,
    });
    if (spreadMs > 0) await condition(() => nudged, spreadMs, { summary: 'not all at once' });
  }

  async function slice(): Promise<void> {
    try {
      last = await watchSlice.executeWithOptions({ summary: `slice ${state.slices + 1}` }, [
        {
          orgId: input.orgId,
          generation: input.generation,
          budgetMs: input.times.sliceBudgetMs,
        },
      ]);
      state.failures = 0;
    } catch (error) {
      if (isCancellation(error)) throw error;
      state.failures += 1;
      log.warn('a slice failed for good', { failures: state.failures });
    }
    state.slices += 1;
  }

  /** A signal that arrives meanwhile is not lost: the server gives this run another task first. */
  async function continueAsNewWithState(): Promise<void> {
    await makeContinueAsNewFunc<typeof interviewWatch>({ memo: workflowInfo().memo ?? {} })({
      ...input,
      state,
    });
  }
}
