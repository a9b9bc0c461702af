import type { CriticalStep } from '../../activities/deps.js';
import type { WatchPeriods } from '../../activities/watching/tiers.js';
import type { ProtocolTimes } from '../../workflows/contracts/protocol-times.js';
import type { TaskQueues } from '../../workflows/contracts/task-queues.js';
import type { World } from './stack.js';
import type { ReachedStep, StepAction } from './worker-control.js';
import { startWorkerProcess, type WorkerProcess } from './worker-process.js';

/** Some worker processes on the same queues; one that dies is replaced. */
export interface WorkerPool {
  /** What all of them reached, those that have died included. */
  steps: readonly ReachedStep[];
  deaths(): number;
  /** Whether every place is taken by a worker that polls. */
  isWhole(): boolean;
  /** Whichever of them comes to the step first. */
  arm(input: { orgId: string; step: CriticalStep; action: StepAction }): void;
  disarm(orgId: string): void;
  /** One of them stands still for so long (ms). */
  freeze(input: { place: number; ms: number }): Promise<void>;
  stop(): Promise<void>;
}

export async function startWorkerPool(input: {
  world: World;
  taskQueues: TaskQueues;
  times: ProtocolTimes;
  periods: WatchPeriods;
  size: number;
}): Promise<WorkerPool> {
  const { world, taskQueues, times, periods, size } = input;
  const steps: ReachedStep[] = [];
  const places: (WorkerProcess | null)[] = [];
  let deaths = 0;
  let stopping = false;
  const replacing = new Set<Promise<void>>();

  const living = () => places.filter((worker) => worker !== null).filter((one) => !one.hasExited());

  function onStep(step: ReachedStep): void {
    steps.push(step);
    if (step.acts) for (const worker of living()) worker.disarm(step.orgId);
  }

  async function fill(place: number): Promise<void> {
    const worker = await startWorkerProcess({ world, taskQueues, times, periods, onStep });
    places[place] = worker;
    void worker.exited.then(() => {
      if (stopping) return;
      deaths += 1;
      places[place] = null;
      const replaced = fill(place).finally(() => replacing.delete(replaced));
      replacing.add(replaced);
    });
  }

  await Promise.all(Array.from({ length: size }, (_, place) => fill(place)));
  return {
    steps,
    deaths: () => deaths,
    isWhole: () => living().length === size,
    arm({ orgId, step, action }) {
      for (const worker of living()) worker.arm(step, action, { orgId });
    },
    disarm(orgId) {
      for (const worker of living()) worker.disarm(orgId);
    },
    async freeze({ place, ms }) {
      const worker = places[place];
      if (worker === null || worker === undefined) return;
      worker.freeze();
      await new Promise((resolve) => setTimeout(resolve, ms));
      worker.thaw();
    },
    async stop() {
      await Promise.all(replacing);
      stopping = true;
      await Promise.all(living().map((worker) => worker.stop()));
    },
  };
}
