import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { mutants } from './mutants.js';
import type { Broken, Task, TaskResult } from './tasks.js';
import type { Law } from './world.js';

/**
 * `npm run model [-- --runs 100000] [--seed 1]`: the state machine of joins and the protocol of
 * claims, seed after seed on all cores; then every mutant, each of which the model must find out.
 * A seed that breaks a law is printed and replays with `--seed n --runs 1`. The last line is JSON.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    'mutant-seeds': { type: 'string', default: '20000' },
  },
});
const runs = Number(values.runs);
const firstSeed = Number(values.seed);
const seedsForMutants = runs === 1 ? 0 : Number(values['mutant-seeds']);
const seedsInATask = 250;
const print = (line: string) => process.stdout.write(`${line}\n`);

const startedAt = performance.now();
const tasks: Task[] = [];
for (let done = 0; done < runs; done += seedsInATask) {
  const count = Math.min(seedsInATask, runs - done);
  tasks.push({ kind: 'seeds', from: firstSeed + done, count });
}
if (seedsForMutants > 0) {
  for (const name of Object.keys(mutants)) {
    tasks.push({ kind: 'mutant', name, seeds: seedsForMutants });
  }
}

const broken: Broken[] = [];
const caught = new Map<string, Broken | null>();
let ran = 0;

function take(result: TaskResult): void {
  if (result.kind === 'mutant') {
    caught.set(result.name, result.found);
    return;
  }
  ran += result.runs;
  broken.push(...result.broken);
  for (const { seed, message } of result.broken) print(`seed ${seed}: ${message}`);
}

/** Gives one process a task after the other until none is left. */
function runProcess(): Promise<void> {
  const child = fork(new URL('./task-process.ts', import.meta.url));
  return new Promise((resolve, reject) => {
    const next = () => {
      const task = tasks.shift();
      if (task === undefined) child.disconnect();
      else child.send(task);
    };
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a process of the model ended with ${code}`));
    });
    child.on('message', (result: TaskResult) => {
      take(result);
      next();
    });
    next();
  });
}

await Promise.all(Array.from({ length: availableParallelism() }, runProcess));
for (const [name, found] of caught) {
  const how = found === null ? 'NOT FOUND OUT' : `seed ${found.seed}: ${found.message}`;
  print(`mutant ${name} — ${how}`);
}
const of = (law: Law) => broken.filter((one) => one.law === law).length;
const mutantsCaught = [...caught.values()].filter((found) => found !== null).length;
print(
  JSON.stringify({
    bench: 'model',
    runs: ran,
    secondBots: of('second_bot'),
    requestsAfterOff: of('request_after_off'),
    orphans: of('orphan'),
    otherLaws: of('other'),
    mutants: caught.size,
    mutantsCaught,
    seconds: Math.round((performance.now() - startedAt) / 1000),
  }),
);
process.exitCode = broken.length > 0 || mutantsCaught < caught.size ? 1 : 0;
