import { LawBroken, type Rules, runModel } from './claim-model.js';
import { mutants, rulesWith } from './claim-mutants.js';

const seeds = 5_000;

/** The first seed whose run breaks a law, with the law; null when none of them does. */
function firstBroken(rules: Rules | undefined, upTo: number): string | null {
  for (let seed = 1; seed <= upTo; seed += 1) {
    try {
      runModel(seed, rules);
    } catch (error) {
      if (!(error instanceof LawBroken)) throw error;
      return `seed ${seed}: ${error.message}`;
    }
  }
  return null;
}

describe('claims under crashes, stalls, lost and late messages', () => {
  it(`keep every law in ${seeds} seeded runs`, () => {
    expect(firstBroken(undefined, seeds)).toBeNull();
  });

  it.each(Object.entries(mutants))('the model finds out %s', (_name, mutant) => {
    expect(firstBroken(rulesWith(mutant), seeds)).toMatch(/^seed \d+: /);
  });
});
