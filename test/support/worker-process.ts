import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { CriticalStep } from '../../activities/deps.js';
import type { LimiterTimes } from '../../activities/smartrecruiters/limiter-state.js';
import type { WatchPeriods } from '../../activities/watching/tiers.js';
import type { ProtocolTimes } from '../../workflows/contracts/protocol-times.js';
import type { TaskQueues } from '../../workflows/contracts/task-queues.js';
import { eventually } from './eventually.js';
import { required, type World } from './stack.js';
import type {
  Armed,
  FromWorker,
  ReachedStep,
  StepAction,
  ToWorker,
  WorkerProcessOptions,
} from './worker-control.js';

const main = fileURLToPath(new URL('./worker-main.ts', import.meta.url));

/** A worker in a process of its own, which can be killed, stopped in its tracks, and watched. */
export interface WorkerProcess {
  pid: number;
  /** Settles when it has ended, however that came about. */
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  hasExited(): boolean;
  /** All steps that it reached so far, in order. */
  steps: readonly ReachedStep[];
  /** The next time that the step is reached (of this organization), the process dies or stalls. */
  arm(step: CriticalStep, action: StepAction, only?: { orgId?: string; nth?: number }): void;
  /** Forgets what is armed (for this organization) and lets go what stalls without end. */
  disarm(orgId?: string): void;
  /** Waits until the step was reached, since the call or ever. */
  reached(step: CriticalStep, only?: { orgId?: string; withinMs?: number }): Promise<ReachedStep>;
  kill9(): Promise<void>;
  /** SIGSTOP and SIGCONT: the whole process stands still without knowing it. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** Resolves when the worker polls. Rejects with its output when it ends before. */
export async function startWorkerProcess(input: {
  world: World;
  taskQueues: TaskQueues;
  times?: ProtocolTimes;
  periods?: WatchPeriods;
  limiterTimes?: LimiterTimes;
  prepares?: boolean;
  onStep?: (step: ReachedStep) => void;
}): Promise<WorkerProcess> {
  const { world, taskQueues, times, periods, limiterTimes, prepares = true, onStep } = input;
  const options: WorkerProcessOptions = {
    taskQueues,
    prepares,
    workflowBundle: required('TEST_WORKFLOW_BUNDLE'),
    ...(times === undefined ? {} : { times }),
    ...(periods === undefined ? {} : { periods }),
    ...(limiterTimes === undefined ? {} : { limiterTimes }),
  };
  const child = fork(main, [], {
    execArgv: ['--import', 'tsx'],
    env: {
      ...process.env,
      ...world.environment,
      NODE_OPTIONS: '',
      TEST_WORKER_OPTIONS: JSON.stringify(options),
    },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output.push(chunk.toString());
      if (process.env.TEST_LOG_LEVEL !== undefined) process.stderr.write(chunk);
    });
  }
  let ended = false;
  const exited = once(child, 'exit').then(([code, signal]) => {
    ended = true;
    return { code: code as number | null, signal: signal as NodeJS.Signals | null };
  });
  const steps: ReachedStep[] = [];
  let ready = false;
  child.on('message', (message: FromWorker) => {
    if (message.kind === 'ready') {
      ready = true;
      return;
    }
    const { kind: _, ...step } = message;
    steps.push(step);
    onStep?.(step);
  });
  const send = (message: ToWorker) => {
    if (!ended) child.send(message, () => undefined);
  };
  const signal = (name: NodeJS.Signals) => void (ended || child.kill(name));

  await eventually(() => ready || ended, { withinMs: 60_000, what: 'a worker that polls' });
  if (!ready) throw new Error(`the worker ended before it polled: ${output.join('').slice(-2000)}`);
  return {
    pid: child.pid ?? 0,
    exited,
    hasExited: () => ended,
    steps,
    arm(step, action, only = {}) {
      const armed: Armed = { step, action, ...only };
      send({ kind: 'arm', armed });
    },
    disarm: (orgId) => send({ kind: 'disarm', orgId: orgId ?? null }),
    reached: (step, { orgId, withinMs = 20_000 } = {}) =>
      eventually(
        () =>
          steps.find((seen) => seen.step === step && (orgId === undefined || seen.orgId === orgId)),
        { withinMs, everyMs: 5, what: `the step ${step}` },
      ),
    async kill9() {
      signal('SIGKILL');
      await exited;
    },
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async stop() {
      signal('SIGCONT');
      send({ kind: 'stop' });
      const lastResort = setTimeout(() => signal('SIGKILL'), 15_000);
      await exited;
      clearTimeout(lastResort);
    },
  };
}
