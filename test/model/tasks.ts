import { mutants, rulesWith } from './mutants.js';
import { runModel } from './run-model.js';
import { type Law, LawBroken } from './world.js';

/** Pieces of work for one thread, and what came of them. */
export type Task =
  | { kind: 'seeds'; from: number; count: number }
  /** Looks for the first seed that finds a mutant out. */
  | { kind: 'mutant'; name: string; seeds: number };

export interface Broken {
  seed: number;
  law: Law;
  message: string;
}

export type TaskResult =
  | { kind: 'seeds'; runs: number; broken: Broken[] }
  | { kind: 'mutant'; name: string; found: Broken | null };

export function perform(task: Task): TaskResult {
  if (task.kind === 'seeds') {
    const broken: Broken[] = [];
    for (let seed = task.from; seed < task.from + task.count; seed += 1) {
      const law = brokenBy(seed, undefined);
      if (law !== null) broken.push(law);
    }
    return { kind: 'seeds', runs: task.count, broken };
  }
  const rules = rulesWith(mutants[task.name] ?? {});
  for (let seed = 1; seed <= task.seeds; seed += 1) {
    const found = brokenBy(seed, rules);
    if (found !== null) return { kind: 'mutant', name: task.name, found };
  }
  return { kind: 'mutant', name: task.name, found: null };
}

function brokenBy(seed: number, rules: Parameters<typeof runModel>[1]): Broken | null {
  try {
    runModel(seed, rules);
    return null;
  } catch (error) {
    if (!(error instanceof LawBroken)) throw error;
    return { seed, law: error.law, message: error.message };
  }
}
