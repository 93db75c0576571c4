/**
 * Every flow with one of ours beside the C heartbeat 3.0.6, on either side, while three datagrams in ten are lost in both
 * directions, half of the others are late by up to 300 ms and so overtake one another, and some come twice: each flow ends as
 * it does in fair weather. `HEARTBEAT_SEED=5 npm test -- foul-weather` draws other weather. In CI each
 * story is played in one role, which alternate; `HEARTBEAT_LONG=1` plays all in both, and the long flows, too.
 */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { stories } from './flows.ts';
import { inTurn } from './in-turn.ts';
import { openPair, Pair, type PairPlan } from './pair.ts';
import { Wire, type Weather } from './wire.ts';

/** Three datagrams in ten are lost, half of the others overtake one another, a few come twice. */
const foul: Weather = { loss: 30, late: 50, upto: 300, doubled: 5 };

const seed = Number(process.env['HEARTBEAT_SEED'] ?? 1);

const combinations: readonly Required<Pick<PairPlan, 'names' | 'programs'>>[] = [
  { names: ['wetours1', 'wetc2'], programs: ['ours', 'c'] },
  { names: ['wetc1', 'wetours2'], programs: ['c', 'ours'] },
];
const inBothRoles = process.env['HEARTBEAT_LONG'] === '1';
const cases = stories.flatMap((story, at) =>
  combinations
    .filter((_, role) => inBothRoles || (at + role) % 2 === 0)
    .map((combination) => ({ ...story, ...combination, seed })),
);

describe.concurrent.each(cases)(
  '$programs, $title, auto_failback $autoFailback, seed $seed',
  (story) => {
    const { names, programs, autoFailback, flows } = story;
    const plan: PairPlan = { names, programs, autoFailback, deadtime: 4 };
    let pair: Pair;
    let wire: Wire;
    beforeAll(async () => {
      pair = await openPair(plan);
      pair.asksAgain = true;
      wire = await Wire.lay(pair.client, seed);
      await wire.set(foul);
    });
    afterAll(() => Pair.end(pair));

    for (const flow of flows) inTurn(flow.name, () => flow.play(pair, plan));

    inTurn('has been through foul weather', async () => {
      const { seen, lost, late, doubled } = await wire.set({});
      expect(lost / seen).toBeGreaterThan(0.2);
      expect(Math.min(late, doubled)).toBeGreaterThan(0);
    });
  },
);
