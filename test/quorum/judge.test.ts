import { fc } from '../fast-check.ts';
import { describe, expect, test } from 'vitest';
import { judgeQuorum } from '../../src/quorum/judge.ts';
import type { QuorumPlugin } from '../../src/config/settings.ts';
import type { QuorumSettings, Verdict, Voter } from '../../src/quorum/types.ts';
import { nodeName, seconds } from '../../src/units.ts';

const standings: ReadonlyMap<string, Voter['standing']> = new Map([
  ['m', 'member'],
  ['s', 'silent'],
  ['g', 'gone'],
]);

/** `m` member, `s` silent, `g` gone; a number behind it is the weight. */
function voters(word: string): readonly Voter[] {
  return word.split(' ').map((one, at) => ({
    name: nodeName(`node${String(at + 1)}`),
    weight: Number(one.slice(1) || '100'),
    standing: standings.get(one.slice(0, 1)) ?? 'silent',
  }));
}

function judge(
  word: string,
  settings: Partial<Pick<QuorumSettings, 'policy' | 'tiebreak'>> & {
    readonly plugins?: string;
  } = {},
  pings = 0,
): Verdict {
  const { plugins = 'majority:twonodes', ...rest } = settings;
  const chain = plugins.split(':') as QuorumPlugin[];
  const all = {
    policy: 'ignore',
    tiebreak: 0,
    release: seconds(5),
    patience: seconds(1),
    ...rest,
    plugins: chain,
  } as const;
  return judgeQuorum(all, { voters: voters(word), pings });
}

describe('the default chain majority:twonodes', () => {
  test.each([
    ['m m', true, 'majority'],
    // Each half of two nodes has quorum alone, as in C.
    ['m s', true, 'twonodes'],
    ['m', true, 'majority'],
    ['m m s', true, 'majority'],
    ['m s s', false, 'majority'],
    ['m m s s', false, 'twonodes'],
    ['m m m s', true, 'majority'],
    // Who left in order does not count.
    ['m g', true, 'majority'],
    ['m g s', true, 'twonodes'],
    ['m g g s s', false, 'majority'],
  ] as const)('%s: %s by %s', (word, quorate, by) => {
    expect(judge(word)).toMatchObject({ quorate, by });
  });
});

describe('other chains', () => {
  test.each([
    ['majority', 'm s', false, 'nobody'],
    ['weight', 'm100 s100', false, 'nobody'],
    ['weight', 'm101 s100', true, 'weight'],
    ['weight', 'm50 s100', false, 'weight'],
    ['weight:twonodes', 'm100 s100', true, 'twonodes'],
    ['majority:weight', 'm150 s100', true, 'weight'],
    ['twonodes', 'm s', true, 'twonodes'],
    ['twonodes', 'm m s', false, 'twonodes'],
  ] as const)('%s with %s: %s by %s', (plugins, word, quorate, by) => {
    expect(judge(word, { plugins })).toMatchObject({ quorate, by });
  });
});

describe('the tie-break by ping nodes', () => {
  test.each([
    ['m s', 1, 0, false, 'tie-break'],
    ['m s', 1, 1, true, 'tie-break'],
    ['m s', 2, 1, false, 'tie-break'],
    ['m s', 2, 2, true, 'tie-break'],
    ['m m', 1, 0, true, 'majority'],
    ['m s s', 1, 1, false, 'majority'],
    ['m m s s', 1, 1, true, 'tie-break'],
    ['m g', 1, 0, true, 'majority'],
  ] as const)('%s, %i wanted, %i answer: %s by %s', (word, tiebreak, pings, quorate, by) => {
    expect(judge(word, { tiebreak }, pings)).toMatchObject({ quorate, by });
  });

  test('is asked before twonodes alone would give quorum to both halves', () => {
    expect(judge('m s', { plugins: 'twonodes', tiebreak: 1 }, 0).quorate).toBe(false);
    expect(judge('m m', { plugins: 'twonodes', tiebreak: 1 }, 0).quorate).toBe(true);
  });
});

test('two halves that see no common ping node never both have quorum, unless twonodes says so', () => {
  const chain = fc.subarray<QuorumPlugin>(['majority', 'weight'], { minLength: 1 });
  fc.assert(
    fc.property(
      chain,
      fc.array(fc.record({ left: fc.boolean(), weight: fc.integer({ min: 0, max: 300 }) }), {
        minLength: 1,
        maxLength: 7,
      }),
      (plugins, nodes) => {
        const halves = [true, false].map((left) => {
          const half = nodes.map((node, at) => ({
            name: nodeName(`node${String(at)}`),
            weight: node.weight,
            standing: node.left === left ? ('member' as const) : ('silent' as const),
          }));
          const settings = {
            plugins,
            policy: 'stop',
            tiebreak: 1,
            release: seconds(5),
            patience: seconds(1),
          } as const;
          return judgeQuorum(settings, { voters: half, pings: left ? 1 : 0 }).quorate;
        });
        expect(halves).not.toEqual([true, true]);
      },
    ),
  );
});
