import { describe, expect, test } from 'vitest';
import { drawScenario } from '../../sim/scenario.ts';
import { simulate, type Reader } from '../../sim/simulation.ts';
import { wordsOf } from '../../sim/story.ts';

/** Everything that happens, with its moment. */
function traceOf(seed: number): readonly string[] {
  const trace: string[] = [];
  const reader: Reader = {
    hear: (happening, now) => {
      trace.push(`${String(now)} ${wordsOf(happening) ?? happening.kind}`);
    },
    tell: (what, now) => {
      trace.push(`${String(now)} ${what}`);
    },
  };
  simulate(drawScenario(seed, 2), { reader });
  return trace;
}

describe('a simulation', () => {
  test('happens again in every detail from its seed', () => {
    expect(traceOf(3)).toEqual(traceOf(3));
    expect(traceOf(3)).not.toEqual(traceOf(4));
  });
});

const share = 20;
const clusters = [
  ...Array.from({ length: 5 }, (_, part) => ({ nodes: 2, first: 1 + part * share })),
  ...Array.from({ length: 3 }, (_, part) => ({ nodes: 7, first: 1 + part * share })),
];

describe('up to so many nodes, whatever befalls them', () => {
  test.each(clusters)(
    `break no rule, and settle when it is over: npm run sim -- --seeds ${String(share)} --nodes $nodes --first $first`,
    ({ nodes, first }) => {
      const seeds = Array.from({ length: share }, (_, more) => first + more);
      const broken = seeds.flatMap((seed) => {
        const { violation } = simulate(drawScenario(seed, nodes));
        return violation === undefined ? [] : [{ seed, ...violation }];
      });
      expect(broken).toEqual([]);
    },
    60_000,
  );
});
