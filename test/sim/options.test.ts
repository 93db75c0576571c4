import { describe, expect, test } from 'vitest';
import { readOptions } from '../../sim/options.ts';
import { add, nothing, summary, tallyOf } from '../../sim/tally.ts';

describe('the command line', () => {
  test('names seeds, the size of clusters and processes', () => {
    const read = readOptions(['--seeds', '5', '--first', '7', '--nodes', '3', '--jobs', '4']);
    expect(read).toMatchObject({ ok: true, value: { seeds: 5, first: 7, mostNodes: 3, jobs: 4 } });
  });

  test('tells one seed with a bug', () => {
    const read = readOptions(['--seed', '9', '--mutant', 'fence-ignored', '--story']);
    const value = { seeds: 1, first: 9, mutant: 'fence-ignored', story: true };
    expect(read).toMatchObject({ ok: true, value });
  });

  test.each([
    [['--sedes', '5'], '--sedes: no such option'],
    [['--seeds', 'many'], '--seeds needs a whole number'],
    [['--seeds'], '--seeds needs a whole number'],
    [['--mutant', 'none'], 'none: no such mutant'],
  ])('refuses %j', (words, reason) => {
    expect(readOptions(words)).toEqual({ ok: false, reason });
  });
});

test('the summary names every broken seed, and the command that brings it back', () => {
  const faults = new Map([['cut', 2]]);
  const violation = { rule: 'ghost', at: 1500, text: 'node1 is dead' } as const;
  const one = tallyOf({ seed: 8, violation, virtualMillis: 3_600_000, faults });
  const other = tallyOf({ seed: 3, violation: undefined, virtualMillis: 3_600_000, faults });
  const told = summary(add(nothing, add(one, other)), (seed) => `again ${String(seed)}`);

  expect(told).toBe(`seed 8: ghost at 1.500 s: node1 is dead
  again: again 8
2 clusters, 2.0 virtual hours, 4 faults and commands: cut 4
1 violations`);
});
