import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { rounded } from '../percentiles.js';
import { memoryOf } from '../process-memory.js';
import { type ProductProcess, startProductWorker } from '../programs.js';
import type { World } from '../world.js';
import { linePlot } from './plot.js';

/** Of one worker at one moment; null while it is dead or does not answer. */
export interface MemorySample {
  /** Milliseconds since the soak began. */
  at: number;
  worker: number;
  rss: number | null;
  heapUsed: number | null;
}

/** Two workers: the first lives through everything, the second is killed and started again. */
export interface WorkerPair {
  samples: readonly MemorySample[];
  kills: readonly number[];
  /** SIGKILL; a new one takes its place. Resolves when that one polls. */
  killSecond(): Promise<void>;
  stop(): Promise<void>;
}

const everyMs = 10_000;
const mib = (bytes: number | null) => (bytes === null ? null : rounded(bytes / 1_048_576, 1));

export async function startWorkerPair(input: {
  world: World;
  startedAt: number;
}): Promise<WorkerPair> {
  const { world, startedAt } = input;
  const workers: (ProductProcess | null)[] = await Promise.all([
    startProductWorker({ world }),
    startProductWorker({ world }),
  ]);
  const samples: MemorySample[] = [];
  const kills: number[] = [];
  let stopping = false;

  async function sample(): Promise<void> {
    while (!stopping) {
      const token = world.environment.OPERATIONS_TOKEN ?? '';
      const read = workers.map(async (worker, index) => {
        const memory =
          worker === null ? null : await memoryOf({ ...worker, token }).catch(() => null);
        samples.push({
          ...{ at: Date.now() - startedAt, worker: index + 1 },
          ...{ rss: memory?.rss ?? null, heapUsed: memory?.heapUsed ?? null },
        });
      });
      await Promise.all(read);
      await sleep(everyMs);
    }
  }

  const sampling = sample();
  return {
    samples,
    kills,
    async killSecond() {
      const [, second] = workers;
      if (second === null || second === undefined) return;
      workers[1] = null;
      kills.push(Date.now() - startedAt);
      process.kill(second.pid, 'SIGKILL');
      await second.exited;
      workers[1] = await startProductWorker({ world });
    },
    async stop() {
      stopping = true;
      await sampling;
      await Promise.all(workers.map(async (worker) => await worker?.stop()));
    },
  };
}

/**
 * How much more the worker that lived through everything uses in the last third of its life than in
 * the middle one: 0 is flat, 0.1 is a tenth more.
 */
export function growthOf(samples: readonly MemorySample[], kind: 'rss' | 'heapUsed'): number {
  const own = samples.flatMap((one) => (one.worker === 1 ? (one[kind] ?? []) : []));
  const third = Math.floor(own.length / 3);
  const mean = (some: readonly number[]) => some.reduce((sum, one) => sum + one, 0) / some.length;
  return mean(own.slice(2 * third)) / mean(own.slice(third, 2 * third)) - 1;
}

/** Writes `soak-memory.csv` and `soak-memory.svg` into a folder. */
export async function writeMemory(input: { pair: WorkerPair; folder: string }): Promise<void> {
  const { pair, folder } = input;
  const minutes = (ms: number) => rounded(ms / 60_000, 3);
  const lines = pair.samples.map((one) =>
    [minutes(one.at), one.worker, mib(one.rss) ?? '', mib(one.heapUsed) ?? ''].join(','),
  );
  await writeFile(
    join(folder, 'soak-memory.csv'),
    ['minute,worker,rss_mib,heap_mib', ...lines, ''].join('\n'),
  );
  const colors = ['#2457a8', '#2e8b57'];
  const series = [1, 2].flatMap((worker) =>
    (['rss', 'heapUsed'] as const).map((kind) => ({
      name: `worker ${worker}, ${kind === 'rss' ? 'RSS' : 'heap'}`,
      color: colors[worker - 1] ?? '#000000',
      dashed: kind === 'heapUsed',
      points: pair.samples
        .filter((one) => one.worker === worker)
        .map((one) => ({ at: minutes(one.at), value: mib(one[kind]) })),
    })),
  );
  await writeFile(
    join(folder, 'soak-memory.svg'),
    linePlot({
      title: 'Memory of two workers at full load, with faults injected throughout',
      xLabel: 'minutes',
      yLabel: 'MiB',
      series,
      marks: pair.kills.map((at) => ({ at: minutes(at), name: 'worker 2 killed' })),
    }),
  );
}
