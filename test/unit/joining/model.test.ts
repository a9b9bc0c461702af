import { mutants } from '../../model/mutants.js';
import { perform } from '../../model/tasks.js';

const seeds = 1_000;
/** The rarest of them; `npm run model` goes on for longer with each. */
const seedsForMutants = 6_000;

describe('claims under crashes, stalls, lost and late messages', () => {
  it(`keep every law in ${seeds} seeded runs`, () => {
    expect(perform({ kind: 'seeds', from: 1, count: seeds })).toEqual({
      kind: 'seeds',
      runs: seeds,
      broken: [],
    });
  });

  it.each(Object.keys(mutants))('the model finds out %s', (name) => {
    const result = perform({ kind: 'mutant', name, seeds: seedsForMutants });
    expect(result).toMatchObject({ kind: 'mutant', name, found: { message: expect.any(String) } });
  });
});
