/** Judges that find nothing prove nothing: bugs put in on purpose must be found. */
import { expect, test } from 'vitest';
import { mutants } from '../../sim/mutants.ts';
import { drawScenario } from '../../sim/scenario.ts';
import { simulate } from '../../sim/simulation.ts';

function firstSeedThatFinds(mutant: (typeof mutants)[number], limit: number): number | undefined {
  for (let seed = 1; seed <= limit; seed += 1)
    if (simulate(drawScenario(seed, 2), { mutant }).violation !== undefined) return seed;
  return undefined;
}

test.each(mutants)(
  '%s: found within 1000 seeds',
  (mutant) => {
    expect(firstSeedThatFinds(mutant, 1000)).toBeDefined();
  },
  60_000,
);
